// Just-in-time access: one record from the asking to the end. Pure nouns; the state machine is in src/access/grants.

import type { ApprovalStep } from './accessRules.ts';
import type { Target } from './action.ts';

/** asked -> active -> ended, or asked -> denied | withdrawn | lapsed (nobody answered in time). */
export type GrantState = 'asked' | 'active' | 'denied' | 'withdrawn' | 'lapsed' | 'ended';
/** Why an active grant ended. `session`: the session that asked for it ended. `lockdown`: its actions were frozen. */
export type GrantEnd = 'time' | 'uses' | 'holder' | 'revoked' | 'session' | 'lockdown';
/** When its minutes begin to run. */
export type GrantClock = 'approval' | 'first.use';

export type PersonRef = { readonly id: string; readonly name: string };

/** One person's yes, with what they left of it. */
export type GrantApproval = {
  readonly by: PersonRef;
  readonly at: number;
  /** index of the rule's step that it counts for */
  readonly step: number;
  readonly minutes: number;
  readonly uses: number;
  readonly targets: readonly Target[];
};

export type Grant = {
  readonly id: string;
  readonly state: GrantState;
  readonly holder: PersonRef;
  /** the session that asked; '' when the grant outlives it (a later start, a clock that starts with the first use) */
  readonly session: string;
  readonly console: string;
  /** distinct, sorted, never empty */
  readonly actions: readonly string[];
  /** what it covers now; a request may hit a subset. Never empty; ANYTHING covers every target and none. */
  readonly targets: readonly Target[];
  /** what was asked for; approvers may leave fewer, never more */
  readonly askedTargets: readonly Target[];
  /** what the console calls its targets, by `kind:id`, as far as it was asked: for reading, nothing rests on it */
  readonly names: { readonly [target: string]: string };
  readonly title: string;
  readonly reason: string;
  readonly ticket: string;
  readonly askedMinutes: number;
  readonly askedUses: number;
  /** what approvers have left of it so far; null until the first one */
  readonly minutes: number | null;
  readonly uses: number | null;
  readonly usesLeft: number | null;
  readonly clock: GrantClock;
  /** not before this moment, ms; null: at once */
  readonly startAt: number | null;
  /** id of the approval rule, and its steps as they were when it was asked for */
  readonly rule: string;
  readonly steps: readonly ApprovalStep[];
  readonly approvals: readonly GrantApproval[];
  /** true: a rule approved it, nobody was asked */
  readonly automatic: boolean;
  readonly askedAt: number;
  /** an unanswered request lapses at this moment */
  readonly answerUntil: number;
  /** once: when its approvers are reminded; null: never */
  readonly remindAt: number | null;
  readonly remindedAt: number | null;
  /** from this moment on these groups may approve too, whatever the step; null: never */
  readonly escalation: { readonly at: number; readonly to: readonly string[] } | null;
  /** when that was written down and told */
  readonly escalatedAt: number | null;
  /** when the last approval needed, or the denial, came; and from whom */
  readonly decidedAt: number | null;
  readonly decidedBy: PersonRef | null;
  readonly denyReason: string | null;
  /** usable from this moment, Redis clock, ms */
  readonly activeFrom: number | null;
  /** usable until this moment; with the clock `first.use` and before it: when it lapses unused */
  readonly activeUntil: number | null;
  /** first and last use; null: never used */
  readonly firstUsedAt: number | null;
  readonly lastUsedAt: number | null;
  readonly endedAt: number | null;
  readonly endedBecause: GrantEnd | null;
  readonly endedBy: PersonRef | null;
  readonly epoch: string;
};
