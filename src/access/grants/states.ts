// The life of a grant as a pure state machine: asked -> active -> ended, or asked -> denied | withdrawn | lapsed.
// One function says who may do what: the portal shows its answer, and the Lua scripts mirror it, check by check, in the
// same order (test/access compares the two with random histories). The scripts' answer is the one that counts.
import type { Grant, GrantState } from '../../kernel/grant.ts';

export type Deed = 'approve' | 'deny' | 'withdraw' | 'end';

/** `approver`: policy lets this person approve access. Nobody may be handed in without an id. */
export type Reader = { readonly id: string; readonly approver: boolean };

/** Redis's time and the epoch of the data. */
export type Moment = { readonly now: number; readonly epoch: string };

/** Why a deed does not happen. */
export type Why =
  | 'unknown' // no such grant
  | 'own' // one's own request: nobody decides on that, whatever their role (trap 21)
  | 'not.approver'
  | 'not.holder'
  | 'not.asked' // answered or taken back already
  | 'lapsed' // nobody answered in time
  | 'not.active'
  | 'wider' // the approver's terms are wider than what was asked for
  | 'evidence' // the passkey did not answer exactly these terms
  | 'session.revoked'
  | 'too.many';

export const FINAL: readonly GrantState[] = ['denied', 'withdrawn', 'lapsed', 'ended'];

/** The grant as it stands at a moment: time and a replaced epoch end it even before the sweep has written so. */
export function standing(grant: Grant, { now, epoch }: Moment): Grant {
  const isVoid = grant.epoch === '' || grant.epoch !== epoch;
  if (grant.state === 'asked' && (isVoid || now >= grant.answerUntil)) return { ...grant, state: 'lapsed' };
  if (grant.state !== 'active') return grant;
  // The data was emptied or rolled back since: nobody ended it by name, but it holds no longer.
  if (isVoid) return { ...grant, state: 'ended', endedAt: now, endedBecause: 'revoked' };
  if (grant.activeUntil === null || now >= grant.activeUntil)
    return { ...grant, state: 'ended', endedAt: grant.activeUntil, endedBecause: 'time' };
  return grant;
}

/** Why `reader` may not do `deed` to `grant` now; null: they may. */
export function whyNot(deed: Deed, grant: Grant, reader: Reader, moment: Moment): Why | null {
  if (reader.id === '') return 'unknown';
  const mine = reader.id === grant.holder.id;
  const { state } = standing(grant, moment);
  if (deed === 'end') {
    if (!mine && !reader.approver) return 'not.approver';
    return state === 'active' ? null : 'not.active';
  }
  if (deed === 'withdraw') {
    if (!mine) return 'not.holder';
  } else {
    if (mine) return 'own';
    if (!reader.approver) return 'not.approver';
  }
  if (state === 'asked') return null;
  return state === 'lapsed' ? 'lapsed' : 'not.asked';
}

export function rights(
  grant: Grant,
  reader: Reader,
  moment: Moment,
): { approve: boolean; deny: boolean; withdraw: boolean; end: boolean } {
  const may = (deed: Deed): boolean => whyNot(deed, grant, reader, moment) === null;
  return { approve: may('approve'), deny: may('deny'), withdraw: may('withdraw'), end: may('end') };
}

/** Whether somebody may read a grant at all: its holder, approvers, reviewers. */
export const maySee = (grant: Grant, reader: Reader & { readonly reviewer: boolean }): boolean =>
  reader.id !== '' && (reader.id === grant.holder.id || reader.approver || reader.reviewer);
