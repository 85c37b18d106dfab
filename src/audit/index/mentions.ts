// Takes journal entries into the index: which entry speaks of which exchange, grant and hold, and when a session began and
// ended, what devices are called, and which recordings were deleted: what those said goes with them. Follows the journal by number and hash; when that is another journal than before, it begins again.
import type { DatabaseSync } from 'node:sqlite';
import type { JournalEntry } from '../../kernel/auditEvent.ts';
import { forgetSession } from './forgetSession.ts';
import { fold } from './sessionSum.ts';

/** Looking at a recording is told in the journal too, but says nothing about the exchange that was looked at. */
const VIEWS: ReadonlySet<unknown> = new Set([
  'sessions.listed',
  'sessions.searched',
  'recording.viewed',
  'recording.reasoned',
]);
const SUBJECT = /^(?:exc|gra|hol)_[A-Za-z0-9_-]{1,64}$/;

/** The last entry taken in; number 0 for none. */
export function journalPosition(database: DatabaseSync): { seq: number; hash: string } {
  const row = database.prepare('SELECT seq, hash FROM journal_position').get();
  return { seq: Number(row?.seq ?? 0), hash: String(row?.hash ?? '') };
}

/**
 * Takes in entries that follow the position; the same ones again change nothing.
 * @returns sessions that were forgotten: what is left of their recordings has to be taken in again
 */
export function addMentions(database: DatabaseSync, entries: readonly JournalEntry[]): readonly string[] {
  const mention = database.prepare('INSERT OR IGNORE INTO mentions VALUES (?, ?)');
  const began = database.prepare(`
    INSERT INTO sessions VALUES (:id, :person, :name, :folded, NULL, :at, :at, NULL, 0, 0, 0, '[]')
    ON CONFLICT (id) DO UPDATE SET login_at = :at, last_at = max(last_at, :at)`);
  const login = database.prepare('INSERT OR IGNORE INTO logins VALUES (?, ?, ?, ?, ?, NULL)');
  const loginEnded = database.prepare('UPDATE logins SET ended_at = ? WHERE session = ? AND ended_at IS NULL');
  const ended = database.prepare('UPDATE sessions SET ended_at = ? WHERE id = ? AND ended_at IS NULL');
  const name = database.prepare('INSERT OR IGNORE INTO names VALUES (?, ?, ?)');
  const deleted = database.prepare('INSERT OR REPLACE INTO deletions VALUES (?, ?, ?, ?, ?, ?)');
  const forgotten = new Set<string>();
  const position = database.prepare('INSERT OR REPLACE INTO journal_position VALUES (1, ?, ?)');
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const { seq, at, event: text } of entries) {
      const event = parse(text);
      for (const subject of subjectsOf(event)) mention.run(subject, seq);
      for (const [device, called] of namesOf(event)) name.run(fold(called), device, called);
      const { kind, session, actor, actorName } = event;
      if (typeof session === 'string' && kind === 'login.succeeded') {
        const person = typeof actor === 'string' ? actor : '';
        const name = typeof actorName === 'string' ? actorName : person;
        login.run(session, person, name, fold(name), at);
        began.run({ id: session, person, name, folded: fold(name), at });
      }
      if (typeof session === 'string' && kind === 'session.ended') {
        ended.run(at, session);
        loginEnded.run(at, session);
      }
      const gone = kind === 'retention.deleted' ? deletionIn(event) : null;
      if (gone !== null) {
        deleted.run(gone.session, seq, at, gone.why, gone.chunks, gone.refused);
        forgotten.add(gone.session);
      }
    }
    for (const session of forgotten) forgetSession(database, session);
    const last = entries.at(-1);
    if (last) position.run(last.seq, last.hash);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
  return [...forgotten];
}

export function clearMentions(database: DatabaseSync): void {
  database.exec(
    'BEGIN; DELETE FROM mentions; DELETE FROM logins; DELETE FROM deletions; DELETE FROM journal_position; COMMIT',
  );
}

/** Numbers of the entries that speak of one of these, ascending. */
export function findMentions(database: DatabaseSync, subjects: readonly string[], limit: number): number[] {
  const marks = subjects.map(() => '?').join(',');
  return database
    .prepare(`SELECT DISTINCT seq FROM mentions WHERE subject IN (${marks}) ORDER BY seq LIMIT ?`)
    .all(...subjects, limit)
    .map(({ seq }) => Number(seq));
}

type Event = { readonly [member: string]: unknown };

function parse(text: JournalEntry['event']): Event {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' ? (value as Event) : {};
  } catch {
    return {};
  }
}

/** The ids that stand in the event's own members and directly in its facts. */
function subjectsOf(event: Event): string[] {
  if (VIEWS.has(event.kind)) return [];
  const facts = event.facts !== null && typeof event.facts === 'object' ? event.facts : {};
  // What became of a recording is asked for by its session.
  if (event.kind === 'retention.deleted') return [String((facts as Event).session)];
  const values = [event.exchange, ...Object.values(facts)];
  return values.filter((value): value is string => typeof value === 'string' && SUBJECT.test(value));
}

type Deletion = { readonly session: string; readonly why: string; readonly chunks: number; readonly refused: number };

/** null: it does not say of which session */
function deletionIn({ facts }: Event): Deletion | null {
  const { session, why, chunks, refused } = (facts ?? {}) as Event;
  if (typeof session !== 'string' || session === '') return null;
  const many = (list: unknown): number => (Array.isArray(list) ? list.length : 0);
  return { session, why: typeof why === 'string' ? why : '', chunks: many(chunks), refused: many(refused) };
}

/** What the console calls devices, as those were told who were asked for access or for a signature. */
function namesOf(event: Event): [id: string, name: string][] {
  const { names } = (event.facts ?? {}) as { names?: unknown };
  if (names === null || typeof names !== 'object') return [];
  return Object.entries(names).flatMap(([target, name]): [string, string][] =>
    target.startsWith('device:') && typeof name === 'string' ? [[target.slice(7, 207), name.slice(0, 200)]] : [],
  );
}
