// What every state-changing call under the reserved prefix must be: sent by a script of this very console's pages, as
// JSON, small, and exactly of the expected shape. A form, another origin or a link cannot make one (pitfalls 32).
import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import type { Console } from '../../kernel/exchange.ts';
import { ReservedProblem } from './answer.ts';

/** Five hundred targets with long ids fit; no more. */
export const MOST_JSON = 64 * 1024;

/** @throws ReservedProblem csrf */
export function requireOwnPage(req: IncomingMessage, console: Console): void {
  const { origin, 'sec-fetch-site': site, 'x-sallyport-shim': shim } = req.headers;
  if (origin !== console.origin || site !== 'same-origin' || shim !== '1') throw new ReservedProblem('csrf');
}

/** The body, checked. @throws ReservedProblem body.too_large, input.invalid */
export async function readJson<T>(req: IncomingMessage, shape: z.ZodType<T>): Promise<T> {
  const type = req.headers['content-type'] ?? '';
  if (!/^application\/json(\s*;\s*charset=utf-8)?$/i.test(type) || req.headers['content-encoding'] !== undefined) {
    throw new ReservedProblem('input.invalid', { faults: [{ at: 'content-type', what: 'Send application/json' }] });
  }
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of req as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MOST_JSON) throw new ReservedProblem('body.too_large');
    parts.push(part);
  }
  const result = shape.safeParse(parse(Buffer.concat(parts)));
  if (result.success) return result.data;
  throw new ReservedProblem('input.invalid', {
    faults: result.error.issues.slice(0, 20).map((issue) => ({ at: issue.path.join('.'), what: issue.message })),
  });
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new ReservedProblem('input.invalid', { faults: [{ at: '', what: 'This is not JSON' }] });
  }
}
