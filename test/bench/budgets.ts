// `npm run bench:budgets`: what a decision costs (the facts that policy asks for, the commit, the settlement) with a fleet of
// 100, 10,000 and 1,000,000 devices of which half were hit within the window, and with a year of acts behind it.
// One real redis-server for all; the fleets take turns, so that a noisy machine is noisy for all.
// Prints a table and one JSON line. Exit code 1 when the largest is slower than the smallest by more than the goal.
import { createActs } from '../../src/access/acts/acts.redis.ts';
import { createBudgets } from '../../src/access/budgets/budgets.redis.ts';
import { createFreezes } from '../../src/access/freezes/freezes.redis.ts';
import { table } from '../../src/cli/report.ts';
import type { BudgetRule } from '../../src/kernel/accessRules.ts';
import type { AuditEvent } from '../../src/kernel/auditEvent.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { newId } from '../../src/kernel/ids.ts';
import type { RedisClient } from '../../src/redis/client.ts';
import { createKeys } from '../../src/redis/keys.ts';
import { createPulse } from '../../src/redis/pulse.ts';
import { createScripts, eventArgs, type Scripts } from '../../src/redis/scripts.ts';
import { startRedis } from '../kit/redis.ts';

const ROUNDS = 1500;
const GOAL = 1.5;
/** a thousand acts a day */
const YEAR = 365_000;
const PERSON = 'https://idp.test#ada';
const ACT = { name: 'device.lock', risk: 'high' } as const;

type Scenario = { readonly name: string; readonly fleet: number; readonly history: number };
const SCENARIOS: readonly Scenario[] = [
  { name: 'fleet of 100', fleet: 100, history: 0 },
  { name: 'fleet of 10,000', fleet: 10_000, history: 0 },
  { name: 'fleet of 1,000,000', fleet: 1_000_000, history: 0 },
  { name: '1,000,000, a year of acts', fleet: 1_000_000, history: YEAR },
];
const SPARE = ROUNDS * 2;

const rulesFor = (fleet: number): readonly BudgetRule[] =>
  (['admin', 'console'] as const).map((per) => ({
    id: `per-${per}`,
    match: { consoles: ['*'], actions: ['device.*'], risks: ['high', 'destructive'] },
    per,
    devices: fleet + SPARE,
    window: 365 * 24 * 3_600_000,
    freezeAt: 2 * (fleet + SPARE),
    ask: 'the on-call lead',
  }));

const redis = await startRedis({ commandTimeout: 60_000 });
const worlds: Awaited<ReturnType<typeof openScenario>>[] = [];
try {
  // Waiting for the disk costs every act the same, and much: without it the ratio shows what counting costs.
  await redis.client.command('CONFIG', 'SET', 'appendfsync', 'no');
  for (const scenario of SCENARIOS) worlds.push(await openScenario(redis.client, scenario));
  for (let round = -100; round < ROUNDS; round += 1) for (const world of worlds) await world.decide(round);

  const median = (list: number[]): number => list.sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;
  const p99 = (list: number[]): number => list.sort((a, b) => a - b)[Math.floor(list.length * 0.99)] ?? 0;
  const first = worlds[0];
  const rows = worlds.map(({ name, took, devices }) => [
    name,
    String(devices),
    ...(['facts', 'commit', 'settle'] as const).map((what) => median(took[what]).toFixed(3)),
    p99(took.commit).toFixed(3),
    (median(took.commit) / median(first?.took.commit ?? [])).toFixed(2),
  ]);
  console.log(table([['', 'in window', 'facts ms', 'commit ms', 'settle ms', 'commit p99', 'ratio'], ...rows]));
  const ratios = worlds.map(({ took }) =>
    Math.max(
      ...(['facts', 'commit', 'settle'] as const).map((what) => median(took[what]) / median(first?.took[what] ?? [])),
    ),
  );
  const worst = Math.max(...ratios);
  const pass = worst <= GOAL;
  console.log(
    `worst ratio of medians ${worst.toFixed(2)}, goal at most ${GOAL}; ${ROUNDS} decisions each, taking turns`,
  );
  console.log(JSON.stringify({ goal: 'budgets', worst, pass }));
  process.exitCode = pass ? 0 : 1;
} finally {
  for (const { stop } of worlds) stop();
  await redis.stop();
}

