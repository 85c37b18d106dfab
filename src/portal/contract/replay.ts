// What a session looked like, for reviewers.
import { z } from 'zod';
import { id, person, Risk, time } from './nouns.ts';

const stretch = z.tuple([time, time]);

export const ReplayMark = z.object({
  at: time,
  kind: z.enum(['act', 'refusal', 'signature', 'approval', 'denial']),
  /** of the act that it is about */
  exchange: z.string().nullable(),
  title: z.string(),
  risk: Risk,
  verdict: z.enum(['go', 'refuse']).nullable(),
  reason: z.string().nullable(),
  /** who signed, approved or denied */
  by: z.string().nullable(),
  page: z.string().nullable(),
  /** a person's click or key came just before; null: nobody can tell */
  gesture: z.boolean().nullable(),
});

export const ReplayPage = z.object({
  id: z.string(),
  console: z.string(),
  url: z.string(),
  from: time,
  to: time,
  /** exchanges: only its requests were recorded */
  mode: z.enum(['dom', 'exchanges']),
  why: z.string().nullable(),
  /** it is open now: `to` is only the last that is known of it */
  open: z.boolean(),
  /** when nothing came from it although it had not ended */
  silent: z.array(stretch),
});

// GET /api/sessions/:id/replay -> Replay
export const Replay = z.object({
  id,
  person,
  /** where pages are rebuilt */
  origin: z.string(),
  from: time,
  to: time,
  running: z.boolean(),
  /** false: recordings cannot be decrypted here, only requests are shown */
  readable: z.boolean(),
  pages: z.array(ReplayPage),
  idle: z.array(stretch),
  /** which page the person was in, from when on */
  focus: z.array(z.object({ at: time, page: z.string() })),
  marks: z.array(ReplayMark),
  /** marks beyond those shown */
  more: z.boolean(),
});

// GET /api/sessions/:id/replay/requests?from=&to= -> ReplayRequests
export const ReplayRequest = z.object({
  id,
  at: time,
  console: z.string(),
  method: z.string(),
  target: z.string(),
  title: z.string(),
  risk: Risk,
  verdict: z.enum(['go', 'refuse']),
  reason: z.string().nullable(),
  status: z.number().int().nullable(),
  page: z.string().nullable(),
  gesture: z.boolean().nullable(),
});
export const ReplayRequests = z.object({ requests: z.array(ReplayRequest), more: z.boolean() });

// GET /api/sessions/:id/replay/:page/events?from=&to=&after= -> a line for each event, then one line ReplayEnd
export const ReplayEvent = z.object({
  /** gateway's clock, ms */
  at: z.number(),
  /** number within its page */
  seq: z.number().int(),
  /** of the page's recorder; hostile */
  event: z.record(z.string(), z.unknown()),
});
export const ReplayEnd = z.object({
  /** everything up to here was sent, ms */
  until: z.number(),
  /** what follows is asked for with `after` */
  last: z.number().int(),
  /** events that never came */
  missing: z.number().int(),
  /** what could not be read, in words */
  faults: z.array(z.string()),
});

export type Replay = z.infer<typeof Replay>;
export type ReplayMark = z.infer<typeof ReplayMark>;
export type ReplayPage = z.infer<typeof ReplayPage>;
export type ReplayRequest = z.infer<typeof ReplayRequest>;
export type ReplayEvent = z.infer<typeof ReplayEvent>;
export type ReplayEnd = z.infer<typeof ReplayEnd>;
