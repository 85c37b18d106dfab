// When a grant begins and ends: at its start, with its first use, by a freeze, with its session; and who is called while it
// waits. Against a real Redis; moments are moved there, because its clock cannot be.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createGrantEnds } from '../../src/access/grants/ends.ts';
import type { Ask } from '../../src/access/grants/terms.ts';
import type { AuditEvent } from '../../src/kernel/auditEvent.ts';
import { monotonic } from '../../src/kernel/clock.ts';
import type { Session } from '../../src/kernel/session.ts';
import { eventArgs } from '../../src/redis/scripts.ts';
import {
  type Access,
  ASK,
  accessOn,
  approve,
  checkChain,
  commitOf,
  evidenceOf,
  granted,
  keyOf,
  openWorld,
  RULE,
  type World,
} from './kit.ts';

const RULES = {
  approvals: [{ ...RULE, remindAfter: 10 * 60_000, escalate: { after: 20 * 60_000, to: ['mdm-leads'] } }],
};
let world: World;
/** another gateway on the same data */
let elsewhere: Access;
let stop: () => void;
let ada: Session;
let grace: Session;
let lena: Session;
beforeAll(async () => {
  world = await openWorld(RULES);
  const parts = await world.redis.replica();
  elsewhere = accessOn(parts, world.redis.keys, RULES);
  const onError = (error: unknown) => {
    throw error;
  };
  const ends = createGrantEnds({ grants: elsewhere.grants, onChange: parts.pulse.onChange, onError });
  ends.start();
  stop = ends.stop;
  [ada, grace] = [await world.login('ada', ['mdm-admins']), await world.login('grace', ['mdm-approvers'])];
  lena = await world.login('lena', ['mdm-leads']);
});
afterEach(async () => {
  await checkChain(world.redis.client, world.redis.keys.journal);
});
afterAll(async () => {
  stop();
  await world.redis.stop();
});

const now = () => Math.floor(world.redis.pulse.clock.now());
const active = (ask: Partial<Ask> = {}, holder = ada) => world.active(holder, grace, ask);
const use = async (id: string, by = ada) => {
  const verdict = await world.acts.commit(commitOf(by, { grant: id }));
  return verdict.go ? 'go' : verdict.reason;
};
const set = async (id: string, field: string, value: number) => {
  await world.redis.client.command('HSET', world.redis.keys.grant(id), field, value);
  world.redis.pulse.forget();
};
const usable = async (access: Access, person: string) => (await access.grants.activeFor(person)).map(({ id }) => id);
const eventsOf = async (id: string) => (await world.redis.journalEvents()).filter(({ facts }) => facts.grant === id);

describe('when it begins', () => {
  test('a scheduled one gives nothing before its start, then all of its minutes; it outlives the session that asked', async () => {
    const startAt = now() + 3_600_000;
    const grant = await active({ startAt });
    expect(grant).toMatchObject({
      state: 'active',
      activeFrom: startAt,
      activeUntil: startAt + 30 * 60_000,
      session: '',
    });
    expect(await usable(world, ada.principal.id)).not.toContain(grant.id);
    expect(await use(grant.id)).toBe('grant.ended');
    await set(grant.id, 'activeFrom', now() - 1000);
    await set(grant.id, 'startAt', now() - 1000);
    expect(await usable(world, ada.principal.id)).toContain(grant.id);
    expect(await use(grant.id)).toBe('go');
  });

  test('approved this instant, it counts at once, also for a gateway whose reading of the time is a little behind', async () => {
    const { pulse } = world.redis;
    const behind = { now: () => pulse.clock.now() - 200 };
    const slow = accessOn({ ...world.redis, pulse: { ...pulse, clock: behind } }, world.redis.keys).grants;
    const grant = await active();
    expect((await slow.activeFor(ada.principal.id)).map(({ id }) => id)).toContain(grant.id);
    await world.grants.end(grant.id, ada);
  });

  test('approved after its start, it begins at once and lasts as long', async () => {
    const asked = granted(await world.grants.ask(ada, { ...ASK, startAt: now() + 60_000 }));
    const past = now() - 1000;
    await set(asked.id, 'startAt', past);
    const grant = await approve(world.grants, { ...asked, startAt: past }, grace);
    expect(grant.activeFrom).toBe(grant.decidedAt);
    expect((grant.activeUntil ?? 0) - (grant.activeFrom ?? 0)).toBe(30 * 60_000);
    await world.grants.end(grant.id, ada);
  });

  test('with the clock at first use its minutes run from then; unused it is kept for a day', async () => {
    const grant = await active({ clock: 'first.use', uses: 3 });
    expect((grant.activeUntil ?? 0) - (grant.activeFrom ?? 0)).toBe(24 * 3_600_000);
    await set(grant.id, 'activeFrom', now() - 3_600_000);
    expect(await use(grant.id)).toBe('go');
    const used = await world.grants.get(grant.id);
    expect((used?.activeUntil ?? 0) - (used?.firstUsedAt ?? 0)).toBe(30 * 60_000);
    expect(await use(grant.id)).toBe('go');
    expect((await world.grants.get(grant.id))?.activeUntil, 'only the first use moves it').toBe(used?.activeUntil);
    expect(await world.grants.sweep()).toBe(0);
    await world.grants.end(grant.id, ada);
  });
});

