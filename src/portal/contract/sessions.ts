// Recorded sessions, for reviewers.
import { z } from 'zod';
import { id, person, Target, time } from './nouns.ts';

// Sessions, for reviewers. GET /api/sessions?person=&console=&action=&verdict=go|refuse&risk=&from=&to=&cursor= -> SessionPage
export const SessionRow = z.object({
  id,
  person,
  startedAt: time,
  lastAt: time,
  endedAt: time.nullable(),
  consoles: z.array(z.string()),
  exchanges: z.number().int(),
  acts: z.number().int(),
  refusals: z.number().int(),
  /** titles of the gravest acts, at most three */
  highlights: z.array(z.object({ title: z.string(), risk: z.string(), verdict: z.enum(['go', 'refuse']) })),
});

export const SessionPage = z.object({ sessions: z.array(SessionRow), next: z.string().nullable() });

// GET /api/sessions/:id -> SessionRow     GET /api/sessions/:id/exchanges?kind=acts|refused|all&cursor= -> ExchangePage
export const ExchangeRow = z.object({
  id,
  at: time,
  console: z.string(),
  method: z.string(),
  target: z.string(),
  action: z.string(),
  risk: z.enum(['read', 'low', 'high', 'destructive']),
  title: z.string(),
  verdict: z.enum(['go', 'refuse']),
  reason: z.string().nullable(),
  status: z.number().int().nullable(),
  sent: z.number().int(),
  received: z.number().int(),
  took: z.number().int().nullable(),
  grant: z.string().nullable(),
  hold: z.string().nullable(),
});

export const ExchangePage = z.object({ exchanges: z.array(ExchangeRow), next: z.string().nullable() });

// GET /api/sessions/:id/exchanges/:exchange -> ExchangeDetail
export const ExchangeDetail = ExchangeRow.extend({
  targets: z.array(Target),
  policies: z.array(z.string()),
  policySet: z.string(),
  requestHeaders: z.array(z.tuple([z.string(), z.string()])),
  responseHeaders: z.array(z.tuple([z.string(), z.string()])),
  /** text of a judged body after redaction; null: none, or not recorded (then why) */
  requestBody: z.string().nullable(),
  requestBodyNote: z.string().nullable(),
  bodyDigest: z.string(),
  /** journal events that speak of this exchange: grant, signature, intent, outcome */
  events: z.array(
    z.object({
      seq: z.number().int(),
      at: time,
      kind: z.string(),
      actor: z.string().nullable(),
      facts: z.record(z.string(), z.unknown()),
    }),
  ),
  messages: z.array(
    z.object({ at: time, from: z.enum(['client', 'console']), size: z.number().int(), text: z.string().nullable() }),
  ),
});

export type SessionRow = z.infer<typeof SessionRow>;

export type SessionPage = z.infer<typeof SessionPage>;

export type ExchangeRow = z.infer<typeof ExchangeRow>;

export type ExchangePage = z.infer<typeof ExchangePage>;

export type ExchangeDetail = z.infer<typeof ExchangeDetail>;
