// The commit consumes everything or nothing, and the intent is in the journal before anybody may send a byte.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { HoldUse } from '../../src/access/acts/acts.redis.ts';
import type { Session } from '../../src/kernel/session.ts';
import { ASK, actEvent, approve, checkChain, commitOf, granted, openWorld, requestOf, type World } from './kit.ts';

let world: World;
let ada: Session;
let grace: Session;
beforeAll(async () => {
  world = await openWorld();
  [ada, grace] = [await world.login('ada'), await world.login('grace')];
});
afterEach(async () => {
  await checkChain(world.redis.client, world.redis.keys.journal);
});
afterAll(() => world.redis.stop());

const left = async (id: string) => (await world.grants.get(id))?.usesLeft;
const committed = async (act: ReturnType<typeof commitOf>) => {
  const verdict = await world.acts.commit(act);
  if (!verdict.go) throw new Error(verdict.reason);
  return verdict.value;
};
const settle = (act: ReturnType<typeof commitOf>, intent: number, sent: boolean, who = ada) =>
  world.acts.settle({
    exchange: act.exchange,
    intent,
    grant: act.grant,
    sent,
    status: sent ? 200 : null,
    event: actEvent('act.outcome', who, act.exchange),
  });
const kinds = () => world.redis.journalKinds();
const outcomes = async (exchange: string) =>
  (await world.redis.journalEvents()).filter(
    (event) => event.kind === 'act.outcome' && (event as { exchange?: string }).exchange === exchange,
  ).length;

describe('commit', () => {
  test('answers the sequence number of the intent that it wrote', async () => {
    const { intent } = await committed(commitOf(ada));
    const [entry] = (await world.redis.client.command(
      'XRANGE',
      world.redis.keys.journal,
      `${intent}-0`,
      `${intent}-0`,
    )) as [string, string[]][];
    expect(JSON.stringify(entry)).toContain('act.intent');
  });

  test('the last use ends the grant, after it was used, with an event of its own', async () => {
    const grant = await world.active(ada, grace, { uses: 2 });
    expect((await committed(commitOf(ada, { grant: grant.id }))).usesLeft).toBe(1);
    expect((await kinds()).at(-1)).toBe('act.intent');
    expect((await committed(commitOf(ada, { grant: grant.id }))).usesLeft).toBe(0);
    expect((await kinds()).slice(-2)).toEqual(['act.intent', 'grant.ended']);
    expect(await world.grants.get(grant.id)).toMatchObject({
      state: 'ended',
      endedBecause: 'uses',
      endedBy: null,
      usesLeft: 0,
    });
    const before = await kinds();
    expect(await world.acts.commit(commitOf(ada, { grant: grant.id }))).toMatchObject({ reason: 'grant.ended' });
    expect(await kinds()).toEqual(before);
  });

  test('a refusal for one part consumes none of the others', async () => {
    const grant = await world.active(ada, grace);
    const { hold } = await world.signed(ada);
    const spent = await world.active(ada, grace);
    await committed(commitOf(ada, { grant: spent.id }));
    const before = await kinds();
    expect(await world.acts.commit(commitOf(ada, { hold: hold.id, grant: spent.id }))).toMatchObject({
      reason: 'grant.ended',
    });
    expect(await world.acts.commit(commitOf(ada, { hold: 'hol_none', grant: grant.id }))).toMatchObject({
      reason: 'hold.unknown',
    });
    const gone = await world.login('gone');
    await world.endSession(gone);
    expect(await world.acts.commit(commitOf(gone, { hold: hold.id, grant: grant.id }))).toMatchObject({
      reason: 'session.revoked',
    });
    expect((await kinds()).filter((kind) => kind !== 'login.succeeded')).toEqual(
      before.filter((kind) => kind !== 'login.succeeded'),
    );
    expect((await world.holds.get(hold.id))?.state).toBe('ready');
    expect(await left(grant.id)).toBe(1);
    await committed(commitOf(ada, { hold: hold.id, grant: grant.id }));
  });

  test('somebody else’s grant is grant.ended', async () => {
    const grant = await world.active(ada, grace);
    const mallory = await world.login('mallory');
    expect(await world.acts.commit(commitOf(mallory, { grant: grant.id }))).toMatchObject({ reason: 'grant.ended' });
    expect(await left(grant.id)).toBe(1);
  });

  test('an asked, denied or withdrawn grant is grant.ended', async () => {
    const asked = granted(await world.grants.ask(ada, ASK));
    const denied = granted(await world.grants.ask(ada, ASK));
    await world.grants.deny(denied.id, grace, 'no');
    const withdrawn = granted(await world.grants.ask(ada, ASK));
    await world.grants.withdraw(withdrawn.id, ada);
    for (const { id } of [asked, denied, withdrawn])
      expect(await world.acts.commit(commitOf(ada, { grant: id }))).toMatchObject({ reason: 'grant.ended' });
    expect(await world.acts.commit(commitOf(ada, { grant: 'gra_none' }))).toMatchObject({ reason: 'grant.ended' });
  });

  test('an ended session commits nothing, also an act that needs neither grant nor hold', async () => {
    const gone = await world.login('gone');
    expect((await world.acts.commit(commitOf(gone))).go).toBe(true);
    await world.endSession(gone);
    expect(await world.acts.commit(commitOf(gone))).toMatchObject({ reason: 'session.revoked' });
  });

  test('a session past its absolute end commits nothing, although nobody has ended it yet', async () => {
    const old = await world.login('old');
    await world.redis.client.command(
      'HSET',
      world.redis.keys.session(old.id),
      'absoluteUntil',
      // a second: this process's estimate of Redis's clock may be off by some milliseconds
      Math.floor(world.redis.pulse.clock.now()) - 1000,
    );
    expect(await world.acts.commit(commitOf(old))).toMatchObject({ reason: 'session.revoked' });
  });

  test('one exchange is committed once', async () => {
    const act = commitOf(ada);
    await committed(act);
    expect(await world.acts.commit(act)).toMatchObject({ go: false, reason: 'gateway.failed' });
  });

  test('empty ids are refused, not taken for "none needed"', async () => {
    expect((await world.acts.commit(commitOf(ada, { hold: '' }))).go).toBe(false);
    expect((await world.acts.commit(commitOf(ada, { grant: '' }))).go).toBe(false);
  });
});

