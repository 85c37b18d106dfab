// Just-in-time access: one record from the asking to the end. Pure nouns; the state machine is in src/access/grants.

import type { Target } from './action.ts';

/** asked -> active -> ended, or asked -> denied | withdrawn | lapsed (nobody answered in time). */
export type GrantState = 'asked' | 'active' | 'denied' | 'withdrawn' | 'lapsed' | 'ended';
/** Why an active grant ended. */
export type GrantEnd = 'time' | 'uses' | 'holder' | 'revoked';

export type PersonRef = { readonly id: string; readonly name: string };

export type Grant = {
  readonly id: string;
  readonly state: GrantState;
  readonly holder: PersonRef;
  readonly console: string;
  readonly action: string;
  /** what it covers; a request may hit a subset. Never empty. */
  readonly targets: readonly Target[];
  readonly title: string;
  readonly reason: string;
  readonly ticket: string;
  /** asked for; approvers may shorten and lower, never raise */
  readonly askedMinutes: number;
  readonly askedUses: number;
  /** approved terms; null until approved */
  readonly minutes: number | null;
  readonly uses: number | null;
  readonly usesLeft: number | null;
  readonly askedAt: number;
  /** an unanswered request lapses at this moment */
  readonly answerUntil: number;
  readonly decidedAt: number | null;
  readonly decidedBy: PersonRef | null;
  readonly denyReason: string | null;
  /** active from decidedAt until this moment, Redis clock, ms */
  readonly activeUntil: number | null;
  readonly endedAt: number | null;
  readonly endedBecause: GrantEnd | null;
  readonly endedBy: PersonRef | null;
  readonly epoch: string;
};
