// The index that reviewers search: kept as recordings are written, off the request's path, in small transactions. It is only
// derived: whatever goes wrong (a full queue, a broken file), it is marked behind and read again from the recordings.
// node:sqlite is synchronous, so no turn of work may take more than a few milliseconds of the event loop.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Mentions } from '../journal/journal.redis.ts';
import type { LinePlace } from '../recording/fileWriter.ts';
import type { LineContent } from '../recording/lines.ts';
import { type LineApplier, prepareApplyLine } from './applyLine.ts';
import { openDatabase, removeDatabase } from './database.ts';
import { createMentions } from './mentions.ts';
import * as queries from './queries.ts';
import { linesOf, readLines, recordingFiles } from './readFiles.ts';

const BATCH_EVERY = 100;
/** ms of the event loop that one turn of indexing may take, and that requests get before the next one */
const SLICE = 4;
const REST = 50;
const MOST_WAITING = 20_000;
const RETRY_AFTER = 1000;
const DETAIL_MESSAGES = 1000;

export type ExchangeRecord = { readonly row: queries.ExchangeRow; readonly lines: readonly LineContent[] };

export type SessionIndex = {
  /** Takes in what earlier runs left out, in the background. */
  start(): void;
  /** A line that the recorder wrote. Quick, never throws. */
  line(place: LinePlace, content: LineContent): void;
  /** Resolves when everything written so far is taken in. */
  settled(): Promise<void>;
  /** Forgets all and reads every recording again. */
  rebuild(): Promise<void>;
  /** false while recordings have lines that the index does not */
  complete(): boolean;
  listSessions(filter: queries.SessionFilter, cursor: string | null): ReturnType<typeof queries.listSessions>;
  getSession(id: string): queries.SessionRow | null;
  listExchanges(
    session: string,
    kind: queries.ExchangeKind,
    cursor: string | null,
  ): ReturnType<typeof queries.listExchanges>;
  /** The row and its recorded lines; null: there is no such exchange. @throws when the recording was taken away */
  getExchange(session: string, exchange: string): Promise<ExchangeRecord | null>;
  /** which journal entries speak of what; for createJournal */
  mentions: Mentions;
  close(): Promise<void>;
};

export type SessionIndexDeps = {
  /** the database, `<data>/index.sqlite` */
  file: string;
  /** the folder of the recordings */
  dir: string;
  onError: (error: unknown) => void;
};

/** @throws when the folder of the database cannot be written */
export function createSessionIndex({ file, dir, onError }: SessionIndexDeps): SessionIndex {
  let database: DatabaseSync = openDatabase(file);
  let lines: LineApplier = prepareApplyLine(database);
  let queue: { place: LinePlace; content: LineContent }[] = [];
  let behind = false;
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> | undefined;
  let closed = false;
  /** somebody waits for it */
  let hurried = 0;

  const renew = (): void => {
    try {
      database.close();
    } catch (error) {
      onError(error);
    }
    removeDatabase(file);
    database = openDatabase(file);
    lines = prepareApplyLine(database);
  };
  const transaction = (work: () => void): void => {
    database.exec('BEGIN IMMEDIATE');
    try {
      work();
      lines.finish();
      database.exec('COMMIT');
    } catch (error) {
      lines.forget();
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  };
  /** One turn: as many waiting lines as fit into a slice. */
  const drain = (): void => {
    const until = performance.now() + SLICE;
    let done = 0;
    transaction(() => {
      for (const { place, content } of queue) {
        if (lines.apply(place, content) === 'gap') behind = true;
        done += 1;
        if (done % 16 === 0 && performance.now() > until) break;
      }
    });
    queue.splice(0, done);
  };
  /** Reads what files have beyond what was taken in, in slices. */
  const catchUp = async (): Promise<void> => {
    behind = false;
    for (const name of await recordingFiles(dir)) {
      const taken = Number(database.prepare('SELECT taken FROM files WHERE name = ?').get(name)?.taken ?? 0);
      if ((await stat(join(dir, name))).size <= taken) continue;
      let batch: { place: LinePlace; content: LineContent }[] = [];
      const take = async (): Promise<void> => {
        const taking = batch;
        batch = [];
        transaction(() => {
          for (const { place, content } of taking) if (lines.apply(place, content) === 'gap') behind = true;
        });
        await (hurried ? pause() : rest());
      };
      for await (const { offset, bytes } of linesOf(join(dir, name), taken)) {
        const content = parse(bytes) ?? { type: 'message', id: '', at: 0, from: 'client', size: 0, text: null };
        batch.push({ place: { file: name, offset, length: bytes.length }, content });
        if (batch.length === 100) await take();
      }
      if (batch.length > 0) await take();
    }
  };
  const work = async (): Promise<void> => {
    try {
      while (!closed && (queue.length > 0 || behind)) {
        if (queue.length > 0) drain();
        else await catchUp();
        await (hurried ? pause() : rest());
      }
    } catch (error) {
      onError(error);
      behind = true;
      queue = [];
      if (isBroken(error)) renew();
      schedule(RETRY_AFTER);
    }
  };
  const run = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    working ??= work().finally(() => {
      working = undefined;
      if (queue.length > 0) schedule(BATCH_EVERY);
    });
    return working;
  };
  const schedule = (after: number): void => {
    if (closed || timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      void run();
    }, after).unref();
  };

  const settled = async (): Promise<void> => {
    hurried += 1;
    while (!closed && (working || queue.length > 0 || (behind && !timer))) await run();
    hurried -= 1;
  };

  return {
    start() {
      behind = true;
      void run();
    },
    line(place, content) {
      if (queue.length >= MOST_WAITING) {
        queue = [];
        behind = true;
      } else queue.push({ place, content });
      if (!working) schedule(BATCH_EVERY);
    },
    settled,
    async rebuild() {
      if (working) await working;
      queue = [];
      renew();
      behind = true;
      await settled();
    },
    complete: () => !behind && queue.length === 0,
    listSessions: (filter, cursor) => queries.listSessions(database, filter, cursor),
    getSession: (id) => queries.getSession(database, id),
    listExchanges: (session, kind, cursor) => queries.listExchanges(database, session, kind, cursor),
    async getExchange(session, exchange) {
      const found = queries.findExchange(database, session, exchange, DETAIL_MESSAGES);
      if (!found) return null;
      const byFile = Map.groupBy(found.lines, (line) => line.file);
      const read = await Promise.all([...byFile].map(([name, places]) => readLines(join(dir, name), places)));
      return { row: found.row, lines: read.flat() };
    },
    mentions: createMentions({ database: () => database }),
    async close() {
      await settled();
      closed = true;
      clearTimeout(timer);
      database.close();
    },
  };
}

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, REST));

function parse(bytes: Buffer): LineContent | null {
  try {
    return JSON.parse(bytes.toString('utf8')) as LineContent;
  } catch {
    return null;
  }
}

/** SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_IOERR: the file is of no use any more. */
const isBroken = (error: unknown): boolean =>
  [11, 26, 10].includes(Number((error as { errcode?: number } | null)?.errcode ?? 0) & 0xff);

/** For the command line and tests: builds the index of a folder anew. */
export async function rebuildIndex(dir: string, dbFile: string): Promise<void> {
  removeDatabase(dbFile);
  const index = createSessionIndex({
    dir,
    file: dbFile,
    onError: (error) => {
      throw error;
    },
  });
  await index.rebuild();
  await index.close();
}
