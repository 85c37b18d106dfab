// Reports: who did what to which devices in a period, and who approved what.
import { z } from 'zod';
import { id, person, time } from './nouns.ts';

const count = z.number().int();
/** over time: one and two are what the report says; a column is as wide as the distance to the next */
const Column = z.object({ from: time, one: count, two: count });

// GET /api/reports/activity?from=&to=&by=person|device|action&person=&console= -> ActivityReport; /api/reports/activity.csv (every act)
export const ActivityReport = z.object({
  from: time,
  to: time,
  by: z.enum(['person', 'device', 'action']),
  /** most acts first */
  rows: z.array(
    z.object({
      key: z.string(),
      label: z.string(),
      acts: count,
      destructive: count,
      refused: count,
      failed: count,
      devices: count,
      lastAt: time,
    }),
  ),
  /** rows that are left out */
  more: count,
  sums: z.object({
    acts: count,
    destructive: count,
    refused: count,
    failed: count,
    devices: count,
    people: count,
  }),
  /** acts and refusals */
  columns: z.array(Column),
});

// GET /api/reports/approvals?from=&to=&person=&console= -> ApprovalsReport; /api/reports/approvals.csv (every request)
export const ApprovalsReport = z.object({
  from: time,
  to: time,
  sums: z.object({
    asked: count,
    approved: count,
    denied: count,
    lapsed: count,
    withdrawn: count,
    waiting: count,
    automatic: count,
  }),
  /** ms from the question to people's answer */
  speed: z.object({ median: count.nullable(), slow: count.nullable() }),
  approvers: z.array(
    z.object({ person: z.string(), name: z.string(), approved: count, denied: count, median: count.nullable() }),
  ),
  asks: z.array(
    z.object({
      id,
      kind: z.enum(['grant', 'hold']),
      at: time,
      person: z.string(),
      name: z.string(),
      console: z.string(),
      title: z.string(),
      reason: z.string(),
      ticket: z.string(),
      answer: z.enum(['waiting', 'approved', 'denied', 'lapsed', 'withdrawn']),
      answeredAt: time.nullable(),
      automatic: z.boolean(),
      by: z.array(person.extend({ word: z.string(), at: time })),
    }),
  ),
  more: count,
  /** approved and denied */
  columns: z.array(Column),
});

export type ActivityReport = z.infer<typeof ActivityReport>;
export type ApprovalsReport = z.infer<typeof ApprovalsReport>;
