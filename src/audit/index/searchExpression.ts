// What somebody looks for -> the expression that the full-text table takes. Names become ids here, and beginnings of words the
// words that there are, so that no search has to walk through every term.
import type { DatabaseSync } from 'node:sqlite';
import type { SearchWish } from './search.ts';
import { askedWords, type TermKind, termOf, wordTerm } from './searchWords.ts';
import { fold } from './sessionSum.ts';

/** Words that the beginning of one stands for. */
const MOST_ENDINGS = 40;
const MOST_PEOPLE = 100;
const MOST_NAMED = 100;
/** Shorter ones stand for themselves only. */
const SHORTEST_BEGINNING = 2;

/** @returns null: nothing can be found, because a name that was asked for is nobody's */
export function expressionOf(database: DatabaseSync, wish: SearchWish): string | null {
  const endings = database.prepare(
    "SELECT folded FROM terms WHERE kind = 'word' AND folded > ? AND folded < ? ORDER BY folded LIMIT ?",
  );
  const all: string[] = [];
  const add = (terms: readonly string[]): void => {
    all.push(anyOf(terms));
  };
  const word = (text: string): readonly string[] => {
    const ids = [wordTerm(text), termOf('device', text), termOf('target', text)];
    if (text.length < SHORTEST_BEGINNING) return ids;
    const longer = endings.all(text, `${text}\u{10ffff}`, MOST_ENDINGS).map(({ folded }) => wordTerm(String(folded)));
    return [...ids, ...longer];
  };
  const exactly = (kind: TermKind, values: readonly string[]): void => {
    if (values.length > 0) add(values.map((value) => termOf(kind, value)));
  };

  if (wish.person.length > 0) add(wish.person.flatMap((asked) => peopleOf(database, asked)));
  exactly('console', wish.console);
  exactly('action', wish.action);
  exactly('verdict', wish.verdict);
  exactly('risk', wish.risk);
  exactly('reason', wish.reason);
  exactly('session', wish.session);
  if (wish.device.length > 0) all.push(any(wish.device.map((asked) => deviceOf(database, asked))));
  if (wish.target.length > 0) add(wish.target.flatMap((asked) => [termOf('target', asked), termOf('device', asked)]));
  for (const text of [...wish.words, ...wish.phrases]) for (const one of askedWords(text)) add(word(one));
  if (wish.screen.length > 0) {
    exactly('about', ['screen']);
    for (const text of wish.screen) for (const one of askedWords(text)) add(word(one));
  }
  if (all.includes(NOTHING)) return null;
  const without = wish.without.flatMap(askedWords).map((one) => anyOf(word(one)));
  // Everything is an act or a screen: so that there is something to take from.
  const positive = all.length > 0 ? all.join(' AND ') : anyOf([termOf('about', 'act'), termOf('about', 'screen')]);
  return without.length === 0 ? `(${positive})` : `((${positive}) NOT ${any(without)})`;
}

const NOTHING = '';
const quoted = (term: string): string => `"${term}"`;
const any = (expressions: readonly string[]): string =>
  expressions.length === 0
    ? NOTHING
    : expressions.length === 1
      ? (expressions[0] ?? NOTHING)
      : `(${expressions.join(' OR ')})`;
const anyOf = (terms: readonly string[]): string => any([...new Set(terms)].map(quoted));

function peopleOf(database: DatabaseSync, asked: string): string[] {
  const rows = database
    .prepare('SELECT id FROM people WHERE id = ? OR instr(folded, ?) > 0 LIMIT ?')
    .all(asked, fold(asked), MOST_PEOPLE);
  return rows.map(({ id }) => termOf('person', String(id)));
}

/** By its id, by what a console calls it, or by all these words in what was done to it. */
function deviceOf(database: DatabaseSync, asked: string): string {
  const folded = fold(asked);
  const named = database
    .prepare('SELECT target FROM names WHERE folded >= ? AND folded < ? LIMIT ?')
    .all(folded, `${folded}\u{10ffff}`, MOST_NAMED)
    .map(({ target }) => termOf('device', String(target)));
  const words = askedWords(asked);
  const inWords =
    words.length === 0 ? NOTHING : `(${words.map((word) => quoted(wordTerm(word))).join(' AND ')} AND "g:act")`;
  return any([anyOf([termOf('device', asked), ...named]), inWords].filter((one) => one !== NOTHING));
}
