// Takes lines of recordings into the index. Order between parts does not matter: the same lines give the same rows, however
// they are cut into transactions, so an index that was kept as it went equals one that is built anew. Lines are gathered
// first: an exchange whose closing comes along is one row to insert, and a session is written once for all of its exchanges.
import type { DatabaseSync } from 'node:sqlite';
import { weightOf } from '../../kernel/action.ts';
import type { ExchangeClosing, ExchangeOpening, LineContent } from '../recording/lines.ts';
import type { LinePlace } from '../recording/places.ts';
import { prepareReplayRows } from './replayRows.ts';
import { prepareSearchIntake, type ScreenLine } from './searchIntake.ts';
import { addToSum, fold, NONE, newSum, type SessionSum } from './sessionSum.ts';

/** 'taken': it is in; 'known': it was taken in before */
export type Taken = 'taken' | 'known';

/** Stands within a transaction of the caller's. */
export type LineApplier = {
  /** @param content null: the line says nothing that could be understood; it only counts as taken in */
  apply(place: LinePlace, content: LineContent | null): Taken;
  /** How many lines of a part are taken in, with what finish() has yet to write. */
  taken(part: string): number;
  /** The last finished chunk of a part of which nothing is left to read; 0: none. */
  chunk(part: string): number;
  /** Nothing is left to read of the part's chunks up to this one. */
  chunkDone(part: string, chunk: number): void;
  /** Writes down what was gathered. To be called before each commit. */
  finish(): void;
  /** Forgets what it believes to be in the database. To be called after each rollback. */
  forget(): void;
  /** A session was taken out of the database. To be called between transactions. */
  forgotten(session: string): void;
};

type Place = { readonly part: number; readonly chunk: number; readonly n: number };
type Closed = { readonly closing: ExchangeClosing; readonly at: number; readonly place: Place };
type Opened = { readonly opening: ExchangeOpening; readonly place: Place; closed: Closed | null };
type PartState = { readonly id: number; taken: number; chunk: number; changed: boolean };

/** So many parts, exchanges and facets are kept in mind. */
const KEPT = 20_000;
const MOST_GATHERED = 2_000;

