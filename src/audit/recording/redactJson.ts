// Takes secrets out of parsed JSON: members with a secret name at any depth, and what a pack points at. Numbers keep the
// digits that they were sent with (a device id above 2^53 must not change in a recording).
import { isSecretName } from './secretNames.ts';

export const REDACTED = '[redacted]';
/** JSON inside a JSON string is looked into so many times. */
const NESTED = 3;

/** Which members are secret besides those with a secret name. */
export type Redactions = {
  /** paths of decoded segments, from JSON pointers; `*` stands for any one member */
  readonly paths: readonly (readonly string[])[];
  /** lower-case field names, secret at any depth */
  readonly names: ReadonlySet<string>;
  /** what the paths end in: where none of these names stands, no path leads anywhere. null: a path may end at any name */
  readonly ends: ReadonlySet<string> | null;
};

const NO_MORE: Redactions = { paths: [], names: new Set(), ends: new Set() };

/** @param redact JSON pointers (they begin with `/`) and field names, as packs write them */
export function readRedactions(redact: readonly string[]): Redactions {
  if (redact.length === 0) return NO_MORE;
  const paths = redact
    .filter((entry) => entry.startsWith('/'))
    .map((pointer) =>
      pointer
        .slice(1)
        .split('/')
        .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~')),
    );
  const ends = paths.map((path) => path.at(-1) ?? '');
  return {
    paths,
    names: new Set(redact.filter((entry) => !entry.startsWith('/')).map((entry) => entry.toLowerCase())),
    ends: ends.some((end) => /^(\*|\d+)$/.test(end)) ? null : new Set(ends),
  };
}

export const isSecretField = (name: string, { names }: Redactions): boolean =>
  isSecretName(name) || (names.size > 0 && names.has(name.toLowerCase()));

/**
 * @returns the text as it came when nothing in it is secret; else with secrets replaced, and compact
 * @throws SyntaxError or RangeError when it is no JSON, or nested too deep
 */
export function redactJson(text: string, redactions: Redactions): string {
  // Nearly every answer of a console: taking it apart and writing it anew costs five times as much, and half of what a read
  // leaves to the garbage collector.
  if (isOpen(text, redactions)) {
    JSON.parse(text);
    return text;
  }
  return JSON.stringify(clean(parseExactly(text), redactions, redactions.paths, NESTED));
}

/** A form field's or string's value: when it is itself a JSON object or list, its secrets go too. */
export function redactNested(text: string, redactions: Redactions, nested = NESTED): string {
  if (nested === 0 || !/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.stringify(clean(parseExactly(text), redactions, redactions.paths, nested - 1));
  } catch {
    return text;
  }
}

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
/** What is nested deeper is left to the way that ends with an error when it is too deep. */
const MOST_DEPTH = 200;

/**
 * Whether nothing in this text can be secret, were it JSON: no name is, every name is written without escapes, no text
 * begins like JSON itself, and it is not deep. Goes from string to string; between them JSON has no quotes.
 */
function isOpen(text: string, redactions: Redactions): boolean {
  const { ends } = redactions;
  if (ends === null) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (isOpening(unit)) depth += 1;
    else if (isOpening(unit - 2)) depth -= 1;
    if (depth > MOST_DEPTH) return false;
    if (unit !== QUOTE) continue;
    const begin = at + 1;
    const end = endOfString(text, begin);
    if (end < 0) return false;
    at = end;
    while (text.charCodeAt(at + 1) <= SPACE) at += 1;
    if (text.charCodeAt(at + 1) === COLON) {
      const name = text.slice(begin, end);
      if (name.includes('\\') || isSecretField(name, redactions) || ends.has(name)) return false;
    } else if (beginsLikeJson(text, begin)) return false;
  }
  return true;
}

/** `[` or `{`; what closes them stands two further in ASCII */
const isOpening = (unit: number): boolean => unit === 0x5b || unit === 0x7b;

/** @returns where the string that begins here has its closing quote; -1: nowhere */
function endOfString(text: string, begin: number): number {
  for (let at = text.indexOf('"', begin); at >= 0; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return at;
  }
  return -1;
}

/** An escape may be a bracket, or the space before one. */
function beginsLikeJson(text: string, begin: number): boolean {
  let at = begin;
  while (text.charCodeAt(at) === SPACE) at += 1;
  const first = text.charAt(at);
  return first === '[' || first === '{' || first === '\\';
}

function clean(value: unknown, redactions: Redactions, paths: Redactions['paths'], nested: number): unknown {
  if (typeof value === 'string') return redactNested(value, redactions, nested);
  if (value === null || typeof value !== 'object' || isRawNumber(value)) return value;
  const inside = (name: string): Redactions['paths'] =>
    paths.filter(([first]) => first === name || first === '*').map((path) => path.slice(1));
  const member = (name: string, inner: unknown, secret: boolean): unknown => {
    const deeper = inside(name);
    if (secret || deeper.some((path) => path.length === 0)) return inner === null ? null : REDACTED;
    return clean(inner, redactions, deeper, nested);
  };
  if (Array.isArray(value)) return value.map((inner, index) => member(String(index), inner, false));
  const pairs = Object.entries(value).map(([name, inner]) => {
    return [name, member(name, inner, isSecretField(name, redactions))] as const;
  });
  // fromEntries defines own members, `__proto__` among them.
  return Object.fromEntries(pairs);
}

/** ECMAScript "JSON.parse source text access", in V8 since 11.4; TypeScript's ES2024 library does not know it yet. */
const exact = JSON as unknown as {
  parse(text: string, reviver: (name: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): object;
  isRawJSON(value: unknown): boolean;
};
const isRawNumber = (value: object): boolean => exact.isRawJSON(value);

const parseExactly = (text: string): unknown =>
  exact.parse(text, (_name, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source ? exact.rawJSON(source) : value,
  );
