// npm run bench:policy: what a decision costs with 10, 100 and 1,000 policies: asked for the first time (cold: Cedar evaluates,
// for a refusal several times to find what would help), and asked again (kept). Sizes are measured side by side, in turn, so that a busy machine hits all of them; medians of rounds,
// at most half a minute in all.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BARE_FACTS, type Question } from '../../src/kernel/facts.ts';
import { createPolicy, type Policy } from '../../src/policy/policy.ts';

const say = (text: string) => process.stdout.write(`${text}\n`);
const SIZES = [10, 100, 1000] as const;
const ROUNDS = 15;
const TIME = 25_000;
const KINDS = ['device', 'profile', 'app', 'user', 'group', 'script', 'policy', 'admin', 'token', 'file'];
const VERBS = ['read', 'update', 'create', 'delete', 'assign', 'install', 'remove', 'wipe', 'lock', 'export'];
const RISKS = ['read', 'low', 'high', 'destructive'] as const;
const ACTIONS = KINDS.flatMap((kind) =>
  VERBS.map((verb, n) => ({ name: `${kind}.${verb}`, risk: RISKS[n % 4] ?? 'read' })),
);

/** The mix of a real set: roles by group, conditions on facts, a forbid in ten. */
function textOf(n: number): string {
  const kind = KINDS[n % KINDS.length];
  if (n % 10 === 9)
    return `@id("p-${n}") @why("W.")\nforbid(principal in Group::"team-${n}", action in Action::"${kind}", resource is Console) when { context.devices > ${n % 50} } unless { context.signed && context.approvals >= 2 };`;
  return `@id("p-${n}") @why("W.")\npermit(principal in Group::"team-${n}", action in Action::"${kind}", resource is Console) when { context.risk != "destructive" || (context.granted && context.signed) } when { context.signed || (context has stepUpAge && context.stepUpAge <= 300) };`;
}

function setOf(size: number): { policy: Policy; load: number } {
  const dir = mkdtempSync(join(tmpdir(), 'bench-'));
  writeFileSync(join(dir, 'all.cedar'), Array.from({ length: size }, (_, n) => textOf(n)).join('\n'));
  const before = performance.now();
  const policy = createPolicy({ dir, actions: ACTIONS });
  const load = performance.now() - before;
  rmSync(dir, { recursive: true });
  return { policy, load };
}

let fresh = 0;
/** Never asked before: another console. Group team-0 is permitted, team-x is not. */
function question(group: string, stepUpAge: number | null, on = 'mdm'): Question {
  return {
    principal: { id: 'idp#ada', name: 'Ada', groups: [group, 'everybody'] },
    action: { name: 'device.update', risk: 'low', targets: [{ kind: 'device', id: 'd-1' }] },
    on,
    facts: { ...BARE_FACTS, stepUpAge, hour: 9, sessionAge: 44 },
  };
}
function another(): string {
  fresh += 1;
  return `console-${fresh}`;
}

/** Microseconds a call. */
function time(calls: number, work: () => unknown): number {
  const before = performance.now();
  for (let n = 0; n < calls; n += 1) work();
  return ((performance.now() - before) * 1000) / calls;
}
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

const sets = SIZES.map((size) => ({
  size,
  ...setOf(size),
  allow: [] as number[],
  deny: [] as number[],
  never: [] as number[],
  kept: [] as number[],
}));
const asked = question('team-0', 10);
for (const { policy } of sets)
  for (let n = 0; n < 20; n += 1) {
    if (!policy.decide(question('team-0', 10, another())).allow) throw new Error('the bench asks for what is denied');
    policy.decide(asked);
  }
const end = performance.now() + TIME;
for (let round = 0; round < ROUNDS && performance.now() < end; round += 1)
  for (const set of sets) {
    const calls = set.size > 500 ? 8 : 40;
    set.allow.push(time(calls, () => set.policy.decide(question('team-0', 10, another()))));
    set.deny.push(time(calls / 4, () => set.policy.decide(question('team-0', null, another()))));
    set.never.push(time(calls / 4, () => set.policy.decide(question('team-x', 10, another()))));
    set.kept.push(time(20_000, () => set.policy.decide(asked)));
  }

const micro = (value: number) => `${value < 10 ? value.toFixed(2) : value.toFixed(0)} µs`;
const perSecond = (value: number) => Math.round(1e6 / value).toLocaleString('en');
say(
  'policies   load      cold, allowed (per s)      cold, with remedy   cold, none helps             kept (per s)   cold : kept',
);
for (const { size, load, allow, deny, never, kept } of sets) {
  const [a, d, k] = [median(allow), median(deny), median(kept)];
  say(
    [
      String(size).padStart(8),
      `${load.toFixed(0)} ms`.padStart(8),
      `${micro(a)} (${perSecond(a)})`.padStart(24),
      micro(d).padStart(22),
      micro(median(never)).padStart(18),
      `${micro(k)} (${perSecond(k)})`.padStart(26),
      `${Math.round(a / k)} : 1`.padStart(14),
    ].join(' '),
  );
}
const [few, , many] = sets;
if (few && many)
  say(
    `1,000 policies against 10: cold ${(median(many.allow) / median(few.allow)).toFixed(1)} times as long, kept ${(median(many.kept) / median(few.kept)).toFixed(2)} times`,
  );
