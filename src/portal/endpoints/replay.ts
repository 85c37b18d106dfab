// What a session looked like, for reviewers. Every view is in the journal before the answer leaves.
import { z } from 'zod';
import { json, reads } from '../api/endpoint.ts';
import { Replay, ReplayRequests } from '../contract/replay.ts';
import { moment, optional } from './query.ts';

const tag = 'Sessions';
const rights = ['recording.view'] as const;
const refuses = ['journal.unavailable', 'index.rebuilding', 'grant.required', 'view.reason'] as const;

export const readReplay = reads({
  name: 'readReplay',
  path: '/api/sessions/:id/replay',
  tag,
  says: 'The timeline of a session: its pages, what was done and who agreed to it, and when nobody did anything.',
  rights,
  refuses,
  answer: json(Replay),
});
export const readReplayRequests = reads({
  name: 'readReplayRequests',
  path: '/api/sessions/:id/replay/requests',
  tag,
  says: 'The requests of a session between two moments, in order, at most 500.',
  rights,
  refuses,
  query: z.object({ from: moment, to: moment }),
  answer: json(ReplayRequests),
});
export const readReplayEvents = reads({
  name: 'readReplayEvents',
  path: '/api/sessions/:id/replay/:page/events',
  tag,
  says:
    'What a page looked like between two moments, from the last whole look before; with `after`, what follows that event. ' +
    'Lines of JSON: events, then one that says how far they go. Events come from the console and are not to be trusted.',
  rights,
  refuses,
  query: z.object({
    from: moment,
    to: moment,
    after: optional(
      z
        .string()
        .regex(/^\d{1,15}$/, 'Give the number of an event')
        .transform(Number),
    ),
  }),
  answer: { status: 200, type: 'application/x-ndjson', schema: null },
});
