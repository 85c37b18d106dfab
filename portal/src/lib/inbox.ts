// What waits for an approver, grants and holds in one list, the oldest first. Pure.
import type { GrantView } from '../../../src/portal/contract/grants.ts';
import type { HoldView } from '../../../src/portal/contract/holds.ts';
import { plural } from './plural.ts';

export type Waiting =
  | { readonly kind: 'grant'; readonly id: string; readonly at: number; readonly grant: GrantView }
  | { readonly kind: 'hold'; readonly id: string; readonly at: number; readonly hold: HoldView };

/** Oldest first: who has waited longest is answered first. */
export const inboxOf = (grants: readonly GrantView[], holds: readonly HoldView[]): Waiting[] =>
  [
    ...grants.map((grant): Waiting => ({ kind: 'grant', id: grant.id, at: grant.askedAt, grant })),
    ...holds.map((hold): Waiting => ({ kind: 'hold', id: hold.id, at: hold.asked?.at ?? hold.createdAt, hold })),
  ].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));

/** True: this reader can answer it now. The list also shows what they may not answer, with the reason. */
export const answerable = (waiting: Waiting): boolean =>
  waiting.kind === 'grant' ? waiting.grant.may.approve : waiting.hold.may.approve;

/** Where it is read in full; links in messages point there too. */
export const addressOf = (waiting: Waiting): string =>
  waiting.kind === 'grant' ? `/approvals/${waiting.id}` : `/approvals/hold/${waiting.id}`;

/** What screen readers say when the list changes: "2 requests in the list." */
export const inboxSentence = (list: readonly Waiting[]): string =>
  list.length === 0 ? 'No request waits.' : `${plural(list.length, 'request')} in the list.`;
