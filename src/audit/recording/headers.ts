// Which headers a recording keeps: an allow-list of names, because a deny-list forgets the next secret one (trap 25).
// Cookies and authorization are not on it and must never be. URLs in values lose their secret parameters.
import type { HeaderList } from '../../kernel/exchange.ts';
import { redactTarget } from './redact.ts';

const REQUEST: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'origin',
  'range',
  'referer',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
  'sec-fetch-user',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'x-requested-with',
  'x-sallyport-hold',
]);

const RESPONSE: ReadonlySet<string> = new Set([
  'accept-ranges',
  'age',
  'cache-control',
  'connection',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-range',
  'content-type',
  'date',
  'etag',
  'last-modified',
  'location',
  'retry-after',
  'server',
  'transfer-encoding',
  'upgrade',
  'vary',
  'x-sallyport-refused',
]);

const URLS: ReadonlySet<string> = new Set(['referer', 'location', 'origin']);

/** @param side whose headers: the two lists differ */
export function recordedHeaders(headers: HeaderList, side: 'request' | 'response'): [name: string, value: string][] {
  const allowed = side === 'request' ? REQUEST : RESPONSE;
  const kept: [name: string, value: string][] = [];
  for (const [given, value] of headers) {
    const name = given.toLowerCase();
    if (allowed.has(name)) kept.push([name, URLS.has(name) ? redactTarget(value) : value]);
  }
  return kept;
}
