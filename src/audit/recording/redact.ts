// What of a judged body and a request target may be recorded. Only JSON and forms are recorded as text; of everything else
// there is a note. A body that cannot be read to its end is never recorded as text: what is not understood may be a secret.
import { sha256Hex } from '../../kernel/ids.ts';
import { BODY_LIMIT, clip, TEXT_LIMIT } from './limits.ts';
import { readMultipart } from './multipart.ts';
import { isSecretField, REDACTED, type Redactions, readRedactions, redactJson, redactNested } from './redactJson.ts';

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
    return withinBound(essence === FORM ? redactForm(text, redactions) : redactJson(text, redactions), about);
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

/** `name=value` pairs between `&` or `;`; a pair whose name or value cannot be decoded is taken for a secret. */
function redactPairs(pairs: string, redactions: Redactions): string {
  return pairs.replace(/[^&;]+/g, (pair) => {
    const at = pair.indexOf('=');
    if (at < 0) return pair;
    const name = decode(pair.slice(0, at));
    const value = decode(pair.slice(at + 1));
    if (name === null || value === null || isSecretField(name, redactions)) return `${pair.slice(0, at)}=${REDACTED}`;
    const nested = redactNested(value, redactions);
    return nested === value ? pair : `${pair.slice(0, at)}=${encodeURIComponent(nested)}`;
  });
}

const redactForm = redactPairs;

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
/** `passcode:1234`, as STOMP and others that look like HTTP write it: a name at the beginning of a line */
const NAMED_LINE = /^([\w.-]{1,64})([ \t]*[:=][ \t]*)(?=\S)[^\r\n\0]+/gm;

/**
 * The text of one message of a socket: JSON loses what has a secret name, at any depth, also behind the few characters of a
 * protocol; of other text lines that begin with a secret name lose what follows it, and the rest stays, because nothing in it
 * says what is secret. null: nothing of it can be kept.
 */
export function redactMessage(text: string): string | null {
  if (/^\s*[[{]/.test(text)) return redactBody('application/json', Buffer.from(text), []).text;
  const [, before = '', json] = FRAMED.exec(text) ?? [];
  if (json !== undefined && !isSecretField(before.replace(/[^\w-]/g, ''), NO_PACK)) {
    const kept = redactBody('application/json', Buffer.from(json), []).text;
    // What is no JSON after all goes on as text.
    if (kept !== null) return `${before}${kept}`;
  }
  return text.replace(NAMED_LINE, (line: string, name: string, between: string) =>
    isSecretField(name, NO_PACK) ? `${name}${between}${REDACTED}` : line,
  );
}
const NO_PACK = readRedactions([]);

/** Consoles exist that take a PIN as a place of the path: /EraseDevice/passcode/123456/id/5 */
const SECRET_PLACE = /\/(passcode|passwd|password|pin|puk|otp|totp|pwd)\/[^/?]+/gi;

/**
 * A request target, or a URL from a header (Referer, Location), without secret values: query parameters with a secret name,
 * the place in a path behind a name such as passcode, user names and passwords, and the fragment.
 */
export function redactTarget(target: string, redact: readonly string[] = []): string {
  const fragment = target.indexOf('#');
  const before = fragment < 0 ? target : target.slice(0, fragment);
  const shown = before.includes('@') ? before.replace(USER, `$1//${REDACTED}@`) : before;
  const whole = shown.replace(SECRET_PLACE, `/$1/${REDACTED}`);
  const at = whole.indexOf('?');
  if (at < 0) return whole;
  return `${whole.slice(0, at)}?${redactPairs(whole.slice(at + 1), readRedactions(redact))}`;
}

/** One line a part, as JSON strings, so that no value can look like another part. */
function multipartText(contentType: string, bytes: Uint8Array, redactions: Redactions): string {
  return readMultipart(contentType, bytes)
    .map(({ name, filename, content }) => {
      const label = JSON.stringify(clip(name, 256));
      if (filename !== null) {
        const size = sizeText(content.length);
        return `${label}: file ${JSON.stringify(clip(filename, 256))}, ${size}, SHA-256 ${sha256Hex(content)}`;
      }
      if (isSecretField(name, redactions)) return `${label}: ${REDACTED}`;
      const text = UTF8.decode(content);
      return `${label}: ${JSON.stringify(clip(redactNested(text, redactions), TEXT_LIMIT))}`;
    })
    .join('\n');
}

/** `1.2 MB`, as people say it (powers of ten) */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
