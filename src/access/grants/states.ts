// The life of a grant as a pure state machine: asked -> active -> ended, or asked -> denied | withdrawn | lapsed.
// One function says who may do what: the portal shows its answer, and the Lua scripts mirror it, check by check, in the
// same order (test/access compares the two with random histories). The scripts' answer is the one that counts.
import type { Grant, GrantState } from '../../kernel/grant.ts';
import { nextStep } from './terms.ts';

export type Deed = 'approve' | 'deny' | 'withdraw' | 'end';

/** `approver`: policy lets this person approve access; `groups`: theirs. Nobody may be handed in without an id. */
export type Reader = { readonly id: string; readonly approver: boolean; readonly groups: readonly string[] };

/** Redis's time and the epoch of the data. */
export type Moment = {
  readonly now: number;
  readonly epoch: string;
  /** what a grant rests on besides time, where the caller knows it; grants that the store hands out were looked at already */
  readonly gone?: (grant: Grant) => { readonly session: boolean; readonly frozen: boolean };
};

/** Why a deed does not happen. */
export type Why =
  | 'unknown' // no such grant
  | 'own' // one's own request: nobody decides on that, whatever their role (trap 21)
  | 'own.key' // a passkey of the person who asked, under whatever name
  | 'not.approver'
  | 'not.holder'
  | 'not.asked' // answered or taken back already
  | 'not.next' // people of other groups must say yes now
  | 'twice' // has said yes already, as this person or with this passkey
  | 'lapsed' // nobody answered in time, or the session that asked is over
  | 'frozen' // all its actions are frozen on its console
  | 'not.active'
  | 'wider' // the approver's terms are wider than what is left of what was asked for
  | 'evidence' // the passkey did not answer exactly these terms
  | 'session.revoked'
  | 'too.many'
  | 'too.often' // asked as often within a day as the rule takes: the fault says when it may be asked again
  | 'no.rule' // no rule says who could approve it, so nobody may ask
  | 'terms'; // the rule does not allow to ask so: see the faults

export const FINAL: readonly GrantState[] = ['denied', 'withdrawn', 'lapsed', 'ended'];

const NOT_GONE = { session: false, frozen: false };

/** The grant as it stands at a moment: time, its session's end, a freeze and a replaced epoch end it even before the sweep has written so. */
export function standing(grant: Grant, { now, epoch, gone }: Moment): Grant {
  if (grant.state !== 'asked' && grant.state !== 'active') return grant;
  const isVoid = grant.epoch === '' || grant.epoch !== epoch;
  const { session, frozen } = gone?.(grant) ?? NOT_GONE;
  if (grant.state === 'asked')
    return isVoid || session || now >= grant.answerUntil ? { ...grant, state: 'lapsed' } : grant;
  // The data was emptied or rolled back since: nobody ended it by name, but it holds no longer.
  if (isVoid) return { ...grant, state: 'ended', endedAt: now, endedBecause: 'revoked' };
  if (grant.activeUntil === null || now >= grant.activeUntil)
    return { ...grant, state: 'ended', endedAt: grant.activeUntil, endedBecause: 'time' };
  if (session) return { ...grant, state: 'ended', endedAt: now, endedBecause: 'session' };
  if (frozen) return { ...grant, state: 'ended', endedAt: now, endedBecause: 'lockdown' };
  return grant;
}

/**
 * Whether an active grant may be used at this moment: a scheduled one not before its start. When it was approved is not
 * compared with the clock: this process knows Redis's time within some ms only, and would now and then think that an
 * approval of this instant lies ahead. The script that commits the act compares with the clock that counts.
 */
export const usable = (grant: Grant, { now }: Pick<Moment, 'now'>): boolean =>
  grant.state === 'active' && grant.activeFrom !== null && (grant.startAt === null || now >= grant.startAt);

/** The groups whose people may say yes now. */
export function groupsNow(grant: Grant, { now }: Pick<Moment, 'now'>): readonly string[] {
  const { groups = [] } = grant.steps[nextStep(grant)] ?? {};
  const { escalation } = grant;
  return escalation !== null && now >= escalation.at ? [...new Set([...groups, ...escalation.to])] : groups;
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
  if (state !== 'asked') return state === 'lapsed' ? 'lapsed' : 'not.asked';
  if (deed !== 'approve') return null;
  if (moment.gone?.(grant).frozen) return 'frozen';
  if (grant.approvals.some(({ by }) => by.id === reader.id)) return 'twice';
  const groups = groupsNow(grant, moment);
  return reader.groups.some((group) => groups.includes(group)) ? null : 'not.next';
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
