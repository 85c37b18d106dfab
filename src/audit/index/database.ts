// The session index's SQLite file: derived from recordings and journal, may be deleted at any time. Opens it, or makes a
// new one when it is missing, broken or of another version.
import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const VERSION = 1;

const SCHEMA = `
  -- How much of each recording file is taken in: always a whole prefix, so nothing is counted twice or left out.
  CREATE TABLE files (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, taken INTEGER NOT NULL);
  CREATE TABLE sessions (
    id TEXT PRIMARY KEY, person_id TEXT NOT NULL, person_name TEXT NOT NULL, person_folded TEXT NOT NULL,
    first_at INTEGER, login_at INTEGER, last_at INTEGER NOT NULL, ended_at INTEGER,
    exchanges INTEGER NOT NULL, acts INTEGER NOT NULL, refusals INTEGER NOT NULL, highlights TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX sessions_by_time ON sessions ((ended_at IS NULL) DESC, last_at DESC, id DESC);
  CREATE INDEX sessions_by_person ON sessions (person_id);
  -- Which kinds of exchange a session has: what filters of the session list look at.
  CREATE TABLE facets (
    session TEXT NOT NULL, console TEXT NOT NULL, action TEXT NOT NULL, risk TEXT NOT NULL, verdict TEXT NOT NULL,
    PRIMARY KEY (session, console, action, risk, verdict)
  ) WITHOUT ROWID;
  CREATE INDEX facets_by_action ON facets (action, session);
  CREATE TABLE exchanges (
    id TEXT PRIMARY KEY, session TEXT NOT NULL, at INTEGER NOT NULL, act INTEGER NOT NULL, refused INTEGER NOT NULL,
    console TEXT NOT NULL, method TEXT NOT NULL, target TEXT NOT NULL, action TEXT NOT NULL, risk TEXT NOT NULL,
    title TEXT NOT NULL, verdict TEXT NOT NULL, reason TEXT, status INTEGER, sent INTEGER NOT NULL,
    received INTEGER NOT NULL, took INTEGER, grant_id TEXT, hold_id TEXT
  ) WITHOUT ROWID;
  CREATE INDEX exchanges_by_time ON exchanges (session, at DESC, id DESC);
  CREATE INDEX acts_by_time ON exchanges (session, at DESC, id DESC) WHERE act = 1;
  CREATE INDEX refused_by_time ON exchanges (session, at DESC, id DESC) WHERE refused = 1;
  -- Where the lines of an exchange stand, for its detail.
  CREATE TABLE lines (
    exchange TEXT NOT NULL, type TEXT NOT NULL, file INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL,
    PRIMARY KEY (exchange, file, offset)
  ) WITHOUT ROWID;
  -- Which journal entries speak of what: exchange, grant, hold.
  CREATE TABLE mentions (subject TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (subject, seq)) WITHOUT ROWID;
  CREATE TABLE journal_position (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, hash TEXT NOT NULL);
  PRAGMA user_version = ${VERSION};
`;

/** @throws when the folder cannot be written */
export function openDatabase(file: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    return opened(file);
  } catch {
    removeDatabase(file);
    return opened(file);
  }
}

export function removeDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
}

function opened(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  try {
    // Derived data: a power cut may cost it, then it is built again. So no fsync at each commit.
    database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384; PRAGMA busy_timeout = 50;',
    );
    const { user_version: version } = database.prepare('PRAGMA user_version').get() ?? {};
    if (version === 0) database.exec(`BEGIN; ${SCHEMA} COMMIT;`);
    else if (version !== VERSION) throw new Error(`the index has version ${String(version)}`);
    database.prepare('SELECT count(*) FROM files').get();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
