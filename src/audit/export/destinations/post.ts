// One POST to a receiver. No redirect is followed (it could carry events to anybody), nothing is waited for longer than the
// time-out, an answer is read to a bound. Certificates are always checked. What it says of a failure names no address.
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Delivery } from '../destination.ts';

export type Answer = { readonly status: number; readonly body: string; readonly retryAfter: number | null };
export type Posted = { readonly answer: Answer } | { readonly failed: string };
export type Poster = {
  post(headers: { readonly [name: string]: string }, body: string): Promise<Posted>;
  close(): void;
};

export const TIMEOUT = 20_000;
const MOST_READ = 4 * 1024 * 1024;

/** @param ca PEM; null: the authorities that node trusts  @param timeout ms */
export function createPoster(deps: {
  readonly url: string;
  readonly ca: string | null;
  readonly timeout?: number | undefined;
}): Poster {
  const { ca, timeout = TIMEOUT } = deps;
  const url = new URL(deps.url);
  const secure = url.protocol === 'https:';
  // One connection: what is sent first arrives first.
  const options = { keepAlive: true, maxSockets: 1, ...(ca === null ? {} : { ca }) };
  const agent = secure ? new HttpsAgent(options) : new HttpAgent(options);
  const send = secure ? httpsRequest : httpRequest;
  return {
    post: (headers, body) =>
      new Promise<Posted>((resolve) => {
        const request = send(url, {
          method: 'POST',
          agent,
          headers: { 'user-agent': 'Sallyport', 'content-length': Buffer.byteLength(body), ...headers },
        });
        const late = setTimeout(() => request.destroy(new Error('late')), timeout);
        const end = (posted: Posted): void => {
          clearTimeout(late);
          resolve(posted);
        };
        request.once('error', (error) => end({ failed: wordOf(error) }));
        request.once('response', (response) => {
          readBody(response).then(
            (text) =>
              end({ answer: { status: response.statusCode ?? 0, body: text, retryAfter: retryAfterOf(response) } }),
            (error) => end({ failed: wordOf(error) }),
          );
        });
        request.end(body);
      }),
    close: () => agent.destroy(),
  };
}

async function readBody(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > MOST_READ) throw new Error('its answer is too long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Seconds only: a date would need the other side's clock. ms */
function retryAfterOf({ headers }: IncomingMessage): number | null {
  const value = headers['retry-after'];
  return value !== undefined && /^\d{1,6}$/.test(value) ? Number(value) * 1000 : null;
}

export function wordOf(error: unknown): string {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (message === 'late') return 'no answer in time';
  if (typeof code === 'string' && /^[A-Z0-9_]{3,60}$/.test(code)) return `not reachable (${code})`;
  return 'not reachable';
}

/** What a status means when the body says nothing more. */
export function byStatus({ status, retryAfter }: Answer): Delivery {
  if (status >= 200 && status < 300) return { word: 'taken' };
  // 400, 413, 422: it is about what was sent. Everything else (401, 404, 429, 5xx, redirects) would hit any event: nothing is
  // left out for it.
  if (status === 400 || status === 413 || status === 422) return { word: 'never', why: `answered ${status}` };
  return { word: 'later', why: `answered ${status}`, ...(retryAfter === null ? {} : { after: retryAfter }) };
}

export const laterFor = (posted: { readonly failed: string }): Delivery => ({ word: 'later', why: posted.failed });

/** A JSON answer; null: it is none. */
export function jsonOf(body: string): { readonly [member: string]: unknown } | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as { [m: string]: unknown })
      : null;
  } catch {
    return null;
  }
}
