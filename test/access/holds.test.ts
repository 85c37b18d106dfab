// A hold stands for one exact request in one session; what its own person can do with it, and what makes it wait no longer.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { HeldRequest, NewHold } from '../../src/kernel/hold.ts';
import { sha256Hex } from '../../src/kernel/ids.ts';
import { type HoldWorld, newHoldOf, openHoldWorld, type Signer, sleep } from './holdKit.ts';
import { checkChain } from './kit.ts';

let world: HoldWorld;
let ada: Signer;
beforeAll(async () => {
  world = await openHoldWorld();
  ada = await world.person('ada');
});
afterEach(async () => {
  await checkChain(world.redis.client, world.redis.keys.journal);
});
afterAll(() => world.redis.stop());

const requestOf = (of: Signer): HeldRequest => newHoldOf(of.session);
const reason = async (id: string, request: HeldRequest) => {
  const verdict = await world.holds.check(id, request);
  return verdict.go ? 'go' : verdict.reason;
};

test('a hold waits five minutes and says what it is about', async () => {
  const hold = await world.waiting(ada);
  const { answerWithin, ...made } = newHoldOf(ada.session);
  expect(hold).toEqual({
    ...made,
    id: hold.id,
    state: 'waiting',
    asked: null,
    signedAt: null,
    approvals: [],
    denied: null,
    createdAt: hold.createdAt,
    expiresAt: hold.createdAt + 5 * 60_000,
    epoch: ada.session.epoch,
  });
  expect(answerWithin).toBeNull();
  expect((await world.redis.journalEvents()).at(-1)).toMatchObject({
    kind: 'hold.created',
    actor: ada.session.principal.id,
    session: ada.session.id,
    facts: { hold: hold.id, target: '/api/devices/d-0142/wipe', method: 'POST', needs: { signed: true, approvals: 0 } },
  });
  expect(await reason(hold.id, requestOf(ada))).toBe('go');
});

test('signed, it is ready; the proof is in the journal', async () => {
  const hold = await world.waiting(ada);
  const outcome = await world.sign(ada, hold);
  expect(outcome).toMatchObject({ done: true, hold: { state: 'ready' } });
  if (outcome.done) expect(outcome.hold.signedAt).toBeGreaterThanOrEqual(hold.createdAt);
  const told = (await world.redis.journalEvents()).findLast(({ kind }) => kind === 'hold.signed');
  const challenge = world.holds.challenge(hold);
  const { credentialId } = ada;
  expect(told?.facts).toMatchObject({ hold: hold.id, signed: { challenge, evidence: { credentialId } } });
  expect(await world.verify()).toMatchObject({ ok: true, faults: [] });
});

describe('another request than the held one is hold.mismatch', () => {
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
    const hold = await world.waiting(ada);
    expect(await reason(hold.id, { ...requestOf(ada), ...change })).toBe('hold.mismatch');
    await world.sign(ada, hold);
    expect(await reason(hold.id, { ...requestOf(ada), ...change })).toBe('hold.mismatch');
    expect(await reason(hold.id, requestOf(ada))).toBe('go');
  });

  test('each of these changes gives another challenge, so the signature itself does not fit either', async () => {
    const hold = await world.waiting(ada);
    const challenges = changes.map(([, change]) => world.holds.challenge({ ...hold, ...change }));
    challenges.push(world.holds.challenge({ ...hold, id: 'hol_other' }));
    challenges.push(world.holds.challenge({ ...hold, expiresAt: hold.expiresAt + 1 }));
    expect(new Set([...challenges, world.holds.challenge(hold)]).size).toBe(challenges.length + 1);
  });

  test('the order of the devices does not matter', async () => {
    const targets = ['a', 'b'].map((id) => ({ kind: 'device', id }));
    const hold = await world.waiting(ada, { targets });
    expect(await reason(hold.id, { ...requestOf(ada), targets: targets.toReversed() })).toBe('go');
  });
});

