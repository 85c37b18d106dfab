// What reports are made of: acts, refusals and requests for access as the journal tells them, one row each. Derived: the file may be
// deleted at any time and is made again from journal and ledger. Follows the journal by number and hash.
import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const VERSION = 1;

const SCHEMA = `
  -- seq: of the intent, or of the refusal. outcome: unknown (so far) | done | failed | refused
  CREATE TABLE acts (
    seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, person TEXT NOT NULL, name TEXT NOT NULL, session TEXT NOT NULL,
    exchange TEXT NOT NULL, console TEXT NOT NULL, action TEXT NOT NULL, risk TEXT NOT NULL, title TEXT NOT NULL,
    outcome TEXT NOT NULL, reason TEXT NOT NULL, status INTEGER, devices INTEGER NOT NULL, grant_id TEXT NOT NULL,
    hold_id TEXT NOT NULL
  );
  CREATE INDEX acts_by_time ON acts (at);
  CREATE TABLE act_devices (seq INTEGER NOT NULL, device TEXT NOT NULL, PRIMARY KEY (seq, device)) WITHOUT ROWID;
  -- A request for access (grant) or for others' signatures (hold). answer: waiting | approved | denied | lapsed | withdrawn
  CREATE TABLE asks (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, at INTEGER NOT NULL, person TEXT NOT NULL, name TEXT NOT NULL,
    console TEXT NOT NULL, title TEXT NOT NULL, reason TEXT NOT NULL, ticket TEXT NOT NULL, answer TEXT NOT NULL,
    answered_at INTEGER, automatic INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX asks_by_time ON asks (at);
  CREATE TABLE answers (
    ask TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, person TEXT NOT NULL, name TEXT NOT NULL, word TEXT NOT NULL,
    PRIMARY KEY (ask, seq)
  ) WITHOUT ROWID;
  CREATE TABLE position (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, hash TEXT NOT NULL);
  PRAGMA user_version = ${VERSION};
`;

/** Of no use any more: no database (SQLITE_NOTADB), broken (SQLITE_CORRUPT), of another version. Anything else must not cost the file. */
class Useless extends Error {}
const isUseless = (error: unknown): boolean =>
  error instanceof Useless || [11, 26].includes(Number((error as { errcode?: number } | null)?.errcode ?? 0) & 0xff);

/** @throws when the folder cannot be written */
export function openReports(file: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    return opened(file);
  } catch (error) {
    if (!isUseless(error)) throw error;
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
    return opened(file);
  }
}

function opened(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  try {
    // The command line may read the journal into it at the same time as a gateway: one waits for the other.
    database.exec(
      'PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE;',
    );
    // Asked within the transaction: two that open a new file at once must not both make its tables.
    const { user_version: version } = database.prepare('PRAGMA user_version').get() ?? {};
    if (version === 0) database.exec(SCHEMA);
    else if (version !== VERSION) throw new Useless(`the reports have version ${String(version)}`);
    database.exec('COMMIT');
    database.prepare('SELECT count(*) FROM position').get();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
