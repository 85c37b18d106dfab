// What console pages may read of grants and holds: what a status line says. Not why somebody
// asked, no ticket, no ids of people: the console's own scripts can read it too.
import type { Grant } from '../../kernel/grant.ts';
import type { Hold } from '../../kernel/hold.ts';
import type { ShimGrant, ShimHold } from '../../portal/contract/consolePages.ts';

export const grantView = (grant: Grant): ShimGrant => ({
  id: grant.id,
  state: grant.state,
  title: grant.title,
  askedAt: grant.askedAt,
  answerUntil: grant.answerUntil,
  minutes: grant.minutes,
  activeUntil: grant.activeUntil,
  decidedBy: grant.decidedBy === null ? null : { name: grant.decidedBy.name },
  denyReason: grant.denyReason,
});

/** @param now ms, Redis clock */
export function holdView(hold: Hold, now: number): ShimHold {
  const open = hold.state === 'waiting' || hold.state === 'signed';
  return { id: hold.id, state: open && now >= hold.expiresAt ? 'expired' : hold.state, expiresAt: hold.expiresAt };
}
