// What a page's recorder and the gateway say to each other. Everything that comes from a page is untrusted: shapes and sizes are
// checked, what is in the events is kept as it came and never interpreted.
import { z } from 'zod';

/** The longest text of events in one batch: one line of a recording. Characters. */
export const MOST_EVENTS = 256 * 1024;
/** Pieces of one event that is longer than a batch. */
export const MOST_PIECES = 128;
/** Batches in one request. */
export const MOST_BATCHES = 64;

const page = z.string().regex(/^pag_[A-Za-z0-9_-]{22}$/);
/** of one document in a browser, made by its recorder */
const doc = z.string().regex(/^[A-Za-z0-9-]{8,64}$/);
const count = z.number().int().min(0).max(1e12);
const ms = z.number().min(-8.64e15).max(8.64e15);

// POST /.sallyport/page PageSays -> 200 PageStarted (start), 204; 404: start anew; 409: this console's pages are to be followed
export const PageSays = z.object({
  what: z.enum(['start', 'beat', 'exchanges', 'end']),
  page,
  doc,
  url: z.string().max(4000).optional(),
  why: z.string().max(200).optional(),
});
export const PageStarted = z.object({ page });

export const DomBatch = z.object({
  /** number of the first event */
  first: count,
  /** browser's clock, ms, of the first and the last event */
  from: ms,
  to: ms,
  /** JSON text of a list of events, or a piece of such a text */
  events: z.string().max(MOST_EVENTS),
  part: z
    .object({ at: z.number().int().min(0), of: z.number().int().min(2).max(MOST_PIECES) })
    .refine(({ at, of }) => at < of, 'a piece beyond the last')
    .optional(),
});

// POST /.sallyport/record DomBatches, plain or gzip (Content-Encoding) -> 204 when written; 404: start anew; 429: less; 503: again
export const DomBatches = z.object({
  page,
  doc,
  /** browser's clock when it was sent, ms */
  now: ms,
  batches: z.array(DomBatch).min(1).max(MOST_BATCHES),
});

export type PageSays = z.infer<typeof PageSays>;
export type PageStarted = z.infer<typeof PageStarted>;
export type DomBatch = z.infer<typeof DomBatch>;
export type DomBatches = z.infer<typeof DomBatches>;
