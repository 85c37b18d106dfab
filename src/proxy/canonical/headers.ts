// One reading of the header lines (pitfalls 11 to 15). Works on the raw list, because the parser's object joins, drops and
// renames, and because a header's name must never be the key of a plain object.
import type { HeaderList } from '../../kernel/exchange.ts';
import { go, refuse, type Verdict } from '../../kernel/verdict.ts';

/** More are refused, never cut off: a parser that hides headers past its limit still frames by them (CVE-2026-58044). */
export const MOST_HEADERS = 100;

/** The only headers that may stand there twice; every other one has a single value or is refused (RFC 9110, 5.3). */
const LISTS = new Set([
  ...['accept', 'accept-charset', 'accept-encoding', 'accept-language', 'cache-control', 'connection', 'forwarded'],
  ...['if-match', 'if-none-match', 'prefer', 'sec-websocket-extensions', 'sec-websocket-protocol', 'te', 'via'],
  ...['warning', 'x-forwarded-for'],
]);

/** Headers that make some upstream run another request than the one that was judged (pitfalls 9, 12, 17). */
const CHANGES_THE_REQUEST = new Set([
  ...['x-http-method-override', 'x-http-method', 'x-method-override'],
  ...['x-original-url', 'x-rewrite-url', 'x-original-uri', 'x-rewrite-uri', 'x-original-method'],
  'trailer',
]);

const NAME = /^[a-z0-9!#$%&'*+\-.^`|~]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

/** @param raw name, value, name, value, ... as node's `rawHeaders` */
export function readHeaders(raw: readonly string[]): Verdict<HeaderList> {
  if (raw.length / 2 > MOST_HEADERS) return refuse('request.too_large', `${raw.length / 2} headers`);
  const headers: (readonly [string, string])[] = [];
  const seen = new Set<string>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    const value = (raw[at + 1] ?? '').trim();
    // CGI-like upstreams take `X_User` for `X-User` (pitfall 11).
    if (!NAME.test(name)) return refuse('request.ambiguous', 'a header name with an odd character');
    if (CONTROL.test(value)) return refuse('request.ambiguous', `a control character in ${name}`);
    if (CHANGES_THE_REQUEST.has(name)) return refuse('request.ambiguous', `a header ${name}`);
    if (seen.has(name) && !LISTS.has(name)) return refuse('request.ambiguous', `two headers ${name}`);
    seen.add(name);
    headers.push([name, value]);
  }
  return go(headers);
}

/** The members of a comma-separated header, of all its lines, in lower case. */
export function listOf(headers: HeaderList, name: string): readonly string[] {
  const members: string[] = [];
  for (const header of headers) {
    if (header[0] !== name) continue;
    for (const part of header[1].split(',')) {
      const member = part.trim().toLowerCase();
      if (member !== '') members.push(member);
    }
  }
  return members;
}
