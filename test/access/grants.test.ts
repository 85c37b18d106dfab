// A grant's life, one rule a test, against a real Redis.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Target } from '../../src/kernel/action.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import type { Session } from '../../src/kernel/session.ts';
import { createPulse } from '../../src/redis/pulse.ts';
import { createScripts } from '../../src/redis/scripts.ts';
import {
  ASK,
  accessOn,
  approve,
  asAsked,
  checkChain,
  commitOf,
  evidenceOf,
  granted,
  keyOf,
  openWorld,
  RULE,
  sleep,
  type World,
} from './kit.ts';

let world: World;
let ada: Session;
let grace: Session;
let olga: Session;
beforeAll(async () => {
  world = await openWorld();
  [ada, grace, olga] = [await world.login('ada'), await world.login('grace'), await world.login('olga')];
});
afterEach(async () => {
  await checkChain(world.redis.client, world.redis.keys.journal);
});
afterAll(() => world.redis.stop());

const eventsOf = async (id: string) =>
  (await world.redis.journalEvents()).filter(({ facts }) => facts.grant === id).map(({ kind }) => kind);

describe('asking', () => {
  test('an ask waits, gives nothing, and is written down with who, what and why', async () => {
    const grant = granted(await world.grants.ask(ada, ASK));
    expect(grant).toMatchObject({ state: 'asked', usesLeft: null, activeUntil: null, holder: { name: 'ada' } });
    expect(grant.answerUntil - grant.askedAt).toBe(60 * 60_000);
    expect(await world.grants.activeFor(ada.principal.id)).toEqual([]);
    const told = (await world.redis.journalEvents()).at(-1);
    expect(told).toMatchObject({
      kind: 'grant.asked',
      actor: ada.principal.id,
      facts: { grant: grant.id, reason: ASK.reason, ticket: ASK.ticket, minutes: 30, uses: 1, targets: ASK.targets },
    });
    await world.grants.withdraw(grant.id, ada);
  });

  test('targets are kept distinct and in one order', async () => {
    const device = (id: string) => ({ kind: 'device', id });
    const targets = [device('b'), device('a'), device('b')];
    const grant = granted(await world.grants.ask(ada, { ...ASK, targets }));
    expect(grant.targets).toEqual([device('a'), device('b')]);
    await world.grants.withdraw(grant.id, ada);
  });

  test('nobody has more than 20 unanswered asks, and an answer makes room', async () => {
    const asker = await world.login('many');
    const asks = await Promise.all(Array.from({ length: 30 }, () => world.grants.ask(asker, ASK)));
    expect(asks.filter(({ done }) => done)).toHaveLength(20);
    expect(asks.filter((outcome) => !outcome.done && outcome.why === 'too.many')).toHaveLength(10);
    const first = asks.find((outcome) => outcome.done);
    if (!first?.done) throw new Error('none was asked');
    await world.grants.deny(first.grant.id, grace, 'no');
    expect((await world.grants.ask(asker, ASK)).done).toBe(true);
    expect(await world.grants.ask(asker, ASK)).toEqual({ done: false, why: 'too.many' });
  });

  test('an ended session asks nothing', async () => {
    const gone = await world.login('gone');
    await world.endSession(gone);
    expect(await world.grants.ask(gone, ASK)).toEqual({ done: false, why: 'session.revoked' });
  });
});

