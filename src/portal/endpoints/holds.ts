// Exact requests that wait for signatures.
import { z } from 'zod';
import { changes, json, reads } from '../api/endpoint.ts';
import { DenyGrant } from '../contract/grants.ts';
import { AskHold, HoldList, HoldView } from '../contract/holds.ts';
import { Nothing } from '../contract/nouns.ts';
import { Assertion, AssertionOptions } from '../contract/passkeys.ts';

const tag = 'Signatures';
const GONE = ['conflict', 'hold.used', 'hold.expired', 'hold.mismatch', 'approval.denied'] as const;

export const listHolds = reads({
  name: 'listHolds',
  path: '/api/holds',
  tag,
  says: "mine: the caller's own. inbox: what waits for the caller's signature as an approver.",
  query: z.object({ view: z.enum(['mine', 'inbox']).default('mine') }),
  answer: json(HoldList),
});
export const readHold = reads({
  name: 'readHold',
  path: '/api/holds/:id',
  tag,
  says: 'One exact request, for its own person, and for approvers once they were asked.',
  answer: json(HoldView),
});
export const askHold = changes({
  name: 'askHold',
  path: '/api/holds/:id/ask',
  tag,
  says: 'Its own person asks others to sign it.',
  body: AskHold,
  answer: json(HoldView),
  refuses: GONE,
});
export const holdOptions = changes({
  name: 'holdOptions',
  path: '/api/holds/:id/options',
  tag,
  says: 'The passkey ceremony of a signature: its challenge is the digest of the request.',
  body: Nothing,
  answer: json(AssertionOptions),
  refuses: GONE,
});
export const signHold = changes({
  name: 'signHold',
  path: '/api/holds/:id/sign',
  tag,
  says: 'Its own person signs it, in the session that made the request.',
  body: Assertion,
  answer: json(HoldView),
  refuses: [...GONE, 'passkey.refused'],
});
export const approveHold = changes({
  name: 'approveHold',
  path: '/api/holds/:id/approve',
  tag,
  says: 'Another person signs it.',
  body: Assertion,
  answer: json(HoldView),
  refuses: [...GONE, 'passkey.refused'],
});
export const denyHold = changes({
  name: 'denyHold',
  path: '/api/holds/:id/deny',
  tag,
  says: 'An approver turns it down; one denial is final.',
  body: DenyGrant,
  answer: json(HoldView),
  refuses: GONE,
});
export const cancelHold = changes({
  name: 'cancelHold',
  path: '/api/holds/:id/cancel',
  tag,
  says: 'Its own person gives it up; the record stays.',
  body: Nothing,
  answer: json(HoldView),
  refuses: GONE,
});