test('another session cannot sign, ask for or cancel it, not even the same person’s', async () => {
  const hold = await world.waiting(ada, { needs: { signed: true, approvals: 1 } });
  const evidence = ada.answer(world.holds.challenge(hold));
  const words = { reason: 'because', ticket: '' };
  const second = await world.person('ada');
  const stolen = { ...ada.session, principal: (await world.person('mallory')).session.principal };
  for (const session of [second.session, stolen]) {
    expect(await world.holds.sign(hold.id, session, evidence)).toEqual({ done: false, why: 'foreign' });
    expect(await world.holds.ask(hold.id, session, words)).toEqual({ done: false, why: 'foreign' });
    expect(await world.holds.cancel(hold.id, session)).toEqual({ done: false, why: 'foreign' });
  }
  expect(await world.holds.get(hold.id)).toEqual(hold);
});

test('the script itself refuses a foreign or second signature, whatever its caller checked', async () => {
  const { redis } = world;
  const hold = await world.waiting(ada);
  const raw = async (session: string, principal: string) =>
    (
      await redis.scripts.run(
        'signHold',
        [redis.keys.hold(hold.id), redis.keys.holdsOf(session), redis.keys.session(session)],
        [session, principal, '{"facts":{},"kind":"hold.signed"}', sha256Hex('{}'), '{}', 'c', 'k'],
      )
    )[0];
  const second = await world.person('ada');
  expect(await raw(second.session.id, ada.session.principal.id)).toBe('foreign');
  expect(await raw(ada.session.id, 'x')).toBe('foreign');
  expect(await raw('', '')).toBe('foreign');
  const other = await world.waiting(ada);
  expect((await world.sign(ada, other)).done).toBe(true);
  expect(await world.sign(ada, other)).toEqual({ done: false, why: 'not.waiting' });
});

test('an assertion over anything else, or without user verification, does not sign', async () => {
  const hold = await world.waiting(ada);
  const other = await world.waiting(ada);
  for (const evidence of [
    ada.answer(world.holds.challenge(other)),
    ada.answer(world.holds.challenge({ ...hold, bodyDigest: sha256Hex('x') })),
    ada.answer(world.holds.challenge(hold), { userVerified: false }),
  ])
    expect(await world.holds.sign(hold.id, ada.session, evidence)).toEqual({ done: false, why: 'evidence' });
  expect((await world.holds.get(hold.id))?.state).toBe('waiting');
});

test('cancelled, it is gone for good; the record and what was signed stay', async () => {
  const hold = await world.waiting(ada);
  await world.sign(ada, hold);
  const outcome = await world.holds.cancel(hold.id, ada.session);
  expect(outcome).toMatchObject({ done: true, hold: { state: 'cancelled' } });
  if (outcome.done) expect(outcome.hold.signedAt).not.toBeNull();
  expect(await reason(hold.id, requestOf(ada))).toBe('hold.unknown');
  expect(await world.sign(ada, hold)).toEqual({ done: false, why: 'cancelled' });
  expect(await world.holds.cancel(hold.id, ada.session)).toEqual({ done: false, why: 'cancelled' });
});

test('an unknown hold is hold.unknown, whatever its name looks like', async () => {
  for (const id of ['hol_nothing', '', '*', '__proto__', 'x'.repeat(5000), 'a}:b{', '\0']) {
    expect(await reason(id, requestOf(ada)), id.slice(0, 20)).toBe('hold.unknown');
    expect(await world.holds.cancel(id, ada.session)).toEqual({ done: false, why: 'unknown' });
  }
});

test('an expired hold cannot be signed, asked for or cancelled, and still says so long after', async () => {
  const short = world.holdsOn(world.redis, { lifetime: 400, answerWithin: 400 });
  const hold = await short.create({
    ...newHoldOf(ada.session),
    needs: { signed: true, approvals: 1 },
    answerWithin: 400,
  });
  if (hold === null) throw new Error('no hold');
  await sleep(450);
  expect(await reason(hold.id, requestOf(ada))).toBe('hold.expired');
  expect(await world.sign(ada, hold)).toEqual({ done: false, why: 'expired' });
  expect(await world.holds.cancel(hold.id, ada.session)).toEqual({ done: false, why: 'expired' });
  const late = await world.holds.ask(hold.id, ada.session, { reason: 'because', ticket: '' });
  expect(late).toEqual({ done: false, why: 'expired' });
  const kept = Number(await world.redis.client.command('PTTL', world.redis.keys.hold(hold.id)));
  expect(kept).toBeGreaterThan(23 * 3_600_000);
});

