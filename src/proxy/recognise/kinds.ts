// Says whether a text is an id of a kind. Loops over characters with a length bound: no regular expression ever runs on
// what a client sent (pitfall 34).

import type { KindFormat } from './packFormat.ts';

const digit = (code: number): boolean => code >= 48 && code <= 57;
const letter = (code: number): boolean => (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
const hex = (code: number): boolean => digit(code) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102);
const wordChar = (code: number): boolean => digit(code) || letter(code) || code === 45 || code === 95;
const visible = (code: number): boolean => code >= 32 && code <= 126;
const slash = (code: number): boolean => code === 47 || code === 92;
/** no controls, no slash or backslash, nothing beyond printable ASCII that could look like something else */
const textChar = (code: number): boolean => visible(code) && !slash(code);
/** Controls, invisible characters, and what turns the direction of a line. */
const UNSEEN: readonly (readonly [number, number])[] = [
  ...([
    [0x7f, 0xa0],
    [0xad, 0xad],
    [0x61c, 0x61c],
    [0x1680, 0x1680],
    [0x180b, 0x180f],
    [0x2000, 0x200f],
  ] as const),
  ...([
    [0x2028, 0x202f],
    [0x205f, 0x206f],
    [0x3000, 0x3000],
    [0xd800, 0xf8ff],
    [0xfe00, 0xfe0f],
  ] as const),
  ...([
    [0xfeff, 0xfeff],
    [0xfff0, 0xffff],
  ] as const),
];
const nameChar = (code: number): boolean =>
  code < 127 ? textChar(code) : !UNSEEN.some(([from, to]) => code >= from && code <= to);

const CLASSES: Readonly<Record<KindFormat['id'], (code: number) => boolean>> = {
  digits: digit,
  hex,
  uuid: (code) => hex(code) || code === 45,
  word: wordChar,
  id: (code) => wordChar(code) || code === 46 || code === 126,
  text: textChar,
  path: visible,
  name: nameChar,
};
const UUID_HYPHENS = [8, 13, 18, 23];

/**
 * The ids in one place, or null when any of them is not one of this kind.
 * @param list what stands between several ids here, whatever the kind says
 */
export function idsIn(kind: KindFormat, text: string, list?: string): readonly string[] | null {
  const separator = list ?? kind.separator;
  if (separator === undefined) return isId(kind, text) ? [folded(kind, text)] : null;
  // One id more than may be: enough to know, without splitting a long text into a million pieces.
  const ids = text.split(separator, 10_002);
  return ids.every((id) => isId(kind, id)) ? ids.map((id) => folded(kind, id)) : null;
}

const folded = (kind: KindFormat, id: string): string => (kind.caseless ? id.toLowerCase() : id);

export function isId(kind: KindFormat, text: string): boolean {
  if (kind.values !== undefined) return kind.values.includes(text) || (kind.caseless && has(kind.values, text));
  if (!text.startsWith(kind.prefix)) return false;
  const length = text.length - kind.prefix.length;
  if (length < kind.min || length > kind.max) return false;
  if (text === '.' || text === '..' || kind.not.includes(text)) return false;
  if (kind.caseless && has(kind.not, text)) return false;
  // 0042 is another text of 42: what counts by number has one way to be written.
  if (kind.numbers && kind.id === 'digits' && length > 1 && text[kind.prefix.length] === '0') return false;
  const allowed = CLASSES[kind.id];
  for (let index = kind.prefix.length; index < text.length; index += 1)
    if (!allowed(text.charCodeAt(index))) return false;
  if (kind.id === 'path') return text.split(/[/\\]/).every((part) => part !== '.' && part !== '..');
  return kind.id !== 'uuid' || isUuid(text.slice(kind.prefix.length));
}

const has = (values: readonly string[], text: string): boolean =>
  values.some((value) => value.toLowerCase() === text.toLowerCase());

const isUuid = (text: string): boolean =>
  text.length === 36 && [...text].every((char, index) => (char === '-') === UUID_HYPHENS.includes(index));

/** Whether some text could be an id of both: used to find entries that overlap, so a doubt counts as yes. */
export function couldShareIds(a: KindFormat, b: KindFormat): boolean {
  if (a.values !== undefined) return a.values.some((value) => isId(b, value));
  if (b.values !== undefined) return couldShareIds(b, a);
  // A UUID has hyphens, and digits have none.
  if (a.prefix === '' && b.prefix === '' && [a.id, b.id].sort().join(' ') === 'digits uuid') return false;
  return a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix);
}
