// Others sign the very request too: M different people, of the groups that the rule names, never its own person, never a key
// that counts already. One no is final.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type HoldReader, whyNotHold } from '../../src/access/holds/states.ts';
import type { Hold, NewHold } from '../../src/kernel/hold.ts';
import { sha256Hex } from '../../src/kernel/ids.ts';
import { APPROVERS, forTwo, type HoldWorld, newHoldOf, openHoldWorld, type Signer, sleep, WORDS } from './holdKit.ts';
import { checkChain } from './kit.ts';

let world: HoldWorld;
let ada: Signer;
let grace: Signer;
let olga: Signer;
let mallory: Signer;
beforeAll(async () => {
  world = await openHoldWorld();
  ada = await world.person('ada', ['mdm-admins', APPROVERS]);
  [grace, olga] = [await world.person('grace', [APPROVERS]), await world.person('olga', ['mdm-admins', APPROVERS])];
  mallory = await world.person('mallory', ['mdm-admins']);
});
afterEach(async () => {
  await checkChain(world.redis.client, world.redis.keys.journal);
});
afterAll(() => world.redis.stop());

const stateOf = async ({ id }: Hold) => (await world.holds.get(id))?.state;
const readerOf = ({ session }: Signer): HoldReader => ({
  ...{ id: session.principal.id, session: session.id },
  ...{ approver: true, groups: session.principal.groups },
});
/** The pure machine's answer beside the store's: they must be the same. */
const denied = async (hold: Hold, deed: 'approve' | 'deny', by: Signer) => {
  const now = (await world.holds.get(hold.id)) ?? hold;
  const pure = whyNotHold(deed, now, readerOf(by), world.redis.pulse.clock.now());
  const outcome =
    deed === 'approve' ? await world.approve(by, hold) : await world.holds.deny(hold.id, by.session, 'No ticket');
  expect(outcome.done ? null : outcome.why).toBe(pure);
  return outcome.done ? null : outcome.why;
};

test('two of two approve and its own person signs: ready, in whatever order', async () => {
  const [first, second] = [await world.asked(ada), await world.asked(ada)];
  expect(first).toMatchObject({ state: 'waiting', asked: WORDS, needs: { signed: true, approvals: 2 } });
  await world.sign(ada, first);
  await world.approve(grace, first);
  expect(await stateOf(first)).toBe('waiting');
  expect(await world.approve(olga, first)).toMatchObject({ done: true, hold: { state: 'ready' } });
  await world.approve(olga, second);
  expect(await world.approve(grace, second)).toMatchObject({ done: true, hold: { state: 'waiting' } });
  expect(await world.sign(ada, second)).toMatchObject({ done: true, hold: { state: 'ready' } });
  const names = (await world.holds.get(second.id))?.approvals.map(({ by }) => by.name);
  expect(names).toEqual(['olga', 'grace']);
  const at = (await world.holds.get(second.id))?.approvals[0]?.at ?? 0;
  expect(Math.abs(at - world.redis.pulse.clock.now())).toBeLessThan(5000);
});

test('a request that only others must sign is ready with the last of them', async () => {
  const hold = await world.asked(ada, { needs: { signed: false, approvals: 1 } });
  expect(await world.sign(ada, hold)).toEqual({ done: false, why: 'not.needed' });
  expect(await world.approve(grace, hold)).toMatchObject({ done: true, hold: { state: 'ready' } });
});

