// Who has had which access.
import { z } from 'zod';
import { GrantState } from './grants.ts';
import { id, NamedTarget, person, time } from './nouns.ts';

// Access review. GET /api/review?from=&to=&person=&console=&cursor= -> ReviewPage; /api/review.csv and /api/review.json (whole, as files)
export const ReviewRow = z.object({
  grant: id,
  holder: person,
  console: z.object({ id, name: z.string() }),
  actions: z.array(z.object({ action: z.string(), label: z.string() })),
  targets: z.array(NamedTarget),
  title: z.string(),
  reason: z.string(),
  ticket: z.string(),
  askedAt: time,
  state: GrantState,
  approvedBy: z.array(person),
  automatic: z.boolean(),
  activeFrom: time.nullable(),
  activeUntil: time.nullable(),
  endedAt: time.nullable(),
  endedBecause: z.string().nullable(),
  minutes: z.number().int().nullable(),
  uses: z.number().int().nullable(),
  used: z.number().int(),
  lastUsedAt: time.nullable(),
  /** true: it was given and nobody used it */
  unused: z.boolean(),
});

export const ReviewPage = z.object({
  rows: z.array(ReviewRow),
  next: z.string().nullable(),
  /** what was asked for before and is over is not known here any more */
  keptFrom: time,
  /** over the whole period */
  sums: z.object({
    asked: z.number().int(),
    approved: z.number().int(),
    denied: z.number().int(),
    unused: z.number().int(),
    automatic: z.number().int(),
  }),
});

export type ReviewRow = z.infer<typeof ReviewRow>;

export type ReviewPage = z.infer<typeof ReviewPage>;

/** The whole of a period, as a file. */
export const ReviewFile = z.object({
  from: time,
  to: time,
  keptFrom: ReviewPage.shape.keptFrom,
  rows: z.array(ReviewRow),
  sums: ReviewPage.shape.sums,
});
