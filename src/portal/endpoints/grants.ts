// Access: what may be asked for, asking, answering, ending.
import { z } from 'zod';
import { changes, created, json, reads } from '../api/endpoint.ts';
import { ApproveGrant, ApproveTerms, AskGrant, AskRule, DenyGrant, GrantPage, GrantView } from '../contract/grants.ts';
import { actionName, id, Nothing } from '../contract/nouns.ts';
import { AssertionOptions } from '../contract/passkeys.ts';
import { cursor, optional } from './query.ts';

const tag = 'Access';

export const listGrants = reads({
  name: 'listGrants',
  path: '/api/grants',
  tag,
  says: "mine: the caller's own. inbox: what waits for the caller. all: everybody's, for approvers and reviewers.",
  query: z.object({ view: z.enum(['mine', 'inbox', 'all']).default('mine'), cursor: optional(cursor) }),
  answer: json(GrantPage),
});
export const readAskRule = reads({
  name: 'readAskRule',
  path: '/api/grants/rule',
  tag,
  says: 'What the form must know before somebody asks. Give `action` several times for several actions.',
  rights: ['access.ask'],
  query: z.object({ console: id, action: z.union([actionName, z.array(actionName).min(1).max(20)]) }),
  answer: json(AskRule),
});
export const askGrant = changes({
  name: 'askGrant',
  path: '/api/grants',
  tag,
  says: 'Asks for access. Another person approves it, unless a rule says that nobody is needed.',
  rights: ['access.ask'],
  body: AskGrant,
  answer: created(GrantView),
  refuses: ['conflict'],
});
export const readGrant = reads({
  name: 'readGrant',
  path: '/api/grants/:id',
  tag,
  says: 'One grant, for its holder, approvers and reviewers.',
  answer: json(GrantView),
});
export const approveGrantOptions = changes({
  name: 'approveGrantOptions',
  path: '/api/grants/:id/approve/options',
  tag,
  says: 'The passkey ceremony of an approval: its challenge is the digest of these very terms.',
  body: ApproveTerms,
  answer: json(AssertionOptions),
  refuses: ['conflict'],
});
export const approveGrant = changes({
  name: 'approveGrant',
  path: '/api/grants/:id/approve',
  tag,
  says: 'Approves exactly these terms, which may be narrower than what was asked for and never wider.',
  body: ApproveGrant,
  answer: json(GrantView),
  refuses: ['conflict', 'passkey.refused'],
});
export const denyGrant = changes({
  name: 'denyGrant',
  path: '/api/grants/:id/deny',
  tag,
  says: 'Turns a request down; one denial is final.',
  body: DenyGrant,
  answer: json(GrantView),
  refuses: ['conflict'],
});
export const withdrawGrant = changes({
  name: 'withdrawGrant',
  path: '/api/grants/:id/withdraw',
  tag,
  says: 'The holder takes an unanswered request back.',
  body: Nothing,
  answer: json(GrantView),
  refuses: ['conflict'],
});
export const endGrant = changes({
  name: 'endGrant',
  path: '/api/grants/:id/end',
  tag,
  says: 'Ends access at once: its holder gives it back, or an approver revokes it.',
  body: Nothing,
  answer: json(GrantView),
  refuses: ['conflict'],
});
