// One reading of a request target (pitfalls 1 to 8). What can be read in two ways is refused, never repaired. The only
// rewriting is what RFC 3986 6.2.2 calls equal: encoded unreserved characters are decoded once, hex digits become upper
// case. The result is what is judged and, byte for byte, what is sent.
import type { HeaderList } from '../../kernel/exchange.ts';
import { go, type Refusal, refuse, type Verdict } from '../../kernel/verdict.ts';
import type { Allowances } from '../recognise/encodedPlaces.ts';
import type { Encoding } from '../recognise/template.ts';

export type Target = {
  readonly target: string;
  readonly path: string;
  readonly segments: readonly string[];
  readonly query: HeaderList;
};

const LONGEST = 8 * 1024;
const MOST_QUERY_KEYS = 1000;
const UNRESERVED = /^[A-Za-z0-9\-._~]$/;
/** RFC 3986 pchar and `/`, without `;`: matrix parameters are cut off by some servers and kept by others (pitfall 4) */
const PATH_CHARACTERS = /^[A-Za-z0-9\-._~!$&'()*+,=:@%/]*$/;
/** visible ASCII without what every browser encodes */
const QUERY_CHARACTERS = /^[\x21\x24-\x3b\x3d\x3f-\x7e]*$/;
/** decoded, these change where a segment ends or what it is: / \ % ; */
const NEVER_ENCODED_IN_PATH = new Set(['2F', '5C', '25', '3B']);
/** The same in a place where a pack allows one of them: a slash encoded once, or anything encoded twice. */
const NEVER_IN: Readonly<Record<Encoding, ReadonlySet<string>>> = {
  'encoded-slash': new Set(['25', '3B']),
  'double-encoded': new Set(['2F', '5C', '3B']),
};
const NO_PLACES: ReadonlyMap<number, Encoding> = new Map();
/** Query keys that some frameworks take for the method (pitfall 9), compared without case, `[]` and separators. */
const METHOD_KEYS = new Set([
  'method',
  'methodoverride',
  'httpmethod',
  'xhttpmethod',
  'xhttpmethodoverride',
  'xmethodoverride',
]);

const ambiguous = (detail: string): Refusal => refuse('request.ambiguous', detail);

/**
 * @param url the request target exactly as it stood in the request line
 * @param allowances what the console's pack lets through in single places; none: nothing
 */
export function readTarget(url: string, allowances: Allowances | null = null): Verdict<Target> {
  if (url.length > LONGEST) return refuse('request.too_large', `the target has ${url.length} characters`);
  if (!url.startsWith('/')) return ambiguous('the target is not in origin form');
  if (url.includes('#')) return ambiguous('the target has a fragment');
  const mark = url.indexOf('?');
  const rawPath = mark < 0 ? url : url.slice(0, mark);
  const rawQuery = mark < 0 ? null : url.slice(mark + 1);

  const path = readPath(rawPath, allowances);
  if (!path.go) return path;
  if (rawQuery === null) return go({ ...path.value, target: path.value.path, query: [] });
  const query = readQuery(rawQuery, allowances?.methodKey ?? null);
  if (!query.go) return query;
  return go({ ...path.value, target: `${path.value.path}?${query.value.text}`, query: query.value.pairs });
}

function readPath(raw: string, allowances: Allowances | null): Verdict<{ path: string; segments: readonly string[] }> {
  if (!PATH_CHARACTERS.test(raw)) return ambiguous('the path has a character that does not belong in a path');
  if (raw.includes('//')) return ambiguous('the path has an empty segment');
  // Asked only when something stands there that is refused everywhere else.
  const odd = allowances !== null && /%(2f|5c|25)/i.test(raw);
  const places = odd ? allowances.encoded(raw.slice(1).split('/')) : NO_PLACES;
  const path = places.size === 0 ? normalise(raw, NEVER_ENCODED_IN_PATH) : normaliseEach(raw, places);
  if (!path.go) return path;
  const segments: string[] = [];
  // `/a/` gives ['a', '']: it is another path than `/a`.
  if (path.value !== '/')
    for (const [index, part] of path.value.slice(1).split('/').entries()) {
      const once = decode(part);
      const segment = places.get(index) === 'double-encoded' && once !== null ? decode(once) : once;
      if (segment === null) return ambiguous('a path segment is not UTF-8 text');
      if (segment.split(/[/\\]/).some((one) => one === '.' || one === '..'))
        return ambiguous('the path has a dot segment');
      // Encoded once more than the console decodes: somebody behind it might decode the rest.
      if (segment.includes('%') && /%[0-9a-f]{2}/i.test(segment)) return ambiguous('a path segment encoded too often');
      if (/[^\x20-\x7e]/.test(segment)) return ambiguous('the path has a character outside visible ASCII');
      // Windows and trimming servers read `wipe` for these (pitfall 1).
      if (/^ | $|\.$/.test(segment)) return ambiguous('a path segment with a space or dot at its end');
      segments.push(segment);
    }
  return go({ path: path.value, segments });
}

function readQuery(raw: string, methodKey: string | null): Verdict<{ text: string; pairs: HeaderList }> {
  if (!QUERY_CHARACTERS.test(raw)) return ambiguous('the query has a character that does not belong in a query');
  const text = normalise(raw, new Set());
  if (!text.go) return text;
  const pairs: [string, string][] = [];
  for (const part of text.value.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const key = decode((equals < 0 ? part : part.slice(0, equals)).replaceAll('+', '%20'));
    const value = decode((equals < 0 ? '' : part.slice(equals + 1)).replaceAll('+', '%20'));
    if (key === null || value === null) return ambiguous('the query is not UTF-8 text');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    if (/[\x00-\x1f\x7f]/.test(key + value)) return ambiguous('the query has a control character');
    if ((key !== methodKey && namesMethod(key)) || namesMethodBehindSemicolon(part))
      return ambiguous('a query key overrides the method');
    pairs.push([key, value]);
    if (pairs.length > MOST_QUERY_KEYS) return ambiguous(`the query has more than ${MOST_QUERY_KEYS} keys`);
  }
  return go({ text: text.value, pairs });
}

const namesMethod = (key: string): boolean =>
  METHOD_KEYS.has(key.toLowerCase().replaceAll(/[^a-z]/g, '')) && key.toLowerCase() !== 'method';

/** Older CGI, PHP and Rack servers split a query at `;` as at `&` (found by fuzzing). */
const namesMethodBehindSemicolon = (part: string): boolean =>
  part.includes(';') &&
  part
    .split(';')
    .slice(1)
    .some((piece) => namesMethod(decode(piece.split('=', 1)[0] ?? '') ?? ''));

/** As `normalise`, with what a pack allows in single segments. */
function normaliseEach(raw: string, places: ReadonlyMap<number, Encoding>): Verdict<string> {
  const parts: string[] = [];
  for (const [index, part] of raw.slice(1).split('/').entries()) {
    const encoding = places.get(index);
    const normal = normalise(part, encoding === undefined ? NEVER_ENCODED_IN_PATH : NEVER_IN[encoding]);
    if (!normal.go) return normal;
    parts.push(normal.value);
  }
  return go(`/${parts.join('/')}`);
}

/** Decodes encoded unreserved characters once, writes other escapes in upper case. */
function normalise(text: string, never: ReadonlySet<string>): Verdict<string> {
  if (!text.includes('%')) return go(text);
  let fault: string | null = null;
  const normal = text.replaceAll(/%(.{0,2})/gs, (triplet, digits: string) => {
    if (!/^[0-9A-Fa-f]{2}$/.test(digits)) {
      fault = 'a percent sign without two hex digits';
      return triplet;
    }
    const hex = digits.toUpperCase();
    if (never.has(hex)) fault = `%${hex} in the path`;
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return UNRESERVED.test(character) ? character : `%${hex}`;
  });
  return fault === null ? go(normal) : ambiguous(fault);
}

/** Null for bytes that are not UTF-8 (overlong forms included: decodeURIComponent refuses them). */
function decode(text: string): string | null {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
