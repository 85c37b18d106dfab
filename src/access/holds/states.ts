// The life of a hold as a pure state machine: waiting -> ready -> used, or denied by somebody who was asked, or cancelled by
// its own person. One function says who may do what: the portal shows its answer, and the Lua scripts mirror it, check by
// check, in the same order. The scripts' answer is the one that counts.
import type { Hold, HoldState } from '../../kernel/hold.ts';

export type HoldDeed = 'sign' | 'ask' | 'cancel' | 'approve' | 'deny';

/** `approver`: policy lets this person approve at all. Their groups decide whether for this hold. */
export type HoldReader = {
  readonly id: string;
  readonly session: string;
  readonly approver: boolean;
  readonly groups: readonly string[];
};

/** Why a deed does not happen. */
export type HoldWhy =
  | 'unknown'
  | 'foreign' // another session's or person's
  | 'own' // nobody approves or denies their own request, whatever their role (trap 21)
  | 'used'
  | 'cancelled'
  | 'denied'
  | 'expired'
  | 'not.waiting' // signed already
  | 'not.needed' // nobody waits for this signature
  | 'asked' // asked already
  | 'not.asked' // its person has not asked anybody
  | 'not.approver' // none of the groups whose signature counts
  | 'twice' // this person approved it before
  | 'enough' // so many have approved as are needed
  | 'same.key' // the key is the requester's, or has approved under another name (trap 21)
  | 'too.many'
  | 'evidence' // the passkey did not answer exactly this request
  | 'session.revoked';

export const HOLD_WHYS = [
  ...(['unknown', 'foreign', 'own', 'used', 'cancelled', 'denied', 'expired', 'not.waiting', 'not.needed'] as const),
  ...(['asked', 'not.asked', 'not.approver', 'twice', 'enough', 'same.key', 'too.many', 'session.revoked'] as const),
] satisfies HoldWhy[];

const FINAL = ['used', 'cancelled', 'denied'] as const;

/** The hold's state at a moment of Redis's clock: time ends it without anybody writing so. */
export const holdStanding = (
  { state, expiresAt }: Pick<Hold, 'state' | 'expiresAt'>,
  now: number,
): HoldState | 'expired' => ((state === 'waiting' || state === 'ready') && now >= expiresAt ? 'expired' : state);

/** Whether any of a person's groups is one whose signature counts. Nobody named: nobody may. */
export const isApprover = (hold: Pick<Hold, 'approvers'>, groups: readonly string[]): boolean =>
  groups.some((group) => hold.approvers.includes(group));

/** Why `reader` may not do `deed` to `hold` now; null: they may. */
export function whyNotHold(deed: HoldDeed, hold: Hold, reader: HoldReader, now: number): HoldWhy | null {
  if (reader.id === '' || reader.session === '') return 'unknown';
  const own = deed === 'sign' || deed === 'ask' || deed === 'cancel';
  if (own && (reader.id !== hold.principal.id || reader.session !== hold.session)) return 'foreign';
  if (!own && reader.id === hold.principal.id) return 'own';
  const state = holdStanding(hold, now);
  const final = FINAL.find((word) => word === state);
  if (final !== undefined) return final;
  if (state === 'expired') return 'expired';
  const missing = hold.needs.approvals - hold.approvals.length;
  switch (deed) {
    case 'sign':
      if (!hold.needs.signed) return 'not.needed';
      return hold.signedAt === null ? null : 'not.waiting';
    case 'ask':
      if (missing <= 0) return 'not.needed';
      return hold.asked === null ? null : 'asked';
    case 'cancel':
      return null;
    case 'approve':
    case 'deny':
      if (hold.asked === null) return 'not.asked';
      if (!reader.approver || !isApprover(hold, reader.groups)) return 'not.approver';
      if (deed === 'deny') return null;
      if (hold.approvals.some(({ by }) => by.id === reader.id)) return 'twice';
      return missing > 0 ? null : 'enough';
  }
}

/** Whether somebody may read a hold: its person, who is asked for it, reviewers. Waiting ones that nobody was asked about are nobody else's. */
export const maySeeHold = (hold: Hold, reader: HoldReader & { readonly reviewer: boolean }): boolean =>
  reader.id !== '' &&
  (reader.id === hold.principal.id ||
    (hold.asked !== null && reader.approver && isApprover(hold, reader.groups)) ||
    reader.reviewer);

/** "2 of mdm-approvers": who must sign besides its own person; '' for nobody. */
export const whomOf = ({ needs, approvers }: Pick<Hold, 'needs' | 'approvers'>): string =>
  needs.approvals === 0 ? '' : `${needs.approvals} of ${approvers.join(' or ') || 'nobody'}`;
