// Reads JSON so that no other reader can come to another result, or not at all. JSON.parse cannot do it: it keeps the last
// of two equal keys where other products keep the first (CVE-2017-12635), and it rounds 9007199254740993. So this is a
// small scanner of RFC 8259 that refuses what readers disagree on: equal keys (after unescaping, and after case folding:
// Go's encoding/json matches keys without regard to case), a byte order mark, bad UTF-8, lone surrogates, deep nesting.

import type { Member } from './unreadable.ts';
import { Unreadable } from './unreadable.ts';

/** Numbers stay as they were written: a condition or a target never rests on a rounded one. */
export type JsonNumber = { readonly number: string };
export type JsonValue = null | boolean | string | JsonNumber | readonly JsonValue[] | JsonObject;
export type JsonObject = ReadonlyMap<string, JsonValue>;

const MAX_DEPTH = 32;
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** Two keys that some reader takes for one. Upper first: it maps U+017F to S, lower maps U+212A to k. */
export const foldKey = (key: string): string => key.toUpperCase().toLowerCase();

/** @throws Unreadable */
export function readJson(bytes: Uint8Array): JsonValue {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Unreadable('is not valid UTF-8');
  }
  const scanner = createScanner(text);
  const value = scanner.value(0);
  scanner.end();
  return value;
}

function createScanner(text: string) {
  let at = 0;
  const fail = (what: string): never => {
    throw new Unreadable(`${what} at character ${at}`);
  };
  const blank = (): void => {
    for (let code = text.charCodeAt(at); code === 32 || code === 9 || code === 10 || code === 13; )
      code = text.charCodeAt(++at);
  };
  const digits = (): void => {
    const from = at;
    while (text.charCodeAt(at) >= 48 && text.charCodeAt(at) <= 57) at += 1;
    if (at === from) fail('a digit is missing');
  };

  function string(): string {
    at += 1;
    let out = '';
    for (let from = at; ; ) {
      const char = text[at];
      if (char === undefined || char < ' ') return fail('a string does not end');
      if (char !== '"' && char !== '\\') {
        at += 1;
        continue;
      }
      out += text.slice(from, at);
      at += 1;
      if (char === '"') break;
      out += escaped();
      from = at;
    }
    return out.isWellFormed() ? out : fail('a lone surrogate ends');
  }

  function escaped(): string {
    const char = text[at] ?? '';
    at += 1;
    if (char !== 'u') return SIMPLE_ESCAPES[char] ?? fail('an unknown escape ends');
    let code = 0;
    for (const end = at + 4; at < end; at += 1) {
      const digit = '0123456789abcdef'.indexOf((text[at] ?? '?').toLowerCase());
      if (digit < 0) return fail('an escape has a wrong digit');
      code = code * 16 + digit;
    }
    return String.fromCharCode(code);
  }

  function number(): JsonNumber {
    const from = at;
    if (text[at] === '-') at += 1;
    if (text[at] === '0') at += 1;
    else digits();
    if (text[at] === '.') {
      at += 1;
      digits();
    }
    if (text[at] === 'e' || text[at] === 'E') {
      at += 1;
      if (text[at] === '+' || text[at] === '-') at += 1;
      digits();
    }
    return { number: text.slice(from, at) };
  }

  function object(depth: number): JsonObject {
    const members = new Map<string, JsonValue>();
    const folded = new Set<string>();
    at += 1;
    blank();
    if (text[at] === '}') {
      at += 1;
      return members;
    }
    for (;;) {
      blank();
      if (text[at] !== '"') fail('a key is missing');
      const key = string();
      if (folded.has(foldKey(key))) fail('a key stands there twice');
      folded.add(foldKey(key));
      blank();
      if (text[at] !== ':') fail('a colon is missing');
      at += 1;
      members.set(key, value(depth));
      if (text[at] === '}') break;
      if (text[at] !== ',') fail('a comma is missing');
      at += 1;
    }
    at += 1;
    return members;
  }

  function array(depth: number): readonly JsonValue[] {
    const items: JsonValue[] = [];
    at += 1;
    blank();
    if (text[at] === ']') {
      at += 1;
      return items;
    }
    for (;;) {
      items.push(value(depth));
      if (text[at] === ']') break;
      if (text[at] !== ',') fail('a comma is missing');
      at += 1;
    }
    at += 1;
    return items;
  }

  function word<T extends boolean | null>(name: string, meaning: T): T {
    if (!text.startsWith(name, at)) fail('something else than JSON stands');
    at += name.length;
    return meaning;
  }

  /** Blanks around it are read too. `depth`: how many arrays and objects are open. */
  function value(depth: number): JsonValue {
    blank();
    const char = text[at];
    if ((char === '{' || char === '[') && depth >= MAX_DEPTH) fail('nesting is too deep');
    const read = readValue(char, depth);
    blank();
    return read;
  }

  function readValue(char: string | undefined, depth: number): JsonValue {
    if (char === '{') return object(depth + 1);
    if (char === '[') return array(depth + 1);
    if (char === '"') return string();
    if (char === 't') return word('true', true);
    if (char === 'f') return word('false', false);
    if (char === 'n') return word('null', null);
    return number();
  }

  return { value, end: () => (at === text.length ? undefined : fail('something follows the document')) };
}

/**
 * The values at a JSON pointer (RFC 6901); `*` means every element of an array.
 * @throws Unreadable when a key is there in another case only (unless `caseless`), or `*` meets something else than an array
 */
export function valuesAt(root: JsonValue, pointer: string, caseless = false): readonly JsonValue[] {
  let found: readonly JsonValue[] = [root];
  for (const step of pointer.slice(1).split('/')) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    found = found.flatMap((value): readonly JsonValue[] => {
      if (key === '*') {
        if (Array.isArray(value)) return value;
        throw new Unreadable(`has no list at ${pointer}`);
      }
      if (!(value instanceof Map)) return [];
      const member: JsonValue | undefined = value.get(key);
      if (member !== undefined) return [member];
      for (const [other, inner] of value)
        if (foldKey(other) === foldKey(key)) {
          if (caseless) return [inner];
          throw new Unreadable(`has "${key}" in another case`);
        }
      return [];
    });
  }
  return found;
}

/** What stands at a JSON pointer, as conditions and targets see it. @throws Unreadable as `valuesAt` */
export const membersAt = (root: JsonValue, pointer: string, caseless = false): readonly Member[] =>
  valuesAt(root, pointer, caseless).map(plain);

function plain(value: JsonValue): Member {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  return 'number' in value ? value : { other: true };
}