/** A deployment of its own on the same server, filled as the scenario says. */
async function openScenario(client: RedisClient, { name, fleet, history }: Scenario) {
  const keys = createKeys(`bench-${fleet}-${history}`);
  let scripts: Scripts;
  const pulse = createPulse({ client, keys, clock: systemClock, onError: console.error }, () => scripts);
  scripts = createScripts({ client, keys, epoch: pulse.epoch });
  await pulse.start();
  const rules = rulesFor(fleet);
  const acts = createActs({ scripts, keys, budgets: () => rules });
  const budgets = createBudgets({ scripts, keys, rules: () => rules });
  const freezes = createFreezes({ scripts, client, keys, pulse });

  const session = { id: newId('ses'), principal: { id: PERSON } };
  const told: AuditEvent = { kind: 'login.succeeded', actor: PERSON, facts: {} };
  const start = [session.id, JSON.stringify(session.principal), '0', String(8 * 3_600_000), ...eventArgs(told)];
  await scripts.run('startSession', [keys.session(session.id), keys.sessions], start);
  for (const [per, subject] of [
    ['admin', PERSON],
    ['console', 'acme'],
  ] as const)
    for (const key of [keys.budgetHits, keys.budgetTried])
      await fillHits(client, key(`per-${per}`, per, subject), fleet / 2);
  await fillHistory(client, keys, history);

  const took = { facts: [] as number[], commit: [] as number[], settle: [] as number[] };
  const eventOf = (kind: AuditEvent['kind'], exchange: string): AuditEvent => ({
    kind,
    actor: PERSON,
    session: session.id,
    exchange,
    console: 'acme',
    facts: { action: ACT.name, title: 'Lock 1 device: iPad of Marie (d-0142)' },
  });
  return {
    name,
    devices: fleet / 2,
    took,
    stop: pulse.stop,
    /** Facts, commit and settlement of one act on one device: one that was hit before, then one that was not. */
    async decide(round: number): Promise<void> {
      const exchange = newId('exc');
      const device = `device:d-${round % 2 === 0 ? Math.abs(round) % (fleet / 2) : fleet + round}`;
      const hits = [{ action: ACT, devices: [device], extra: 0 }];
      const t0 = performance.now();
      await Promise.all([
        budgets.stateFor(session.principal, 'acme', { ...ACT, targets: [{ kind: 'device', id: 'd-1' }] }),
        freezes.current(),
      ]);
      const t1 = performance.now();
      const event = eventOf('act.intent', exchange);
      const verdict = await acts.commit({ session, exchange, console: 'acme', hits, hold: null, grant: null, event });
      const t2 = performance.now();
      if (!verdict.go) throw new Error(`${verdict.reason}: ${verdict.detail}`);
      const { intent } = verdict.value;
      await acts.settle({
        exchange,
        intent,
        grant: null,
        sent: true,
        status: round % 3 === 0 ? 404 : 200,
        event: eventOf('act.outcome', exchange),
      });
      if (round < 0) return;
      took.facts.push(t1 - t0);
      took.commit.push(t2 - t1);
      took.settle.push(performance.now() - t2);
    },
  };
}

/** Hits of the last year, in the past only. */
async function fillHits(client: RedisClient, key: string, count: number): Promise<void> {
  const text = `local now = redis.call('TIME')[1] * 1000
    for i = ARGV[1], ARGV[2] - 1 do
      redis.call('ZADD', KEYS[1], string.format('%.0f', now - (i * 7919 % 31000000) * 1000), 'acme device:d-' .. string.format('%.0f', i))
    end
    return 1`;
  await inSteps(count, (from, to) => client.command('EVAL', text, 1, key, from, to));
}

/** The journal's two entries of every act, and a grant for every tenth. */
async function fillHistory(client: RedisClient, keys: ReturnType<typeof createKeys>, count: number): Promise<void> {
  const text = `local event = string.rep('x', 400)
    local head = tonumber(redis.call('HGET', KEYS[2], 'seq'))
    for i = ARGV[1], ARGV[2] - 1 do
      for n = 1, 2 do
        head = head + 1
        redis.call('XADD', KEYS[1], string.format('%.0f-0', head), 'at', '1', 'event', event, 'digest', 'd', 'fact', '', 'hash', 'h')
      end
      if i % 10 == 0 then
        redis.call('HSET', ARGV[3] .. i, 'id', i, 'state', 'ended', 'reason', string.rep('y', 200))
        redis.call('ZADD', KEYS[3], i, i)
        redis.call('ZADD', KEYS[4], i, i)
      end
    end
    redis.call('HSET', KEYS[2], 'seq', string.format('%.0f', head))
    return 1`;
  const own = [keys.journal, keys.journalHead, keys.grants, keys.grantsOf(PERSON)];
  await inSteps(count, (from, to) => client.command('EVAL', text, 4, ...own, from, to, keys.grant('old')));
}

async function inSteps(count: number, step: (from: number, to: number) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < count; from += 5000) await step(from, Math.min(from + 5000, count));
}
