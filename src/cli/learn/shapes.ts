// What a path is made of: words that the product wrote, and ids. A doubt counts as an id: an id that is taken for a word
// would name one device in a pack, or carry a secret into it.
import type { ID_CLASSES } from '../../proxy/recognise/packFormat.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** `v1`, `v2.0`, `oauth2`, `base64`: words with a digit at the end */
const NUMBERED_WORD = /^(v\d{1,2}(\.\d{1,2})*|[a-z]{2,12}\d{1,2})$/i;
const LONGEST_WORD = 40;

/** Numbers, UUIDs, hex, letters mixed with digits, long base64url, names and addresses. */
export function looksLikeId(text: string): boolean {
  if (text === '') return false;
  if (text.length > LONGEST_WORD || /[^\w.~$()-]/.test(text)) return true;
  if (/^\d/.test(text) || UUID.test(text) || /^[0-9a-f]{12,}$/i.test(text)) return true;
  if (/\d/.test(text)) return !NUMBERED_WORD.test(text);
  return /[bcdfghjklmnpqrstvwxz]{6}/i.test(text);
}

/** A word that may stand in a pack: a key, a value of an action field. */
export const isWord = (text: string): boolean =>
  /^[A-Za-z_@$][\w.@$:-]*$/.test(text) && !looksLikeId(text.replaceAll(/[@$:]/g, ''));

export const ID = '{}';

/** The segments with `{}` for each id. */
export const shapeOf = (segments: readonly string[]): readonly string[] =>
  segments.map((segment) => (looksLikeId(segment) ? ID : segment));

/** `enterpriseWipe`, `enterprise-wipe`, `EnterpriseWipe` -> `enterprise wipe` */
export const wordsIn = (text: string): string =>
  text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ' ')
    .trim();

export function singular(word: string): string {
  if (/[^aeiou]ies$/.test(word)) return `${word.slice(0, -3)}y`;
  if (/(ss|sh|ch|x)es$/.test(word)) return word.slice(0, -2);
  return /[^sui]s$/.test(word) ? word.slice(0, -1) : word;
}

/** A name for what a segment's ids are: `mobile-devices` -> `mobile_device`. */
export function nameFrom(segment: string): string {
  const words = wordsIn(segment)
    .split(' ')
    .map((word) => word.replace(/[^a-z]/g, ''))
    .filter((word) => word !== '');
  const last = words.pop();
  return last === undefined ? 'object' : [...words, singular(last)].join('_').slice(0, 40);
}

type IdClass = (typeof ID_CLASSES)[number];

/** The narrowest class that all these ids are of. */
export function classOf(ids: readonly string[]): IdClass {
  const all = (pattern: RegExp): boolean => ids.every((id) => pattern.test(id));
  if (all(/^\d+$/)) return 'digits';
  if (all(UUID)) return 'uuid';
  if (all(/^[0-9a-f]{8,}$/i)) return 'hex';
  if (all(/^[\w-]+$/)) return 'word';
  if (all(/^[\w.~-]+$/)) return 'id';
  return all(/^[\x20-\x7e]+$/) ? 'text' : 'name';
}

/** Words below a collection that are never an id, whatever else stands there. */
const NEVER_IDS = new Set(
  'new all bulk batch search import export count list status summary current me self default latest settings filter query'.split(
    ' ',
  ),
);

const FEWEST_VARIANTS = 3;

/**
 * Below a collection (`/reports/...`) three and more different words in one place, none of them a word that does something, are ids too.
 * @param doesSomething whether a word is one that acts are called by
 */
export function foldVarying(
  shapes: readonly (readonly string[])[],
  doesSomething: (word: string) => boolean,
): ReadonlyMap<string, readonly string[]> {
  const folded = new Map(shapes.map((shape) => [shape.join('/'), shape]));
  const longest = Math.max(0, ...shapes.map((shape) => shape.length));
  for (let place = 1; place < longest; place += 1) {
    const families = new Map<string, { keys: string[]; words: Set<string> }>();
    for (const [key, shape] of folded) {
      const word = shape[place];
      const before = shape[place - 1] ?? '';
      if (word === undefined || word === ID || singular(before.toLowerCase()) === before.toLowerCase()) continue;
      const family = shape.with(place, ID).join('/');
      const known = families.get(family) ?? { keys: [], words: new Set<string>() };
      known.keys.push(key);
      known.words.add(word);
      families.set(family, known);
    }
    for (const { keys, words } of families.values()) {
      const plain = [...words].every((word) => !NEVER_IDS.has(word.toLowerCase()) && !doesSomething(word));
      if (words.size < FEWEST_VARIANTS || !plain) continue;
      for (const key of keys) folded.set(key, folded.get(key)?.with(place, ID) ?? []);
    }
  }
  return folded;
}
