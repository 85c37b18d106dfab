// What a search box can offer while somebody types: values that there are, by the beginning of what was typed.
import type { DatabaseSync } from 'node:sqlite';
import { fold } from './sessionSum.ts';

export type SuggestField = 'person' | 'console' | 'action' | 'device' | 'reason' | 'word';
/** `value`: what to write; `says`: for people, when that is something else */
export type Suggestion = { readonly value: string; readonly says: string | null };

const MOST = 8;

export function suggest(database: DatabaseSync, field: SuggestField, typed: string): Suggestion[] {
  const text = fold(typed);
  if (field === 'person') {
    // A few thousand at most: any part of a name will do.
    const rows = database
      .prepare('SELECT DISTINCT name FROM people WHERE instr(folded, ?) > 0 ORDER BY folded LIMIT ?')
      .all(text, MOST);
    return rows.map(({ name }) => ({ value: String(name), says: null }));
  }
  const known = database
    .prepare('SELECT value FROM terms WHERE kind = ? AND folded >= ? AND folded < ? ORDER BY folded LIMIT ?')
    .all(field, text, `${text}\u{10ffff}`, MOST)
    .map(({ value }) => ({ value: String(value), says: null }));
  if (field !== 'device') return known;
  const named = database
    .prepare(
      'SELECT name, min(target) AS target, count(*) AS many FROM names WHERE folded >= ? AND folded < ? GROUP BY name LIMIT ?',
    )
    .all(text, `${text}\u{10ffff}`, MOST)
    .map(({ name, target, many }) => ({ value: String(name), says: many === 1 ? String(target) : null }));
  return [...named, ...known].slice(0, MOST);
}