describe('approving', () => {
  test('another person makes it active from that moment on, for the approved time and uses', async () => {
    const asked = granted(await world.grants.ask(ada, { ...ASK, uses: 3 }));
    await sleep(20);
    const grant = await approve(world.grants, asked, grace, { minutes: 10, uses: 2 });
    expect(grant).toMatchObject({ state: 'active', minutes: 10, uses: 2, usesLeft: 2, askedMinutes: 30, askedUses: 3 });
    expect(grant.decidedBy).toEqual({ id: grace.principal.id, name: 'grace' });
    expect(grant.decidedAt).toBeGreaterThan(grant.askedAt);
    expect((grant.activeUntil ?? 0) - (grant.decidedAt ?? 0)).toBe(10 * 60_000);
    expect((await world.grants.activeFor(ada.principal.id)).map(({ id }) => id)).toContain(grant.id);
    expect(await world.grants.inbox()).not.toContainEqual(expect.objectContaining({ id: grant.id }));
  });

  test('the proof is in the event: terms, challenge, and the public parts of the assertion', async () => {
    const asked = granted(await world.grants.ask(ada, ASK));
    await approve(world.grants, asked, grace);
    const told = (await world.redis.journalEvents()).findLast(({ kind }) => kind === 'grant.approved');
    const challenge = world.grants.approvalChallenge(asked, asAsked(asked), grace.principal.id);
    expect(told?.facts).toMatchObject({
      signed: {
        challenge,
        evidence: evidenceOf(challenge, keyOf(grace)),
        terms: { purpose: 'sallyport.grant.v2', approver: grace.principal.id, holder: ada.principal.id },
      },
    });
  });

  test('one cannot approve or deny an own request, from another session neither', async () => {
    const asked = granted(await world.grants.ask(olga, ASK));
    for (const self of [olga, await world.login('olga')]) {
      const terms = asAsked(asked);
      const challenge = world.grants.approvalChallenge(asked, terms, self.principal.id);
      const outcome = await world.grants.approve(asked.id, self, terms, evidenceOf(challenge));
      expect(outcome).toEqual({ done: false, why: 'own' });
      expect(await world.grants.deny(asked.id, self, 'no')).toEqual({ done: false, why: 'own' });
    }
    expect((await world.grants.get(asked.id))?.state).toBe('asked');
  });

  test('the script itself refuses an own approval, wider terms and an ended session, whatever its caller checked', async () => {
    const { redis } = world;
    const asked = granted(await world.grants.ask(olga, { ...ASK, uses: 2 }));
    const holder = olga.principal.id;
    const raw = async (approver: Session, minutes: string, uses: string, targets: readonly Target[] = ASK.targets) =>
      (
        await redis.scripts.run(
          'approveGrant',
          [
            redis.keys.grant(asked.id),
            redis.keys.grantsOpen,
            redis.keys.asksOf(holder),
            redis.keys.activeOf(holder),
            redis.keys.session(approver.id),
            redis.keys.session(olga.id),
            redis.keys.passkeysOf(holder),
            redis.keys.grantCalls,
          ],
          [
            ...[approver.principal.id, holder, olga.id, '0', minutes, uses, JSON.stringify(targets), '{}', 'c', 'k'],
            ...[redis.keys.passkey(''), '1', '{}', '', '{}', '', '{}', 'x'],
          ],
        )
      )[0];
    expect(await raw(olga, '30', '2')).toBe('own');
    for (const [minutes, uses] of [
      ['31', '1'],
      ['30', '3'],
      ['0', '1'],
      ['1', '0'],
      ['-1', '1'],
      ['1.5', '1'],
      ['nan', '1'],
      ['inf', '1'],
      ['', '1'],
    ] as const)
      expect(await raw(grace, minutes, uses), `${minutes} ${uses}`).toBe('wider');
    expect(await raw(grace, '1', '1', [])).toBe('wider');
    expect(await raw(grace, '1', '1', [...ASK.targets, { kind: 'device', id: 'd-0143' }])).toBe('wider');
    expect(await raw(grace, '1', '1', [{ kind: 'device', id: '*' }])).toBe('wider');
    expect(await raw(await world.login('linus', ['mdm-auditors']), '30', '2')).toBe('not.next');
    const gone = await world.login('grace');
    await world.endSession(gone);
    expect(await raw(gone, '30', '2')).toBe('session.revoked');
    expect((await world.grants.get(asked.id))?.state).toBe('asked');
  });

  test('approvers shorten and lower, never widen', async () => {
    const asked = granted(await world.grants.ask(ada, { ...ASK, minutes: 30, uses: 2 }));
    for (const terms of [
      { minutes: 31, uses: 1 },
      { minutes: 30, uses: 3 },
      { minutes: 0, uses: 1 },
      { minutes: 1, uses: 0 },
      { minutes: 1.5, uses: 1 },
      { minutes: Number.NaN, uses: 1 },
    ]) {
      const outcome = await world.grants.approve(asked.id, grace, terms, evidenceOf('x'));
      expect(outcome, JSON.stringify(terms)).toEqual({ done: false, why: 'wider' });
    }
    expect((await world.grants.get(asked.id))?.state).toBe('asked');
  });

  test('an assertion over other terms, another grant, another approver, or without user verification does not count', async () => {
    const asked = granted(await world.grants.ask(ada, { ...ASK, uses: 2 }));
    const twin = granted(await world.grants.ask(ada, { ...ASK, uses: 2 }));
    const terms = { minutes: 30, uses: 2 };
    const right = world.grants.approvalChallenge(asked, terms, grace.principal.id);
    const wrong = [
      evidenceOf(world.grants.approvalChallenge(asked, { minutes: 30, uses: 1 }, grace.principal.id)),
      evidenceOf(world.grants.approvalChallenge(asked, { minutes: 29, uses: 2 }, grace.principal.id)),
      evidenceOf(world.grants.approvalChallenge(twin, terms, grace.principal.id)),
      evidenceOf(world.grants.approvalChallenge(asked, terms, olga.principal.id)),
      evidenceOf(world.grants.approvalChallenge({ ...asked, reason: 'other' }, terms, grace.principal.id)),
      evidenceOf(world.grants.approvalChallenge({ ...asked, targets: [] }, terms, grace.principal.id)),
      evidenceOf(right, { userVerified: false }),
      evidenceOf(right, { clientDataJSON: 'bm90IGpzb24' }),
      evidenceOf(right, {
        clientDataJSON: Buffer.from(JSON.stringify({ type: 'webauthn.create', challenge: right })).toString(
          'base64url',
        ),
      }),
    ];
    for (const evidence of wrong) {
      expect(await world.grants.approve(asked.id, grace, terms, evidence)).toEqual({ done: false, why: 'evidence' });
    }
    expect(await eventsOf(asked.id)).toEqual(['grant.asked']);
    expect((await approve(world.grants, asked, grace)).state).toBe('active');
  });

  test('what was answered once is not answered again', async () => {
    const answered = await Promise.all([
      world.active(ada, grace),
      (async () => {
        const asked = granted(await world.grants.ask(ada, ASK));
        return granted(await world.grants.deny(asked.id, grace, 'Not needed'));
      })(),
      (async () => {
        const asked = granted(await world.grants.ask(ada, ASK));
        return granted(await world.grants.withdraw(asked.id, ada));
      })(),
    ]);
    expect(answered.map(({ state }) => state)).toEqual(['active', 'denied', 'withdrawn']);
    for (const grant of answered) {
      const before = await world.grants.get(grant.id);
      const challenge = world.grants.approvalChallenge(grant, asAsked(grant), olga.principal.id);
      const again = await world.grants.approve(grant.id, olga, asAsked(grant), evidenceOf(challenge));
      expect(again).toEqual({ done: false, why: 'not.asked' });
      expect(await world.grants.deny(grant.id, olga, 'no')).toEqual({ done: false, why: 'not.asked' });
      expect(await world.grants.withdraw(grant.id, ada)).toEqual({ done: false, why: 'not.asked' });
      expect(await world.grants.get(grant.id)).toEqual(before);
    }
  });

  test('a denial keeps its reason and needs one', async () => {
    const asked = granted(await world.grants.ask(ada, ASK));
    await expect(world.grants.deny(asked.id, grace, '  ')).rejects.toThrow('reason');
    const denied = granted(await world.grants.deny(asked.id, grace, 'Call first'));
    expect(denied).toMatchObject({ state: 'denied', denyReason: 'Call first', decidedBy: { name: 'grace' } });
  });

  test('an unknown grant is unknown to every deed', async () => {
    const id = 'gra_nothing';
    expect(await world.grants.get(id)).toBeNull();
    expect(await world.grants.approve(id, grace, { minutes: 1, uses: 1 }, evidenceOf('x'))).toEqual({
      done: false,
      why: 'unknown',
    });
    expect(await world.grants.deny(id, grace, 'no')).toEqual({ done: false, why: 'unknown' });
    expect(await world.grants.withdraw(id, ada)).toEqual({ done: false, why: 'unknown' });
    expect(await world.grants.end(id, ada)).toEqual({ done: false, why: 'unknown' });
  });

  test('a person without an id does nothing', async () => {
    const asked = granted(await world.grants.ask(ada, ASK));
    const nobody = { ...grace, principal: { id: '', name: 'nobody', groups: [] } };
    await expect(world.grants.approve(asked.id, nobody, asAsked(asked), evidenceOf('x'))).rejects.toThrow(
      'without a person',
    );
    await expect(world.grants.deny(asked.id, nobody, 'no')).rejects.toThrow('without a person');
  });
});

