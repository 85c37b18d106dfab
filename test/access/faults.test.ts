// Redis dies, hangs, is emptied or replaced: nothing is granted on a doubt, and nothing is used twice.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Session } from '../../src/kernel/session.ts';
import { StateUnavailable } from '../../src/redis/client.ts';
import { newHoldOf, WORDS } from './holdKit.ts';
import {
  ASK,
  actEvent,
  asAsked,
  checkChain,
  commitOf,
  evidenceOf,
  granted,
  openWorld,
  sleep,
  type World,
} from './kit.ts';

let world: World;
let ada: Session;
let grace: Session;
beforeEach(async () => {
  world = await openWorld({ commandTimeout: 1000 });
  [ada, grace] = [await world.login('ada'), await world.login('grace')];
});
afterEach(() => world.redis.stop());

const back = async () => {
  await expect.poll(() => world.redis.client.command('PING').catch(() => 'down'), { timeout: 10_000 }).toBe('PONG');
  await expect.poll(() => world.redis.pulse.age(), { timeout: 10_000 }).toBeLessThan(200);
};

test('Redis killed in the middle of commits: each is committed or refused, and no use is used twice', async () => {
  let lost = 0;
  for (let round = 0; round < 12; round += 1) {
    const grant = await world.active(ada, grace);
    const { hold } = await world.signed(ada);
    const commit = () => world.acts.commit(commitOf(ada, { grant: grant.id, hold: hold.id }));
    const first = commit();
    // The kill falls before, into or after the script: every round a little later.
    if (round > 0) await sleep(round / 4);
    const killed = world.redis.kill();
    const verdicts = [await first, await commit()];
    await killed;
    lost += verdicts.filter((verdict) => !verdict.go && verdict.reason === 'journal.unavailable').length;
    await world.redis.restart();
    await back();
    for (let i = 0; i < 3; i += 1) verdicts.push(await commit());
    const went = verdicts.filter(({ go }) => go).length;
    expect(went).toBeLessThanOrEqual(1);
    const intents = (await world.redis.journalEvents()).filter(({ kind }) => kind === 'act.intent').length;
    // One intent a round: of the act that went, or of one whose answer was lost.
    expect(intents).toBe(round + 1);
    expect((await world.grants.get(grant.id))?.usesLeft).toBe(0);
    await checkChain(world.redis.client, world.redis.keys.journal);
  }
  expect(lost).toBeGreaterThan(0);
}, 60_000);

test('without Redis every call says so: commits refuse with journal.unavailable, the rest throws StateUnavailable', async () => {
  const grant = await world.active(ada, grace);
  const asked = granted(await world.grants.ask(ada, ASK));
  const { hold, request } = await world.signed(ada);
  await world.grants.activeFor(ada.principal.id);
  await world.redis.kill();
  await sleep(300);
  const challenge = world.grants.approvalChallenge(asked, asAsked(asked), grace.principal.id);
  const calls = [
    () => world.grants.ask(ada, ASK),
    () => world.grants.get(grant.id),
    () => world.grants.activeFor(ada.principal.id),
    () => world.grants.approve(asked.id, grace, asAsked(asked), evidenceOf(challenge)),
    () => world.grants.deny(asked.id, grace, 'no'),
    () => world.grants.withdraw(asked.id, ada),
    () => world.grants.end(grant.id, ada),
    () => world.grants.inbox(),
    () => world.holds.check(hold.id, request),
    () => world.holds.create(newHoldOf(ada)),
    () => world.holds.inbox(),
    () => world.holds.mine(ada),
    () => world.holds.ask(hold.id, ada, WORDS),
    () => world.holds.approve(hold.id, grace, evidenceOf(world.holds.challenge(hold))),
    () => world.holds.deny(hold.id, grace, 'no'),
    () => world.holds.cancel(hold.id, ada),
    () => world.holds.sign(hold.id, ada, evidenceOf(world.holds.challenge(hold))),
    () =>
      world.acts.settle({
        exchange: 'exc_x',
        intent: 1,
        grant: grant.id,
        sent: false,
        status: null,
        event: actEvent('act.outcome', ada, 'exc_x'),
      }),
    () => world.acts.refused({ kind: 'request.refused', actor: null, facts: {} }),
  ];
  for (const call of calls) await expect(call(), String(call)).rejects.toBeInstanceOf(StateUnavailable);
  const verdict = await world.acts.commit(commitOf(ada, { grant: grant.id, hold: hold.id }));
  expect(verdict).toMatchObject({ go: false, reason: 'journal.unavailable' });
});

