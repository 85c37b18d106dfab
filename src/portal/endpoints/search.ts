// Search over sessions, for reviewers. Every search is in the journal before the answer leaves.
import { z } from 'zod';
import { changes, json, NOTHING, reads } from '../api/endpoint.ts';
import { GiveReason, SearchPage, SuggestField, Suggestions } from '../contract/search.ts';
import { cursor, optional, short, what } from './query.ts';

const tag = 'Sessions';
const rights = ['recording.view'] as const;
const refuses = ['journal.unavailable', 'index.rebuilding', 'search.failed', 'grant.required'] as const;

const asked = {
  q: optional(z.string().max(500)),
  ...what,
  device: optional(short),
  target: optional(short),
  reason: optional(short),
  /** minutes that the reader's clock is behind UTC; for the days in `q` */
  offset: optional(
    z
      .string()
      .regex(/^-?\d{1,3}$/, 'Give minutes')
      .transform(Number),
  ),
};

export const searchSessions = reads({
  name: 'searchSessions',
  path: '/api/search',
  tag,
  says:
    'What was done, refused and shown, the newest first. `q` takes words and fields: ' +
    'person: console: action: device: target: verdict: risk: reason: screen: session: after: before: on:',
  rights,
  refuses,
  query: z.object({ ...asked, cursor: optional(cursor) }),
  answer: json(SearchPage),
});
export const searchCsv = reads({
  name: 'searchCsv',
  path: '/api/search.csv',
  tag,
  says: 'The acts that a search finds, at most 10,000, as a file.',
  rights,
  refuses,
  query: z.object(asked),
  answer: { status: 200, type: 'text/csv', schema: null, file: 'sallyport-search.csv' },
});
export const suggestSearch = reads({
  name: 'suggestSearch',
  path: '/api/search/suggest',
  tag,
  says: 'Values that begin with what was typed.',
  rights,
  refuses,
  query: z.object({ field: SuggestField, typed: z.string().max(100).default('') }),
  answer: json(Suggestions),
});
export const explainViewing = changes({
  name: 'explainViewing',
  path: '/api/sessions/:id/reason',
  tag,
  says: 'Says why the caller looks at a session. Kept for their login, and written into the journal.',
  rights,
  refuses: ['journal.unavailable', 'index.rebuilding', 'grant.required'],
  body: GiveReason,
  answer: NOTHING,
});
