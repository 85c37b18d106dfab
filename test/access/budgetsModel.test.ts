// Random acts, settlements and passing time over several rules, on a real Redis, against a model that keeps every act and
// counts anew each time: the same verdicts, the same numbers, refunds to the device, and never more than allowed.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BudgetRefusal, createActs } from '../../src/access/acts/acts.redis.ts';
import { createBudgets } from '../../src/access/budgets/budgets.redis.ts';
import type { Hit } from '../../src/access/budgets/weigh.ts';
import { type BudgetRule, selects } from '../../src/kernel/accessRules.ts';
import type { Session } from '../../src/kernel/session.ts';
import { budget, grownOlder, hit, MINUTE } from './budgetKit.ts';
import { actEvent, checkChain, commitOf, openWorld, type World } from './kit.ts';

const any = budget('').match;
// No window is a multiple of ten minutes: time passes in tens, and the seconds that the test takes change nothing.
const RULES: readonly BudgetRule[] = [
  budget('mine', { devices: 4, window: 25 * MINUTE }),
  budget('theirs', { devices: 6, window: 45 * MINUTE, per: 'console' }),
  budget('locks', { devices: 3, window: 15 * MINUTE, match: { ...any, actions: ['device.lock'] } }),
  budget('here', { devices: 5, window: 35 * MINUTE, per: 'console', match: { ...any, consoles: ['acme'] } }),
];

let world: World;
let people: Session[];
beforeAll(async () => {
  world = await openWorld({ budgets: RULES });
  people = [await world.login('ada'), await world.login('olga')];
});
afterAll(() => world.redis.stop());

type Op =
  | { readonly op: 'commit'; readonly who: number; readonly console: string; readonly hits: readonly Hit[] }
  | { readonly op: 'settle'; readonly which: number; readonly back: boolean }
  | { readonly op: 'later'; readonly tens: number };

const device = fc.constantFrom('1', '2', '3', '4', '5', '6', '7', '8');
const hitArbitrary = fc
  .tuple(
    fc.uniqueArray(device, { maxLength: 3 }),
    fc.constantFrom(0, 0, 0, 0, 1, 2),
    fc.constantFrom('device.wipe', 'device.lock'),
  )
  .map(([ids, extra, name]) => hit(ids, extra, { name, risk: 'high' }));
const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant('commit' as const),
      who: fc.nat({ max: 1 }),
      console: fc.constantFrom('acme', 'other'),
      hits: fc.array(hitArbitrary, { minLength: 1, maxLength: 2 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ op: fc.constant('settle' as const), which: fc.nat({ max: 30 }), back: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('later' as const), tens: fc.integer({ min: 1, max: 3 }) }) },
);

/** One act as the model keeps it. */
type Kept = {
  readonly at: number;
  readonly who: number;
  readonly console: string;
  readonly hits: readonly Hit[];
  state: 'open' | 'kept' | 'back';
};
type Weight = { readonly devices: ReadonlySet<string>; readonly extra: number };

const weigh = (rule: BudgetRule, act: Pick<Kept, 'console' | 'hits'>): Weight => {
  const counted = act.hits.filter(({ action }) => selects(rule.match, act.console, action));
  return {
    devices: new Set(counted.flatMap(({ devices }) => devices.map((id) => `${act.console}/${id}`))),
    extra: counted.reduce((sum, one) => sum + one.extra, 0),
  };
};
/** Everything that counts against the rule at a moment, with these besides. */
const total = (rule: BudgetRule, acts: readonly Kept[], whose: Pick<Kept, 'who' | 'console'>, now: number): Weight => {
  const counted = acts.filter(
    (act) =>
      act.state !== 'back' &&
      act.at + rule.window / MINUTE > now &&
      (rule.per === 'admin' ? act.who === whose.who : act.console === whose.console),
  );
  const weights = counted.map((act) => weigh(rule, act));
  return {
    devices: new Set(weights.flatMap(({ devices }) => [...devices])),
    extra: weights.reduce((sum, { extra }) => sum + extra, 0),
  };
};
const size = ({ devices, extra }: Weight): number => devices.size + extra;
const together = (a: Weight, b: Weight): Weight => ({
  devices: new Set([...a.devices, ...b.devices]),
  extra: a.extra + b.extra,
});

/** The rules that this act would break now. */
const broken = (acts: readonly Kept[], act: Pick<Kept, 'who' | 'console' | 'hits'>, now: number): BudgetRule[] =>
  RULES.filter((rule) => {
    const before = total(rule, acts, act, now);
    const after = size(together(before, weigh(rule, act)));
    return after > rule.devices && after > size(before);
  });

test('random histories: verdicts, numbers and refunds are the model’s', { timeout: 120_000 }, async () => {
  const { redis } = world;
  const acts = createActs({ ...redis, keys: redis.keys, budgets: () => RULES });
  const budgets = createBudgets({ ...redis, rules: () => RULES });
  const seen = { go: 0, spent: 0, back: 0, never: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(op, { minLength: 5, maxLength: 40, size: 'max' }), async (ops) => {
      const names = (await redis.client.command('KEYS', '*budget-*')) as string[];
      if (names.length > 0) await redis.client.command('DEL', ...names);
      let now = 0;
      const kept: (Kept & { readonly exchange: string; readonly intent: number })[] = [];
      for (const step of ops) {
        if (step.op === 'later') {
          now += step.tens * 10;
          await grownOlder(redis, step.tens * 10 * MINUTE);
        } else if (step.op === 'settle') {
          const open = kept.filter(({ state }) => state === 'open');
          const act = open[step.which % Math.max(1, open.length)];
          if (act === undefined) continue;
          const who = people[act.who] as Session;
          const event = actEvent('act.outcome', who, act.exchange);
          const status = step.back ? 404 : 200;
          await acts.settle({ exchange: act.exchange, intent: act.intent, grant: null, sent: true, status, event });
          act.state = step.back ? 'back' : 'kept';
          if (step.back) seen.back += 1;
        } else {
          const asked = commitOf(people[step.who] as Session, { console: step.console, hits: step.hits });
          const expected = broken(kept, step, now);
          const verdict = await acts.commit(asked);
          expect(verdict.go ? 'go' : verdict.reason).toBe(expected.length === 0 ? 'go' : 'budget.spent');
          if (verdict.go) {
            seen.go += 1;
            kept.push({ ...step, at: now, state: 'open', exchange: asked.exchange, intent: verdict.value.intent });
          } else {
            seen.spent += 1;
            const { freesAt, rule } = verdict as BudgetRefusal;
            expect(expected.map(({ id }) => id)).toContain(rule.id);
            if (freesAt === null) {
              seen.never += 1;
              expect(size(weigh(rule, step))).toBeGreaterThan(rule.devices);
            } else {
              // In whole minutes of the model: not a minute before, and then for certain, if nothing else comes.
              const minutes = now + Math.round((freesAt - redis.pulse.clock.now()) / MINUTE);
              expect(broken(kept, step, minutes).map(({ id }) => id)).not.toContain(rule.id);
              expect(broken(kept, step, minutes - 1).map(({ id }) => id)).toContain(rule.id);
            }
          }
        }
        for (const who of [0, 1]) {
          const list = await budgets.list((people[who] as Session).principal.id, ['acme', 'other']);
          for (const { rule, console, used } of list) {
            expect(used, rule.id).toBe(size(total(rule, kept, { who, console: console ?? '' }, now)));
            expect(used).toBeLessThanOrEqual(rule.devices);
          }
        }
      }
    }),
    { numRuns: 120, endOnFailure: true },
  );
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(20);
  await checkChain(redis.client, redis.keys.journal);
});
