// Turns a deny into the shortest honest way through: supposes more facts true, fewest first, and asks the policy again.
// It decides nothing: a supposed fact never reaches a verdict.

import type { Facts, Remedy } from '../kernel/facts.ts';

type Answer = { readonly allow: boolean; readonly policies: readonly string[] };

/** In order of effort; of two sets of one size the one that comes first here is offered. */
const REMEDIES: readonly { readonly name: Remedy; has(facts: Facts): boolean; suppose(facts: Facts): Facts }[] = [
  {
    name: 'stepup.fresh',
    has: (facts) => facts.stepUpAge === 0,
    suppose: (facts) => ({ ...facts, stepUpAge: 0 }),
  },
  { name: 'stepup.bound', has: (facts) => facts.signed, suppose: (facts) => ({ ...facts, signed: true }) },
  { name: 'grant', has: (facts) => facts.granted, suppose: (facts) => ({ ...facts, granted: true }) },
];

/** All subsets but the empty one, smaller before larger, cheaper before dearer. */
const SETS: readonly (typeof REMEDIES)[] = Array.from({ length: 2 ** REMEDIES.length - 1 }, (_, index) =>
  REMEDIES.filter((_remedy, bit) => ((index + 1) >> bit) % 2 === 1),
).sort((a, b) => a.length - b.length || effort(a) - effort(b));

function effort(set: typeof REMEDIES): number {
  return set.reduce((sum, remedy) => sum + 2 ** REMEDIES.indexOf(remedy), 0);
}

/**
 * The smallest set of facts that would allow, and the policies that then would.
 * @returns empty lists when nothing of it helps. Errors of `ask` pass through.
 */
export function findRemedies(
  facts: Facts,
  ask: (supposed: Facts) => Answer,
): { remedies: readonly Remedy[]; policies: readonly string[] } {
  for (const set of SETS) {
    if (set.some((remedy) => remedy.has(facts))) continue;
    const answer = ask(set.reduce((supposed, remedy) => remedy.suppose(supposed), facts));
    if (answer.allow) return { remedies: set.map((remedy) => remedy.name), policies: answer.policies };
  }
  return { remedies: [], policies: [] };
}
