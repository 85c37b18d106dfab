// Proof to take away, and what keeps recordings from being deleted.
import { z } from 'zod';
import { id, person, time } from './nouns.ts';

const why = z.string().trim().min(5, 'Say in a few words why').max(500);

// POST /api/evidence ExportEvidence -> the archive (tar)
export const ExportEvidence = z.object({
  about: z.union([
    z.object({ kind: z.enum(['session', 'grant', 'hold']), id }),
    z
      .object({ kind: z.literal('incident'), person: z.string().min(1).max(500), from: time, to: time })
      .refine(({ from, to }) => from <= to, { path: ['to'], error: 'It ends before it begins' }),
  ]),
  reason: why,
  /** adds what is in the recordings as readable text */
  text: z.boolean(),
});

export const LegalHoldMatch = z.union([
  z.object({ kind: z.literal('all') }),
  z.object({ kind: z.enum(['session', 'person', 'console']), id: z.string().min(1).max(500) }),
]);

// GET /api/legal-holds -> LegalHoldView[]     POST /api/legal-holds SetLegalHold -> LegalHoldView
// POST /api/legal-holds/:id/release ReleaseLegalHold -> LegalHoldEnd: two different people end it; all need a fresh step-up
export const LegalHoldView = z.object({
  id,
  match: LegalHoldMatch,
  /** in words: "recordings of session ses_..." */
  title: z.string(),
  reason: z.string(),
  by: person,
  since: time,
  /** the first of two people who agree to its end */
  release: z.object({ by: person, reason: z.string(), at: time }).nullable(),
  may: z.object({ release: z.boolean() }),
});
export const LegalHoldList = z.array(LegalHoldView);
export const SetLegalHold = z.object({ match: LegalHoldMatch, reason: why });
export const ReleaseLegalHold = z.object({ reason: why });
/** ended: false: it stays until somebody else agrees, too */
export const LegalHoldEnd = z.object({ ended: z.boolean() });

// GET /api/sessions/:id/retention -> SessionRetention
export const SessionRetention = z.object({
  /** null: its recording is there */
  deleted: z
    .object({
      at: time,
      why: z.string(),
      chunks: z.array(z.object({ name: z.string(), sha256: z.string() })),
      refused: z.array(z.object({ name: z.string(), why: z.string() })),
    })
    .nullable(),
});

export type LegalHoldView = z.infer<typeof LegalHoldView>;
export type SessionRetention = z.infer<typeof SessionRetention>;
