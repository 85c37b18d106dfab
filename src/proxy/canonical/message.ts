// The request as everything behind the listener sees it: one reading of request line, headers and framing, or a refusal.
// Hosts are compared here too, so that the portal, the reserved prefix and the consoles get the same strictness.
import type { IncomingMessage } from 'node:http';
import { type Door, type HeaderList, headerOf } from '../../kernel/exchange.ts';
import { go, refuse, type Verdict } from '../../kernel/verdict.ts';
import type { Allowances } from '../recognise/encodedPlaces.ts';
import { checkCookies } from './cookies.ts';
import { readFraming } from './framing.ts';
import { readHeaders } from './headers.ts';
import { readTarget, type Target } from './target.ts';

export type Message = Target & {
  readonly method: string;
  /** the Host header in lower case, port included */
  readonly host: string;
  readonly headers: HeaderList;
  readonly bodyLength: number | null;
  readonly navigation: boolean;
};

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export type RawRequest = Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders' | 'httpVersion'>;

/** @param allowancesOf what the pack of the console at this host lets through; null: no console, or nothing */
export function readMessage(
  request: RawRequest,
  door: Door,
  allowancesOf: (host: string) => Allowances | null = () => null,
): Verdict<Message> {
  if (request.httpVersion !== '1.1') return refuse('request.ambiguous', `HTTP/${request.httpVersion}`);
  const method = request.method ?? '';
  if (!METHODS.has(method)) return refuse('request.ambiguous', 'a method that is not on the list');
  if (door === 'upgrade' && method !== 'GET') return refuse('request.ambiguous', 'an upgrade that is not a GET');
  const headers = readHeaders(request.rawHeaders);
  if (!headers.go) return headers;
  const cookies = checkCookies(headers.value);
  if (!cookies.go) return cookies;
  const host = headerOf(headers.value, 'host');
  if (host === undefined) return refuse('request.ambiguous', 'no Host header');
  const bodyLength = readFraming(headers.value, door);
  if (!bodyLength.go) return bodyLength;
  const target = readTarget(request.url ?? '', allowancesOf(host.toLowerCase()));
  if (!target.go) return target;
  return go({
    ...target.value,
    method,
    host: host.toLowerCase(),
    headers: headers.value,
    bodyLength: bodyLength.value,
    navigation: door === 'request' && isNavigation(headers.value),
  });
}

/** Sec-Fetch-Mode cannot be set by scripts. Without it (older browsers, plain http): an Accept for a page, not from XHR. */
function isNavigation(headers: HeaderList): boolean {
  const mode = headerOf(headers, 'sec-fetch-mode');
  if (mode !== undefined) return mode === 'navigate';
  if (headerOf(headers, 'x-requested-with') !== undefined) return false;
  const accept = headers.find(([name]) => name === 'accept')?.[1] ?? '';
  return /(^|,)\s*text\/html\s*($|[;,])/i.test(accept);
}

/** Both spellings of an origin's Host header: with and without the scheme's default port. */
export function hostsOf(origin: string): readonly string[] {
  const url = new URL(origin);
  return url.port === '' ? [url.host, `${url.host}:${url.protocol === 'https:' ? 443 : 80}`] : [url.host];
}
