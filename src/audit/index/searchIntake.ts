// Takes acts, refusals and what was on screen into the search. Plain reads are not found by search: they are most of what
// happens, and stand on their session's timeline. Written in the order of time within a transaction: the full-text table
// keeps what comes in order together, and what comes out of order costs it a piece of its own.
import type { DatabaseSync } from 'node:sqlite';
import type { ExchangeOpening } from '../recording/lines.ts';
import { createScreenText, type ScreenText } from './screenText.ts';
import { actionTerms, LATEST, quarterOf, slotOf, termOf, wordsOf, wordTerm, yearOf } from './searchWords.ts';
import { fold } from './sessionSum.ts';

/** What the recorder wrote of a page: the events of its look, in JSON. */
export type ScreenLine = {
  readonly id: string;
  readonly at: number;
  readonly session: string;
  readonly console: string;
  readonly events: string;
};

/** Stands within a transaction of the caller's. */
export type SearchIntake = {
  /** @param no the exchange's row */
  act(opening: ExchangeOpening, no: number): void;
  screen(line: ScreenLine): void;
  /** Writes down what was gathered. To be called before each commit. */
  finish(): void;
  /** Forgets what it believes to be in the database. To be called after each rollback. */
  forget(): void;
  /** The same, of what a session brought in that was taken out again. */
  forgotten(session: string): void;
};

const MOST_WORDS = 60;
const MOST_SCREEN_WORDS = 500;
const KEPT = 150_000;
const NUMBER = /^\p{N}+$/u;

type Gathered = {
  readonly slot: number;
  readonly terms: string;
  readonly exchange: number | null;
  screen: Screen | null;
};
type Screen = ScreenLine & { readonly text: string; readonly person: string };

export function prepareSearchIntake(database: DatabaseSync, screenText: ScreenText = createScreenText()): SearchIntake {
  const place = database.prepare('INSERT OR IGNORE INTO found VALUES (?, ?)');
  const addText = database.prepare('INSERT INTO search (rowid, terms) VALUES (?, ?)');
  const addScreen = database.prepare('INSERT OR REPLACE INTO screens VALUES (?, ?, ?, ?, ?, ?)');
  const addTerm = database.prepare('INSERT OR IGNORE INTO terms VALUES (?, ?, ?)');
  const addPerson = database.prepare(`
    INSERT INTO people VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, folded = excluded.folded`);
  const personOf = database.prepare('SELECT person_id FROM sessions WHERE id = ?');

  const known = new Set<string>();
  const people = new Map<string, string>();
  let gathered: Gathered[] = [];

  const once = (key: string, write: () => unknown): void => {
    if (known.has(key)) return;
    write();
    if (known.size > KEPT) known.clear();
    known.add(key);
  };
  const term = (kind: string, value: string): void =>
    once(`${kind}\n${value}`, () => addTerm.run(kind, fold(value).slice(0, 200), value.slice(0, 200)));
  const person = ({ id, name }: ExchangeOpening['principal'], session: string): void => {
    once(`person\n${id}\n${name}`, () => addPerson.run(id, name, fold(name)));
    if (people.size > KEPT) people.clear();
    people.set(session, id);
  };
  const when = (at: number): string =>
    `${termOf('quarter', String(quarterOf(at)))} ${termOf('year', String(yearOf(at)))}`;
  const words = (all: readonly string[]): string => {
    // Numbers are found whole: every device has one, and nobody needs them suggested.
    for (const word of all) if (!NUMBER.test(word)) term('word', word);
    return all.map(wordTerm).join(' ');
  };

  return {
    act(opening, no) {
      const { at, session, principal, console, action, risk, verdict, reason, title, target, targets, grant, hold } =
        opening;
      if (!inTime(at)) return;
      // Whose words are on the screen is known from the requests of the session.
      person(principal, session);
      if (risk === 'read' && verdict === 'go') return;
      const named: string[] = [];
      for (const { kind, id } of Array.isArray(targets) ? targets : []) {
        named.push(termOf(kind === 'device' ? 'device' : 'target', id));
        if (named.length <= 50) term(kind === 'device' ? 'device' : 'target', id);
      }
      for (const id of [grant, hold]) if (typeof id === 'string') named.push(termOf('target', id));
      term('action', action);
      term('console', console);
      if (reason) term('reason', reason);
      const text = `${title} ${principal.name} ${action} ${console} ${target}`;
      const terms = [
        ...[termOf('about', 'act'), termOf('person', principal.id), termOf('console', console), ...actionTerms(action)],
        ...[termOf('verdict', verdict), termOf('risk', risk), ...(reason ? [termOf('reason', reason)] : [])],
        ...[termOf('session', session), when(at), ...new Set(named), words(wordsOf(text, MOST_WORDS))],
      ].join(' ');
      gathered.push({ slot: slotOf(at), terms, exchange: no, screen: null });
    },
    screen(line) {
      const { id, at, session, console, events } = line;
      if (![id, session, console, events].every((one) => typeof one === 'string') || !inTime(at)) return;
      const text = screenText.of(`${session}\n${id}`, events);
      if (text === '') return;
      const who = people.get(session) ?? String(personOf.get(session)?.person_id ?? '');
      const terms = [
        ...[termOf('about', 'screen'), ...(who === '' ? [] : [termOf('person', who)]), termOf('console', console)],
        ...[termOf('session', session), when(at), words(wordsOf(text, MOST_SCREEN_WORDS))],
      ].join(' ');
      gathered.push({ slot: slotOf(at), terms, exchange: null, screen: { ...line, text, person: who } });
    },
    finish() {
      const all = gathered.sort((a, b) => a.slot - b.slot);
      gathered = [];
      for (const { slot: wanted, terms, exchange, screen } of all) {
        // More than eight in one ms go on into the next.
        let slot = wanted;
        while (place.run(slot, exchange).changes === 0) slot += 1;
        addText.run(slot, terms);
        if (screen) addScreen.run(slot, screen.session, screen.console, screen.id, screen.at, screen.text);
      }
    },
    forget() {
      known.clear();
      people.clear();
      screenText.forget();
      gathered = [];
    },
    forgotten(session) {
      known.clear();
      people.delete(session);
      screenText.forget(`${session}\n`);
    },
  };
}

const inTime = (at: unknown): boolean => Number.isSafeInteger(at) && Number(at) >= 0 && Number(at) < LATEST;
