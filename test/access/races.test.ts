// Many at once: one decision wins, one use is one use. Three sets of connections stand for three gateways.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Session } from '../../src/kernel/session.ts';
import {
  type Access,
  ASK,
  accessOn,
  approve,
  asAsked,
  checkChain,
  commitOf,
  evidenceOf,
  granted,
  openWorld,
  type World,
} from './kit.ts';

let world: World;
let gateways: Access[];
let ada: Session;
let grace: Session;
let olga: Session;
beforeAll(async () => {
  world = await openWorld();
  const { redis } = world;
  const others = [await redis.replica(), await redis.replica()];
  gateways = [world, ...others.map((parts) => accessOn(parts, redis.keys))];
  [ada, grace, olga] = [await world.login('ada'), await world.login('grace'), await world.login('olga')];
});
afterAll(() => world.redis.stop());

const at = (index: number): Access => gateways[index % gateways.length] ?? world;

test('50 clients on 3 gateways, 200 rounds: a single use is used exactly once each round', async () => {
  const refused = new Set<string>();
  for (let round = 0; round < 200; round += 1) {
    const grant = await world.active(ada, grace);
    const acts = Array.from({ length: 50 }, (_, i) => at(i).acts.commit(commitOf(ada, { grant: grant.id })));
    const verdicts = await Promise.all(acts);
    expect(
      verdicts.filter(({ go }) => go),
      `round ${round}`,
    ).toHaveLength(1);
    for (const verdict of verdicts) if (!verdict.go) refused.add(verdict.reason);
  }
  expect([...refused]).toEqual(['grant.ended']);
  const kinds = await world.redis.journalKinds();
  expect(kinds.filter((kind) => kind === 'act.intent')).toHaveLength(200);
  expect(kinds.filter((kind) => kind === 'grant.ended')).toHaveLength(200);
  expect(await checkChain(world.redis.client, world.redis.keys.journal)).toBe(kinds.length);
}, 120_000);

test('a grant of three uses gives exactly three', async () => {
  for (let round = 0; round < 20; round += 1) {
    const grant = await world.active(ada, grace, { uses: 3 });
    const acts = Array.from({ length: 20 }, (_, i) => at(i).acts.commit(commitOf(ada, { grant: grant.id })));
    expect((await Promise.all(acts)).filter(({ go }) => go)).toHaveLength(3);
  }
});

test('a signed hold releases one of many', async () => {
  for (let round = 0; round < 30; round += 1) {
    const { hold } = await world.signed(ada);
    const acts = Array.from({ length: 20 }, (_, i) => at(i).acts.commit(commitOf(ada, { hold: hold.id })));
    expect((await Promise.all(acts)).filter(({ go }) => go)).toHaveLength(1);
  }
});

test('a hold is signed once, and signing against cancelling has one winner', async () => {
  for (let round = 0; round < 30; round += 1) {
    const hold = await world.holds.create({
      ...(await world.signed(ada)).request,
      ...{ title: 'x', effect: 'x', risk: 'destructive', principal: ada.principal, rule: '', names: {}, devices: 1 },
      ...{ needs: { signed: true, approvals: 0 }, approvers: [], parameters: null, answerWithin: null },
    });
    if (hold === null) throw new Error('no hold');
    const evidence = evidenceOf(world.holds.challenge(hold));
    await Promise.all([0, 1, 2].map((i) => at(i).holds.sign(hold.id, ada, evidence)));
    await at(round).holds.cancel(hold.id, ada);
    const told = (await world.redis.journalEvents()).filter(({ facts }) => facts.hold === hold.id);
    expect(told.map(({ kind }) => kind)).toEqual(['hold.created', 'hold.signed', 'hold.cancelled']);
  }
});

test('approve, deny, withdraw and a second approver at once: one winner, and the journal tells only of that one', async () => {
  const winners = new Set<string>();
  for (let round = 0; round < 60; round += 1) {
    const asked = granted(await world.grants.ask(ada, ASK));
    const yes = (approver: Session, i: number) => {
      const challenge = world.grants.approvalChallenge(asked, asAsked(asked), approver.principal.id);
      return at(i).grants.approve(asked.id, approver, asAsked(asked), evidenceOf(challenge));
    };
    const deeds = [
      () => yes(grace, 0),
      () => yes(olga, 1),
      () => at(2).grants.deny(asked.id, grace, 'no'),
      () => at(0).grants.withdraw(asked.id, ada),
    ];
    // Another one goes first each round, in half of the rounds with a head start: an approval checks a signature before
    // it asks Redis, and would never win against those that only ask.
    const [first, ...others] = [...deeds.slice(round % 4), ...deeds.slice(0, round % 4)];
    const ahead = first?.();
    if (round % 8 >= 4) await delay(2);
    const outcomes = (await Promise.all([ahead, ...others.map((deed) => deed())])).filter((one) => one !== undefined);
    const done = outcomes.filter((outcome) => outcome.done);
    expect(done).toHaveLength(1);
    for (const outcome of outcomes) if (!outcome.done) expect(outcome.why).toBe('not.asked');
    const now = await world.grants.get(asked.id);
    expect(now?.state).toBe(done[0]?.grant.state);
    winners.add(`${now?.state} ${now?.decidedBy?.name ?? ''}`);
    const told = (await world.redis.journalEvents()).filter(({ facts }) => facts.grant === asked.id);
    expect(told).toHaveLength(2);
  }
  expect(winners.size).toBeGreaterThan(1);
});

test('ending against using: after the end nothing is used, and the uses add up', async () => {
  for (let round = 0; round < 20; round += 1) {
    const grant = await approve(world.grants, granted(await world.grants.ask(ada, { ...ASK, uses: 100 })), grace);
    const acts = Array.from({ length: 20 }, (_, i) => at(i).acts.commit(commitOf(ada, { grant: grant.id })));
    const [ended, ...verdicts] = await Promise.all([at(round).grants.end(grant.id, grace), ...acts]);
    expect(ended.done).toBe(true);
    const used = verdicts.filter(({ go }) => go).length;
    expect((await world.grants.get(grant.id))?.usesLeft).toBe(100 - used);
    const told = (await world.redis.journalEvents()).map(({ kind, facts }) => `${kind} ${facts.grant}`);
    expect(told.lastIndexOf(`grant.ended ${grant.id}`)).toBe(told.indexOf(`grant.ended ${grant.id}`));
  }
  await checkChain(world.redis.client, world.redis.keys.journal);
});
