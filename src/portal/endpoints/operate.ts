// What operators look at, and the description of the API itself.
import { z } from 'zod';
import { changes, json, NOTHING, reads } from '../api/endpoint.ts';
import { Nothing } from '../contract/nouns.ts';
import { NoticeReport, ObservedReport, PolicyView } from '../contract/operate.ts';
import { moment, optional, short } from './query.ts';

const tag = 'Operating';

export const readPolicy = reads({
  name: 'readPolicy',
  path: '/api/policy',
  tag,
  says: 'The policies in force, and why the files on disk are not when they are not.',
  rights: ['policy.view'],
  answer: json(PolicyView),
});
export const readObserved = reads({
  name: 'readObserved',
  path: '/api/policy/observed',
  tag,
  says: 'What would have been refused on consoles that only observe; the last seven days when no period is given.',
  rights: ['policy.view'],
  query: z.object({ from: optional(moment), to: optional(moment), console: optional(short) }),
  answer: json(ObservedReport),
  refuses: ['journal.unavailable'],
});
export const readNotices = reads({
  name: 'readNotices',
  path: '/api/notices',
  tag,
  says: 'How the channels are doing, and what could not be delivered.',
  rights: ['policy.view'],
  answer: json(NoticeReport),
});
export const retryNotice = changes({
  name: 'retryNotice',
  path: '/api/notices/:id/retry',
  tag,
  says: 'Tries once more to deliver a notice that was given up.',
  rights: ['policy.view'],
  body: Nothing,
  answer: NOTHING,
});
export const readApi = reads({
  name: 'readApi',
  path: '/api/openapi.json',
  tag,
  says: 'This document.',
  answer: json(z.looseObject({ openapi: z.string() })),
});
