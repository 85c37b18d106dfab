// Budgets in devices: counted distinct, over replicas, reserved before and given back exactly; and what trips the breaker.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BudgetRefusal } from '../../src/access/acts/acts.redis.ts';
import { createBudgets } from '../../src/access/budgets/budgets.redis.ts';
import { chargesOf, type Hit, hitsOf } from '../../src/access/budgets/weigh.ts';
import { createFreezes } from '../../src/access/freezes/freezes.redis.ts';
import type { BudgetRule } from '../../src/kernel/accessRules.ts';
import { type Action, ALL, WHOLE_FLEET } from '../../src/kernel/action.ts';
import type { Session } from '../../src/kernel/session.ts';
import { budget, grownOlder, hit, MINUTE } from './budgetKit.ts';
import { actEvent, checkChain, commitOf, openWorld, type World } from './kit.ts';

const rules: BudgetRule[] = [];
let world: World;
let ada: Session;
let olga: Session;
let nth = 0;
beforeAll(async () => {
  world = await openWorld({ budgets: rules });
});
beforeEach(async () => {
  nth += 1;
  [ada, olga] = [await world.login(`ada${nth}`), await world.login(`olga${nth}`)];
});
afterEach(async () => {
  rules.length = 0;
  await world.redis.client.command('DEL', world.redis.keys.freezes);
  world.redis.pulse.forget();
  await checkChain(world.redis.client, world.redis.keys.journal);
});
afterAll(() => world.redis.stop());

const use = (over: Partial<BudgetRule> = {}, id = `rule${nth}`) => {
  rules.push(budget(id, over));
};
const act = (who: Session, hits: readonly Hit[], console = `c${nth}`) => commitOf(who, { hits, console });
const commit = async (who: Session, hits: readonly Hit[], console = `c${nth}`) => {
  const verdict = await world.acts.commit(act(who, hits, console));
  return verdict.go ? 'go' : verdict.reason;
};
/** Commits and settles. */
const done = async (who: Session, hits: readonly Hit[], { sent = true, status = 200 as number | null } = {}) => {
  const asked = act(who, hits);
  const verdict = await world.acts.commit(asked);
  if (!verdict.go) return verdict.reason;
  await settle(who, asked.exchange, verdict.value.intent, sent, status);
  return 'go';
};
const settle = (who: Session, exchange: string, intent: number, sent: boolean, status: number | null) =>
  world.acts.settle({ exchange, intent, grant: null, sent, status, event: actEvent('act.outcome', who, exchange) });
const budgets = () => createBudgets({ ...world.redis, rules: () => rules });
const usedBy = async (who: Session, consoles: readonly string[] = [`c${nth}`]) =>
  (await budgets().list(who.principal.id, consoles)).map(({ used }) => used);
const freezes = () => createFreezes(world.redis);

describe('what an act costs', () => {
  const wipe = (over: Partial<Action>): Action => ({
    name: 'device.wipe',
    risk: 'destructive',
    pack: 'p',
    entry: 'e',
    targets: [],
    title: '',
    effect: '',
    redact: [],
    upgrade: false,
    ...over,
  });
  const device = (id: string) => ({ kind: 'device', id });

  test('named devices count each, a device named twice once', () => {
    expect(hitsOf(wipe({ targets: [device('1'), device('2'), device('1')] }))).toEqual([hit(['1', '2'])]);
  });
  test('all devices cost what the console says, else the whole fleet', () => {
    expect(hitsOf(wipe({ targets: [device(ALL)] }))[0]?.extra).toBe(WHOLE_FLEET);
    expect(hitsOf(wipe({ targets: [device(ALL)], devices: 412 }))[0]?.extra).toBe(412);
  });
  test('a group costs its true number besides the devices that are named', () => {
    const [cost] = hitsOf(wipe({ targets: [device('1'), { kind: 'group', id: 'g' }], devices: 41 }));
    expect(cost).toMatchObject({ devices: ['device:1'], extra: 40 });
  });
  test('a number that is none weighs as the whole fleet', () => {
    for (const devices of [-1, Number.NaN, 1.5, Number.POSITIVE_INFINITY])
      expect(hitsOf(wipe({ targets: [], devices }))[0]?.extra).toBe(WHOLE_FLEET);
  });
  test('a batch is charged part by part, and one rule counts a device of two parts once', () => {
    const parts = [
      wipe({ targets: [device('1')] }),
      wipe({ name: 'device.lock', targets: [device('1'), device('2')] }),
    ];
    const hits = hitsOf(wipe({ name: 'bulk.envelope', parts, targets: [device('1'), device('2')] }));
    const [charge] = chargesOf([budget('r')], 'acme', 'ada', hits);
    expect(charge).toMatchObject({ devices: ['acme device:1', 'acme device:2'], extra: 0 });
    const wipes = budget('w', { match: { consoles: ['*'], actions: ['device.wipe'], risks: ['destructive'] } });
    expect(chargesOf([wipes], 'acme', 'ada', hits)[0]?.devices).toEqual(['acme device:1']);
  });
  test('reads cost nothing', () => {
    const every = budget('r', { match: { consoles: ['*'], actions: ['*'], risks: ['read', 'low'] } });
    const read = hit(['1'], 0, { name: 'device.read', risk: 'read' });
    expect(chargesOf([every], 'acme', 'ada', [read])).toEqual([]);
  });
});

