// What policy may know about a request besides who, what and where. Everything a policy can ask for is here.

import type { Action } from './action.ts';
import type { Principal } from './principal.ts';

/** How somebody could still come to be allowed. Ordered: a smaller number is less effort. */
export type Remedy = 'stepup.fresh' | 'stepup.bound' | 'grant';

export type Facts = {
  /** seconds since the last fresh step-up of this session; null: none. Policy decides how old is too old. */
  readonly stepUpAge: number | null;
  /** true: a signed hold of this very request came with it */
  readonly signed: boolean;
  /** true: an active grant of this person covers this action on all these targets */
  readonly granted: boolean;
};

export type Question = {
  readonly principal: Principal;
  readonly action: Pick<Action, 'name' | 'risk' | 'targets'>;
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
  /** on deny with remedies: the ids of the policies that would then allow, and their @why texts */
  readonly would: readonly { readonly id: string; readonly why: string }[];
  /** digest of the policy set that answered */
  readonly policySet: string;
};
