// A signature releases one exact request, once: everything else is refused, each with its own reason.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { HeldRequest } from '../../src/access/holds/record.ts';
import { sha256Hex } from '../../src/kernel/ids.ts';
import type { Session } from '../../src/kernel/session.ts';
import { accessOn, checkChain, commitOf, evidenceOf, openWorld, requestOf, sleep, type World } from './kit.ts';

let world: World;
let ada: Session;
beforeAll(async () => {
  world = await openWorld();
  ada = await world.login('ada');
});
afterEach(async () => {
  await checkChain(world.redis.client, world.redis.keys.journal);
});
afterAll(() => world.redis.stop());

const fresh = (session: Session, request: Partial<HeldRequest> = {}) => ({
  ...requestOf(session),
  ...request,
  title: 'Wipe 1 device: d-0142',
  effect: 'Erases everything on it.',
  principal: session.principal.id,
});
const waiting = async (session: Session) => {
  const hold = await world.holds.create(fresh(session));
  if (hold === null) throw new Error('no hold');
  return hold;
};
const reason = async (id: string, request: HeldRequest) => {
  const verdict = await world.holds.check(id, request);
  return verdict.go ? 'go' : verdict.reason;
};

test('a hold waits five minutes and says what it is about', async () => {
  const hold = await waiting(ada);
  expect(hold).toMatchObject({ ...requestOf(ada), state: 'waiting', title: 'Wipe 1 device: d-0142' });
  expect(hold.expiresAt - hold.createdAt).toBe(5 * 60_000);
  expect((await world.redis.journalEvents()).at(-1)).toMatchObject({
    kind: 'hold.created',
    actor: ada.principal.id,
    session: ada.id,
    facts: { hold: hold.id, target: '/api/devices/d-0142/wipe', method: 'POST' },
  });
  expect(await reason(hold.id, requestOf(ada))).toBe('hold.unsigned');
});

test('signed, it releases the very request, once; the proof is in the journal', async () => {
  const { hold, request } = await world.signed(ada);
  const told = (await world.redis.journalEvents()).findLast(({ kind }) => kind === 'hold.signed');
  const challenge = world.holds.challenge(hold);
  expect(told?.facts).toMatchObject({ hold: hold.id, signed: { challenge, evidence: evidenceOf(challenge) } });
  expect(await reason(hold.id, request)).toBe('go');
  expect((await world.acts.commit(commitOf(ada, { hold: hold.id }))).go).toBe(true);
  expect(await world.acts.commit(commitOf(ada, { hold: hold.id }))).toMatchObject({ reason: 'hold.used' });
  expect(await reason(hold.id, request)).toBe('hold.used');
  expect((await world.holds.get(hold.id))?.state).toBe('used');
});

describe('another request than the signed one is hold.mismatch', () => {
  const changes: [string, Partial<HeldRequest>][] = [
    ['another console', { console: 'other' }],
    ['another session', { session: 'ses_other' }],
    ['another action', { action: 'device.lock' }],
    ['another method', { method: 'DELETE' }],
    ['another path', { target: '/api/devices/d-0143/wipe' }],
    ['another query', { target: '/api/devices/d-0142/wipe?force=1' }],
    ['another body', { bodyDigest: sha256Hex('{"id":"d-0143"}') }],
    ['no body', { bodyDigest: sha256Hex('') }],
    ['another content type', { contentType: 'application/x-www-form-urlencoded' }],
    ['another device', { targets: [{ kind: 'device', id: 'd-0143' }] }],
    ['one device more', { targets: ['d-0142', 'd-0143'].map((id) => ({ kind: 'device', id })) }],
    ['another kind of target', { targets: [{ kind: 'user', id: 'd-0142' }] }],
    ['no target', { targets: [] }],
  ];
  test.each(changes)('%s', async (_name, change) => {
    const { hold, request } = await world.signed(ada);
    expect(await reason(hold.id, { ...request, ...change })).toBe('hold.mismatch');
    expect(await reason(hold.id, request)).toBe('go');
  });

  test('each of these changes gives another challenge, so the signature itself does not fit either', async () => {
    const hold = await waiting(ada);
    const challenges = changes.map(([, change]) => world.holds.challenge({ ...hold, ...change }));
    challenges.push(world.holds.challenge({ ...hold, id: 'hol_other' }));
    challenges.push(world.holds.challenge({ ...hold, expiresAt: hold.expiresAt + 1 }));
    expect(new Set([...challenges, world.holds.challenge(hold)]).size).toBe(challenges.length + 1);
  });

  test('the order of the devices does not matter', async () => {
    const [a, b] = ['a', 'b'].map((id) => ({ kind: 'device', id })) as [
      HeldRequest['targets'][0],
      HeldRequest['targets'][0],
    ];
    const { hold, request } = await world.signed(ada, { targets: [a, b] });
    expect(await reason(hold.id, { ...request, targets: [b, a] })).toBe('go');
  });
});

test('another session cannot sign, cancel or use it, not even the same person’s', async () => {
  const hold = await waiting(ada);
  const second = await world.login('ada');
  const evidence = evidenceOf(world.holds.challenge(hold));
  expect(await world.holds.sign(hold.id, second, evidence)).toEqual({ done: false, why: 'foreign' });
  expect(await world.holds.cancel(hold.id, second)).toEqual({ done: false, why: 'foreign' });
  const stolen = { ...ada, principal: (await world.login('mallory')).principal };
  expect(await world.holds.sign(hold.id, stolen, evidence)).toEqual({ done: false, why: 'foreign' });
  const { hold: signed } = await world.signed(ada);
  expect(await world.acts.commit(commitOf(second, { hold: signed.id }))).toMatchObject({ reason: 'hold.mismatch' });
  expect(await world.acts.commit(commitOf(stolen, { hold: signed.id }))).toMatchObject({ reason: 'hold.mismatch' });
  expect((await world.holds.get(signed.id))?.state).toBe('signed');
});

