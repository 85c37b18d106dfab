// What policy may know about a request besides who, what and where. Everything a policy can ask for is here.

import type { Action } from './action.ts';
import type { Principal } from './principal.ts';

/** How somebody could still come to be allowed. Ordered: a smaller number is less effort. */
export type Remedy = 'stepup.fresh' | 'stepup.bound' | 'grant' | 'approval';

/** How much is left of the tightest budget that the act counts against; low: less than a fifth. */
export type BudgetState = 'open' | 'low' | 'spent';

export type RecordedAs = 'page' | 'exchanges' | 'silent';

export type Facts = {
  /** seconds since the last fresh step-up of this session; null: none. Policy decides how old is too old. */
  readonly stepUpAge: number | null;
  /** true: this session's own person signed this very request */
  readonly signed: boolean;
  /** true: an active grant of this person covers this action on all these targets */
  readonly granted: boolean;
  /** how many other people signed this very request */
  readonly approvals: number;
  readonly budget: BudgetState;
  /** true: acts of this kind are frozen on this console, by a breaker or by a person */
  readonly lockdown: boolean;
  /** true: the body is streamed and nobody looks inside */
  readonly opaque: boolean;
  /** true: one request that carries several, or that names more than one target */
  readonly bulk: boolean;
  /** what the IdP says of the person's own device, from the configured claim; `unknown` when it says nothing */
  readonly posture: string;
  /** names of the configured networks that the client's address is in */
  readonly networks: readonly string[];
  /** in the console's time zone; 1: Monday */
  readonly day: 1 | 2 | 3 | 4 | 5 | 6 | 7;
  /** in the console's time zone, 0 to 23 */
  readonly hour: number;
  /** whole minutes since the login, rounded up */
  readonly sessionAge: number;
  /** who is at the other end: a person with a login, or a machine with a token */
  readonly lane: 'person' | 'machine';
  /**
   * How much of it is recorded. page: what the page looked like, too. exchanges: requests and answers only (no page, or one whose
   * look is not recorded). silent: it came from a page whose recorder is not heard any more. Asked for acts; reads are `exchanges`.
   */
  readonly recorded: RecordedAs;
};

/** Nothing known in anybody's favour: what is decided before there is a request (rights in the portal). */
export const BARE_FACTS: Facts = Object.freeze({
  stepUpAge: null,
  signed: false,
  granted: false,
  approvals: 0,
  budget: 'open',
  lockdown: false,
  opaque: false,
  bulk: false,
  posture: 'unknown',
  networks: Object.freeze([]),
  day: 1,
  hour: 12,
  sessionAge: 0,
  lane: 'person',
  recorded: 'exchanges',
});

export type Question = {
  readonly principal: Principal;
  readonly action: Pick<Action, 'name' | 'risk' | 'targets' | 'devices'>;
  /** console id, or 'portal' */
  readonly on: string;
  readonly facts: Facts;
};

export type Decision = {
  readonly allow: boolean;
  /** ids of the policies that decided: the permits on allow; on deny the forbids, or none (nothing permits) */
  readonly policies: readonly string[];
  /** on deny: the smallest set of facts that would allow; empty: nothing would */
  readonly remedies: readonly Remedy[];
  /** with the remedy `approval`: how many other people must sign in all; else 0 */
  readonly approvals: number;
  /** on deny with remedies: the ids of the policies that would then allow, and their @why texts */
  readonly would: readonly { readonly id: string; readonly why: string }[];
  /** on deny by a forbid: the ids and @why texts of the forbids */
  readonly forbids: readonly { readonly id: string; readonly why: string }[];
  /** digest of the policy set that answered */
  readonly policySet: string;
};
