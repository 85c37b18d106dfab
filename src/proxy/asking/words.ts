// What a console says, made harmless: text of somebody else that people read next to a signature. Nothing rests on it.

const LONGEST_NAME = 80;
const LONGEST_TIME = 40;
/** Marks above and below a letter that are left on it: names need two, pranks need hundreds. */
const PILED = /(\p{M}{2})\p{M}+/gu;
/** Controls, invisible and bidirectional characters, line ends, private and unassigned ones, lone surrogates. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}\u115f\u1160\u3164\uffa0\u2800]/gu;

/** One line of plain characters, or null when nothing is left of it. */
export function plainName(value: unknown): string | null {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text !== 'string') return null;
  // Round brackets are ours: in a title the id stands in them, and no name may look like one.
  const clean = text
    .slice(0, 1000)
    .replace(UNSEEN, ' ')
    .replace(PILED, '$1')
    .replaceAll('(', '[')
    .replaceAll(')', ']')
    .replace(/\s+/gu, ' ')
    .trim();
  if (clean === '') return null;
  const characters = [...clean];
  return characters.length <= LONGEST_NAME ? clean : `${characters.slice(0, LONGEST_NAME - 3).join('')}...`;
}

/** "2026-11-20 10:22 UTC" from what consoles write for a moment: a date in text, or seconds or milliseconds since 1970. */
export function plainTime(value: unknown): string | null {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && /^\d{10,13}$/.test(value) ? Number(value) : null;
  const at =
    number === null
      ? typeof value === 'string' && value.length <= LONGEST_TIME
        ? Date.parse(value)
        : Number.NaN
      : number < 1e11
        ? number * 1000
        : number;
  if (!Number.isFinite(at) || at < Date.UTC(2000, 0) || at > Date.UTC(2200, 0)) return null;
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** The value at a JSON pointer (RFC 6901); undefined: not there. Looks at own members only. */
export function valueAt(value: unknown, pointer: string): unknown {
  let at = value;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as { readonly [member: string]: unknown })[name];
  }
  return at;
}
