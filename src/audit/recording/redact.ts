// What of a judged body and a request target may be recorded. Only JSON and forms are recorded as text; of everything else
// there is a note (redactJson.ts and redactText.ts say what goes out of them). A body that cannot be read to its end is never recorded as text: what is not understood may be a secret.
import { sha256Hex } from '../../kernel/ids.ts';
import { BODY_LIMIT, clip, TEXT_LIMIT } from './limits.ts';
import { type Part, readMultipart } from './multipart.ts';
import { isSecretField, type Redactions, readRedactions, redactJson, redactNested } from './redactJson.ts';
import { withoutPlaces } from './redactText.ts';
import { isSecretName } from './secretNames.ts';
import { REDACTED } from './secretShapes.ts';

export type RedactedBody = { readonly text: string | null; readonly note: string | null };

/**
 * @param contentType as it came; undefined or '' for none
 * @param redact JSON pointers and form field names from the pack, besides the names that are always secret
 */
export function redactBody(
  contentType: string | undefined,
  bytes: Uint8Array,
  redact: readonly string[] = [],
): RedactedBody {
  if (bytes.length === 0) return { text: null, note: null };
  const redactions = readRedactions(redact);
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim());
  const essence = type.toLowerCase();
  const about = `${clip(essence || 'no content type', 100)}, ${sizeText(bytes.length)}`;
  try {
    const charset = parameters.find((part) => /^charset=/i.test(part))?.slice('charset='.length);
    if (charset !== undefined && !/^"?utf-?8"?$/i.test(charset)) return { text: null, note: `${about}, not in UTF-8` };
    if (essence === 'multipart/form-data')
      return withinBound(multipartText(contentType ?? '', bytes, redactions), about);
    if (essence !== 'application/json' && !essence.endsWith('+json') && essence !== FORM) {
      return { text: null, note: `${about}, SHA-256 ${sha256Hex(bytes)}` };
    }
    const text = UTF8.decode(bytes);
    return withinBound(essence === FORM ? redactPairs(text, redactions) : redactJson(text, redactions), about);
  } catch {
    return { text: null, note: `${about}, not readable as such, SHA-256 ${sha256Hex(bytes)}` };
  }
}

/** One for all: making one costs more than reading with it. Without `stream` nothing of a text stays in it. */
const UTF8 = new TextDecoder('utf-8', { fatal: true });
const FORM = 'application/x-www-form-urlencoded';

const withinBound = (text: string, about: string): RedactedBody =>
  text.length <= BODY_LIMIT
    ? { text, note: null }
    : { text: text.slice(0, BODY_LIMIT), note: `${about}: only the first ${sizeText(BODY_LIMIT)} are recorded` };

/**
 * `name=value` pairs between `&` or `;`; a pair whose name or value cannot be decoded is taken for a secret. Some take `;` for a part of
 * the value: behind a secret nothing stays up to the next `&`.
 */
function redactPairs(pairs: string, redactions: Redactions): string {
  const named = namedInPairs(pairs, redactions);
  return pairs.replace(/[^&]+/g, (stretch) => {
    let hidden = false;
    return stretch.replace(/[^;]+/g, (pair) => {
      const at = pair.indexOf('=');
      if (at < 0) return hidden ? REDACTED : pair;
      const name = decode(pair.slice(0, at));
      const value = decode(pair.slice(at + 1));
      if (name === null || value === null || isSecretField(name, redactions) || named.has(name)) {
        hidden = true;
        return `${pair.slice(0, at)}=${REDACTED}`;
      }
      if (hidden) return REDACTED;
      const nested = redactNested(value, redactions);
      return nested === value ? pair : `${pair.slice(0, at)}=${encodeURIComponent(nested)}`;
    });
  });
}

