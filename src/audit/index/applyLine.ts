// Takes one line of a recording into the index. Order between files does not matter: the same lines give the same rows,
// however they come, so an index that was kept as it went equals one that is built anew.
import type { DatabaseSync } from 'node:sqlite';
import type { PersonRef } from '../../kernel/grant.ts';
import type { LinePlace } from '../recording/fileWriter.ts';
import type { ExchangeClosing, ExchangeOpening, LineContent } from '../recording/lines.ts';

export type Highlight = {
  readonly title: string;
  readonly risk: string;
  readonly verdict: 'go' | 'refuse';
  readonly at: number;
};

const GRAVITY: Readonly<Record<string, number>> = { read: 0, low: 1, high: 2, destructive: 3 };
const gravity = ({ risk }: Highlight): number => GRAVITY[risk] ?? 3;
const HIGHLIGHTS = 3;

/** 'taken': rows were written; 'known': it was taken in before; 'gap': lines before it are missing, read the file */
export type Taken = 'taken' | 'known' | 'gap';

/** Stands within a transaction of the caller's. */
export type LineApplier = {
  apply(place: LinePlace, content: LineContent): Taken;
  /** Writes down what lines added up to: sessions' sums, how far files were taken in. To be called before each commit. */
  finish(): void;
  /** Forgets what it believes to be in the database. To be called after each rollback. */
  forget(): void;
};

export function prepareApplyLine(database: DatabaseSync): LineApplier {
  const fileRow = database.prepare('SELECT id, taken FROM files WHERE name = ?');
  const addFile = database.prepare('INSERT INTO files (name, taken) VALUES (?, 0) RETURNING id, taken');
  const setTaken = database.prepare('UPDATE files SET taken = ? WHERE id = ?');
  const addLine = database.prepare('INSERT OR IGNORE INTO lines VALUES (?, ?, ?, ?, ?)');
  const session = database.prepare('SELECT highlights FROM sessions WHERE id = ?');
  // A session may be known from the journal before, or only after, its first exchange.
  const addToSession = database.prepare(`
    INSERT INTO sessions VALUES
      (:id, :person, :name, :folded, :first, NULL, :last, NULL, :exchanges, :acts, :refusals, :highlights)
    ON CONFLICT (id) DO UPDATE SET
      person_id = excluded.person_id, person_name = excluded.person_name, person_folded = excluded.person_folded,
      first_at = min(coalesce(first_at, excluded.first_at), excluded.first_at), last_at = max(last_at, excluded.last_at),
      exchanges = exchanges + excluded.exchanges, acts = acts + excluded.acts, refusals = refusals + excluded.refusals,
      highlights = CASE excluded.highlights WHEN '[]' THEN highlights ELSE excluded.highlights END`);
  const sessionSeen = database.prepare('UPDATE sessions SET last_at = max(last_at, ?) WHERE id = ?');
  const addFacet = database.prepare('INSERT OR IGNORE INTO facets VALUES (?, ?, ?, ?, ?)');
  const addExchange = database.prepare(`
    INSERT OR IGNORE INTO exchanges VALUES (:id, :session, :at, :act, :refused, :console, :method, :target, :action, :risk,
      :title, :verdict, :reason, NULL, 0, 0, NULL, :grant, :hold)`);
  const closeExchange = database.prepare(
    'UPDATE exchanges SET status = ?, sent = ?, received = ?, took = ? WHERE id = ? RETURNING session',
  );

  const files = new Map<string, FileState>();
  const sums = new Map<string, SessionSum>();
  const sumOf = (id: string, at: number): SessionSum => {
    let sum = sums.get(id);
    if (!sum) {
      sum = { person: null, first: at, last: at, exchanges: 0, acts: 0, refusals: 0, highlights: NONE };
      sums.set(id, sum);
    }
    return sum;
  };
  const seen = new Set<string>();
  const remember = (what: string): void => {
    if (seen.size > KEPT) seen.clear();
    seen.add(what);
  };

  const opening = (line: ExchangeOpening): void => {
    const refused = line.verdict === 'go' ? 0 : 1;
    const act = line.risk !== 'read' && refused === 0 ? 1 : 0;
    const { id, at, console, method, target, action, risk, title, verdict, reason, grant, hold } = line;
    const { changes } = addExchange.run({
      ...{ id, session: line.session, at, act, refused, console, method, target, action, risk, title, verdict, reason },
      ...{ grant, hold },
    });
    if (changes === 0) return; // the same exchange id twice: the first one counts
    const sum = sumOf(line.session, at);
    sum.person = line.principal;
    sum.first = Math.min(sum.first, at);
    sum.last = Math.max(sum.last, at);
    sum.exchanges += 1;
    sum.acts += act;
    sum.refusals += refused;
    if (risk !== 'read') {
      const before = sum.highlights === NONE ? session.get(line.session)?.highlights : sum.highlights;
      sum.highlights = gravest(before, line);
    }
    const facet = [line.session, console, action, risk, verdict].join('\n');
    if (!seen.has(facet)) addFacet.run(line.session, console, action, risk, verdict);
    remember(facet);
  };
  const closing = (id: string, at: number, { status, sent, received, took }: ExchangeClosing): void => {
    const row = closeExchange.get(status, sent, received, took, id);
    if (!row) return;
    const sum = sumOf(String(row.session), at);
    sum.last = Math.max(sum.last, at);
  };

  const fileOf = (name: string): FileState => {
    let file = files.get(name);
    if (!file) {
      const row = fileRow.get(name) ?? addFile.get(name);
      file = { id: Number(row?.id), taken: Number(row?.taken), changed: false };
      files.set(name, file);
    }
    return file;
  };

  return {
    apply(place, content) {
      const file = fileOf(place.file);
      if (place.offset < file.taken) return 'known';
      if (place.offset > file.taken) return 'gap';
      try {
        addLine.run(content.id, content.type, file.id, place.offset, place.length);
        if (content.type === 'open') opening(content);
        if (content.type === 'close') closing(content.id, content.at, content);
      } catch (error) {
        if (!isContentFault(error)) throw error;
      }
      file.taken = place.offset + place.length;
      file.changed = true;
      return 'taken';
    },
    finish() {
      for (const [id, { person, ...sum }] of sums) {
        if (person === null) sessionSeen.run(sum.last, id);
        else addToSession.run({ id, person: person.id, name: person.name, folded: fold(person.name), ...sum });
      }
      sums.clear();
      for (const file of files.values()) {
        if (file.changed) setTaken.run(file.taken, file.id);
        file.changed = false;
      }
      if (files.size > KEPT) files.clear();
    },
    forget() {
      files.clear();
      seen.clear();
      sums.clear();
    },
  };
}

