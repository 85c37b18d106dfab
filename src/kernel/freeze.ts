// A freeze: certain acts are refused on a console (or on all) until two people release it. Set by a budget's breaker or by
// a person. One of the whole product is the lockdown.

import { type Selector, selects } from './accessRules.ts';
import type { Action } from './action.ts';
import type { PersonRef } from './grant.ts';

export type Freeze = {
  readonly id: string;
  readonly match: Selector;
  /** the budget whose breaker tripped; null: a person did it */
  readonly budget: string | null;
  /** whose acts tripped it, or who set it */
  readonly by: PersonRef;
  readonly reason: string;
  readonly since: number;
  /** who has released it so far; the second one, another person than the first, ends it */
  readonly releases: readonly PersonRef[];
  readonly epoch: string;
};

/** Who must look at what happened has to come in. */
const NEVER: readonly string[] = ['console.login', 'console.logout'];

/** Reads, and signing in to the console and out of it, are never frozen. */
export const freezes = (freeze: Freeze, console: string, action: Pick<Action, 'name' | 'risk'>): boolean =>
  action.risk !== 'read' && !NEVER.includes(action.name) && selects(freeze.match, console, action);