/** `field[0][name]=password&field[0][value]=x`: which names hold what another pair names as a secret. */
function namedInPairs(pairs: string, redactions: Redactions): ReadonlySet<string> {
  const found = new Set<string>();
  if (!/(?:name|key)(?:%5D|\])?=/i.test(pairs)) return found;
  for (const pair of pairs.split(/[&;]/)) {
    const [name, value] = pair.split('=', 2).map((part) => decode(part) ?? '');
    if (name === undefined || value === undefined || !/(?:name|key)\]?$/i.test(name)) continue;
    if (!isSecretField(value, redactions)) continue;
    for (const word of ['value', 'Value', 'values', 'val']) found.add(name.replace(/(?:name|key)(?=\]?$)/i, word));
  }
  return found;
}

function decode(text: string): string | null {
  if (!/[%+]/.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

const USER = /^([a-z][a-z0-9+.-]*:)?\/\/[^/?#]*@/i;

/** A few characters before JSON, as Socket.IO (`42/chat,7["login",{}]`), SockJS (`a[...]`) and others put them. */
const FRAMED = /^([\w/,.:-]{1,64}\s?)([[{][\s\S]*)$/;
/**
 * The text of one message of a socket: JSON loses what has a secret name, at any depth, also behind the few characters of a
 * protocol; other text loses what it names as secret. null: nothing of it can be kept.
 */
export function redactMessage(text: string): string | null {
  if (/^\s*[[{]/.test(text)) return redactBody('application/json', Buffer.from(text), []).text;
  const [, before = '', json] = FRAMED.exec(text) ?? [];
  if (json !== undefined && !isSecretField(before.replace(/[^\w-]/g, ''), NO_PACK)) {
    const kept = redactBody('application/json', Buffer.from(json), []).text;
    // What is no JSON after all goes on as text.
    if (kept !== null) return `${before}${kept}`;
  }
  return redactNested(text, NO_PACK);
}
const NO_PACK = readRedactions([]);

/**
 * A request target, or a URL from a header (Referer, Location), without secret values: query parameters with a secret name,
 * the place in a path behind a name such as passcode, user names and passwords, and the fragment.
 */
export function redactTarget(target: string, redact: readonly string[] = []): string {
  const fragment = target.indexOf('#');
  const before = fragment < 0 ? target : target.slice(0, fragment);
  const shown = before.includes('@') ? before.replace(USER, `$1//${REDACTED}@`) : before;
  const at = shown.indexOf('?');
  const path = withoutPlaces(at < 0 ? shown : shown.slice(0, at), { isSecret: isSecretName });
  return at < 0 ? path : `${path}?${redactPairs(shown.slice(at + 1), readRedactions(redact))}`;
}

/** One line a part, as JSON strings, so that no value can look like another part. */
function multipartText(contentType: string, bytes: Uint8Array, redactions: Redactions): string {
  const parts = readMultipart(contentType, bytes);
  const named = secretsNamed(parts, redactions);
  return parts
    .map(({ name, filename, content }) => {
      const label = JSON.stringify(clip(name, 256));
      if (filename !== null) {
        const size = sizeText(content.length);
        return `${label}: file ${JSON.stringify(clip(filename, 256))}, ${size}, SHA-256 ${sha256Hex(content)}`;
      }
      if (isSecretField(name, redactions) || named.has(name)) return `${label}: ${REDACTED}`;
      const text = UTF8.decode(content);
      // UTF-16 and the like: what is not understood may be a secret.
      if (text.includes('\0')) throw new Error('multipart: a field that is no text');
      return `${label}: ${JSON.stringify(clip(redactNested(text, redactions), TEXT_LIMIT))}`;
    })
    .join('\n');
}

/** `name` and `value` as two fields of one form. */
function secretsNamed(parts: readonly Part[], redactions: Redactions): ReadonlySet<string> {
  const pairs = parts
    .filter(({ filename, content }) => filename === null && content.length <= 256)
    .map(({ name, content }) => `${encodeURIComponent(name)}=${encodeURIComponent(Buffer.from(content).toString())}`);
  return namedInPairs(pairs.join('&'), redactions);
}

/** `1.2 MB`, as people say it (powers of ten) */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
