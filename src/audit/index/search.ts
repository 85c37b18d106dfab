// Search over acts, refusals and what was on screen, newest first. One page is bounded in time as well as in number: when the
// time is up before the page is full, what was found so far is given, with the place to go on from. Time is walked back in
// pieces (a quarter, then years), because a search for things that never meet would otherwise read all of them at once.
import type { DatabaseSync } from 'node:sqlite';
import type { Risk } from '../../kernel/action.ts';
import { monotonic } from '../../kernel/clock.ts';
import type { PersonRef } from '../../kernel/grant.ts';
import { BadCursor, type ExchangeRow, exchangeRow, PAGE_SIZE, type Row } from './queries.ts';
import { expressionOf } from './searchExpression.ts';
import { LATEST, quarterOf, quarterStart, slotOf, termOf, timeOf, yearOf, yearStart } from './searchWords.ts';
import { fold } from './sessionSum.ts';

/** What somebody looks for. Everything given must be so; several values of one member: any of them. Empty: no condition. */
export type SearchWish = {
  /** words anywhere in what is known of an act, or on the screen */
  readonly words: readonly string[];
  /** the same, next to each other as written */
  readonly phrases: readonly string[];
  readonly without: readonly string[];
  /** words or phrases that were on the screen */
  readonly screen: readonly string[];
  /** principal ids, or parts of names */
  readonly person: readonly string[];
  /** ids */
  readonly console: readonly string[];
  /** `device.wipe`, or its beginning: `device` */
  readonly action: readonly string[];
  /** ids, or what the console calls them */
  readonly device: readonly string[];
  /** ids of targets of any kind */
  readonly target: readonly string[];
  readonly verdict: readonly ('go' | 'refuse')[];
  readonly risk: readonly Risk[];
  readonly reason: readonly string[];
  readonly session: readonly string[];
  /** ms, inclusive; null: no bound */
  readonly from: number | null;
  /** ms, exclusive */
  readonly to: number | null;
};

type Found = { readonly at: number; readonly session: string; readonly person: PersonRef };
export type ActHit = Found & { readonly kind: 'act' } & Omit<ExchangeRow, 'sent' | 'received' | 'took'>;
export type ScreenHit = Found & {
  readonly kind: 'screen';
  readonly console: string;
  readonly page: string;
  /** what stood there, or the part of it where the words are */
  readonly text: string;
};
export type Hit = ActHit | ScreenHit;

export type SearchPage = {
  readonly hits: readonly Hit[];
  /** where to go on; null: that was all */
  readonly next: string | null;
  /** ms: everything after this was looked at; null: everything was */
  readonly searchedTo: number | null;
};

export const EMPTY_WISH: SearchWish = Object.freeze({
  ...{ words: [], phrases: [], without: [], screen: [], person: [], console: [], action: [], device: [], target: [] },
  ...{ verdict: [], risk: [], reason: [], session: [], from: null, to: null },
});

/** ms that one page may take */
const BUDGET = 120;
/** ms: where a year would take less, a year is taken at once */
const QUICK = 50;
const SNIPPET = 240;

/** @throws BadCursor */
export function search(
  database: DatabaseSync,
  wish: SearchWish,
  cursor: string | null,
  budget: number = BUDGET,
): SearchPage {
  const started = monotonic();
  const expression = expressionOf(database, wish);
  const span = database
    .prepare('SELECT (SELECT min(slot) FROM found) AS first, (SELECT max(slot) FROM found) AS last')
    .get();
  if (expression === null || typeof span?.first !== 'number' || typeof span.last !== 'number')
    return { hits: [], next: null, searchedTo: null };
  const lowest = Math.max(span.first, slotOf(Math.min(wish.from ?? 0, LATEST)));
  const highest = Math.min(span.last, wish.to === null ? span.last : slotOf(Math.min(wish.to, LATEST)) - 1);
  let from = Math.min(highest, cursor === null ? highest : slotFrom(cursor));
  const show = preparedHits(database);
  const phrases = [...wish.phrases, ...wish.screen].map(fold);
  const words = [...wish.words.map(fold), ...phrases];
  const matching = database.prepare(
    'SELECT rowid FROM search WHERE search MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC LIMIT ?',
  );
  const hits: Hit[] = [];
  const latest = database.prepare('SELECT max(slot) AS slot FROM found WHERE slot <= ?');
  /** what a year would take, judged by the last piece, ms */
  let yearTakes = Number.POSITIVE_INFINITY;

  while (from >= lowest) {
    // Times when nothing happened are passed over.
    from = Number(latest.get(from)?.slot ?? -1);
    if (from < lowest) break;
    const pieceStarted = monotonic();
    const { lower, term } = pieceAt(timeOf(from), yearTakes < QUICK);
    const bottom = Math.max(lowest, slotOf(lower));
    for (let upper = from; upper >= bottom; ) {
      const rows = matching.all(`${expression} AND ${term}`, bottom, upper, PAGE_SIZE);
      for (const { rowid } of rows) {
        const slot = Number(rowid);
        const hit = show(slot, phrases, words);
        if (hit !== null) hits.push(hit);
        if (hits.length === PAGE_SIZE || monotonic() - started > budget) return upTo(hits, slot, lowest);
      }
      if (rows.length < PAGE_SIZE) break;
      upper = Number(rows.at(-1)?.rowid) - 1;
    }
    // The newest piece may be a day of its quarter.
    yearTakes = ((monotonic() - pieceStarted) * slotOf(yearStart(1))) / Math.max(1, from - bottom);
    from = bottom - 1;
    if (monotonic() - started > budget) return upTo(hits, bottom, lowest);
  }
  return { hits, next: null, searchedTo: null };
}

