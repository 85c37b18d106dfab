// Recorded sessions, for reviewers. Every look is in the journal before the answer leaves.
import { z } from 'zod';
import { json, reads } from '../api/endpoint.ts';
import { ExchangeDetail, ExchangePage, SessionPage, SessionRow } from '../contract/sessions.ts';
import { cursor, optional, what } from './query.ts';

const tag = 'Sessions';
const rights = ['recording.view'] as const;
const refuses = ['journal.unavailable', 'index.rebuilding', 'grant.required', 'view.reason'] as const;

export const listSessions = reads({
  name: 'listSessions',
  path: '/api/sessions',
  tag,
  says: 'Recorded sessions, newest first.',
  rights,
  refuses,
  query: z.object({ ...what, cursor: optional(cursor) }),
  answer: json(SessionPage),
});
export const listSessionsCsv = reads({
  name: 'listSessionsCsv',
  path: '/api/sessions.csv',
  tag,
  says: 'The same as a file, at most 2,000.',
  rights,
  refuses,
  query: z.object(what),
  answer: { status: 200, type: 'text/csv', schema: null, file: 'sallyport-sessions.csv' },
});
export const readSession = reads({
  name: 'readSession',
  path: '/api/sessions/:id',
  tag,
  says: 'One session.',
  rights,
  refuses,
  answer: json(SessionRow),
});
export const listExchanges = reads({
  name: 'listExchanges',
  path: '/api/sessions/:id/exchanges',
  tag,
  says: 'What a session did, newest first.',
  rights,
  refuses,
  query: z.object({ kind: optional(z.enum(['acts', 'refused', 'all'])), cursor: optional(cursor) }),
  answer: json(ExchangePage),
});
export const readExchange = reads({
  name: 'readExchange',
  path: '/api/sessions/:id/exchanges/:exchange',
  tag,
  says: 'One request: what was sent, what came back, who agreed to it.',
  rights,
  refuses,
  answer: json(ExchangeDetail),
});
