// Case files: each a sentence about who may do what, in a folder named for the answer that is expected. Read and judged here,
// the same for `sallyport policy test` and for the tests of the policies that are shipped.

import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { z } from 'zod';
import type { Risk, Target } from '../kernel/action.ts';
import { BARE_FACTS, type Decision, type Facts, type Question } from '../kernel/facts.ts';
import type { Policy } from './policy.ts';

/**
 * ALLOW: allowed. DENY: refused, nothing helps. STEP_UP: a passkey alone would help. GRANT: needs access that somebody else
 * approves. APPROVE: needs other people's signatures on exactly this request.
 */
export const ANSWERS = ['ALLOW', 'DENY', 'STEP_UP', 'GRANT', 'APPROVE'] as const;
export type Answer = (typeof ANSWERS)[number];

export function answerOf({ allow, remedies }: Decision): Answer {
  if (allow) return 'ALLOW';
  if (remedies.includes('approval')) return 'APPROVE';
  if (remedies.includes('grant')) return 'GRANT';
  return remedies.length > 0 ? 'STEP_UP' : 'DENY';
}

const count = z.number().int().nonnegative();
const CaseFacts = z.strictObject({
  stepUpAge: z.number().nullable().optional(),
  signed: z.boolean().optional(),
  granted: z.boolean().optional(),
  approvals: count.optional(),
  budget: z.enum(['open', 'low', 'spent']).optional(),
  lockdown: z.boolean().optional(),
  opaque: z.boolean().optional(),
  bulk: z.boolean().optional(),
  posture: z.string().optional(),
  networks: z.array(z.string()).optional(),
  day: z
    .union([z.literal(1), z.literal(2), z.literal(3), z.literal(4), z.literal(5), z.literal(6), z.literal(7)])
    .optional(),
  hour: z.number().int().min(0).max(23).optional(),
  sessionAge: count.optional(),
  lane: z.enum(['person', 'machine']).optional(),
  recorded: z.enum(['page', 'exchanges', 'silent']).optional(),
});

const CaseFormat = z.strictObject({
  say: z.string().min(1),
  groups: z.array(z.string()),
  action: z.union([z.string(), z.array(z.string()).min(1)]),
  on: z.string(),
  risk: z.enum(['read', 'low', 'high', 'destructive']).optional(),
  /** `kind:id`, or a number of devices */
  targets: z.union([count, z.array(z.string().regex(/^[^:]+:.+$/))]).default([]),
  /** how many devices it hits in truth, where that is not what the targets say */
  devices: count.optional(),
  facts: CaseFacts.prefault({}),
  policies: z.array(z.string()).optional(),
  remedies: z.array(z.string()).optional(),
  approvals: count.optional(),
});

/** One action of one case file. */
export type PolicyCase = Omit<z.infer<typeof CaseFormat>, 'action'> & {
  readonly file: string;
  /** the pack, or `portal`: the first folder */
  readonly set: string;
  readonly expected: string;
  readonly action: string;
};

export type CaseFault = { readonly file: string; readonly what: string };

/** All cases below a folder: `<set>/<answer>/<name>.json`. A file that is none is a fault. */
export function readCases(dir: string): {
  readonly cases: readonly PolicyCase[];
  readonly faults: readonly CaseFault[];
} {
  const cases: PolicyCase[] = [];
  const faults: CaseFault[] = [];
  let files: string[];
  try {
    files = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'));
  } catch {
    return { cases, faults: [{ file: dir, what: 'is not there' }] };
  }
  for (const file of files.sort()) {
    const parts = file.split(sep);
    const expected = parts.at(-2) ?? '';
    if (!ANSWERS.some((answer) => answer === expected))
      faults.push({ file: join(dir, file), what: `stands in no folder named ${ANSWERS.join(', ')}` });
    let read: z.infer<typeof CaseFormat>;
    try {
      read = CaseFormat.parse(JSON.parse(readFileSync(join(dir, file), 'utf8')));
    } catch (error) {
      const what = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
      faults.push({ file: join(dir, file), what: what.replaceAll('\n', ' ') });
      continue;
    }
    const { action, ...rest } = read;
    for (const name of typeof action === 'string' ? [action] : action)
      cases.push({ ...rest, file, set: parts[0] ?? '', expected, action: name });
  }
  return { cases, faults };
}

/** @param riskOf the vocabulary's risk of an action */
export function questionOf(one: PolicyCase, riskOf: (action: string) => Risk): Question {
  const targets: readonly Target[] =
    typeof one.targets === 'number'
      ? Array.from({ length: one.targets }, (_, index) => ({ kind: 'device', id: `d-${index}` }))
      : one.targets.map((target) => {
          const at = target.indexOf(':');
          return { kind: target.slice(0, at), id: target.slice(at + 1) };
        });
  const action = { name: one.action, risk: one.risk ?? riskOf(one.action), targets };
  return {
    principal: { id: 'https://idp.example#somebody', name: 'Somebody', groups: one.groups },
    action: one.devices === undefined ? action : { ...action, devices: one.devices },
    on: one.on,
    facts: { ...BARE_FACTS, ...said(one.facts) },
  };
}

function said(facts: z.infer<typeof CaseFacts>): Partial<Facts> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}

/** What is not as the case says; empty: all of it is. */
export function judgeCase(policy: Policy, one: PolicyCase, riskOf: (action: string) => Risk): readonly string[] {
  let decision: Decision;
  try {
    decision = policy.decide(questionOf(one, riskOf));
  } catch (error) {
    return [`cannot be decided: ${error instanceof Error ? error.message : String(error)}`];
  }
  const faults: string[] = [];
  const answer = answerOf(decision);
  const why = [...decision.policies, ...decision.would.map(({ id }) => id)].join(', ') || 'no policy';
  if (answer !== one.expected) faults.push(`expected ${one.expected}, got ${answer} (${why})`);
  const same = (what: string, wanted: readonly string[] | undefined, got: readonly string[]): void => {
    if (wanted !== undefined && [...wanted].sort().join() !== [...got].sort().join())
      faults.push(`expected ${what} ${wanted.join(', ') || 'none'}, got ${got.join(', ') || 'none'}`);
  };
  same('policies', one.policies, decision.policies);
  same('remedies', one.remedies, decision.remedies);
  if (one.approvals !== undefined && one.approvals !== decision.approvals)
    faults.push(`expected ${one.approvals} other people, got ${decision.approvals}`);
  return faults;
}