describe('what a hold must have', () => {
  const held = async (needs: { signed: boolean; approvals: number }) => {
    const hold = await world.holds.create({
      ...requestOf(ada),
      ...{ title: 'Wipe', effect: '', risk: 'destructive', principal: ada.principal, rule: 'r', names: {}, devices: 1 },
      ...{ needs, approvers: ['mdm-approvers'], parameters: null, answerWithin: 60_000 },
    });
    if (hold === null) throw new Error('no hold');
    return hold;
  };
  const reasonOf = async (use: HoldUse) => {
    const verdict = await world.acts.commit(commitOf(ada, { hold: use }));
    return verdict.go ? 'go' : verdict.reason;
  };

  test('as much as the decision rests on, whatever its state is called', async () => {
    const { id } = await held({ signed: true, approvals: 2 });
    expect(await reasonOf({ id, signed: true, approvals: 0 })).toBe('hold.unsigned');
    expect(await reasonOf({ id, signed: false, approvals: 1 })).toBe('approval.required');
    const hash = world.redis.keys.hold(id);
    await world.redis.client.command('HSET', hash, 'state', 'ready');
    expect(await reasonOf({ id, signed: true, approvals: 2 })).toBe('hold.unsigned');
    await world.redis.client.command('HSET', hash, 'signedAt', '1');
    expect(await reasonOf({ id, signed: true, approvals: 2 })).toBe('approval.required');
    await world.redis.client.command('HSET', hash, 'approvalCount', '1');
    for (const approvals of [2, 1.5, Number.NaN])
      expect(await reasonOf({ id, signed: true, approvals }), String(approvals)).toBe('approval.required');
    await world.redis.client.command('HSET', hash, 'approvalCount', '2');
    expect(await reasonOf({ id, signed: true, approvals: 2 })).toBe('go');
    expect(await reasonOf({ id, signed: true, approvals: 2 })).toBe('hold.used');
  });

  test('denied, cancelled, or of a state that nobody knows: refused', async () => {
    const { id } = await held({ signed: true, approvals: 1 });
    for (const [state, reason] of [
      ['denied', 'approval.denied'],
      ['cancelled', 'hold.unknown'],
      ['signed', 'hold.unknown'],
      ['', 'hold.unknown'],
    ] as const) {
      await world.redis.client.command('HSET', world.redis.keys.hold(id), 'state', state, 'signedAt', '1');
      expect(await reasonOf({ id, signed: true, approvals: 0 })).toBe(reason);
    }
  });
});