export function prepareApplyLine(database: DatabaseSync): LineApplier {
  const partRow = database.prepare('SELECT id, taken, chunk FROM parts WHERE name = ?');
  const addPart = database.prepare(
    'INSERT INTO parts (name, taken, chunk) VALUES (?, 0, 0) RETURNING id, taken, chunk',
  );
  const setTaken = database.prepare('UPDATE parts SET taken = ?, chunk = ? WHERE id = ?');
  const highlights = database.prepare('SELECT highlights FROM sessions WHERE id = ?');
  // A session may be known from the journal before, or only after, its first exchange.
  const addToSession = database.prepare(`
    INSERT INTO sessions VALUES (?, ?, ?, ?, ?, NULL, ?, NULL, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET
      person_id = excluded.person_id, person_name = excluded.person_name, person_folded = excluded.person_folded,
      first_at = min(coalesce(first_at, excluded.first_at), excluded.first_at), last_at = max(last_at, excluded.last_at),
      exchanges = exchanges + excluded.exchanges, acts = acts + excluded.acts, refusals = refusals + excluded.refusals,
      highlights = CASE excluded.highlights WHEN '[]' THEN highlights ELSE excluded.highlights END`);
  const sessionSeen = database.prepare('UPDATE sessions SET last_at = max(last_at, ?) WHERE id = ?');
  const addFacet = database.prepare('INSERT OR IGNORE INTO facets VALUES (?, ?, ?, ?, ?)');
  const addExchange = database.prepare(
    `INSERT OR IGNORE INTO exchanges VALUES (NULL${', ?'.repeat(25)})`, // number, then the columns in their order
  );
  const addAct = database.prepare('INSERT OR IGNORE INTO person_acts VALUES (?, ?, ?, ?, ?, ?)');
  const exchange = database.prepare('SELECT no, session FROM exchanges WHERE id = ?');
  const closeExchange = database.prepare(`
    UPDATE exchanges SET status = ?, sent = ?, received = ?, took = ?, close_part = ?, close_chunk = ?, close_n = ?
    WHERE no = ?`);
  const addMessage = database.prepare('INSERT OR IGNORE INTO messages VALUES (?, ?, ?, ?)');

  const replay = prepareReplayRows(database);

  const parts = new Map<string, PartState>();
  const seen = new Set<string>();
  const opened = new Map<string, Opened>();
  const closed: { id: string; closed: Closed }[] = [];
  const messages: { id: string; place: Place }[] = [];
  const screens: ScreenLine[] = [];
  const sums = new Map<string, SessionSum>();
  const search = prepareSearchIntake(database);

  const partOf = (name: string): PartState => {
    let part = parts.get(name);
    if (!part) {
      const row = partRow.get(name) ?? addPart.get(name);
      part = { id: Number(row?.id), taken: Number(row?.taken), chunk: Number(row?.chunk), changed: false };
      parts.set(name, part);
    }
    return part;
  };
  const sumOf = (session: string, at: number): SessionSum => {
    let sum = sums.get(session);
    if (!sum) {
      sum = newSum(at);
      sums.set(session, sum);
    }
    return sum;
  };
  const gather = (content: LineContent, place: Place): void => {
    if (typeof content?.id !== 'string' || typeof content.at !== 'number') return;
    if (content.type === 'open') {
      // The same exchange id twice: the first one counts.
      if (isOpening(content) && !opened.has(content.id))
        opened.set(content.id, { opening: content, place, closed: null });
    } else if (content.type === 'close') {
      const one = { closing: content, at: content.at, place };
      const before = opened.get(content.id);
      if (before) before.closed = one;
      else closed.push({ id: content.id, closed: one });
    } else if (content.type === 'message') messages.push({ id: content.id, place });
    else if (isScreen(content)) screens.push(content);
  };

  const insert = ({ opening, place, closed: end }: Opened): void => {
    const { id, at, session, console, method, target, action, risk, title, verdict, reason, grant, hold } = opening;
    const refused = verdict === 'go' ? 0 : 1;
    const act = risk !== 'read' && refused === 0 ? 1 : 0;
    const { status, sent, received, took } = end?.closing ?? { status: null, sent: 0, received: 0, took: null };
    const ends = end ? [end.place.part, end.place.chunk, end.place.n] : [null, null, null];
    const { changes, lastInsertRowid: no } = addExchange.run(
      ...[id, session, at, act, refused, console, method, target, action, risk, title, verdict, reason],
      ...[status, sent, received, took, grant, hold, place.part, place.chunk, place.n, ...ends],
    );
    if (changes === 0) {
      if (end) close(id, end);
      return;
    }
    if (act === 1) addAct.run(opening.principal.id, at, no, console, action, devicesOf(opening));
    search.act(opening, Number(no));
    const sum = sumOf(session, at);
    addToSum(sum, opening, () => highlights.get(session)?.highlights);
    if (end) sum.last = Math.max(sum.last, end.at);
    const facet = `${session}\n${console}\n${action}\n${risk}\n${verdict}`;
    if (seen.has(facet)) return;
    addFacet.run(session, console, action, risk, verdict);
    if (seen.size > KEPT) seen.clear();
    seen.add(facet);
  };
  const close = (id: string, { closing, at, place }: Closed): void => {
    const row = exchange.get(id);
    if (!row) return;
    const { status, sent, received, took } = closing;
    closeExchange.run(status, sent, received, took, place.part, place.chunk, place.n, row.no ?? 0);
    const sum = sumOf(String(row.session), at);
    sum.last = Math.max(sum.last, at);
  };
  const write = (): void => {
    for (const one of opened.values()) tolerant(() => insert(one));
    opened.clear();
    for (const { id, closed: end } of closed.splice(0)) tolerant(() => close(id, end));
    for (const line of screens.splice(0)) search.screen(line);
    const numbers = new Map<string, number | undefined>();
    for (const { id, place } of messages.splice(0)) {
      if (!numbers.has(id)) numbers.set(id, numberOrNone(exchange.get(id)?.no));
      const no = numbers.get(id);
      if (no !== undefined) addMessage.run(no, place.part, place.chunk, place.n);
    }
  };

  return {
    apply({ part: name, chunk, n }, content) {
      const part = partOf(name);
      if (n < part.taken) return 'known';
      if (content !== null) {
        gather(content, { part: part.id, chunk, n });
        tolerant(() => replay.apply(content, { part: name, chunk, n }));
      }
      if (opened.size + closed.length + messages.length + screens.length >= MOST_GATHERED) write();
      part.taken = n + 1;
      part.changed = true;
      return 'taken';
    },
    taken: (name) => parts.get(name)?.taken ?? Number(partRow.get(name)?.taken ?? 0),
    chunk: (name) => parts.get(name)?.chunk ?? Number(partRow.get(name)?.chunk ?? 0),
    chunkDone(name, chunk) {
      const part = partOf(name);
      part.chunk = Math.max(part.chunk, chunk);
      part.changed = true;
    },
    finish() {
      write();
      search.finish();
      for (const [id, { person, first, last, exchanges, acts, refusals, gravest }] of sums) {
        if (person === null) sessionSeen.run(last, id);
        else {
          const { id: who, name } = person;
          addToSession.run(id, who, name, fold(name), first, last, exchanges, acts, refusals, gravest ?? NONE);
        }
      }
      sums.clear();
      for (const part of parts.values()) {
        if (part.changed) setTaken.run(part.taken, part.chunk, part.id);
        part.changed = false;
      }
      if (parts.size > KEPT) parts.clear();
    },
    forget() {
      parts.clear();
      seen.clear();
      sums.clear();
      opened.clear();
      closed.length = 0;
      messages.length = 0;
      screens.length = 0;
      search.forget();
    },
    forgotten(session) {
      parts.clear();
      seen.clear();
      search.forgotten(session);
    },
  };
}

/** Devices that an act hit: as the console was asked, or as its targets count. */
const devicesOf = ({ devices, targets }: ExchangeOpening): number =>
  devices ?? weightOf((targets ?? []).filter(({ kind }) => kind === 'device'));

const numberOrNone = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

const isScreen = (content: { readonly type: string }): content is ScreenLine & { readonly type: 'dom' } =>
  content.type === 'dom';

/** What the sums rest on; other members of a wrong type are refused by the database. */
function isOpening({ session, principal, title, risk, verdict }: ExchangeOpening): boolean {
  const texts = [session, title, risk, verdict, principal?.id, principal?.name];
  return texts.every((text) => typeof text === 'string');
}

/** A line that says nonsense (SQLITE_CONSTRAINT, SQLITE_MISMATCH, a member of a wrong type) must not stop all others. */
function tolerant(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof TypeError) return;
    if (![19, 20].includes(Number((error as { errcode?: number } | null)?.errcode ?? 0) & 0xff)) throw error;
  }
}
