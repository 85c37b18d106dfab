// The headers of the upstream request, written anew: an allow-list of names, our own framing, our own forwarding headers.
// A header that is not on the list does not go up, whatever it is called (pitfalls 11 to 13).
import { type Console, type HeaderList, headerOf } from '../../kernel/exchange.ts';
import { withoutOurs } from '../canonical/cookies.ts';
import type { RecordedExchange } from '../stages/60-record.ts';

/** Not even a console's own list may let these through: they are ours, or they change framing, route or identity. */
const NEVER =
  /^(host|connection|content-length|transfer-encoding|te|trailer|upgrade|expect|keep-alive|forwarded|via|x-real-ip|proxy-.*|x-forwarded-.*|x-sallyport-.*|sec-websocket-.*|x-http-method.*|x-original-.*|x-rewrite-.*)$/;

const ALLOWED = new Set(
  [
    ...[
      'accept',
      'accept-charset',
      'accept-encoding',
      'accept-language',
      'authorization',
      'cache-control',
      'content-disposition',
    ],
    ...[
      'content-encoding',
      'content-language',
      'content-md5',
      'content-range',
      'content-type',
      'cookie',
      'digest',
      'dnt',
    ],
    ...['idempotency-key', 'if-match', 'if-modified-since', 'if-none-match', 'if-range', 'if-unmodified-since'],
    ...['last-event-id', 'origin', 'pragma', 'prefer', 'priority', 'purpose', 'range', 'referer', 'save-data'],
    ...['sec-ch-ua', 'sec-ch-ua-mobile', 'sec-ch-ua-platform', 'sec-fetch-dest', 'sec-fetch-mode', 'sec-fetch-site'],
    ...['sec-fetch-user', 'sec-gpc', 'sec-purpose', 'soapaction', 'upgrade-insecure-requests', 'user-agent'],
    // what the frameworks of consoles use against CSRF, for resumable uploads and to tell scripts from pages
    ...['csrf-token', 'requestverificationtoken', '__requestverificationtoken', 'x-csrf-token', 'x-csrftoken'],
    ...['x-xsrf-token', 'x-requested-with', 'x-request-id', 'x-correlation-id', 'upload-length', 'upload-offset'],
    ...['upload-metadata', 'tus-resumable', 'x-content-type', 'x-file-name', 'x-api-version', 'api-version'],
  ].filter((name) => !NEVER.test(name)),
);
export type RequestHeaderOptions = {
  readonly upstream: URL;
  /** names, lower case, that this console needs besides the common ones */
  readonly more: readonly string[];
  /** true: an answer that we can read is asked for, because something is to be put into it */
  readonly plain: boolean;
};

/** Everything but the framing. */
export function requestHeaders(
  request: Pick<RecordedExchange, 'headers' | 'console' | 'peer'>,
  { upstream, more, plain }: RequestHeaderOptions,
): Record<string, string> {
  const written: Record<string, string> = Object.create(null);
  written.host = upstream.host;
  for (const [name, value] of request.headers) {
    if (!ALLOWED.has(name) && (!more.includes(name) || NEVER.test(name))) continue;
    if (name === 'cookie') {
      const cookie = withoutOurs(value);
      if (cookie !== undefined) written.cookie = cookie;
    } else if (name === 'origin' || name === 'referer') {
      written[name] = asTheConsoleSeesIt(value, request.console.origin, upstream.origin);
    } else if (name === 'accept-encoding' && plain) {
      written[name] = 'identity';
    } else {
      const before = written[name];
      written[name] = before === undefined ? value : `${before}, ${value}`;
    }
  }
  const { host, scheme } = originOf(request.console);
  written['x-forwarded-for'] = request.peer;
  written['x-forwarded-host'] = host;
  written['x-forwarded-proto'] = scheme;
  return written;
}

const origins = new WeakMap<Console, { readonly host: string; readonly scheme: string }>();
function originOf(console: Console): { readonly host: string; readonly scheme: string } {
  let known = origins.get(console);
  if (known === undefined) {
    const { host, protocol } = new URL(console.origin);
    known = { host, scheme: protocol.slice(0, -1) };
    origins.set(console, known);
  }
  return known;
}

/** Consoles compare Origin and Referer with their own address, which behind a gateway is another one. */
const asTheConsoleSeesIt = (value: string, ours: string, theirs: string): string =>
  value === ours ? theirs : value.startsWith(`${ours}/`) ? theirs + value.slice(ours.length) : value;

/** Our own framing: an exact length for what was judged; chunks only for a stream whose length nobody said. */
export function framingHeaders(
  request: Pick<RecordedExchange, 'method' | 'body' | 'bodyLength'>,
): Record<string, string> {
  const { body, bodyLength, method } = request;
  if (body.mode === 'judged')
    return bodyLength === 0 && isBodiless(method) ? {} : { 'content-length': String(body.bytes.length) };
  if (body.mode === 'opaque')
    return bodyLength === null ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(bodyLength) };
  return isBodiless(method) ? {} : { 'content-length': '0' };
}
const isBodiless = (method: string): boolean => method === 'GET' || method === 'HEAD';

/** For the log of a socket's handshake. */
export const subprotocols = (headers: HeaderList): string[] =>
  (headerOf(headers, 'sec-websocket-protocol') ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