describe('when a grant counts', () => {
  const set = (id: string, ...fields: (string | number)[]) =>
    world.redis.client.command('HSET', world.redis.keys.grant(id), ...fields);
  const now = () => Math.floor(world.redis.pulse.clock.now());

  test('not before its beginning, and not when nobody knows its beginning', async () => {
    const grant = await world.active(ada, grace);
    await set(grant.id, 'activeFrom', now() + 5000);
    expect(await world.acts.commit(commitOf(ada, { grant: grant.id }))).toMatchObject({ reason: 'grant.ended' });
    await set(grant.id, 'activeFrom', '');
    expect(await world.acts.commit(commitOf(ada, { grant: grant.id }))).toMatchObject({ reason: 'grant.ended' });
    await set(grant.id, 'activeFrom', now() - 5000);
    await committed(commitOf(ada, { grant: grant.id }));
  });

  test('a clock that starts with the first use starts then, once, and its minutes run', async () => {
    const grant = await world.active(ada, grace, { uses: 3, minutes: 20, clock: 'first.use' });
    expect(grant.firstUsedAt).toBeNull();
    expect((grant.activeUntil ?? 0) - now()).toBeGreaterThan(21 * 60_000);
    await committed(commitOf(ada, { grant: grant.id }));
    const used = await world.grants.get(grant.id);
    expect(used?.activeUntil).toBe((used?.firstUsedAt ?? 0) + 20 * 60_000);
    const { client, keys } = world.redis;
    for (const list of [keys.grantsOpen, keys.activeOf(ada.principal.id)])
      expect(Number(await client.command('ZSCORE', list, grant.id))).toBe(used?.activeUntil);
    const second = commitOf(ada, { grant: grant.id });
    await settle(second, (await committed(second)).intent, false);
    expect(await world.grants.get(grant.id)).toMatchObject({
      activeUntil: used?.activeUntil,
      firstUsedAt: used?.firstUsedAt,
      usesLeft: 2,
    });
  });

  test('a use that was given back was none; the first and last use are kept otherwise', async () => {
    const grant = await world.active(ada, grace, { uses: 2 });
    const unsent = commitOf(ada, { grant: grant.id });
    await settle(unsent, (await committed(unsent)).intent, false);
    expect(await world.grants.get(grant.id)).toMatchObject({ firstUsedAt: null, lastUsedAt: null, usesLeft: 2 });
    await committed(commitOf(ada, { grant: grant.id }));
    const first = await world.grants.get(grant.id);
    await committed(commitOf(ada, { grant: grant.id }));
    const last = await world.grants.get(grant.id);
    expect(last?.firstUsedAt).toBe(first?.firstUsedAt);
    expect(last?.lastUsedAt).toBeGreaterThanOrEqual(first?.lastUsedAt ?? Number.POSITIVE_INFINITY);
  });

  test('a grant of a session that ended counts no longer, also in another session of its holder', async () => {
    const first = await world.login('twice');
    const second = await world.login('twice');
    const grant = await world.active(first, grace);
    expect(grant.session).toBe(first.id);
    await world.endSession(first);
    expect(await world.acts.commit(commitOf(second, { grant: grant.id }))).toMatchObject({ reason: 'grant.ended' });
  });
});