describe('what does not count', () => {
  test('the requester, whatever their groups', async () => {
    const hold = await world.asked(ada);
    expect(await denied(hold, 'approve', ada)).toBe('own');
    expect(await denied(hold, 'deny', ada)).toBe('own');
    const elsewhere = await world.person('ada', [APPROVERS]);
    expect(await denied(hold, 'approve', elsewhere)).toBe('own');
    expect((await world.holds.get(hold.id))?.approvals).toEqual([]);
  });

  test('the same person twice, from another session and with another key neither', async () => {
    const hold = await world.asked(ada);
    expect(await denied(hold, 'approve', grace)).toBeNull();
    expect(await denied(hold, 'approve', grace)).toBe('twice');
    expect(await denied(hold, 'approve', await world.person('grace', [APPROVERS]))).toBe('twice');
    expect(await stateOf(hold)).toBe('waiting');
  });

  test('the same key under another name', async () => {
    const hold = await world.asked(ada);
    await world.approve(grace, hold);
    const twin = await world.person('twin', [APPROVERS], grace.key);
    expect(await world.approve(twin, hold)).toEqual({ done: false, why: 'same.key' });
    const sameId = { ...olga, credentialId: grace.credentialId };
    const evidence = olga.answer(world.holds.challenge(hold), { credentialId: sameId.credentialId });
    expect(await world.holds.approve(hold.id, olga.session, evidence)).toEqual({ done: false, why: 'same.key' });
  });

  test('the requester’s signature with a key that has approved under another name', async () => {
    const hold = await world.asked(mallory, { needs: { signed: true, approvals: 1 } });
    expect(await world.approve(grace, hold)).toMatchObject({ done: true });
    const borrowed = { ...mallory, answer: grace.answer };
    expect(await world.sign(borrowed, hold)).toEqual({ done: false, why: 'same.key' });
    expect(await stateOf(hold)).toBe('waiting');
    expect(await world.sign(mallory, hold)).toMatchObject({ done: true, hold: { state: 'ready' } });
  });

  test('a key of the requester, before and after they signed with it, and one that they only own', async () => {
    const [before, after] = [await world.asked(ada), await world.asked(ada)];
    const puppet = await world.person('puppet', [APPROVERS], ada.key);
    expect(await world.approve(puppet, before)).toEqual({ done: false, why: 'same.key' });
    await world.sign(ada, after);
    expect(await world.approve(puppet, after)).toEqual({ done: false, why: 'same.key' });
    const stolenId = olga.answer(world.holds.challenge(before), { credentialId: ada.credentialId });
    expect(await world.holds.approve(before.id, olga.session, stolenId)).toEqual({ done: false, why: 'same.key' });
  });

  test('the key that signed, even when the requester has removed it since', async () => {
    const { client, keys } = world.redis;
    const eve = await world.person('eve');
    const hold = await world.asked(eve);
    await world.sign(eve, hold);
    await client.command('DEL', keys.passkeysOf(eve.session.principal.id), keys.passkey(eve.credentialId));
    const puppet = await world.person('puppet2', [APPROVERS], eve.key);
    expect(await world.approve(puppet, hold)).toEqual({ done: false, why: 'same.key' });
  });

  test('people of other groups, and nobody when the rule names none', async () => {
    const hold = await world.asked(ada);
    expect(await denied(hold, 'approve', mallory)).toBe('not.approver');
    expect(await denied(hold, 'deny', mallory)).toBe('not.approver');
    const nobodys = await world.asked(ada, { approvers: [] });
    expect(await denied(nobodys, 'approve', grace)).toBe('not.approver');
  });

  test('groups that are only claimed: the script reads them from the session', async () => {
    const hold = await world.asked(ada);
    const claims = { ...mallory.session, principal: { ...mallory.session.principal, groups: [APPROVERS] } };
    const evidence = mallory.answer(world.holds.challenge(hold));
    expect(await world.holds.approve(hold.id, claims, evidence)).toEqual({ done: false, why: 'not.approver' });
    expect(await world.holds.deny(hold.id, claims, 'no')).toEqual({ done: false, why: 'not.approver' });
    const other = { ...mallory.session, principal: grace.session.principal };
    expect(await world.holds.approve(hold.id, other, grace.answer(world.holds.challenge(hold)))).toEqual({
      done: false,
      why: 'session.revoked',
    });
  });

  test('an approval before anybody was asked', async () => {
    const hold = await world.waiting(ada, forTwo);
    expect(await denied(hold, 'approve', grace)).toBe('not.asked');
    expect(await denied(hold, 'deny', grace)).toBe('not.asked');
  });

  test('a signature over another request, or without user verification', async () => {
    const [hold, other] = [await world.asked(ada), await world.asked(ada)];
    for (const evidence of [
      grace.answer(world.holds.challenge(other)),
      grace.answer(world.holds.challenge({ ...hold, target: '/api/devices/d-0143/wipe' })),
      grace.answer(world.holds.challenge(hold), { userVerified: false }),
    ])
      expect(await world.holds.approve(hold.id, grace.session, evidence)).toEqual({ done: false, why: 'evidence' });
    expect((await world.holds.get(hold.id))?.approvals).toEqual([]);
  });

  test('one more than needed', async () => {
    const hold = await world.asked(ada);
    for (const by of [grace, olga]) await world.approve(by, hold);
    const third = await world.person('third', [APPROVERS]);
    expect(await denied(hold, 'approve', third)).toBe('enough');
  });

  test('an approver whose session is over', async () => {
    const gone = await world.person('gone', [APPROVERS]);
    const hold = await world.asked(ada);
    await world.endSession(gone);
    expect(await world.approve(gone, hold)).toEqual({ done: false, why: 'session.revoked' });
    expect(await world.holds.deny(hold.id, gone.session, 'no')).toEqual({ done: false, why: 'session.revoked' });
  });

  test('one that comes too late', async () => {
    const hold = await world.asked(ada, { answerWithin: 500 });
    expect(await denied(hold, 'approve', grace)).toBeNull();
    await sleep(550);
    expect(await denied(hold, 'approve', olga)).toBe('expired');
    expect(await denied(hold, 'deny', olga)).toBe('expired');
    expect((await world.holds.check(hold.id, newHoldOf(ada.session))).go).toBe(false);
  });
});

