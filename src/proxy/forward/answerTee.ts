// Keeps what a console answers, up to a limit, beside the stream to the client: for the recording. Never holds the stream up, never
// changes a byte. Only of answers that can be understood later: JSON, whole and within the limit. Of others their size is told.
import type { IncomingMessage } from 'node:http';

export type AnswerBody = {
  /** as the console wrote it; '' for none */
  readonly type: string;
  readonly encoding: string;
  /** bytes as they came; null: it was too long, or of a type that is not recorded */
  readonly bytes: Buffer | null;
  readonly length: number;
};

/** What of a console's answers is recorded; from its pack. */
export type RecordAnswers = {
  /** acts: only of acts */
  readonly answers: 'all' | 'acts';
  /** bytes */
  readonly limit: number;
};
export const RECORD_ANSWERS: RecordAnswers = { answers: 'all', limit: 64 * 1024 };

const KEPT_TYPE = /^\s*application\/(?:[a-z0-9.+-]+\+)?json\s*(?:;|$)/i;

/** To be called before the answer flows. @returns what there was, once it has ended */
export function teeAnswer(answer: IncomingMessage, limit: number): () => AnswerBody {
  const type = String(answer.headers['content-type'] ?? '');
  const encoding = String(answer.headers['content-encoding'] ?? '').toLowerCase();
  const announced = Number(answer.headers['content-length'] ?? 0);
  // A part may begin behind the name that says that it is a secret.
  const part = answer.statusCode === 206 || answer.headers['content-range'] !== undefined;
  let chunks: Buffer[] | null = KEPT_TYPE.test(type) && !part && !(announced > limit) ? [] : null;
  let length = 0;
  if (chunks !== null)
    answer.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) chunks = null;
      else chunks?.push(chunk);
    });
  return () => ({ type, encoding, bytes: chunks !== null && answer.complete ? Buffer.concat(chunks) : null, length });
}