describe('counting', () => {
  test('one device costs once in a window, however often it is hit', async () => {
    use({ devices: 2 });
    for (let i = 0; i < 5; i += 1) expect(await done(ada, [hit(['1'])])).toBe('go');
    expect(await done(ada, [hit(['2'])])).toBe('go');
    expect(await done(ada, [hit(['3'])])).toBe('budget.spent');
    expect(await done(ada, [hit(['1', '2'])])).toBe('go');
    expect(await usedBy(ada)).toEqual([2]);
  });

  test('a refused act takes nothing, and is told when enough is free', async () => {
    use({ devices: 3 });
    expect(await done(ada, [hit(['1'])])).toBe('go');
    await grownOlder(world.redis, 20 * MINUTE);
    expect(await done(ada, [hit(['2', '3'])])).toBe('go');
    const now = world.redis.pulse.clock.now();
    const refused = (await world.acts.commit(act(ada, [hit(['4'])]))) as BudgetRefusal;
    expect(refused).toMatchObject({ reason: 'budget.spent', rule: rules[0] });
    expect(Math.abs((refused.freesAt ?? 0) - (now + 40 * MINUTE))).toBeLessThan(5000);
    const two = (await world.acts.commit(act(ada, [hit(['4', '5'])]))) as BudgetRefusal;
    expect(Math.abs((two.freesAt ?? 0) - (now + 60 * MINUTE))).toBeLessThan(5000);
    // its own device that counts already does not help by becoming free: it is hit again
    const again = (await world.acts.commit(act(ada, [hit(['1', '4'])]))) as BudgetRefusal;
    expect(Math.abs((again.freesAt ?? 0) - (now + 60 * MINUTE))).toBeLessThan(5000);
    expect(await world.acts.commit(act(ada, [hit(['4', '5', '6', '7'])]))).toMatchObject({ freesAt: null });
    expect(await usedBy(ada)).toEqual([3]);
    await grownOlder(world.redis, 41 * MINUTE);
    expect(await done(ada, [hit(['4'])])).toBe('go');
  });

  test('a hit within the window keeps its device counted from that hit on', async () => {
    use({ devices: 1 });
    await done(ada, [hit(['1'])]);
    await grownOlder(world.redis, 50 * MINUTE);
    await done(ada, [hit(['1'])]);
    await grownOlder(world.redis, 50 * MINUTE);
    expect(await done(ada, [hit(['2'])])).toBe('budget.spent');
  });

  test('per admin over all consoles, per console over all admins', async () => {
    use({ devices: 2 }, 'mine');
    use({ devices: 3, per: 'console' }, 'theirs');
    expect(await commit(ada, [hit(['1'])], 'x')).toBe('go');
    // the same id on another console is another device
    expect(await commit(ada, [hit(['1'])], 'y')).toBe('go');
    expect(await commit(ada, [hit(['2'])], 'y')).toBe('budget.spent');
    expect(await commit(olga, [hit(['3', '4'])], 'x')).toBe('go');
    expect(await commit(await world.login('third'), [hit(['5'])], 'x')).toBe('budget.spent');
    expect(await commit(await world.login('third'), [hit(['5'])], 'y')).toBe('go');
  });

  test('a rule counts only the acts that it is about', async () => {
    use({ devices: 1, match: { consoles: ['*'], actions: ['device.*'], risks: ['destructive'] } });
    const lock = (id: string) => hit([id], 0, { name: 'device.lock', risk: 'low' });
    for (const id of ['1', '2', '3']) expect(await done(ada, [lock(id)])).toBe('go');
    expect(await done(ada, [hit(['1'])])).toBe('go');
    expect(await done(ada, [lock('9')])).toBe('go');
    expect(await done(ada, [hit(['2'])])).toBe('budget.spent');
  });

  test('devices without ids count by number, each act anew: a group may hold others by then', async () => {
    use({ devices: 100 });
    expect(await done(ada, [hit([], 40)])).toBe('go');
    expect(await done(ada, [hit([], 40)])).toBe('go');
    expect(await done(ada, [hit(['1'], 40)])).toBe('budget.spent');
    expect(await done(ada, [hit(['1'], 19)])).toBe('go');
    expect(await usedBy(ada)).toEqual([100]);
    expect(await done(ada, [hit([], WHOLE_FLEET)])).toBe('budget.spent');
    await grownOlder(world.redis, 61 * MINUTE);
    expect(await usedBy(ada)).toEqual([0]);
    expect(await done(ada, [hit([], 100)])).toBe('go');
    expect(await usedBy(ada)).toEqual([100]);
  });

  test('an act that names thousands of devices is counted as a whole', async () => {
    use({ devices: 5000 });
    const many = Array.from({ length: 4999 }, (_, i) => `d${i}`);
    expect(await done(ada, [hit(many)])).toBe('go');
    expect(await usedBy(ada)).toEqual([4999]);
    expect(await done(ada, [hit(many)])).toBe('go');
    expect(await done(ada, [hit(['x', 'y'])])).toBe('budget.spent');
    expect(await done(ada, [hit([...many, 'x'])])).toBe('go');
    expect(await done(ada, [hit(['d1', 'y'])])).toBe('budget.spent');
  });

  test('50 acts at once on three gateways never get more than the budget', async () => {
    use({ devices: 7 });
    const others = [await world.redis.replica(), await world.redis.replica()];
    const { createActs } = await import('../../src/access/acts/acts.redis.ts');
    const all = [world.redis, ...others].map((parts) =>
      createActs({ ...parts, keys: world.redis.keys, budgets: () => rules }),
    );
    const verdicts = await Promise.all(
      Array.from({ length: 50 }, (_, i) => all[i % 3]?.commit(act(ada, [hit([`d${i % 25}`])]))),
    );
    const through = verdicts.flatMap((verdict, i) => (verdict?.go ? [i % 25] : []));
    expect(new Set(through).size).toBe(7);
    expect(await usedBy(ada)).toEqual([7]);
  });
});