/** What the lines of one transaction add to a session: one row is written for all of them. */
type SessionSum = {
  /** null: only closings came, so the session has its row already */
  person: PersonRef | null;
  first: number;
  last: number;
  exchanges: number;
  acts: number;
  refusals: number;
  /** JSON; NONE: nothing new */
  highlights: string;
};
const NONE = '[]';

type FileState = { readonly id: number; taken: number; changed: boolean };
/** So many files, and so many sessions and facets, are kept in mind. */
const KEPT = 20_000;

/** The line says nonsense (SQLITE_CONSTRAINT, SQLITE_MISMATCH, a member of a wrong type): it must not stop all others. */
function isContentFault(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof SyntaxError) return true;
  return [19, 20].includes(Number((error as { errcode?: number } | null)?.errcode ?? 0) & 0xff);
}

export const fold = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/** The three gravest distinct acts, refused ones too: what somebody should look at first. */
function gravest(stored: unknown, { title, risk, verdict, at }: ExchangeOpening): string {
  const before = (typeof stored === 'string' ? JSON.parse(stored) : []) as Highlight[];
  if (risk === 'read') return JSON.stringify(before);
  const same = (one: Highlight): boolean => one.title === title && one.verdict === verdict && one.risk === risk;
  const newest = Math.max(at, before.find(same)?.at ?? 0);
  const all = [...before.filter((one) => !same(one)), { title, risk, verdict, at: newest }];
  all.sort(
    (a, b) =>
      gravity(b) - gravity(a) || a.verdict.localeCompare(b.verdict) || b.at - a.at || (a.title < b.title ? -1 : 1),
  );
  return JSON.stringify(all.slice(0, HIGHLIGHTS));
}
