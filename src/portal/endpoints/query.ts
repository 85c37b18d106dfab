// The parts of query strings.
import { z } from 'zod';
import { Risk } from '../contract/nouns.ts';

/** An empty field of a filter form is no filter. */
export const optional = <S extends z.ZodType>(schema: S) =>
  z.union([schema.optional(), z.literal('').transform(() => undefined)]);
export const short = z.string().min(1).max(200);
export const cursor = z
  .string()
  .min(1)
  .max(500)
  .regex(/^[A-Za-z0-9_.~:-]+$/, 'This is no place in the list');
/** ms since the Unix epoch */
export const moment = z
  .string()
  .regex(/^\d{1,15}$/, 'Give a time in ms')
  .transform(Number);

/** Which of the recorded things: what lists of sessions and searches have in common */
export const what = {
  person: optional(short),
  console: optional(short),
  action: optional(short),
  verdict: optional(z.enum(['go', 'refuse'])),
  risk: optional(Risk),
  from: optional(moment),
  to: optional(moment),
};
