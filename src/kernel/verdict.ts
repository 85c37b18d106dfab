// A stage's answer: go on with more known, or refuse with a reason. A stage never writes to a response.

import type { Reason } from './reasons.ts';

export type Refusal = {
  readonly go: false;
  readonly reason: Reason;
  /** for the log and the audit only, never sent to the client */
  readonly detail: string;
};
export type Go<T> = { readonly go: true; readonly value: T };
export type Verdict<T> = Go<T> | Refusal;

export const go = <T>(value: T): Go<T> => ({ go: true, value });
export const refuse = (reason: Reason, detail: string): Refusal => ({ go: false, reason, detail });
