// Many at once, over three sets of connections that stand for three gateways: two approvers count as two, one no wins, and
// what the journal tells is what happened.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Acts, createActs } from '../../src/access/acts/acts.redis.ts';
import type { Holds } from '../../src/access/holds/holds.redis.ts';
import type { Hold } from '../../src/kernel/hold.ts';
import { newId } from '../../src/kernel/ids.ts';
import { APPROVERS, type HoldWorld, openHoldWorld, type Signer, WORDS } from './holdKit.ts';
import { checkChain } from './kit.ts';

let world: HoldWorld;
let gateways: Holds[];
let acts: Acts[];
let ada: Signer;
let approvers: Signer[];
beforeAll(async () => {
  world = await openHoldWorld({ waiting: 10_000, asked: 10_000, askedInAll: 10_000 });
  const { redis } = world;
  const parts = [redis, await redis.replica(), await redis.replica()];
  gateways = parts.map((of) => world.holdsOn(of));
  acts = parts.map(({ scripts }) => createActs({ scripts, keys: redis.keys, budgets: () => [] }));
  ada = await world.person('ada');
  approvers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => world.person(name, [APPROVERS])));
});
afterAll(() => world.redis.stop());

const at = (index: number): Holds => gateways[index % gateways.length] ?? world.holds;
const actsAt = (index: number): Acts => {
  const found = acts[index % acts.length];
  if (!found) throw new Error('no gateway');
  return found;
};
const told = async (id: string) =>
  (await world.redis.journalEvents()).filter(({ facts }) => facts.hold === id).map(({ kind }) => kind);

test('two approvers at once are two; of five, as many as are needed count', async () => {
  for (let round = 0; round < 40; round += 1) {
    const hold = await world.asked(ada);
    const by = round % 2 === 0 ? approvers.slice(0, 2) : approvers;
    const outcomes = await Promise.all(by.map((approver, i) => world.approve(approver, hold, at(i + round))));
    expect(outcomes.filter(({ done }) => done)).toHaveLength(2);
    for (const outcome of outcomes) if (!outcome.done) expect(outcome.why).toBe('enough');
    const now = await world.holds.get(hold.id);
    expect(new Set(now?.approvals.map(({ by: { id } }) => id)).size).toBe(2);
    expect((await told(hold.id)).filter((kind) => kind === 'hold.approved')).toHaveLength(2);
  }
});

test('one approver from many windows counts once', async () => {
  for (let round = 0; round < 20; round += 1) {
    const hold = await world.asked(ada);
    const [first] = approvers;
    if (!first) throw new Error('nobody');
    const outcomes = await Promise.all(Array.from({ length: 9 }, (_, i) => world.approve(first, hold, at(i))));
    expect(outcomes.filter(({ done }) => done)).toHaveLength(1);
    expect((await world.holds.get(hold.id))?.approvals).toHaveLength(1);
  }
});

test('the last approval, the own signature, a no and a cancellation at once: one end, and only what came before it counts', async () => {
  const ends = new Set<string>();
  for (let round = 0; round < 60; round += 1) {
    const hold = await world.asked(ada);
    const [first, second, third] = approvers as [Signer, Signer, Signer];
    await world.approve(first, hold);
    const deeds = [
      () => world.approve(second, hold, at(0)),
      () => at(1).deny(hold.id, third.session, 'no'),
      () => world.sign(ada, hold, at(2)),
      () => at(0).cancel(hold.id, ada.session),
    ];
    const from = round % deeds.length;
    const outcomes = await Promise.all([...deeds.slice(from), ...deeds.slice(0, from)].map((deed) => deed()));
    const state = (await world.holds.get(hold.id))?.state ?? '';
    expect(['denied', 'cancelled']).toContain(state);
    const events = await told(hold.id);
    expect(events.at(-1)).toBe(`hold.${state}`);
    expect(events.filter((kind) => kind === 'hold.denied' || kind === 'hold.cancelled')).toHaveLength(1);
    // created, asked, the first approval, and one event for each deed that was done
    expect(events).toHaveLength(3 + outcomes.filter(({ done }) => done).length);
    for (const outcome of outcomes) if (!outcome.done) expect(outcome.why).toBe(state);
    ends.add(state);
  }
  expect(ends.size).toBe(2);
});

test('asked from many pages at once: asked once', async () => {
  for (let round = 0; round < 20; round += 1) {
    const hold = await world.waiting(ada, { needs: { signed: false, approvals: 1 }, approvers: [APPROVERS] });
    const outcomes = await Promise.all(Array.from({ length: 6 }, (_, i) => at(i).ask(hold.id, ada.session, WORDS)));
    expect(outcomes.filter(({ done }) => done)).toHaveLength(1);
    await world.holds.cancel(hold.id, ada.session);
  }
});

/** What stage 50 does, as little of it as a hold needs. */
const release = (acts: Acts, hold: Hold, exchange = newId('exc')) =>
  acts.commit({
    ...{ session: ada.session, exchange, console: 'acme', grant: null },
    hits: [{ action: { name: 'device.wipe', risk: 'destructive' }, devices: ['d-0142'], extra: 0 }],
    hold: { id: hold.id, signed: true, approvals: 2 },
    event: {
      ...{ kind: 'act.intent', actor: ada.session.principal.id, session: ada.session.id, exchange, console: 'acme' },
      facts: { hold: hold.id, holdSigned: true, holdApprovals: 2, action: hold.action, targets: ['device:d-0142'] },
    },
  });

test('everything is there, and fifty release it at once: one does', async () => {
  for (let round = 0; round < 20; round += 1) {
    const hold = await world.asked(ada);
    for (const by of approvers.slice(0, 2)) await world.approve(by, hold);
    await world.sign(ada, hold);
    const verdicts = await Promise.all(Array.from({ length: 50 }, (_, i) => release(actsAt(i), hold)));
    expect(verdicts.filter(({ go }) => go)).toHaveLength(1);
    for (const verdict of verdicts) if (!verdict.go) expect(verdict.reason).toBe('hold.used');
    expect((await told(hold.id)).filter((kind) => kind === 'act.intent')).toHaveLength(1);
  }
});

test('the last approval, a no and a release at once: released with both approvals and before the no, or not at all', async () => {
  const ends = new Set<string>();
  for (let round = 0; round < 60; round += 1) {
    const hold = await world.asked(ada);
    const [first, second, third] = approvers as [Signer, Signer, Signer];
    await world.approve(first, hold);
    await world.sign(ada, hold);
    const tries = [
      () => world.approve(second, hold, at(0)).then(() => release(actsAt(0), hold)),
      () => at(1).deny(hold.id, third.session, 'no'),
      () => release(actsAt(2), hold),
    ];
    const from = round % tries.length;
    await Promise.all([...tries.slice(from), ...tries.slice(0, from)].map((run) => run()));
    const kinds = await told(hold.id);
    const [released, no] = [kinds.indexOf('act.intent'), kinds.indexOf('hold.denied')];
    const state = (await world.holds.get(hold.id))?.state;
    expect(state).toBe(released < 0 ? 'denied' : 'used');
    if (released >= 0) {
      expect(kinds.slice(0, released).filter((kind) => kind === 'hold.approved')).toHaveLength(2);
      expect(no).toBe(-1);
    }
    ends.add(state ?? '');
  }
  expect(ends).toContain('denied');
});

test('after all of it the chain is whole, and every signature holds offline', async () => {
  await checkChain(world.redis.client, world.redis.keys.journal);
  const report = await world.verify();
  expect(report.faults).toEqual([]);
  expect(report.signatures).toBeGreaterThan(150);
});
