// Fetch for hosts that are this machine by definition: names under `.localhost` (RFC 6761 section 6.3), which the system's
// resolver need not know. Everything else goes through the global fetch. Plain http is accepted for this machine only.
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';

/** Whether a host name (as in URL.hostname) is this machine. */
export const isThisMachine = (hostname: string): boolean =>
  hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '127.0.0.1' || hostname === '[::1]';

export type FetchOptions = {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  readonly redirect: 'manual';
};

/** Most that is read of an answer, bytes: discovery documents, key sets and token answers are a few KiB. */
const MAX_ANSWER = 1024 * 1024;

const lookupLoopback: LookupFunction = (_hostname, options, callback) => {
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};

/** Like `fetch`, for the back channel to the IdP. @throws TypeError for plain http to another machine */
export async function fetchFromIdp(address: string, options: FetchOptions): Promise<Response> {
  const url = new URL(address);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isThisMachine(url.hostname)))
    throw new TypeError('plain http is accepted for this machine only');
  if (url.hostname.endsWith('.localhost')) return fetchLoopback(url, options);
  return fetch(url, options as RequestInit);
}

function fetchLoopback(url: URL, options: FetchOptions): Promise<Response> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send(
      url,
      {
        method: options.method,
        headers: options.headers,
        lookup: lookupLoopback,
        agent: false,
        ...(options.signal ? { signal: options.signal } : {}),
      },
      (answer) => {
        const chunks: Buffer[] = [];
        let size = 0;
        answer.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > MAX_ANSWER) answer.destroy(new Error('the answer is too long'));
          else chunks.push(chunk);
        });
        answer.on('error', reject);
        answer.on('end', () => {
          const status = answer.statusCode ?? 502;
          const headers = new Headers();
          for (let i = 0; i + 1 < answer.rawHeaders.length; i += 2)
            headers.append(answer.rawHeaders[i] ?? '', answer.rawHeaders[i + 1] ?? '');
          const empty = status === 204 || status === 304;
          resolve(new Response(empty ? null : Buffer.concat(chunks), { status, headers }));
        });
      },
    );
    request.on('error', reject);
    const { body } = options;
    if (body instanceof URLSearchParams) request.end(body.toString());
    else if (typeof body === 'string' || body instanceof Uint8Array) request.end(body);
    else request.end();
  });
}