describe('settling', () => {
  test('given back when nothing was sent or the console answered 4xx; kept for anything else, and for what the client’s own headers bring about', async () => {
    use({ devices: 1 });
    const own = (await world.redis.journalEvents()).length;
    for (const [sent, status] of [
      [false, null],
      [true, 400],
      [true, 404],
      [true, 429],
    ] as const) {
      expect(await done(ada, [hit([`gone ${status}`])], { sent, status })).toBe('go');
      expect(await usedBy(ada)).toEqual([0]);
    }
    expect((await world.redis.journalEvents()).length).toBe(own + 8);
    for (const status of [200, 302, 406, 408, 412, 416, 417, 499, 500, 503, null]) {
      const who = await world.login(`somebody${status}`);
      expect(await done(who, [hit(['1'])], { status })).toBe('go');
      expect(await done(who, [hit(['2'])])).toBe('budget.spent');
    }
  });

  test('a device that another act hit meanwhile stays counted for that one, whichever is settled first', async () => {
    use({ devices: 2 });
    for (const order of [
      [0, 1],
      [1, 0],
    ] as const)
      for (const back of [0, 1] as const) {
        const who = await world.login(`order${order}${back}`);
        const two = [act(who, [hit(['1'])]), act(who, [hit(['1'])])];
        const intents: number[] = [];
        for (const one of two) {
          const verdict = await world.acts.commit(one);
          intents.push(verdict.go ? verdict.value.intent : 0);
        }
        for (const i of order) await settle(who, two[i]?.exchange ?? '', intents[i] ?? 0, true, i === back ? 409 : 200);
        expect(await usedBy(who)).toEqual([1]);
      }
    const both = [act(ada, [hit(['1', '2'])]), act(ada, [hit(['2'])])];
    for (const one of both) {
      const verdict = await world.acts.commit(one);
      await settle(ada, one.exchange, verdict.go ? verdict.value.intent : 0, false, null);
    }
    expect(await usedBy(ada)).toEqual([0]);
  });

  test('given back once, however often it is settled, and never into another act’s window', async () => {
    use({ devices: 10 });
    const one = act(ada, [hit(['1'], 4)]);
    const verdict = await world.acts.commit(one);
    if (!verdict.go) throw new Error(verdict.reason);
    expect(await usedBy(ada)).toEqual([5]);
    await grownOlder(world.redis, 61 * MINUTE);
    expect(await done(ada, [hit(['1'], 3)])).toBe('go');
    await Promise.all([0, 1, 2].map(() => settle(ada, one.exchange, verdict.value.intent, false, null)));
    expect(await usedBy(ada)).toEqual([4]);
  });

  test('acts that nobody ever settles count, and leave nothing behind when their time is over', async () => {
    use({ devices: 100 });
    for (let i = 0; i < 40; i += 1) expect(await commit(ada, [hit(['1'])])).toBe('go');
    const { client, keys } = world.redis;
    const open = keys.budgetOpen(`rule${nth}`, 'admin', ada.principal.id);
    expect(String(await client.command('HGET', open, `c${nth} device:1`)).split(';')).toHaveLength(17);
    await grownOlder(world.redis, 61 * MINUTE);
    expect(await done(ada, [hit(['2'])])).toBe('go');
    expect(await client.command('HKEYS', open)).toEqual([]);
    const hits = keys.budgetHits(`rule${nth}`, 'admin', ada.principal.id);
    expect(Number(await client.command('PTTL', hits))).toBeGreaterThan(0);
  });
});

