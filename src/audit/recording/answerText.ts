// What of a console's answer is recorded: JSON without its secrets, when it came whole. What cannot be understood to its end is
// never recorded as text, because it may be a secret; then there is a note.
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import type { Action } from '../../kernel/action.ts';
import { type RedactedBody, redactBody, sizeText } from './redact.ts';

/** A small answer can hold a very long text. */
const MOST = 256 * 1024;
const DECODERS: ReadonlyMap<string, (bytes: Buffer) => Promise<Buffer>> = new Map([
  ['', (bytes: Buffer) => Promise.resolve(bytes)],
  ['identity', (bytes) => Promise.resolve(bytes)],
  ['gzip', (bytes) => promisify(gunzip)(bytes, { maxOutputLength: MOST })],
  ['x-gzip', (bytes) => promisify(gunzip)(bytes, { maxOutputLength: MOST })],
  ['deflate', (bytes) => promisify(inflate)(bytes, { maxOutputLength: MOST })],
  ['br', (bytes) => promisify(brotliDecompress)(bytes, { maxOutputLength: MOST })],
  ['zstd', (bytes) => promisify(zstdDecompress)(bytes, { maxOutputLength: MOST })],
]);

/**
 * @param answer `bytes` as they came; null: not kept
 * @param received bytes of the whole answer
 * @param redact what the pack says is secret, besides the names that always are; 'all': the answer is a secret itself
 */
export async function answerText(
  answer: { readonly type: string; readonly encoding: string; readonly bytes: Buffer | null },
  received: number,
  redact: readonly string[] | 'all',
): Promise<RedactedBody> {
  const essence = (answer.type.split(';')[0] ?? '').trim().toLowerCase().slice(0, 100) || 'no content type';
  const note = `${essence}, ${sizeText(received)}`;
  if (received === 0) return { text: null, note: null };
  if (redact === 'all') return { text: null, note: `${note}, a secret` };
  if (answer.bytes === null) return { text: null, note };
  const decode = DECODERS.get(answer.encoding);
  if (decode === undefined) return { text: null, note: `${note}, in an encoding that is not read` };
  try {
    return redactBody(answer.type, await decode(answer.bytes), redact);
  } catch {
    return { text: null, note: `${note}, not readable as such` };
  }
}

/** What an act that reads a secret is answered is that secret, whatever the console calls it. */
export function secretsOf(action: Action | undefined): readonly string[] | 'all' {
  if (action === undefined) return [];
  return [action, ...(action.parts ?? [])].some(({ name }) => name === 'secret.read') ? 'all' : action.redact;
}
