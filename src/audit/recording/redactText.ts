// Takes secrets out of a text that somebody put into a member, a field or a message: JSON in it, documents, scripts, addresses,
// settings, also encoded. What has a form is taken apart; what names a secret and cannot be told from its value goes to its line's end
// or whole. Texts that name no secret stay as they are.
import { holdsSecretName, MAY_NAME_A_SECRET } from './secretNames.ts';
import { REDACTED, withoutShapes } from './secretShapes.ts';

export type TextRules = {
  readonly isSecret: (name: string) => boolean;
  /** JSON in this text without its secrets, the very same when there are none; null: it is no JSON. `layers`: as below */
  readonly json: (text: string, layers: number) => string | null;
  /** names besides those that are always secret: then no text is too short to look at */
  readonly more: boolean;
};

/** Something that can stand between a name and a value, or encoded bytes. */
const FORM = /[=:<{[%&\0\n]|\s--?[a-z]|^--?[a-z]|^\/|[\w+/-]{16}/i;
const ENCODED = /[A-Za-z0-9+/_-]{16,}(?:(?:\r?\n|(?:\\+r)?\\+n)[ \t]*[A-Za-z0-9+/_-]{2,})*={0,2}/g;
const HEX = /^(?:[0-9a-f]{2}){8,}$/i;
const MARKUP = /<[a-z!?/]/i;
const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}\p{Cf}_.-]{1,63}/gu;
/** Consoles exist that take a PIN as a place of the path: /EraseDevice/passcode/123456/id/5 */
const PLACE = /\/(passcode|passwd|password|pin|puk|otp|totp|pwd)\/[^/?#\s"'<>]+/gi;
/** Behind these, what looks like no word of a path: /enroll/token/8f3a…; but /token/revoke */
const PLACE_OF_CODE =
  /\/((?:[\w-]*[-_])?(?:token|secret|passphrase|api-?key|(?:unlock|bypass|recovery|access)[-_]?(?:code|key)))\/(?![A-Za-z-]+(?:[/?#\s"'<>]|$))[^/?#\s"'<>]+/gi;
/** A parameter in a path: /app;jsessionid=… */
const MATRIX = /;([^=;/?#\s]{1,64})=[^;/?#\s]*/g;

/**
 * @param layers how many more encodings may be opened; what is then still encoded and names a secret goes whole
 * @returns the text; the very same when there was nothing to take out
 */
export function redactText(text: string, rules: TextRules, layers: number): string {
  if (text.length < 5) return text;
  const opened = percentOpened(text, rules, layers);
  if (opened !== null) return opened;
  // Before all else: in JSON what is encoded may be written with escapes.
  const inner = layers > 0 && /^\s*[[{]/.test(text) ? rules.json(text, layers) : null;
  if (inner !== null) return inner;
  const shaped = withoutShapes(text);
  if (!FORM.test(shaped)) return shaped;
  // UTF-16 that was read as UTF-8: names in it are not found.
  if (/\0[^\0]\0/.test(shaped)) return REDACTED;
  const encoded = shaped.length >= 16 ? withoutEncoded(shaped, rules, layers) : shaped;
  if (!rules.more && !MAY_NAME_A_SECRET.test(encoded) && !encoded.includes('\\u')) return encoded;
  if (layers <= 0) return namesOne(encoded, rules) ? REDACTED : encoded;
  if (MARKUP.test(encoded)) return namesOne(encoded, rules) ? REDACTED : encoded;
  return withoutPairs(withoutRows(withoutJson(withoutPlaces(encoded, rules), rules, layers), rules), rules);
}

/**
 * JSON behind a few characters, `data: {}`, once or in each line. What looks like it, and is none, goes to the end when it names a
 * secret.
 */
function withoutJson(text: string, rules: TextRules, layers: number): string {
  const at = text.search(JSON_LIKE);
  if (at < 0) return text;
  const rest = text.slice(at);
  const whole = rules.json(rest.trimEnd(), layers);
  if (whole !== null) return text.slice(0, at) + whole + blanksAfter(rest);
  const lines = text.split(/(?<=\n)/).map((line) => {
    const begin = line.search(/[[{]/);
    if (begin < 0) return line;
    const inner = rules.json(line.slice(begin).trimEnd(), layers);
    return inner === null ? null : line.slice(0, begin) + inner + blanksAfter(line);
  });
  if (lines.every((line) => line !== null)) return lines.join('');
  return namesOne(rest, rules) ? text.slice(0, at) + REDACTED : text;
}
const blanksAfter = (text: string): string => text.slice(text.trimEnd().length);
const JSON_LIKE = /[[{]\s*[\\"'[{]/;

/** Places of a path that hold a secret, by the place before, and parameters of its places. */
export function withoutPlaces(text: string, { isSecret }: Pick<TextRules, 'isSecret'>): string {
  if (!text.includes('/')) return text;
  const shown = text.replace(PLACE, `/$1/${REDACTED}`).replace(PLACE_OF_CODE, `/$1/${REDACTED}`);
  if (!shown.includes(';')) return shown;
  return shown.replace(MATRIX, (whole, name: string) => (isSecret(name) ? `;${name}=${REDACTED}` : whole));
}

const namesOne = (text: string, { isSecret }: TextRules): boolean => {
  for (const [word] of text.matchAll(WORD)) if (isSecret(word)) return true;
  return holdsSecretName(text);
};

/** Base64 and hex of something in which there is a secret. */
function withoutEncoded(text: string, rules: TextRules, layers: number): string {
  return text.replace(ENCODED, (run) => {
    for (const bytes of decodings(run)) {
      // Property lists of Apple, and what is compressed, are not read here.
      const head = bytes.toString('latin1', 0, 6);
      if (head === 'bplist' || head.startsWith('\x1f\x8b')) return REDACTED;
      const inner = textOf(bytes);
      if (inner === null) continue;
      if (layers <= 0 ? namesOne(inner, rules) : redactText(inner, rules, layers - 1) !== inner) return REDACTED;
    }
    return run;
  });
}

function* decodings(run: string): Generator<Buffer> {
  if (HEX.test(run)) yield Buffer.from(run, 'hex');
  const bare = run.replace(/\s+|\\+[rn]/g, '');
  // Of a word of letters alone, base64 makes no text; what is text nearly always has a digit or the other case in it.
  if (/[A-Z]/.test(bare) && /[a-z]/.test(bare)) yield Buffer.from(bare, 'base64');
}

const READABLE = /^[\t\n\r\x20-\x7e\xa0-\uffff]*$/;
function textOf(bytes: Buffer): string | null {
  // UTF-16, as PowerShell encodes its commands
  const wide = bytes.length > 3 && (bytes[1] === 0 || bytes[0] === 0xff);
  const text = bytes.toString(wide ? 'utf16le' : 'utf8');
  return READABLE.test(text) && !text.includes('\ufffd') ? text : null;
}

/** Percent-encoded text, however often, when something in it has to go; else null. */
function percentOpened(text: string, rules: TextRules, layers: number): string | null {
  if (layers <= 0 || !PERCENT.test(text)) return null;
  let plain = text;
  for (let times = 0; times < MOST_TIMES && PERCENT.test(plain); times += 1)
    plain = plain.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'));
  const clean = redactText(plain, rules, layers - 1);
  return clean === plain ? null : clean;
}
const PERCENT = /%[0-9a-f]{2}/i;
const MOST_TIMES = 12;

/** A table as text with a column of secrets: what follows the line that names it goes. */
function withoutRows(text: string, { isSecret }: TextRules): string {
  const lines = text.split('\n', MOST_LINES);
  let done = 0;
  for (const [at, line] of lines.entries()) {
    done += line.length + 1;
    const by = [',', '\t', ';', '|'].find((separator) => line.includes(separator));
    if (by === undefined || !(lines[at + 1] ?? '').includes(by)) continue;
    const columns = line.split(by).map((name) => name.replace(/["']/g, '').trim());
    // A line of prose has more words between its commas.
    const table = columns.every((name) => name.split(/\s+/).length <= 4);
    if (table && columns.some(isSecret)) return text.slice(0, done) + REDACTED;
  }
  return text;
}
const MOST_LINES = 2_000;

/** Where a value may begin: behind `=`, `:`, `=>`, or a blank after `--name`. */
const SEPARATOR = /(?:=>|[=:])|(?<=(?:^|\s)--?[A-Za-z][\w-]{0,40})[ \t]+(?=[^\s-])/g;
const ENDS_NAME = /[,;{}()<>&?#|\n\r"'\\=]/;
const MOST_NAME = 64;
const NAMES = /^(?:.*[^\p{L}])?(?:name|key|field|variable|header|setting|attribute|property|parameter)$/iu;
const VALUE_WORD = /^\\*["'`]?([^\n\r"'`,;{}\\]{2,64})\\*["'`]?/u;

function withoutPairs(text: string, rules: TextRules): string {
  let out = '';
  let kept = 0;
  for (const { 0: separator, index } of text.matchAll(SEPARATOR)) {
    if (index < kept) continue;
    let from = index + separator.length;
    while (from < text.length && /[ \t]/.test(text.charAt(from))) from += 1;
    const name = nameBefore(text, index, rules);
    if (!rules.isSecret(name)) {
      // `name: password`, and its value somewhere behind it
      const said = NAMES.test(name) ? VALUE_WORD.exec(text.slice(from, from + MOST_NAME + 8)) : null;
      if (said === null || !rules.isSecret(said[1] ?? '')) continue;
      from += said[0].length;
      return from < text.length ? `${out}${text.slice(kept, from)} ${REDACTED}` : out + text.slice(kept);
    }
    const to = endOfValue(text, from, separator);
    if (to === from) continue;
    const quote = /^\\*["'`]/.exec(text.slice(from, from + 8))?.[0] ?? '';
    const closed = quote !== '' && text.endsWith(quote, to) && to - from >= 2 * quote.length;
    out += `${text.slice(kept, from)}${closed ? `${quote}${REDACTED}${quote}` : REDACTED}`;
    kept = to;
  }
  return kept === 0 ? text : out + text.slice(kept);
}

/** The words before a separator, as far as they belong together; the last one alone when together they are none. */
function nameBefore(text: string, at: number, { isSecret }: TextRules): string {
  let end = at;
  while (end > 0 && /[\s"'\\`\]]/.test(text.charAt(end - 1)) && at - end < 8) end -= 1;
  let from = end;
  while (from > 0 && end - from < MOST_NAME && !ENDS_NAME.test(text.charAt(from - 1))) from -= 1;
  const name = text.slice(from, end);
  return isSecret(name) ? name : (name.split(/[\s[:/]+/).at(-1) ?? name);
}

function endOfValue(text: string, from: number, separator: string): number {
  const first = text.charAt(from);
  // What goes on over lines: a list, an object, a block, a value on the next line.
  if (first === '' || /[[{|>\r\n]/.test(first)) return /\S/.test(text.slice(from)) ? text.length : from;
  const quote = /^\\*["'`]/.exec(text.slice(from, from + 8))?.[0];
  if (quote !== undefined) {
    for (let at = text.indexOf(quote, from + quote.length); at >= 0; at = text.indexOf(quote, at + 1))
      if (quote.startsWith('\\') ? text.charAt(at - 1) !== '\\' : !escaped(text, at)) return at + quote.length;
    return text.length;
  }
  const line = /[\r\n\0]/g;
  line.lastIndex = from;
  const end = line.exec(text)?.index ?? text.length;
  // Pairs of an address or a form: no blank may stand in them.
  const pair = separator === '=' ? text.indexOf('&', from) : -1;
  return pair >= 0 && pair < end && !/\s/.test(text.slice(from, pair)) ? pair : end;
}

/** Whether the character stands behind an odd number of backslashes. */
function escaped(text: string, at: number): boolean {
  let count = 0;
  while (text.charAt(at - 1 - count) === '\\') count += 1;
  return count % 2 === 1;
}
