// What every part of the portal's API speaks of. Imports zod and nothing else. All times are ms since the Unix epoch.
// State-changing calls: POST, JSON, `X-Sallyport-Csrf: <me.csrf>`, Origin = the portal's. Errors: RFC 9457 problem JSON (Problem).
import { z } from 'zod';

export const id = z.string().min(1).max(200);

export const time = z.number().int();

export const person = z.object({ id: z.string(), name: z.string() });

export const Target = z.object({
  kind: z
    .string()
    .regex(/^[a-z][a-z_]*$/)
    .max(40),
  id: z.string().min(1).max(200),
});

/** The body of a change that needs no word. */
export const Nothing = z.object({});

export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string().optional(),
  /** a word of src/kernel/reasons.ts, or `input.invalid`, `not.found`, `conflict`, `forbidden`, `csrf` */
  reason: z.string(),
  /** what to do, one sentence */
  next: z.string().optional(),
  /** the id to quote */
  request: z.string().optional(),
  /** for input.invalid: which member, what is wrong */
  faults: z.array(z.object({ at: z.string(), what: z.string() })).optional(),
});

// Grants
export const Risk = z.enum(['read', 'low', 'high', 'destructive']);

/** name: what the console calls it, when it was asked */
export const NamedTarget = Target.extend({ name: z.string().optional() });

export const actionName = z
  .string()
  .regex(/^[a-z]+(\.[a-z_]+)+$/)
  .max(80);

export type Problem = z.infer<typeof Problem>;