describe('ending', () => {
  test('the holder gives it back; a stranger cannot withdraw', async () => {
    const asked = granted(await world.grants.ask(ada, ASK));
    expect(await world.grants.withdraw(asked.id, olga)).toEqual({ done: false, why: 'not.holder' });
    const grant = await approve(world.grants, asked, grace);
    const ended = granted(await world.grants.end(grant.id, ada));
    expect(ended).toMatchObject({ state: 'ended', endedBecause: 'holder', endedBy: { name: 'ada' } });
    expect(await world.grants.end(grant.id, ada)).toEqual({ done: false, why: 'not.active' });
    expect(await eventsOf(grant.id)).toEqual(['grant.asked', 'grant.approved', 'grant.ended']);
  });

  test('somebody else revokes it, and the next act is refused at once', async () => {
    const grant = await world.active(ada, grace, { uses: 5 });
    expect((await world.acts.commit(commitOf(ada, { grant: grant.id }))).go).toBe(true);
    expect(granted(await world.grants.end(grant.id, grace))).toMatchObject({ endedBecause: 'revoked', usesLeft: 4 });
    expect(await world.acts.commit(commitOf(ada, { grant: grant.id }))).toMatchObject({ reason: 'grant.ended' });
    expect((await world.grants.activeFor(ada.principal.id)).map(({ id }) => id)).not.toContain(grant.id);
  });

  test('another replica sees the end at once', async () => {
    const parts = await world.redis.replica();
    const elsewhere = accessOn(parts, world.redis.keys);
    const grant = await world.active(ada, grace);
    const has = async () => (await elsewhere.grants.activeFor(ada.principal.id)).some(({ id }) => id === grant.id);
    await expect.poll(has).toBe(true);
    await world.grants.end(grant.id, grace);
    await expect.poll(has, { interval: 5, timeout: 1000 }).toBe(false);
  });

  test('time ends it without the sweep; the sweep writes it down once, on however many replicas', async () => {
    const grant = await world.active(ada, grace);
    const { client, keys } = world.redis;
    const past = world.redis.pulse.clock.now() - 1000;
    await client.command('HSET', keys.grant(grant.id), 'activeUntil', Math.floor(past));
    await client.command('ZADD', keys.grantsOpen, Math.floor(past), grant.id);
    world.redis.pulse.forget();
    expect(await world.acts.commit(commitOf(ada, { grant: grant.id }))).toMatchObject({ reason: 'grant.ended' });
    expect((await world.grants.activeFor(ada.principal.id)).map(({ id }) => id)).not.toContain(grant.id);
    expect(await world.grants.get(grant.id)).toMatchObject({ state: 'ended', endedBecause: 'time' });
    expect(await world.grants.end(grant.id, ada)).toEqual({ done: false, why: 'not.active' });
    const elsewhere = accessOn(await world.redis.replica(), keys);
    await Promise.all([world.grants.sweep(), elsewhere.grants.sweep(), world.grants.sweep()]);
    expect(await eventsOf(grant.id)).toEqual(['grant.asked', 'grant.approved', 'grant.ended']);
    expect(await client.command('HGET', keys.grant(grant.id), 'state')).toBe('ended');
  });

  test('the sweep ends nothing before its time', async () => {
    const grant = await world.active(ada, grace);
    const asked = granted(await world.grants.ask(ada, ASK));
    await world.grants.sweep();
    expect((await world.grants.get(grant.id))?.state).toBe('active');
    expect((await world.grants.get(asked.id))?.state).toBe('asked');
    await world.grants.withdraw(asked.id, ada);
  });

  test('the scripts themselves end nothing early, and take nobody’s word for who holds it', async () => {
    const { keys, scripts } = world.redis;
    const holder = ada.principal.id;
    const active = await world.active(ada, grace);
    const asked = granted(await world.grants.ask(ada, ASK));
    const lapse = async (of: string) =>
      (
        await scripts.run(
          'lapseGrant',
          [keys.grant(asked.id), keys.grantsOpen, keys.asksOf(of), keys.session(ada.id), keys.grantCalls],
          [of, ada.id, '{}', '', '{}'],
        )
      )[0];
    const end = async (by: string, of: string, because: string) =>
      (
        await scripts.run(
          'endGrant',
          [keys.grant(active.id), keys.grantsOpen, keys.activeOf(of), keys.session(ada.id)],
          [by, '', of, ada.id, because, '{}', '', '{}'],
        )
      )[0];
    expect(await lapse(holder)).toBe('not.due');
    expect(await lapse('i#other')).toBe('unknown');
    expect(await end('', holder, 'time')).toBe('not.due');
    expect(await end('', holder, 'void')).toBe('not.due');
    expect(await end('', holder, 'session')).toBe('not.due');
    expect(await end('', holder, 'revoked')).toBe('unknown');
    expect(await end('i#other', holder, 'holder')).toBe('not.holder');
    expect(await end('i#other', 'i#other', 'revoked')).toBe('unknown');
    expect(await end(holder, holder, 'whim')).toBe('unknown');
    expect((await world.grants.get(active.id))?.state).toBe('active');
    await world.grants.withdraw(asked.id, ada);
  });

  test('an unanswered ask lapses, cannot be answered then, and is written down once', async () => {
    const short = accessOn(world.redis, world.redis.keys, { approvals: [{ ...RULE, answerWithin: 60 }] });
    const asked = granted(await short.grants.ask(ada, ASK));
    await sleep(90);
    expect((await world.grants.get(asked.id))?.state).toBe('lapsed');
    const challenge = world.grants.approvalChallenge(asked, asAsked(asked), grace.principal.id);
    const late = await world.grants.approve(asked.id, grace, asAsked(asked), evidenceOf(challenge));
    expect(late).toEqual({ done: false, why: 'lapsed' });
    expect(await world.grants.deny(asked.id, grace, 'no')).toEqual({ done: false, why: 'lapsed' });
    expect(await world.grants.withdraw(asked.id, ada)).toEqual({ done: false, why: 'lapsed' });
    await Promise.all([world.grants.sweep(), world.grants.sweep()]);
    expect(await eventsOf(asked.id)).toEqual(['grant.asked', 'grant.lapsed']);
    expect(await world.grants.deny(asked.id, grace, 'no')).toEqual({ done: false, why: 'lapsed' });
  });
});

