// Turns a deny into the shortest honest way through: supposes more facts true, fewest first, and asks the policy again.
// It decides nothing: a supposed fact never reaches a verdict.

import type { Facts, Remedy } from '../kernel/facts.ts';

type Answer = { readonly allow: boolean; readonly policies: readonly string[] };

export type Remedies = {
  readonly remedies: readonly Remedy[];
  /** with `approval`: how many other people must sign in all; else 0 */
  readonly approvals: number;
  /** the policies that then would allow */
  readonly policies: readonly string[];
};

/** More people than this are no remedy: nobody finds them in time. */
const MOST_APPROVALS = 3;

type Supposed = { readonly name: Remedy; has(facts: Facts): boolean; suppose(facts: Facts): Facts };

const NONE: Remedies = { remedies: [], approvals: 0, policies: [] };

/** In order of effort; of two sets of one size the one that comes first here is offered. */
const REMEDIES: readonly Supposed[] = [
  {
    name: 'stepup.fresh',
    has: (facts) => facts.stepUpAge === 0,
    suppose: (facts) => ({ ...facts, stepUpAge: 0 }),
  },
  { name: 'stepup.bound', has: (facts) => facts.signed, suppose: (facts) => ({ ...facts, signed: true }) },
  { name: 'grant', has: (facts) => facts.granted, suppose: (facts) => ({ ...facts, granted: true }) },
  {
    name: 'approval',
    has: (facts) => facts.approvals >= MOST_APPROVALS,
    // How many: found below, one after the other.
    suppose: (facts) => facts,
  },
];

/** The fact that each remedy supplies: what a policy must mention for the remedy to change anything. */
export const FACT_OF: Readonly<Record<Remedy, keyof Facts>> = {
  'stepup.fresh': 'stepUpAge',
  'stepup.bound': 'signed',
  grant: 'granted',
  approval: 'approvals',
};

/** Over the digest of one exact request. */
const SIGNATURES: readonly Remedy[] = ['stepup.bound', 'approval'];

/** All subsets but the empty one, smaller before larger, cheaper before dearer. */
const SETS: readonly (readonly Supposed[])[] = Array.from({ length: 2 ** REMEDIES.length - 1 }, (_, index) =>
  REMEDIES.filter((_remedy, bit) => ((index + 1) >> bit) % 2 === 1),
).sort((a, b) => a.length - b.length || effort(a) - effort(b));

function effort(set: readonly Supposed[]): number {
  return set.reduce((sum, remedy) => sum + 2 ** REMEDIES.indexOf(remedy), 0);
}

/**
 * The smallest set of facts that would allow, with as few other people as will do.
 * Taken for granted: who has more of these facts is never worse off. So when all of them together do not help, nothing does
 * (a refusal for good must not cost thirty evaluations of a large set), and three people are tried before two and one. A
 * policy that breaks this is offered no remedy, never a wrong one.
 * @param mayHelp false: no policy looks at what this remedy supplies
 * @returns empty lists when nothing of it helps. Errors of `ask` pass through.
 */
export function findRemedies(
  facts: Facts,
  ask: (supposed: Facts) => Answer,
  mayHelp: (remedy: Remedy) => boolean = () => true,
): Remedies {
  // Nobody can sign bytes that nobody has seen.
  const possible = facts.opaque ? REMEDIES.filter(({ name }) => !SIGNATURES.includes(name)) : REMEDIES;
  const missing = possible.filter((remedy) => !remedy.has(facts) && mayHelp(remedy.name));
  const withAll = (set: readonly Supposed[], approvals: number): Facts => ({
    ...set.reduce((before, remedy) => remedy.suppose(before), facts),
    approvals: set.some(({ name }) => name === 'approval') ? approvals : facts.approvals,
  });
  if (missing.length === 0 || !ask(withAll(missing, MOST_APPROVALS)).allow) return NONE;
  for (const set of SETS) {
    if (!set.every((remedy) => missing.includes(remedy))) continue;
    let answer = ask(withAll(set, MOST_APPROVALS));
    if (!answer.allow) continue;
    const remedies = set.map(({ name }) => name);
    if (!remedies.includes('approval')) return { remedies, approvals: 0, policies: answer.policies };
    let approvals = MOST_APPROVALS;
    for (; approvals - 1 > facts.approvals; approvals -= 1) {
      const fewer = ask(withAll(set, approvals - 1));
      if (!fewer.allow) break;
      answer = fewer;
    }
    return { remedies, approvals, policies: answer.policies };
  }
  return NONE;
}
