// What operators look at: policies, what would be refused, notices.
import { z } from 'zod';
import { id, person, time } from './nouns.ts';

// Policy, for operators. GET /api/policy -> PolicyView
export const PolicyView = z.object({
  digest: z.string(),
  loadedAt: time,
  policies: z.array(
    z.object({
      id: z.string(),
      effect: z.enum(['permit', 'forbid']),
      why: z.string(),
      remedy: z.string().nullable(),
      text: z.string(),
    }),
  ),
  /** why the files on disk are not in force; empty: they are */
  faults: z.array(z.object({ file: z.string(), line: z.number().int(), column: z.number().int(), what: z.string() })),
  consoles: z.array(z.object({ id, name: z.string(), mode: z.enum(['enforce', 'observe']) })),
});

// GET /api/policy/observed?from=&to=&console= -> ObservedReport: what would have been refused on consoles that only observe
export const ObservedReport = z.object({
  from: time,
  to: time,
  requests: z.number().int(),
  rows: z.array(
    z.object({
      console: z.object({ id, name: z.string() }),
      person,
      action: z.string(),
      label: z.string(),
      reason: z.string(),
      title: z.string(),
      times: z.number().int(),
      devices: z.number().int(),
      lastAt: time,
    }),
  ),
});

// Notices, for operators. GET /api/notices -> NoticeReport      POST /api/notices/:id/retry {} -> 204
export const NoticeReport = z.object({
  channels: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      sent: z.number().int(),
      waiting: z.number().int(),
      dead: z.number().int(),
    }),
  ),
  dead: z.array(
    z.object({ id, channel: z.string(), title: z.string(), at: time, tries: z.number().int(), error: z.string() }),
  ),
});

export type PolicyView = z.infer<typeof PolicyView>;

export type ObservedReport = z.infer<typeof ObservedReport>;

export type NoticeReport = z.infer<typeof NoticeReport>;
