// Reads a console's answer to a question of the gateway: JSON, short, in time, or nothing. What comes is never believed to be
// what was asked for.
import type { IncomingMessage } from 'node:http';
import { faultOf } from '../forward/answerHeaders.ts';

const MOST_BYTES = 1024 * 1024;

export type Read = { readonly value: unknown; readonly bytes: number };

/** Resolves with undefined for whatever is no JSON of a sound answer. Ends when the answer is destroyed. */
export async function readAnswer(answer: IncomingMessage, upstream: URL): Promise<Read> {
  const nothing = { value: undefined, bytes: 0 };
  const { headers, statusCode } = answer;
  if (statusCode !== 200 || faultOf(answer, upstream) !== null) return nothing;
  if (!/^application\/([a-z0-9.+-]+\+)?json\s*(;|$)/i.test(headers['content-type'] ?? '')) return nothing;
  if (!/^(identity)?$/i.test(headers['content-encoding'] ?? '')) return nothing;
  if (Number(headers['content-length'] ?? 0) > MOST_BYTES) return nothing;
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of answer as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > MOST_BYTES) return { value: undefined, bytes };
      parts.push(part);
    }
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts));
    return { value: answer.complete ? JSON.parse(text) : undefined, bytes };
  } catch {
    return { value: undefined, bytes };
  }
}
