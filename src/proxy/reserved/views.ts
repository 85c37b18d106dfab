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
  const { id, expiresAt, needs, signedAt, approvals, asked, denied } = hold;
  const open = hold.state === 'waiting' || hold.state === 'ready';
  return {
    id,
    state: open && now >= expiresAt ? 'expired' : hold.state,
    expiresAt,
    needs: { signed: needs.signed, approvals: needs.approvals },
    signed: signedAt !== null,
    approvedBy: approvals.map(({ by }) => by.name),
    asked: asked !== null,
    denied: denied === null ? null : { by: denied.by.name, reason: denied.reason },
  };
}