describe('what policy and the portal hear', () => {
  test('open, low with less than a fifth left, spent when this act does not fit', async () => {
    const act = { name: 'device.wipe', risk: 'destructive' } as const;
    const state = (...ids: string[]) =>
      budgets().stateFor(ada.principal, `c${nth}`, { ...act, targets: ids.map((id) => ({ kind: 'device', id })) });
    const spent = (...ids: string[]) =>
      budgets().spentFor(ada.principal, `c${nth}`, { ...act, targets: ids.map((id) => ({ kind: 'device', id })) });
    expect(await state('1')).toBe('open');
    use({ devices: 10 });
    use({ devices: 1000 }, `wide${nth}`);
    expect(await state('1')).toBe('open');
    await done(ada, [hit(['1', '2', '3', '4', '5', '6', '7', '8'])]);
    expect(await state('9')).toBe('open');
    expect(await state('9', '10')).toBe('open');
    expect(await state('9', '10', '11')).toBe('spent');
    await done(ada, [hit(['9'])]);
    expect(await state('10')).toBe('low');
    await done(ada, [hit(['10'])]);
    expect(await state('11')).toBe('spent');
    // a device that counts already costs nothing
    expect(await state('1')).toBe('low');
    expect(await spent('1')).toBeNull();
    const told = await spent('11');
    expect(told?.rule).toBe(rules[0]);
    expect(Math.abs((told?.freesAt ?? 0) - world.redis.pulse.clock.now() - 60 * MINUTE)).toBeLessThan(5000);
    const targets = [{ kind: 'device', id: '11' }];
    const stateOf = (who: Session, action: Pick<Action, 'name' | 'risk' | 'targets'> & { devices?: number }) =>
      budgets().stateFor(who.principal, `c${nth}`, action);
    expect(await stateOf(ada, { name: 'device.read', risk: 'read', targets })).toBe('open');
    expect(await stateOf(olga, { name: 'device.wipe', risk: 'low', targets })).toBe('open');
    // "all" is not held against anybody before the console has said how many that is
    const all = { name: 'device.wipe', risk: 'destructive', targets: [{ kind: 'device', id: ALL }] } as const;
    expect(await stateOf(olga, all)).toBe('open');
    expect(await stateOf(olga, { ...all, devices: 11 })).toBe('spent');
    expect(await usedBy(ada)).toEqual([10, 10]);
  });

  test('the list has one’s own and those of the consoles that one may enter', async () => {
    use({ devices: 10 }, 'own');
    use({ devices: 10, per: 'console', match: { ...budget('').match, consoles: ['a', 'b'] } }, 'shared');
    await commit(olga, [hit(['1'])], 'b');
    const list = await budgets().list(ada.principal.id, ['b', 'z']);
    expect(list.map(({ rule, console, used }) => [rule.id, console, used])).toEqual([
      ['own', null, 0],
      ['shared', 'b', 1],
    ]);
    const frees = list[1]?.freesAt ?? 0;
    expect(Math.abs(frees - world.redis.pulse.clock.now() - 60 * MINUTE)).toBeLessThan(5000);
    expect(list[0]?.freesAt).toBeNull();
  });
});