test('the scripts themselves refuse the requester, whatever their caller checked', async () => {
  const { scripts, keys } = world.redis;
  const hold = await world.asked(ada);
  const { id: session, principal } = ada.session;
  const told = ['{"facts":{},"kind":"hold.approved"}', sha256Hex('{}'), '{}'];
  const first = [keys.hold(hold.id), keys.holdsOf(session), keys.holdsAsked, keys.session(session)];
  const person = [principal.id, principal.name];
  const [approved] = await scripts.run(
    'approveHold',
    [...first, keys.passkeysOf(principal.id)],
    [...person, principal.id, 'another credential', 'another key', keys.passkey(''), ...told],
  );
  expect(approved).toBe('own');
  const [noes] = await scripts.run('denyHold', first, [...person, 'no', ...told]);
  expect(noes).toBe('own');
  const [nobody] = await scripts.run('denyHold', first, ['', '', 'no', ...told]);
  expect(nobody).toBe('unknown');
});

describe('one no is final', () => {
  test('after one approval, and when everything was there', async () => {
    for (const ready of [false, true]) {
      const hold = await world.asked(ada);
      await world.approve(grace, hold);
      if (ready) {
        await world.approve(olga, hold);
        await world.sign(ada, hold);
        expect(await stateOf(hold)).toBe('ready');
      }
      const outcome = await world.holds.deny(hold.id, olga.session, 'Wrong device');
      expect(outcome).toMatchObject({
        done: true,
        hold: { state: 'denied', denied: { by: { name: 'olga' }, reason: 'Wrong device' } },
      });
      for (const deed of ['approve', 'deny'] as const) expect(await denied(hold, deed, grace)).toBe('denied');
      expect(await world.sign(ada, hold)).toEqual({ done: false, why: 'denied' });
      expect(await world.holds.cancel(hold.id, ada.session)).toEqual({ done: false, why: 'denied' });
      expect(await world.holds.check(hold.id, newHoldOf(ada.session))).toMatchObject({ reason: 'approval.denied' });
    }
  });

  test('needs a reason', async () => {
    const hold = await world.asked(ada);
    await expect(world.holds.deny(hold.id, grace.session, '  ')).rejects.toThrow('reason');
    expect(await stateOf(hold)).toBe('waiting');
  });
});