test('it never outlives its session, however long others may take', async () => {
  const hold = await world.waiting(ada, { needs: { signed: true, approvals: 1 }, answerWithin: 30 * 24 * 3_600_000 });
  expect(hold.expiresAt).toBe(ada.session.absoluteUntil);
});

test('an ended session has no holds made, asked for or signed', async () => {
  const gone = await world.person('gone');
  const hold = await world.waiting(gone, { needs: { signed: true, approvals: 1 } });
  await world.endSession(gone);
  expect(await world.holds.create(newHoldOf(gone.session))).toBeNull();
  expect(await world.sign(gone, hold)).toEqual({ done: false, why: 'session.revoked' });
  const asked = await world.holds.ask(hold.id, gone.session, { reason: 'because', ticket: '' });
  expect(asked).toEqual({ done: false, why: 'session.revoked' });
});

test('a hold that needs nobody is not made: it would never be ready', async () => {
  const nobody = { ...newHoldOf(ada.session), needs: { signed: false, approvals: 0 } };
  await expect(world.holds.create(nobody)).rejects.toThrow('needs nobody');
});

describe('a session has at most 50 waiting', () => {
  const make = (of: Signer, change: Partial<NewHold> = {}) =>
    world.holds.create({ ...newHoldOf(of.session), ...change });

  test('a page that keeps being refused locks its person out of nothing: the oldest gives way, and the journal says so', async () => {
    const busy = await world.person('busy');
    const made = [];
    for (let i = 0; i < 53; i += 1) {
      made.push(await make(busy));
      // Two of one millisecond have the same age.
      await sleep(2);
    }
    const states = await Promise.all(made.map(async (hold) => (await world.holds.get(hold?.id ?? ''))?.state));
    expect(states.slice(0, 3)).toEqual(['cancelled', 'cancelled', 'cancelled']);
    expect(new Set(states.slice(3))).toEqual(new Set(['waiting']));
    const gone = (await world.redis.journalEvents()).filter(
      ({ kind, session }) => kind === 'hold.cancelled' && session === busy.session.id,
    );
    expect(gone.map(({ facts }) => facts.hold)).toEqual(made.slice(0, 3).map((hold) => hold?.id));
    expect(gone[0]?.facts).toMatchObject({ because: 'too many wait', for: made[50]?.id });
  });

  test('60 at once: all are made, 10 gave way, each once', async () => {
    const busy = await world.person('busier');
    const made = await Promise.all(Array.from({ length: 60 }, () => make(busy)));
    expect(made.every((hold) => hold !== null)).toBe(true);
    const states = await Promise.all(made.map(async (hold) => (await world.holds.get(hold?.id ?? ''))?.state));
    expect(states.filter((state) => state === 'waiting')).toHaveLength(50);
    const gone = (await world.redis.journalEvents()).filter(
      ({ kind, session }) => kind === 'hold.cancelled' && session === busy.session.id,
    );
    expect(new Set(gone.map(({ facts }) => facts.hold)).size).toBe(10);
    expect(gone).toHaveLength(10);
  });

  test('what somebody signed or asked for never gives way', async () => {
    const small = world.holdsOn(world.redis, { waiting: 3 });
    const careful = await world.person('careful');
    const two = { needs: { signed: true, approvals: 1 }, approvers: ['x'] };
    const [signed, asked, touched] = [await make(careful, two), await make(careful, two), await make(careful, two)];
    if (signed === null || asked === null || touched === null) throw new Error('no hold');
    await world.sign(careful, signed);
    await world.holds.ask(asked.id, careful.session, { reason: 'because', ticket: '' });
    const next = await small.create(newHoldOf(careful.session));
    expect(next).not.toBeNull();
    expect((await world.holds.get(touched.id))?.state).toBe('cancelled');
    expect((await world.holds.get(signed.id))?.state).toBe('waiting');
    expect((await world.holds.get(asked.id))?.state).toBe('waiting');
    await world.sign(careful, next ?? touched);
    const third = await small.create({ ...newHoldOf(careful.session), ...two });
    if (third === null) throw new Error('no hold');
    await world.sign(careful, third);
    expect(await small.create(newHoldOf(careful.session))).toBeNull();
  });
});
