// Where something that was asked for stands, in words: the status line and the refusal page show the same.
import type { ShimGrant, ShimHold } from '../../../src/portal/contract/consolePages.ts';
import { minutesInWords, namesInWords, since } from '../words.ts';

/** grant: access for a while. hold: one exact request that other people must sign. */
export type AskedKind = 'grant' | 'hold';

export type Standing = {
  readonly step: 'waiting' | 'approved' | 'over';
  /** somebody said no */
  readonly denied: boolean;
  readonly what: string;
};

const waiting = (what: string): Standing => ({ step: 'waiting', denied: false, what });
const over = (what: string, denied = false): Standing => ({ step: 'over', denied, what });
const saidNo = (by: string, why: string | null): Standing => over(`${by} said no${why ? `: ${why}` : ''}`, true);

/** @param grant null: not read yet; 'gone': there is none for this person any more */
export function standingOfGrant(grant: ShimGrant | 'gone' | null, now: number): Standing {
  if (grant === null) return waiting('Waiting for approval');
  if (grant === 'gone') return over('This request for access is no longer there');
  const by = grant.decidedBy?.name;
  switch (grant.state) {
    case 'asked':
      return waiting(`Waiting for approval · ${since(grant.askedAt, now)}`);
    case 'active': {
      const time = grant.minutes === null ? '' : ` for ${minutesInWords(grant.minutes)}`;
      return { step: 'approved', denied: false, what: `Approved by ${by ?? 'a rule'}${time}` };
    }
    case 'denied':
      return saidNo(by ?? 'Somebody', grant.denyReason);
    case 'lapsed':
      return over('Nobody answered in time');
    case 'withdrawn':
      return over('You took this request back');
    default:
      return over('This access has ended');
  }
}

/** @param askedAt when it was asked for, ms */
export function standingOfHold(hold: ShimHold | 'gone' | null, askedAt: number, now: number): Standing {
  if (hold === null) return waiting('Waiting for approval');
  if (hold === 'gone') return over('This request is no longer there');
  switch (hold.state) {
    case 'waiting': {
      if (hold.needs.signed && !hold.signed) return waiting('Waiting for your passkey');
      const left = hold.needs.approvals - hold.approvedBy.length;
      const who = hold.approvedBy.length === 0 ? '' : ` · ${namesInWords(hold.approvedBy)} said yes`;
      return waiting(`Waiting for ${left === 1 ? 'approval' : `${left} approvals`}${who} · ${since(askedAt, now)}`);
    }
    case 'ready':
      return { step: 'approved', denied: false, what: `Approved by ${namesInWords(hold.approvedBy)}` };
    case 'denied':
      return saidNo(hold.denied?.by ?? 'Somebody', hold.denied?.reason ?? null);
    case 'expired':
      return over('Nobody answered in time');
    case 'cancelled':
      return over('This request was cancelled');
    default:
      return over('This request was sent');
  }
}