test('cancelled while others look at it: their signatures stay on record, nobody adds one', async () => {
  const hold = await world.asked(ada);
  await world.approve(grace, hold);
  await world.holds.cancel(hold.id, ada.session);
  expect(await denied(hold, 'approve', olga)).toBe('cancelled');
  const kept = await world.holds.get(hold.id);
  expect(kept?.approvals.map(({ by }) => by.name)).toEqual(['grace']);
  const told = (await world.redis.journalEvents()).filter(({ facts }) => facts.hold === hold.id);
  expect(told.map(({ kind }) => kind)).toEqual(['hold.created', 'hold.asked', 'hold.approved', 'hold.cancelled']);
});

describe('the reminder', () => {
  const holdCalls = () => world.redis.keys.holdCalls;
  const makeDue = ({ id }: Hold) => world.redis.client.command('ZADD', holdCalls(), 1, id);
  const kinds = async ({ id }: Hold) =>
    (await world.redis.journalEvents()).filter(({ facts }) => facts.hold === id).map(({ kind }) => kind);

  test('comes once, at half of the time, however many gateways look', async () => {
    const elsewhere = world.holdsOn(await world.redis.replica());
    const hold = await world.asked(ada);
    const { asked, expiresAt } = (await world.holds.get(hold.id)) ?? hold;
    const at = Number(await world.redis.client.command('ZSCORE', holdCalls(), hold.id));
    expect(at).toBe(Math.floor(((asked?.at ?? 0) + expiresAt) / 2));
    expect(await world.holds.remind(), 'not before').toBe(0);
    await makeDue(hold);
    const written = await Promise.all([world.holds.remind(), elsewhere.remind(), world.holds.remind()]);
    expect(written.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(await world.holds.remind()).toBe(0);
    expect(await kinds(hold)).toEqual(['hold.created', 'hold.asked', 'hold.reminded']);
    const told = (await world.redis.journalEvents()).findLast(({ kind }) => kind === 'hold.reminded');
    expect(told).toMatchObject({ actor: null, facts: { holder: ada.session.principal.id, approvers: [APPROVERS] } });
  });

  test('nobody is reminded of what was answered, signed by all, taken back or is gone', async () => {
    const [turned, signed, back, gone] = [
      await world.asked(ada),
      await world.asked(ada),
      await world.asked(ada),
      await world.asked(ada),
    ];
    await world.holds.deny(turned.id, grace.session, 'no');
    for (const signer of [grace, olga]) await world.approve(signer, signed);
    await world.holds.cancel(back.id, ada.session);
    await world.redis.client.command('DEL', world.redis.keys.hold(gone.id));
    for (const hold of [turned, signed, back, gone]) await makeDue(hold);
    expect(await world.holds.remind()).toBe(0);
    for (const hold of [turned, signed, back, gone]) {
      expect(await kinds(hold)).not.toContain('hold.reminded');
      expect(await world.redis.client.command('ZSCORE', holdCalls(), hold.id)).toBeNull();
    }
  });
});

describe('lists', () => {
  test('the inbox has what others were asked for and nobody has answered for good, oldest asked first', async () => {
    const world2 = await openHoldWorld();
    try {
      const [eve, approver, second] = [
        await world2.person('eve'),
        await world2.person('anna', [APPROVERS]),
        await world2.person('otto', [APPROVERS]),
      ];
      await world2.waiting(eve, forTwo);
      const long = await world2.asked(eve, { answerWithin: 7_200_000 });
      const short = await world2.asked(eve);
      const brief = await world2.asked(eve, { answerWithin: 200 });
      expect((await world2.holds.inbox()).map(({ id }) => id)).toEqual([long.id, short.id, brief.id]);
      await sleep(250);
      expect((await world2.holds.inbox()).map(({ id }) => id)).toEqual([long.id, short.id]);
      await world2.approve(approver, short);
      expect((await world2.holds.inbox()).map(({ id }) => id)).toEqual([long.id, short.id]);
      await world2.approve(second, short);
      await world2.holds.cancel(long.id, eve.session);
      expect(await world2.holds.inbox()).toEqual([]);
      const mine = (await world2.holds.mine(eve.session)).map(({ id }) => id);
      expect(mine).toHaveLength(4);
      expect(mine).toEqual(expect.arrayContaining([long.id, short.id, brief.id]));
      expect(await world2.holds.mine(approver.session)).toEqual([]);
    } finally {
      await world2.redis.stop();
    }
  });

  test('a person asks for a bounded number at once; an answer makes room', async () => {
    const few = world.holdsOn(world.redis, { asked: 2 });
    const eager = await world.person('eager');
    const made: Hold[] = [];
    for (let i = 0; i < 3; i += 1) made.push(await world.waiting(eager, forTwo));
    const [one, two, three] = made as [Hold, Hold, Hold];
    expect((await few.ask(one.id, eager.session, WORDS)).done).toBe(true);
    expect(await few.ask(one.id, eager.session, WORDS)).toEqual({ done: false, why: 'asked' });
    expect((await few.ask(two.id, eager.session, WORDS)).done).toBe(true);
    expect(await few.ask(three.id, eager.session, WORDS)).toEqual({ done: false, why: 'too.many' });
    await world.holds.deny(one.id, grace.session, 'no');
    expect((await few.ask(three.id, eager.session, WORDS)).done).toBe(true);
  });

  test('asking for what needs nobody else is refused', async () => {
    const hold = await world.waiting(ada);
    expect(await world.holds.ask(hold.id, ada.session, WORDS)).toEqual({ done: false, why: 'not.needed' });
  });
});

test('names in any script, long reasons and thousands of devices come back as they went in', async () => {
  const strange = await world.person('Zoë \u{1F600} 日本 "\\\n\u2028', [APPROVERS]);
  const requester = await world.person('Ünal <b>', []);
  const targets = Array.from({ length: 5000 }, (_, i) => ({ kind: 'device', id: `d-${i}-ж` }));
  const names = Object.fromEntries(targets.slice(0, 20).map(({ id }) => [`device:${id}`, `iPad "${id}" \u{1F4F1}`]));
  const change: Partial<NewHold> = { targets, names, devices: 5000, parameters: '{"a":"\u2028"}', title: 'Wipe 5000' };
  const hold = await world.asked(requester, { ...change, needs: { signed: true, approvals: 1 } });
  expect(hold).toMatchObject(change);
  const outcome = await world.approve(strange, hold);
  expect(outcome).toMatchObject({
    done: true,
    hold: { approvals: [{ by: { name: strange.session.principal.name } }] },
  });
  expect((await world.sign(requester, hold)).done).toBe(true);
  const request = { ...newHoldOf(requester.session), targets };
  expect((await world.holds.check(hold.id, request)).go).toBe(true);
  const fewer = { ...request, targets: targets.slice(1) };
  expect(await world.holds.check(hold.id, fewer)).toMatchObject({ reason: 'hold.mismatch' });
});

test('what is filed can be verified without the gateway, signature by signature', async () => {
  const other = await openHoldWorld();
  try {
    const [eve, anna] = [await other.person('eve'), await other.person('anna', [APPROVERS])];
    const otto = await other.person('otto', [APPROVERS]);
    const hold = await other.asked(eve, { bodyDigest: sha256Hex('x') });
    await other.approve(anna, hold);
    await other.sign(eve, hold);
    await other.approve(otto, hold);
    expect(await other.verify()).toMatchObject({ ok: true, faults: [], warnings: [], signatures: 3 });
  } finally {
    await other.redis.stop();
  }
});
