// What is being typed in the search box, and what it becomes when a suggestion is taken. Pure.
import type { SuggestField } from '../../../../src/portal/contract/search.ts';
import { SEARCH_FIELDS, type SearchField, searchTerms } from '../../../../src/portal/contract/searchQuery.ts';

export type Typing = {
  /** null: a word, which may become a field */
  readonly field: SearchField | null;
  readonly typed: string;
  readonly start: number;
  readonly end: number;
};

/** The term that the cursor stands in or right behind; an empty one between two. */
export const typingAt = (text: string, cursor: number): Typing => {
  const term = searchTerms(text).find(({ start, end }) => start <= cursor && cursor <= end);
  if (term === undefined || (term.quoted && term.field === null))
    return { field: null, typed: '', start: cursor, end: cursor };
  return { field: term.field, typed: term.value, start: term.start, end: term.end };
};

/** Fields whose values the portal knows. */
export const askable = (field: SearchField | null): SuggestField | null => {
  switch (field) {
    case 'person':
    case 'console':
    case 'action':
    case 'device':
    case 'reason':
      return field;
    case 'screen':
      return 'word';
    default:
      return null;
  }
};

const FIXED: Partial<Record<SearchField, readonly string[]>> = {
  verdict: ['refused', 'allowed'],
  risk: ['destructive', 'high', 'low'],
  after: ['1d', '7d', '30d'],
};

/** Without asking the portal: fields by their beginning, and values that never change. */
export const fixedSuggestions = ({ field, typed }: Typing): string[] => {
  const begins = (value: string): boolean => value.startsWith(typed.toLowerCase()) && value !== typed;
  if (field === null) return typed === '' ? [] : SEARCH_FIELDS.filter(begins).map((name) => `${name}:`);
  return (FIXED[field] ?? []).filter(begins);
};

/** The text with the suggestion in place of what was typed, and where the cursor goes. */
export const completed = (text: string, typing: Typing, value: string): { text: string; cursor: number } => {
  const isField = typing.field === null && value.endsWith(':');
  const quoted = /[\s"]/.test(value) ? `"${value.replaceAll('"', '')}"` : value;
  const term = typing.field === null ? quoted : `${typing.field}:${quoted}`;
  const before = text.slice(0, typing.start);
  const after = text.slice(typing.end).trimStart();
  const put = isField ? term : `${term} `;
  return { text: `${before}${put}${after}`, cursor: before.length + put.length };
};
