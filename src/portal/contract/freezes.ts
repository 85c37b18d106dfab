// What is frozen, and how much of the budgets is left.
import { z } from 'zod';
import { id, person, time } from './nouns.ts';

// Freezes. GET /api/freezes -> FreezeView[] (everybody who is signed in: a red bar tells them)
export const FreezeView = z.object({
  id,
  /** in words: "Acts that cannot be undone, on Acme MDM" */
  title: z.string(),
  console: z.object({ id, name: z.string() }).nullable(),
  by: person,
  /** the budget whose breaker tripped; null: a person did it */
  budget: z.string().nullable(),
  reason: z.string(),
  since: time,
  releases: z.array(person),
  may: z.object({ release: z.boolean() }),
  whyNot: z.string().nullable(),
});

export const FreezeList = z.array(FreezeView);

// POST /api/freezes SetFreeze -> FreezeView             POST /api/freezes/:id/release {} -> FreezeView; both need a fresh step-up (403 stepup.required)
export const SetFreeze = z.object({
  /** null: every console */
  console: id.nullable(),
  /** destructive: what cannot be undone. acts: everything but reads */
  what: z.enum(['destructive', 'acts']),
  reason: z.string().trim().min(5, 'Say in a few words why').max(500),
});

// Budgets. GET /api/budgets -> BudgetView[]: the reader's own, and the consoles' that they may enter
export const BudgetView = z.object({
  id: z.string(),
  per: z.enum(['admin', 'console']),
  console: z.object({ id, name: z.string() }).nullable(),
  /** in words: "Wipe, retire and 3 more" */
  title: z.string(),
  used: z.number().int(),
  devices: z.number().int(),
  windowMinutes: z.number().int(),
  /** when the next device of it is free again; null: none is used */
  freesAt: time.nullable(),
});

export const BudgetList = z.array(BudgetView);

export type FreezeView = z.infer<typeof FreezeView>;

export type BudgetView = z.infer<typeof BudgetView>;
