// The session index's SQLite file: derived from recordings and journal, may be deleted at any time. Opens it, or makes a
// new one when it is missing, broken or of another version. One thread writes it (indexWorker.ts); others only read.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { REPLAY_SCHEMA } from './replayRows.ts';

const VERSION = 6;

const SCHEMA = `
  -- How many lines of each part of a recording are taken in, always a whole prefix, so nothing is counted twice or left out;
  -- and the last finished chunk of which nothing is left to read.
  CREATE TABLE parts (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, taken INTEGER NOT NULL, chunk INTEGER NOT NULL
  );
  CREATE TABLE sessions (
    id TEXT PRIMARY KEY, person_id TEXT NOT NULL, person_name TEXT NOT NULL, person_folded TEXT NOT NULL,
    first_at INTEGER, login_at INTEGER, last_at INTEGER NOT NULL, ended_at INTEGER,
    exchanges INTEGER NOT NULL, acts INTEGER NOT NULL, refusals INTEGER NOT NULL, highlights TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX sessions_by_time ON sessions ((ended_at IS NULL) DESC, last_at DESC, id DESC);
  -- Which kinds of exchange a session has: what filters of the session list look at.
  CREATE TABLE facets (
    session TEXT NOT NULL, console TEXT NOT NULL, action TEXT NOT NULL, risk TEXT NOT NULL, verdict TEXT NOT NULL,
    PRIMARY KEY (session, console, action, risk, verdict)
  ) WITHOUT ROWID;
  -- Numbered as they come, because ids are random: rows are added at the end, only the small index of ids is hit anywhere.
  -- The opening's and the closing's places stand in the row itself (part, chunk, number of the line).
  CREATE TABLE exchanges (
    no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, session TEXT NOT NULL, at INTEGER NOT NULL, act INTEGER NOT NULL,
    refused INTEGER NOT NULL, console TEXT NOT NULL, method TEXT NOT NULL, target TEXT NOT NULL, action TEXT NOT NULL,
    risk TEXT NOT NULL, title TEXT NOT NULL, verdict TEXT NOT NULL, reason TEXT, status INTEGER, sent INTEGER NOT NULL,
    received INTEGER NOT NULL, took INTEGER, grant_id TEXT, hold_id TEXT,
    open_part INTEGER NOT NULL, open_chunk INTEGER NOT NULL, open_n INTEGER NOT NULL,
    close_part INTEGER, close_chunk INTEGER, close_n INTEGER
  );
  CREATE INDEX exchanges_by_time ON exchanges (session, at DESC, id DESC);
  CREATE INDEX acts_by_time ON exchanges (session, at DESC, id DESC) WHERE act = 1;
  CREATE INDEX refused_by_time ON exchanges (session, at DESC, id DESC) WHERE refused = 1;
  -- Acts by person, so that approvers can be told how often somebody does this: few, and read newest first.
  CREATE TABLE person_acts (
    person TEXT NOT NULL, at INTEGER NOT NULL, exchange INTEGER NOT NULL, console TEXT NOT NULL, action TEXT NOT NULL,
    devices INTEGER NOT NULL, PRIMARY KEY (person, at, exchange)
  ) WITHOUT ROWID;
  -- Where the messages of an exchange stand, for its detail.
  CREATE TABLE messages (
    exchange INTEGER NOT NULL, part INTEGER NOT NULL, chunk INTEGER NOT NULL, n INTEGER NOT NULL,
    PRIMARY KEY (exchange, part, n)
  ) WITHOUT ROWID;
  -- Which journal entries speak of what: exchange, grant, hold.
  CREATE TABLE mentions (subject TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (subject, seq)) WITHOUT ROWID;
  -- What the journal says of a session: all that is left of its row when its recording was deleted.
  CREATE TABLE logins (
    session TEXT PRIMARY KEY, person_id TEXT NOT NULL, person_name TEXT NOT NULL, person_folded TEXT NOT NULL,
    at INTEGER NOT NULL, ended_at INTEGER
  ) WITHOUT ROWID;
  -- Proof of what was deleted: the entry of the journal that tells it, when, by which rule, how many chunks, how many the store refused.
  CREATE TABLE deletions (
    session TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, why TEXT NOT NULL, chunks INTEGER NOT NULL,
    refused INTEGER NOT NULL, PRIMARY KEY (session, seq)
  ) WITHOUT ROWID;
  -- There while words of a deleted recording are still in the file; how far forgetting them is.
  CREATE TABLE forgetting (
    one INTEGER PRIMARY KEY CHECK (one = 1), stage TEXT NOT NULL, kind TEXT NOT NULL, folded TEXT NOT NULL, value TEXT NOT NULL
  );
  CREATE TABLE journal_position (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, hash TEXT NOT NULL);
  -- What a search finds: acts, refusals (exchange: their row), moments of a page (exchange NULL). Numbered by time (searchWords.ts).
  CREATE TABLE found (slot INTEGER PRIMARY KEY, exchange INTEGER);
  -- Terms of all of it; what they mean is in searchWords.ts. Holds no text and no positions: a few bytes for each term.
  -- What is deleted stays marked until segments are merged (forgetSession.ts).
  CREATE VIRTUAL TABLE search USING fts5(
    terms, content = '', contentless_delete = 1, detail = none, tokenize = "ascii tokenchars ':_'"
  );
  CREATE VIRTUAL TABLE search_terms USING fts5vocab(search, row);
  CREATE TABLE screens (
    slot INTEGER PRIMARY KEY, session TEXT NOT NULL, console TEXT NOT NULL, page TEXT NOT NULL, at INTEGER NOT NULL,
    text TEXT NOT NULL
  );
  -- Every value there is, to suggest and to complete: kind is word, action, console, device, target or reason.
  CREATE TABLE terms (kind TEXT NOT NULL, folded TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, folded, value))
    WITHOUT ROWID;
  CREATE TABLE people (id TEXT PRIMARY KEY, name TEXT NOT NULL, folded TEXT NOT NULL) WITHOUT ROWID;
  -- What consoles call their devices, as the journal was told.
  CREATE TABLE names (folded TEXT NOT NULL, target TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (folded, target)) WITHOUT ROWID;
  -- There while recordings that were made before this database are not taken in: so many chunks of so many are.
  CREATE TABLE rebuilding (one INTEGER PRIMARY KEY CHECK (one = 1), done INTEGER NOT NULL, total INTEGER NOT NULL);
  ${REPLAY_SCHEMA}
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

/** Only to read. @param cache KiB @throws when the file is missing or no database */
export function openReader(file: string, cache: number = 8192): DatabaseSync {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    database.exec(`PRAGMA cache_size = -${Math.floor(cache)}; PRAGMA busy_timeout = 50;`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_CANTOPEN, SQLITE_NOTADB: the file is of no use any more. */
export const isBroken = (error: unknown): boolean =>
  [10, 11, 14, 26].includes(Number((error as { errcode?: number } | null)?.errcode ?? 0) & 0xff);

/** The whole file is in order. Reads all of it: takes seconds when it is large. */
export function isSound(database: DatabaseSync): boolean {
  try {
    return database.prepare('PRAGMA quick_check(1)').get()?.quick_check === 'ok';
  } catch {
    return false;
  }
}

export function removeDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
}

function opened(file: string): DatabaseSync {
  if (!existsSync(file)) make(file);
  const database = new DatabaseSync(file);
  try {
    database.exec(PRAGMAS);
    const { user_version: version } = database.prepare('PRAGMA user_version').get() ?? {};
    if (version !== VERSION) throw new Error(`the index has version ${String(version)}`);
    database.prepare('SELECT count(*) FROM parts').get();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

// Derived data: a power cut may cost it, then it is built again (isSound is asked after every unclean end). So no fsync.
// A checkpoint each 16 MiB: pages that many commits touch are written back once.
// What is deleted is overwritten with zeros: a recording that was deleted leaves nothing readable in the file.
const PRAGMAS = `
  PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 4000; PRAGMA secure_delete = ON;
  PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -16384; PRAGMA busy_timeout = 50;`;

/** Under another name first: whoever reads meanwhile finds no file, or a whole one. */
function make(file: string): void {
  const beside = `${file}.new`;
  removeDatabase(beside);
  const database = new DatabaseSync(beside);
  try {
    database.exec(PRAGMAS);
    database.exec(`BEGIN; ${SCHEMA} COMMIT;`);
  } finally {
    database.close();
  }
  renameSync(beside, file);
}