describe('time and the life of the data', () => {
  test('a jump of this process’s clock changes nothing: only Redis’s time counts', async () => {
    const jumped = { now: () => systemClock.now() + jump };
    let jump = 0;
    const { client, keys } = world.redis;
    const pulse = createPulse({ client, keys, clock: jumped, onError: () => undefined }, () => scripts);
    const scripts = createScripts({ client, keys, epoch: () => pulse.epoch() });
    await pulse.start();
    const here = accessOn({ client, scripts, pulse }, keys);
    const grant = await world.active(ada, grace, { uses: 3 });
    const { hold, request } = await world.signed(ada);
    for (jump of [86_400_000, -86_400_000]) {
      await expect.poll(() => Math.abs(pulse.clock.now() - systemClock.now())).toBeLessThan(2000);
      expect((await here.grants.get(grant.id))?.state, `${jump}`).toBe('active');
      expect((await here.grants.activeFor(ada.principal.id)).map(({ id }) => id)).toContain(grant.id);
      expect((await here.holds.check(hold.id, request)).go).toBe(true);
      expect((await here.acts.commit(commitOf(ada, { grant: grant.id }))).go).toBe(true);
    }
    const asked = granted(await here.grants.ask(ada, ASK));
    expect(Math.abs(asked.askedAt - systemClock.now())).toBeLessThan(5000);
    pulse.stop();
  });
});