test('Redis that hangs: refused when the time-out is over, and what ran meanwhile is not used again', async () => {
  const grant = await world.active(ada, grace);
  await world.acts.commit(commitOf(ada)); // Redis knows the script from now on: the next call runs, whenever it arrives
  world.redis.pause();
  const started = performance.now();
  const verdict = await world.acts.commit(commitOf(ada, { grant: grant.id }));
  expect(verdict).toMatchObject({ go: false, reason: 'journal.unavailable' });
  expect(performance.now() - started).toBeLessThan(2500);
  world.redis.resume();
  await back();
  // The script ran when Redis woke up: nobody was told, so the use is gone and written down, and nothing was forwarded.
  expect(await world.acts.commit(commitOf(ada, { grant: grant.id }))).toMatchObject({ reason: 'grant.ended' });
  expect((await world.redis.journalKinds()).filter((kind) => kind === 'act.intent')).toHaveLength(2);
});

test('an emptied Redis knows no session, grant or hold any more', async () => {
  const grant = await world.active(ada, grace);
  const { hold, request } = await world.signed(ada);
  await world.redis.flush();
  const verdict = await world.acts.commit(commitOf(ada, { grant: grant.id, hold: hold.id }));
  expect(verdict.go).toBe(false);
  await expect.poll(() => world.redis.journalKinds()).toContain('epoch.renewed');
  expect(await world.grants.activeFor(ada.principal.id)).toEqual([]);
  expect(await world.holds.check(hold.id, request)).toMatchObject({ reason: 'hold.unknown' });
  expect((await world.acts.commit(commitOf(ada, { grant: grant.id, hold: hold.id }))).go).toBe(false);
  expect(await world.redis.journalKinds()).not.toContain('act.intent');
});

test('another epoch voids every grant, ask and hold that was made before, and the sweep writes that down', async () => {
  const grant = await world.active(ada, grace);
  const asked = granted(await world.grants.ask(ada, ASK));
  const { hold, request } = await world.signed(ada);
  const { client, keys, pulse } = world.redis;
  const old = pulse.epoch();
  await client.command('SET', keys.epoch, 'another-life');
  await expect.poll(() => pulse.epoch()).toBe('another-life');
  // Whoever signs in anew is not given what rests on the old data either.
  const again = await world.login('ada');
  expect(await world.grants.activeFor(ada.principal.id)).toEqual([]);
  expect(await world.acts.commit(commitOf(ada, { grant: grant.id }))).toMatchObject({ reason: 'session.revoked' });
  expect(await world.acts.commit(commitOf(again, { grant: grant.id }))).toMatchObject({ reason: 'grant.ended' });
  await client.command('HSET', keys.hold(hold.id), 'session', again.id);
  expect(await world.acts.commit(commitOf(again, { hold: hold.id }))).toMatchObject({ reason: 'hold.unknown' });
  expect(await world.holds.check(hold.id, { ...request, session: again.id })).toMatchObject({ reason: 'hold.unknown' });
  const approver = await world.login('grace');
  const challenge = world.grants.approvalChallenge(asked, asAsked(asked), approver.principal.id);
  expect(await world.grants.approve(asked.id, approver, asAsked(asked), evidenceOf(challenge))).toEqual({
    done: false,
    why: 'lapsed',
  });
  expect(await world.grants.get(grant.id)).toMatchObject({ state: 'ended', endedBecause: 'revoked' });
  const anew = granted(await world.grants.ask(again, ASK));
  const oldChallenge = world.grants.approvalChallenge(anew, asAsked(anew), grace.principal.id);
  const oldSession = await world.grants.approve(anew.id, grace, asAsked(anew), evidenceOf(oldChallenge));
  expect(oldSession).toEqual({ done: false, why: 'session.revoked' });
  expect(await world.grants.sweep()).toBe(2);
  expect((await world.redis.journalKinds()).slice(-2).sort()).toEqual(['grant.ended', 'grant.lapsed']);
  expect(await world.grants.sweep()).toBe(0);
  // Going back to the old epoch does not bring them back: they were ended for good.
  await client.command('SET', keys.epoch, old);
  await expect.poll(() => pulse.epoch()).toBe(old);
  expect(await world.grants.activeFor(ada.principal.id)).toEqual([]);
  await checkChain(client, keys.journal);
});

test('a process that still believes in another epoch changes nothing', async () => {
  const grant = await world.active(ada, grace);
  const asked = granted(await world.grants.ask(ada, ASK));
  const { client, keys } = world.redis;
  world.redis.pulse.stop();
  await sleep(100);
  await client.command('SET', keys.epoch, 'another-life');
  expect(await world.acts.commit(commitOf(ada, { grant: grant.id }))).toMatchObject({ reason: 'journal.unavailable' });
  await expect(world.grants.deny(asked.id, grace, 'no')).rejects.toBeInstanceOf(StateUnavailable);
  expect(await client.command('HGET', keys.grant(grant.id), 'usesLeft')).toBe('1');
});
