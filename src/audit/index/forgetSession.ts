// Takes a session out of the index whose recording was deleted: everything that lines of it brought in, so that what is left is
// what the journal alone says. Rows go at once; the words of the full-text table and of the suggestions in slices after, because
// those are shared by all sessions. Nothing of it stays readable in the file: see the pragmas in database.ts.
import type { DatabaseSync } from 'node:sqlite';
import { termOf, wordTerm } from './searchWords.ts';
import { fold } from './sessionSum.ts';

/** Within a transaction of the caller's. What is left of the recording has to be taken in again. */
export function forgetSession(database: DatabaseSync, session: string): void {
  const run = (sql: string, ...values: (string | number)[]) => database.prepare(sql).run(...values);
  const person = database.prepare('SELECT person_id FROM sessions WHERE id = ?').get(session)?.person_id;
  forgetFound(database, session);
  run('DELETE FROM screens WHERE session = ?', session);
  const own = 'SELECT no FROM exchanges WHERE session = ?';
  run(`DELETE FROM messages WHERE exchange IN (${own})`, session);
  run('DELETE FROM replay_sent WHERE exchange IN (SELECT id FROM exchanges WHERE session = ?)', session);
  run(
    'DELETE FROM person_acts WHERE (person, at, exchange) IN (SELECT ?, at, no FROM exchanges WHERE session = ? AND act = 1)',
    ...[String(person ?? ''), session],
  );
  for (const table of ['exchanges', 'facets', 'replay_pages', 'replay_looks'])
    run(`DELETE FROM ${table} WHERE session = ?`, session);
  // Names of parts are `<session>/...`; '0' is the character after '/'.
  run('DELETE FROM parts WHERE name > ? AND name < ?', `${session}/`, `${session}0`);
  run('DELETE FROM sessions WHERE id = ?', session);
  run(
    `INSERT INTO sessions SELECT session, person_id, person_name, person_folded, NULL, at, at, ended_at, 0, 0, 0, '[]'
     FROM logins WHERE session = ?`,
    session,
  );
  // Who they are is known to a search from recordings: from others of theirs, or not at all.
  if (typeof person === 'string')
    run(
      `DELETE FROM people WHERE id = ? AND NOT EXISTS
       (SELECT 1 FROM sessions WHERE person_id = people.id AND first_at IS NOT NULL)`,
      person,
    );
  run("INSERT OR REPLACE INTO forgetting VALUES (1, 'search', '', '', '')");
}

function forgetFound(database: DatabaseSync, session: string): void {
  // A term has no case, and ids have: so each is looked at.
  const slots = database
    .prepare('SELECT rowid AS slot FROM search WHERE search MATCH ?')
    .all(`"${termOf('session', session)}"`);
  const isOwn = database.prepare(`
    SELECT 1 FROM found LEFT JOIN exchanges ON no = exchange LEFT JOIN screens ON screens.slot = found.slot
    WHERE found.slot = ? AND coalesce(exchanges.session, screens.session) = ?`);
  const gone = ['search WHERE rowid', 'found WHERE slot'].map((from) => database.prepare(`DELETE FROM ${from} = ?`));
  for (const { slot } of slots)
    if (isOwn.get(Number(slot), session) !== undefined) for (const statement of gone) statement.run(Number(slot));
}

/** Pages that one step of merging writes, and words that one slice looks at: some 100 ms at most. */
const MERGE_PAGES = 100;
const WORDS = 1_000;

/** more: another slice is to come; busy: somebody reads, ask again later; done: nothing of a deleted session is left */
export type Forgetting = 'more' | 'busy' | 'done';

/** One slice. Goes on where it was, also after a crash. */
export function forgetMore(database: DatabaseSync): Forgetting {
  const state = database.prepare('SELECT stage, kind, folded, value FROM forgetting').get();
  if (state === undefined) return 'done';
  switch (state.stage) {
    case 'search':
    case 'merging':
      return inTransaction(database, () => merge(database, state.stage === 'search'));
    case 'terms':
      return inTransaction(database, () =>
        forgetTerms(database, [String(state.kind), String(state.folded), String(state.value)]),
      );
    default:
      return emptyLog(database);
  }
}

/** What was deleted is only marked; merging all segments into one leaves it out. */
function merge(database: DatabaseSync, first: boolean): Forgetting {
  const changes = () => Number(database.prepare('SELECT total_changes() AS n').get()?.n);
  const before = changes();
  database.prepare("INSERT INTO search (search, rank) VALUES ('merge', ?)").run(first ? -MERGE_PAGES : MERGE_PAGES);
  // As the documentation of FTS5 has it: fewer than two rows changed, so there was nothing to merge.
  const idle = changes() - before < 2;
  database.prepare('UPDATE forgetting SET stage = ?').run(idle ? 'terms' : 'merging');
  return 'more';
}

/** Suggestions that no act, refusal or screen has any more. @param after the last one that was looked at */
function forgetTerms(database: DatabaseSync, after: readonly [string, string, string]): Forgetting {
  const rows = database
    .prepare(
      'SELECT kind, folded, value FROM terms WHERE (kind, folded, value) > (?, ?, ?) ORDER BY kind, folded, value LIMIT ?',
    )
    .all(...after, WORDS);
  const found = database.prepare('SELECT 1 FROM search_terms WHERE term = ?');
  const gone = database.prepare('DELETE FROM terms WHERE kind = ? AND folded = ? AND value = ?');
  for (const row of rows) {
    const [kind, folded, value] = [String(row.kind), String(row.folded), String(row.value)];
    if (found.get(searched(kind, value)) === undefined) gone.run(kind, folded, value);
  }
  const last = rows.at(-1);
  // The place is a word, too.
  if (last === undefined) database.exec("UPDATE forgetting SET stage = 'log', kind = '', folded = '', value = ''");
  else
    database
      .prepare('UPDATE forgetting SET kind = ?, folded = ?, value = ?')
      .run(String(last.kind), String(last.folded), String(last.value));
  return 'more';
}

const searched = (kind: string, value: string): string =>
  kind === 'word'
    ? wordTerm(fold(value))
    : termOf(kind as 'action' | 'console' | 'device' | 'target' | 'reason', value);

/** The write-ahead log still has pages as they were before. */
function emptyLog(database: DatabaseSync): Forgetting {
  if (database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy !== 0) return 'busy';
  database.exec('DELETE FROM forgetting');
  return 'done';
}

function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
