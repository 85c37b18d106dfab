// How far the export of the journal is, for operators.
import { z } from 'zod';
import { id, time } from './nouns.ts';

// GET /api/export -> ExportReport
export const ExportReport = z.object({
  /** the journal's last entry */
  head: z.number().int(),
  destinations: z.array(
    z.object({
      id,
      kind: z.enum(['syslog', 'splunk', 'elastic', 'http', 'otlp', 'file']),
      /** last entry that it has got; null: none */
      at: z.number().int().nullable(),
      /** entries that it has not got yet */
      lag: z.number().int(),
      /** when the oldest of them was written; null: nothing waits */
      waitingSince: time.nullable(),
      sent: z.number().int(),
      /** left out, each told in the journal */
      skipped: z.number().int(),
      sentAt: time.nullable(),
      /** why the last try failed; empty since the last success */
      error: z.string(),
      errorAt: time.nullable(),
      /** more than the alarm allows */
      behind: z.boolean(),
    }),
  ),
});

export type ExportReport = z.infer<typeof ExportReport>;