const upTo = (hits: readonly Hit[], slot: number, lowest: number): SearchPage =>
  slot <= lowest ? { hits, next: null, searchedTo: null } : { hits, next: String(slot - 1), searchedTo: timeOf(slot) };

/** What is left of the quarter or the year that a moment is in, and the term that everything in it has. */
const pieceAt = (at: number, whole: boolean): { lower: number; term: string } =>
  whole
    ? { lower: yearStart(yearOf(at)), term: `"${termOf('year', String(yearOf(at)))}"` }
    : { lower: quarterStart(quarterOf(at)), term: `"${termOf('quarter', String(quarterOf(at)))}"` };

function slotFrom(cursor: string): number {
  const slot = /^\d{1,16}$/.test(cursor) ? Number(cursor) : Number.NaN;
  if (!Number.isSafeInteger(slot)) throw new BadCursor('this is not a cursor of this search');
  return slot;
}

/** @returns null for what has no row any more, or not the phrases as they were asked for */
function preparedHits(database: DatabaseSync) {
  const act = database.prepare(`
    SELECT exchanges.*, person_id, person_name FROM found
    JOIN exchanges ON no = exchange LEFT JOIN sessions ON sessions.id = session WHERE slot = ?`);
  const screen = database.prepare(`
    SELECT screens.*, person_id, person_name FROM screens LEFT JOIN sessions ON sessions.id = session WHERE slot = ?`);
  return (slot: number, phrases: readonly string[], words: readonly string[]): Hit | null => {
    const row = act.get(slot);
    if (row !== undefined) {
      const { sent: _sent, received: _received, took: _took, ...shown } = exchangeRow(row);
      const person = personOf(row);
      const said = fold(`${shown.title} ${shown.target} ${person.name}`);
      if (!phrases.every((phrase) => said.includes(phrase))) return null;
      return { kind: 'act', session: String(row.session), person, ...shown };
    }
    const seen = screen.get(slot);
    if (seen === undefined) return null;
    const text = String(seen.text);
    const folded = fold(text);
    if (!phrases.every((phrase) => folded.includes(phrase))) return null;
    const [session, console, page] = [String(seen.session), String(seen.console), String(seen.page)];
    return {
      kind: 'screen',
      at: Number(seen.at),
      session,
      person: personOf(seen),
      console,
      page,
      text: snippetOf(text, words),
    };
  };
}

const personOf = (row: Row): PersonRef => ({ id: String(row.person_id ?? ''), name: String(row.person_name ?? '') });

/** The part of a text where one of the words is. */
function snippetOf(text: string, words: readonly string[]): string {
  if (text.length <= SNIPPET) return text;
  const lower = text.toLowerCase();
  const at = words.map((word) => lower.indexOf(word)).find((place) => place >= 0) ?? 0;
  const start = at < SNIPPET / 2 ? 0 : text.indexOf(' ', at - SNIPPET / 2) + 1;
  const cut = text.slice(start, start + SNIPPET);
  return `${start > 0 ? '… ' : ''}${cut}${start + SNIPPET < text.length ? ' …' : ''}`.toWellFormed();
}