describe('settle', () => {
  test('writes the outcome once, however often it is called', async () => {
    const act = commitOf(ada);
    const { intent } = await committed(act);
    await Promise.all([settle(act, intent, true), settle(act, intent, true), settle(act, intent, false)]);
    expect(await outcomes(act.exchange)).toBe(1);
  });

  test('gives the use back only when nothing was sent, and only once', async () => {
    const grant = await world.active(ada, grace, { uses: 3 });
    const sent = commitOf(ada, { grant: grant.id });
    await settle(sent, (await committed(sent)).intent, true);
    expect(await left(grant.id)).toBe(2);
    await settle(sent, 1, false);
    expect(await left(grant.id)).toBe(2);
    const unsent = commitOf(ada, { grant: grant.id });
    const { intent } = await committed(unsent);
    expect(await left(grant.id)).toBe(1);
    await Promise.all([settle(unsent, intent, false), settle(unsent, intent, false)]);
    expect(await left(grant.id)).toBe(2);
  });

  test('a grant that this use had ended is active again, and its hold stays used', async () => {
    const grant = await world.active(ada, grace);
    const { hold } = await world.signed(ada);
    const act = commitOf(ada, { grant: grant.id, hold: hold.id });
    const { intent } = await committed(act);
    await settle(act, intent, false);
    expect(await world.grants.get(grant.id)).toMatchObject({
      state: 'active',
      usesLeft: 1,
      endedAt: null,
      endedBecause: null,
    });
    expect((await world.grants.activeFor(ada.principal.id)).map(({ id }) => id)).toContain(grant.id);
    expect((await world.holds.get(hold.id))?.state).toBe('used');
    expect((await world.acts.commit(commitOf(ada, { grant: grant.id }))).go).toBe(true);
  });

  test('a revoked grant and a grant whose time is over are not brought back by a refund', async () => {
    const revoked = await world.active(ada, grace, { uses: 2 });
    const first = commitOf(ada, { grant: revoked.id });
    const { intent } = await committed(first);
    await world.grants.end(revoked.id, grace);
    await settle(first, intent, false);
    expect(await world.grants.get(revoked.id)).toMatchObject({ state: 'ended', endedBecause: 'revoked', usesLeft: 1 });

    const over = await world.active(ada, grace);
    const second = commitOf(ada, { grant: over.id });
    const committedSecond = await committed(second);
    const { client, keys, pulse } = world.redis;
    await client.command('HSET', keys.grant(over.id), 'activeUntil', Math.floor(pulse.clock.now()) - 1);
    await settle(second, committedSecond.intent, false);
    expect(await world.grants.get(over.id)).toMatchObject({ state: 'ended', endedBecause: 'uses', usesLeft: 0 });
  });

  test('an exchange that was never committed, or used another grant, gives nothing back', async () => {
    const grant = await world.active(ada, grace, { uses: 2 });
    await committed(commitOf(ada, { grant: grant.id }));
    await settle(commitOf(ada, { grant: grant.id }), 1, false);
    expect(await left(grant.id)).toBe(1);
    const other = commitOf(ada);
    const { intent } = await committed(other);
    await settle({ ...other, grant: grant.id }, intent, false);
    expect(await left(grant.id)).toBe(1);
  });

  test('nobody gets a use back for a grant of somebody else', async () => {
    const grant = await world.active(ada, grace, { uses: 2 });
    const act = commitOf(ada, { grant: grant.id });
    const { intent } = await committed(act);
    await settle(act, intent, false, grace);
    expect(await left(grant.id)).toBe(1);
  });
});

test('refusals are written down too', async () => {
  await world.acts.refused({
    kind: 'request.refused',
    actor: ada.principal.id,
    session: ada.id,
    facts: { reason: 'policy.forbidden' },
  });
  expect((await kinds()).at(-1)).toBe('request.refused');
});

test('an approval on other terms than asked is what counts at the commit', async () => {
  const asked = granted(await world.grants.ask(ada, { ...ASK, uses: 5 }));
  const grant = await approve(world.grants, asked, grace, { minutes: 1, uses: 1 });
  await committed(commitOf(ada, { grant: grant.id }));
  expect(await world.acts.commit(commitOf(ada, { grant: grant.id }))).toMatchObject({ reason: 'grant.ended' });
});