describe('the breaker', () => {
  test('so many devices tried, also in vain, freeze these acts on that console, for everybody', async () => {
    use({ devices: 2, freezeAt: 5, match: { consoles: ['*'], actions: ['device.wipe'], risks: ['destructive'] } });
    expect(await commit(ada, [hit(['1', '2'])])).toBe('go');
    expect(await commit(ada, [hit(['3', '4'])])).toBe('budget.spent');
    expect(await commit(ada, [hit(['3', '4'])])).toBe('budget.spent');
    expect(await commit(ada, [hit(['5'])])).toBe('lockdown.active');
    const [freeze, ...others] = await freezes().current();
    expect(others).toEqual([]);
    expect(freeze).toMatchObject({
      match: { consoles: [`c${nth}`], actions: ['device.wipe'], risks: ['destructive'] },
      budget: `rule${nth}`,
      by: { id: ada.principal.id },
      releases: [],
    });
    expect((await world.redis.journalEvents()).at(-1)).toMatchObject({
      kind: 'freeze.set',
      actor: ada.principal.id,
      facts: { freeze: freeze?.id, budget: `rule${nth}` },
    });
    expect(await commit(olga, [hit(['1'])])).toBe('lockdown.active');
    expect(await commit(olga, [hit(['1'])], 'elsewhere')).toBe('go');
    expect(await commit(olga, [hit(['1'], 0, { name: 'device.lock', risk: 'low' })])).toBe('go');
  });

  test('one act on more than that freezes at once and does not go through', async () => {
    use({ devices: 100, freezeAt: 50 });
    expect(await commit(ada, [hit([], WHOLE_FLEET)])).toBe('lockdown.active');
    expect(await freezes().current()).toHaveLength(1);
    expect(await usedBy(ada)).toEqual([0]);
  });

  test('what policy refuses for the budget counts as tried; what somebody may not do at all does not', async () => {
    use({ devices: 2, freezeAt: 3 });
    const refused = (tried: readonly Hit[]) =>
      world.acts.refused(
        {
          kind: 'request.refused',
          actor: ada.principal.id,
          console: `c${nth}`,
          exchange: `exc_${Math.random()}`,
          facts: {},
        },
        tried,
      );
    await refused([]);
    await refused([hit(['1', '2'])]);
    expect(await freezes().current()).toEqual([]);
    const gone = await world.login('gone');
    await world.endSession(gone);
    expect(await commit(gone, [hit(['7', '8', '9'])])).toBe('session.revoked');
    const mallory = act(olga, [hit(['7', '8', '9'])]);
    expect(await world.acts.commit({ ...mallory, grant: 'gra_none' })).toMatchObject({ reason: 'grant.ended' });
    expect(await freezes().current()).toEqual([]);
    await refused([hit(['3'])]);
    expect(await freezes().current()).toHaveLength(1);
  });

  test('what was tried leaves its window too', async () => {
    use({ devices: 1, freezeAt: 4 });
    expect(await commit(ada, [hit(['1', '2', '3'])])).toBe('budget.spent');
    await grownOlder(world.redis, 61 * MINUTE);
    expect(await commit(ada, [hit(['4', '5', '6'])])).toBe('budget.spent');
    expect(await commit(ada, [hit([], 1)])).toBe('lockdown.active');
  });
});