describe('what ends it before its time', () => {
  test('a freeze that covers all its actions: refused at once, ended and told by another gateway', async () => {
    const grant = await active({ actions: ['device.wipe', 'device.retire'] });
    const other = await active({ console: 'fleet' });
    const mixed = await active({ actions: ['device.lock', 'device.wipe'] });
    await expect.poll(() => usable(elsewhere, ada.principal.id)).toContain(grant.id);
    const heard: unknown[] = [];
    const deaf = world.redis.pulse.onChange((change) => heard.push(change));
    const outcome = await world.freezes.set(lena, { console: 'acme', what: 'destructive', reason: 'an alarm' });
    if (!outcome.done) throw new Error(outcome.why);
    await expect.poll(() => usable(elsewhere, ada.principal.id), { interval: 2 }).not.toContain(grant.id);
    await expect
      .poll(() => heard, { interval: 2 })
      .toContainEqual(expect.objectContaining({ id: grant.id, ended: true }));
    deaf();
    expect(await world.grants.get(grant.id)).toMatchObject({ state: 'ended', endedBecause: 'lockdown', endedBy: null });
    expect((await eventsOf(grant.id)).at(-1)).toMatchObject({ kind: 'grant.ended', facts: { because: 'lockdown' } });
    expect(await usable(elsewhere, ada.principal.id)).toEqual(expect.arrayContaining([other.id, mixed.id]));
    expect(await use(mixed.id), 'its wipe is frozen, not its lock').toBe('lockdown.active');

    // Nothing new comes to life under it either.
    const asked = granted(await world.grants.ask(ada, ASK));
    const challenge = world.grants.approvalChallenge(asked, { minutes: 30, uses: 1 }, grace.principal.id);
    const evidence = evidenceOf(challenge, keyOf(grace));
    const refused = await world.grants.approve(asked.id, grace, { minutes: 30, uses: 1 }, evidence);
    expect(refused).toEqual({ done: false, why: 'frozen' });
    for (const session of [lena, grace]) await world.freezes.release(outcome.freeze.id, session);
    expect((await world.grants.get(grant.id))?.state, 'ended is ended').toBe('ended');
    expect((await world.grants.approve(asked.id, grace, { minutes: 30, uses: 1 }, evidence)).done).toBe(true);
  });

  test('endForFreeze ends what one freeze covers, and nothing twice', async () => {
    const grant = await active();
    const freeze = {
      ...{ id: 'frz_x', match: { consoles: ['acme'], actions: ['device.*'], risks: ['destructive'] as const } },
      ...{ budget: 'b', by: ada.principal, reason: '', since: 0, releases: [], epoch: '' },
    };
    expect(await world.grants.endForFreeze(freeze)).toBeGreaterThan(0);
    expect((await eventsOf(grant.id)).at(-1)).toMatchObject({ facts: { because: 'lockdown', freeze: 'frz_x' } });
    expect(await world.grants.endForFreeze(freeze)).toBe(0);
  });

  test('the end of the session that asked, for the holder’s other sessions too, within 100 ms on another gateway', async () => {
    const { scripts, keys, pulse } = world.redis;
    const took: number[] = [];
    // Several times: a machine that is busy for a moment says nothing about the product.
    for (let round = 0; round < 5; round += 1) {
      const asking = await world.login('ada', ['mdm-admins']);
      const grant = await active({ uses: 5 }, asking);
      expect(await use(grant.id, ada), 'another session of the same person').toBe('go');
      await expect.poll(() => usable(elsewhere, ada.principal.id)).toContain(grant.id);
      const message = JSON.stringify({ kind: 'session', id: asking.id });
      const told: AuditEvent = { kind: 'session.ended', actor: ada.principal.id, session: asking.id, facts: {} };
      const began = monotonic();
      const heard = new Promise<void>((resolve) => {
        const deaf = pulse.onChange((change) => {
          if (change.id !== grant.id || change.ended !== true) return;
          deaf();
          resolve();
        });
      });
      await scripts.run(
        'endSession',
        [keys.session(asking.id), keys.sessions, keys.sessionTokens(asking.id)],
        [asking.id, 'logout', '0', 'none', '{}', message, ...eventArgs(told)],
      );
      expect(await use(grant.id, ada)).toBe('grant.ended');
      await heard;
      took.push(monotonic() - began);
      expect(await usable(elsewhere, ada.principal.id)).not.toContain(grant.id);
      expect((await eventsOf(grant.id)).at(-1)).toMatchObject({ kind: 'grant.ended', facts: { because: 'session' } });
      expect(await world.grants.get(grant.id)).toMatchObject({ state: 'ended', endedBecause: 'session' });
    }
    expect(took.sort((a, b) => a - b)[2]).toBeLessThan(100);
  });
});

