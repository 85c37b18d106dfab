// The words that people read for an action: what would happen, to how many, to which. The number always stands there.
// What a client typed is shown bounded and without characters that could turn or hide the rest of the line.

import { ALL, type Target } from '../../kernel/action.ts';

/** One and many of a kind: "device", "devices". */
export type KindWords = { readonly one: string; readonly many: string };

type Part =
  | { readonly text: string }
  | { readonly show: 'count'; readonly kind: string }
  | { readonly show: 'list'; readonly kind: string }
  | { readonly show: 'field'; readonly place: string }
  | { readonly show: 'query' | 'path'; readonly place: string };

/** A title as it was written, read once at load. */
export type TitleTemplate = readonly Part[];

const LISTED = 3;
const SHOWN = 60;
const PLACEHOLDER = /\{(?:(count|list) ([a-z_]+)|(field|query|path) ([^{}\s]+))\}/g;

/** Returns what is wrong as a sentence when a placeholder or a kind is not known. */
export function parseTitle(text: string, kinds: ReadonlySet<string>): TitleTemplate | string {
  const parts: Part[] = [];
  let from = 0;
  for (const found of text.matchAll(PLACEHOLDER)) {
    if (found.index > from) parts.push({ text: text.slice(from, found.index) });
    from = found.index + found[0].length;
    const [, counted, kind = '', shown, place = ''] = found;
    if (counted === 'count' || counted === 'list') {
      if (!kinds.has(kind)) return `{${counted} ${kind}} names a kind that is not known`;
      parts.push({ show: counted, kind });
    } else parts.push({ show: shown === 'query' || shown === 'path' ? shown : 'field', place });
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  const plain = parts.map((part) => ('text' in part ? part.text : '')).join('');
  if (plain.includes('{') || plain.includes('}'))
    return 'has a placeholder that is none of {count kind}, {list kind}, {field place}, {query name}, {path name}';
  return parts;
}

/** Whether a title can be filled from targets alone, as it must be when somebody asks before there is a request. */
export const needsRequest = (title: TitleTemplate): boolean => title.some((part) => 'place' in part);

/** What the console calls a target, cleaned; null: not known. */
export type Called = (target: Target) => string | null;

/** `valueAt` gives what stands in a member of the body, a query key or the path; null: nothing that can be shown */
export function fillTitle(
  title: TitleTemplate,
  targets: readonly Target[],
  wordsOf: (kind: string) => KindWords,
  valueAt: (show: 'field' | 'query' | 'path', place: string) => string | null = () => null,
  called: Called = () => null,
): string {
  return title
    .map((part) => {
      if ('text' in part) return part.text;
      if ('place' in part) return quoted(valueAt(part.show, part.place));
      const ids = targets.filter((target) => target.kind === part.kind).map((target) => target.id);
      if (ids.includes(ALL)) return part.show === 'count' ? `all ${wordsOf(part.kind).many}` : 'all of them';
      if (part.show === 'count') return counted(ids.length, wordsOf(part.kind));
      return listed(ids, (id) => called({ kind: part.kind, id }));
    })
    .join('');
}

/** A title without targets, for a list to choose from: "Wipe {count device}: {list device}" -> "Wipe devices". */
export const labelOf = (title: TitleTemplate, wordsOf: (kind: string) => KindWords): string =>
  title
    .map((part) =>
      'text' in part ? part.text : 'kind' in part && part.show === 'count' ? wordsOf(part.kind).many : '',
    )
    .join('')
    .replace(/[\s:,]+$/, '');

export const counted = (count: number, words: KindWords): string => `${count} ${count === 1 ? words.one : words.many}`;

/** The id always stands behind a name: names are the console's words, and two things may have one. */
function listed(ids: readonly string[], nameOf: (id: string) => string | null): string {
  if (ids.length === 0) return 'none';
  const shown = (id: string) => {
    const name = nameOf(id);
    return name === null ? id : `${name} (${id})`;
  };
  const first = ids.slice(0, LISTED).map(shown).join(', ');
  return ids.length > LISTED ? `${first} and ${ids.length - LISTED} more` : first;
}

function quoted(value: string | null): string {
  if (value === null) return '(not said)';
  // Letters, marks, numbers, punctuation, symbols and plain blanks: no controls, no bidirectional or invisible characters.
  const clean = value.slice(0, SHOWN).replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, '');
  return `"${clean}${value.length > SHOWN ? '...' : ''}"`;
}
