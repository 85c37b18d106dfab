// Who has had which access. Every look is in the journal before the answer leaves.
import { z } from 'zod';
import { json, reads } from '../api/endpoint.ts';
import { ReviewFile, ReviewPage } from '../contract/review.ts';
import { cursor, moment, optional, short } from './query.ts';

const tag = 'Access review';
const period = { from: optional(moment), to: optional(moment), person: optional(short), console: optional(short) };

export const reviewAccess = reads({
  name: 'reviewAccess',
  path: '/api/review',
  tag,
  says: 'Who has had which access in a period (default: the last 90 days), a page of it, with sums over all of it.',
  rights: ['access.review'],
  query: z.object({ ...period, cursor: optional(cursor) }),
  answer: json(ReviewPage),
  refuses: ['journal.unavailable'],
});
export const reviewAccessCsv = reads({
  name: 'reviewAccessCsv',
  path: '/api/review.csv',
  tag,
  says: 'All of a period as a file for spreadsheets; no cell of it is a formula.',
  rights: ['access.review'],
  query: z.object(period),
  answer: { status: 200, type: 'text/csv', schema: null, file: 'access-review.csv' },
  refuses: ['journal.unavailable'],
});
export const reviewAccessJson = reads({
  name: 'reviewAccessJson',
  path: '/api/review.json',
  tag,
  says: 'All of a period as a file for programs.',
  rights: ['access.review'],
  query: z.object(period),
  answer: { ...json(ReviewFile), file: 'access-review.json' },
  refuses: ['journal.unavailable'],
});