test('the script itself refuses a foreign or second signature, whatever its caller checked', async () => {
  const { redis } = world;
  const hold = await waiting(ada);
  const raw = async (session: Session) =>
    (
      await redis.scripts.run(
        'signHold',
        [redis.keys.hold(hold.id), redis.keys.holdsOf(session.id), redis.keys.session(session.id)],
        [session.id, session.principal.id, '{}', sha256Hex('{}'), '{}'],
      )
    )[0];
  expect(await raw(await world.login('ada'))).toBe('foreign');
  expect(await raw({ ...ada, principal: { ...ada.principal, id: 'x' } })).toBe('foreign');
  expect(await raw(ada)).toBe('signed');
  expect(await raw(ada)).toBe('not.waiting');
});

test('an assertion over anything else, or without user verification, does not sign', async () => {
  const hold = await waiting(ada);
  const other = await waiting(ada);
  for (const evidence of [
    evidenceOf(world.holds.challenge(other)),
    evidenceOf(world.holds.challenge({ ...hold, bodyDigest: sha256Hex('x') })),
    evidenceOf(world.holds.challenge(hold), { userVerified: false }),
  ])
    expect(await world.holds.sign(hold.id, ada, evidence)).toEqual({ done: false, why: 'evidence' });
  expect((await world.holds.get(hold.id))?.state).toBe('waiting');
});

test('a used hold is not signed again, a cancelled one is gone', async () => {
  const { hold } = await world.signed(ada);
  const evidence = evidenceOf(world.holds.challenge(hold));
  await world.acts.commit(commitOf(ada, { hold: hold.id }));
  expect(await world.holds.sign(hold.id, ada, evidence)).toEqual({ done: false, why: 'used' });
  expect(await world.holds.cancel(hold.id, ada)).toEqual({ done: false, why: 'used' });
  const { hold: dropped, request } = await world.signed(ada);
  expect(await world.holds.cancel(dropped.id, ada)).toMatchObject({ done: true, hold: { state: 'cancelled' } });
  expect(await reason(dropped.id, request)).toBe('hold.unknown');
  expect(await world.acts.commit(commitOf(ada, { hold: dropped.id }))).toMatchObject({ reason: 'hold.unknown' });
  expect(await world.holds.cancel(dropped.id, ada)).toEqual({ done: false, why: 'gone' });
});

test('an unknown hold is hold.unknown, whatever its name looks like', async () => {
  for (const id of ['hol_nothing', '', '*', '__proto__', 'x'.repeat(5000), 'a}:b{', '\0'])
    expect(await reason(id, requestOf(ada)), id.slice(0, 20)).toBe('hold.unknown');
  expect(await world.acts.commit(commitOf(ada, { hold: 'hol_nothing' }))).toMatchObject({ reason: 'hold.unknown' });
});

test('an unsigned hold releases nothing, at the commit neither', async () => {
  const hold = await waiting(ada);
  expect(await world.acts.commit(commitOf(ada, { hold: hold.id }))).toMatchObject({ reason: 'hold.unsigned' });
});

test('an expired hold cannot be signed or used, and still says so long after', async () => {
  const short = accessOn(world.redis, world.redis.keys, { holds: { lifetime: 1500 } });
  const request = requestOf(ada);
  const unsigned = await short.holds.create(fresh(ada));
  const hold = await short.holds.create(fresh(ada));
  if (hold === null || unsigned === null) throw new Error('no hold');
  expect((await short.holds.sign(hold.id, ada, evidenceOf(short.holds.challenge(hold)))).done).toBe(true);
  await sleep(1600);
  expect(await reason(hold.id, request)).toBe('hold.expired');
  expect(await world.acts.commit(commitOf(ada, { hold: hold.id }))).toMatchObject({ reason: 'hold.expired' });
  const late = await short.holds.sign(unsigned.id, ada, evidenceOf(short.holds.challenge(unsigned)));
  expect(late).toEqual({ done: false, why: 'expired' });
  const kept = Number(await world.redis.client.command('PTTL', world.redis.keys.hold(hold.id)));
  expect(kept).toBeGreaterThan(23 * 3_600_000);
});

test('a session has at most 50 waiting holds; signing one makes room', async () => {
  const busy = await world.login('busy');
  const made = await Promise.all(Array.from({ length: 60 }, () => world.holds.create(fresh(busy))));
  const held = made.filter((hold) => hold !== null);
  expect(held).toHaveLength(50);
  const first = held[0];
  if (!first) throw new Error('none');
  await world.holds.sign(first.id, busy, evidenceOf(world.holds.challenge(first)));
  expect(await world.holds.create(fresh(busy))).not.toBeNull();
  expect(await world.holds.create(fresh(busy))).toBeNull();
});

test('an ended session has no holds made or signed', async () => {
  const gone = await world.login('gone');
  const hold = await world.holds.create(fresh(gone));
  if (hold === null) throw new Error('no hold');
  await world.endSession(gone);
  expect(await world.holds.create(fresh(gone))).toBeNull();
  const outcome = await world.holds.sign(hold.id, gone, evidenceOf(world.holds.challenge(hold)));
  expect(outcome).toEqual({ done: false, why: 'session.revoked' });
});
