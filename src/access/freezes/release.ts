// Who may release a freeze. Pure; releaseFreeze.lua asks the same in the same order, and its answer is the one that counts.
import type { Freeze } from '../../kernel/freeze.ts';

/**
 * own: one's own acts tripped it. twice: one word a person. unknown: it is over, or nobody asks.
 * session.revoked, stays with the script.
 */
export type WhyNotRelease = 'unknown' | 'own' | 'twice' | 'session.revoked';

/** Why this person's word does not count; null: it does. Rights are policy's business. */
export function whyNotRelease(freeze: Freeze, personId: string): WhyNotRelease | null {
  if (personId === '') return 'unknown';
  if (freeze.budget !== null && freeze.by.id === personId) return 'own';
  return freeze.releases.some(({ id }) => id === personId) ? 'twice' : null;
}