describe('who is called while it waits', () => {
  test('approvers are reminded once, then it escalates once; from then on the others may approve too', async () => {
    const { id, remindAt, escalation, askedAt } = granted(await world.grants.ask(ada, ASK));
    expect([remindAt, escalation]).toEqual([askedAt + 600_000, { at: askedAt + 1_200_000, to: ['mdm-leads'] }]);
    expect(await world.grants.sweep()).toBe(0);
    const by = async (session: Session) => {
      const grant = granted({ done: true, grant: (await world.grants.get(id)) ?? ({} as never) });
      const terms = { minutes: 30, uses: 1 };
      const challenge = world.grants.approvalChallenge(grant, terms, session.principal.id);
      const outcome = await world.grants.approve(id, session, terms, evidenceOf(challenge, keyOf(session)));
      return outcome.done ? outcome.grant.state : outcome.why;
    };
    const due = async (field: string) => {
      await set(id, field, now() - 1000);
      await world.redis.client.command('ZADD', world.redis.keys.grantCalls, now() - 1000, id);
      await Promise.all([world.grants.sweep(), elsewhere.grants.sweep(), world.grants.sweep()]);
    };
    await due('remindAt');
    expect(await by(lena)).toBe('not.next');
    await due('escalateAt');
    await world.grants.sweep();
    const told = (await eventsOf(id)).map(({ kind, facts }) => [kind, facts.groups]);
    expect(told).toEqual([
      ['grant.asked', ['mdm-approvers']],
      ['grant.reminded', ['mdm-approvers']],
      ['grant.escalated', ['mdm-leads']],
    ]);
    expect(await world.grants.get(id)).toMatchObject({
      remindedAt: expect.any(Number),
      escalatedAt: expect.any(Number),
    });
    expect(await by(lena)).toBe('active');
    expect(await world.redis.client.command('ZSCORE', world.redis.keys.grantCalls, id)).toBeNull();
  });

  test('nobody is called for what was answered', async () => {
    const { id } = granted(await world.grants.ask(ada, ASK));
    await set(id, 'remindAt', now() - 1000);
    await world.grants.deny(id, grace, 'no');
    await world.redis.client.command('ZADD', world.redis.keys.grantCalls, now() - 1000, id);
    await world.grants.sweep();
    expect((await eventsOf(id)).map(({ kind }) => kind)).toEqual(['grant.asked', 'grant.denied']);
    expect(await world.redis.client.command('ZSCORE', world.redis.keys.grantCalls, id)).toBeNull();
  });
});

test('a record from before grants had several actions is read, gives nothing, and does not stop the lists', async () => {
  const { client, keys } = world.redis;
  const old = {
    id: 'gra_old',
    state: 'active',
    holder: ada.principal.id,
    holderName: 'ada',
    console: 'acme',
    action: 'device.wipe',
  };
  const more = {
    targets: JSON.stringify(ASK.targets),
    title: 't',
    reason: 'r',
    ticket: '',
    askedMinutes: '30',
    askedUses: '1',
  };
  const times = {
    minutes: '30',
    uses: '1',
    usesLeft: '1',
    askedAt: String(now()),
    answerUntil: '1',
    decidedAt: String(now()),
  };
  const rest = {
    activeUntil: String(now() + 60_000),
    epoch: world.redis.pulse.epoch(),
    decidedBy: 'x',
    decidedByName: 'x',
  };
  await client.command('HSET', keys.grant('gra_old'), ...Object.entries({ ...old, ...more, ...times, ...rest }).flat());
  await client.command('ZADD', keys.grants, now(), 'gra_old');
  await client.command('ZADD', keys.activeOf(ada.principal.id), now() + 60_000, 'gra_old');
  world.redis.pulse.forget();
  expect((await world.grants.all(null)).grants.find(({ id }) => id === 'gra_old')?.actions).toEqual(['device.wipe']);
  expect(await usable(world, ada.principal.id)).not.toContain('gra_old');
  expect(await use('gra_old')).toBe('grant.ended');
  expect(granted(await world.grants.end('gra_old', ada)).state).toBe('ended');
});
