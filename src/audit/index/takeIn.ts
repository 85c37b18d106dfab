// Takes what recordings say into the database, in bounded transactions with rests between them: the machine's few cores are
// wanted by requests. Runs in the index's worker, the only thread that decrypts recordings for it. Whatever goes wrong, it looks
// through all recordings again: what is taken in of a part is always a whole prefix. A chunk that cannot be read is told and
// passed over: the rest of the history must still be found.
import type { DatabaseSync } from 'node:sqlite';
import type { JournalEntry } from '../../kernel/auditEvent.ts';
import { ChunkFault, parsedLines, type ReadLine, type RecordingReader, type TailPlace } from '../recording/reader.ts';
import { type LineApplier, prepareApplyLine } from './applyLine.ts';
import { isBroken, openDatabase, removeDatabase } from './database.ts';
import { forgetMore } from './forgetSession.ts';
import { addMentions } from './mentions.ts';
import { rebuildBegins, rebuildDone, rebuildEnds, rebuildHas } from './rebuilding.ts';

/** ms of the shortest rest after a transaction; a rest is never shorter than REST_RATIO times the work. */
const REST = 200;
const REST_RATIO = 6;
/** So many bytes of text, parts and ms of reading make one transaction. */
const MOST_BYTES = 512 * 1024;
const MOST_PARTS = 400;
const MOST_READING = 25;
const RETRY_AFTER = 1000;
const SCAN_SLICE = 500;
/** Places in so many unfinished chunks are kept. */
const KEPT_TAILS = 20_000;

export type TakeIn = {
  /** These parts have so many lines now. */
  grew(parts: ReadonlyMap<string, number>): void;
  /** This chunk is finished; the part has so many lines up to its end. */
  finished(part: string, chunk: number, lines: number): void;
  scan(): void;
  /** Takes in entries of the journal. What was deleted by retention is forgotten, and what the store refused to delete read again. */
  addMentions(entries: readonly JournalEntry[]): Promise<void>;
  /** Resolves when everything told so far is in, or when that failed. */
  settle(): Promise<void>;
  /** Makes the database anew; what was in it is read again. */
  renew(): void;
  database(): DatabaseSync;
  /** Goes on for at most so many ms, then closes the database. */
  close(within: number): Promise<void>;
};

export type TakeInDeps = {
  file: string;
  reader: RecordingReader;
  onError: (error: unknown) => void;
  /** called whenever nothing is left to do */
  onTaken: () => void;
  /** called when the database is another file than before */
  onRenewed: () => void;
};

/** @throws when the folder of the database cannot be written */
export function createTakeIn({ file, reader, onError, onTaken, onRenewed }: TakeInDeps): TakeIn {
  let database = openDatabase(file);
  let lines: LineApplier = prepareApplyLine(database);
  const grown = new Map<string, number>();
  const tails = new Map<string, TailPlace>();
  let scanWanted = false;
  /** perhaps words of a deleted recording are still in the file, also from before a crash */
  let forgetting = true;
  /** counts what was forgotten: what was read before must not be written down after */
  let era = 0;
  let again: NodeJS.Timeout | undefined;
  let working: Promise<void> | undefined;
  let retry: NodeJS.Timeout | undefined;
  let closed = false;
  let hurried = 0;
  let wake: (() => void) | undefined;

  const renew = (): void => {
    tails.clear();
    try {
      database.close();
    } catch (error) {
      onError(error);
    }
    removeDatabase(file);
    database = openDatabase(file);
    lines = prepareApplyLine(database);
    if (reader.readable) rebuildBegins(database);
    onRenewed();
    scanWanted = reader.readable;
  };
  const transaction = (act: () => void): void => {
    database.exec('BEGIN IMMEDIATE');
    try {
      act();
      lines.finish();
      database.exec('COMMIT');
    } catch (error) {
      lines.forget();
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  };
  const rest = (took: number): Promise<void> =>
    new Promise((resolve) => {
      if (hurried > 0) return void setImmediate(resolve);
      const timer = setTimeout(resolve, Math.max(REST, took * REST_RATIO));
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const hurry = (): void => {
    hurried += 1;
    wake?.();
  };

  /** What comes next of one part; null: nothing that could be read. `done`: there is no more, as far as is known. */
  const next = async (part: string, wanted: number): Promise<Step | null> => {
    const chunk = lines.chunk(part) + 1;
    try {
      const { lines: bytes, mark, next: place } = await reader.tail(part, chunk, tails.get(part) ?? null);
      const after = mark === null ? 0 : mark.first + mark.lines;
      const done = mark === null || mark.end !== 'more' || (after >= wanted && wanted !== ALL);
      return { part, chunk, wanted, bytes, finished: mark !== null, place, done };
    } catch (error) {
      if (!(error instanceof ChunkFault)) throw error;
      const files = await reader.files(part);
      const later = [...(files?.chunks ?? []), ...(files?.open ?? [])].some((one) => one > chunk);
      const there = files?.chunks.includes(chunk) === true;
      if (error.why === 'missing' && !later) return null; // taken away, or not yet there: told again when it grows
      if (error.why !== 'missing' || !wasDeleted(database, part)) onError(error);
      const step = { part, chunk, wanted, bytes: Buffer.alloc(0), place: null };
      return there || later ? { ...step, finished: true, done: !later } : null;
    }
  };
  /** One transaction: of the parts that have grown as much as fits into a slice. */
  const turn = async (): Promise<void> => {
    const until = performance.now() + MOST_READING;
    const begun = era;
    const steps: Step[] = [];
    let bytes = 0;
    for (const [part, wanted] of grown) {
      const step = await next(part, wanted);
      if (step === null) {
        if (grown.get(part) === wanted) grown.delete(part);
      } else {
        steps.push(step);
        bytes += step.bytes.length;
      }
      if (bytes >= MOST_BYTES || steps.length >= MOST_PARTS || performance.now() > until) break;
    }
    if (steps.length === 0 || begun !== era) return;
    transaction(() => {
      for (const { part, chunk, bytes: text, finished } of steps) {
        for (const line of parsedLines(text)) if (Number.isSafeInteger(line.n)) take(part, chunk, line);
        if (finished) lines.chunkDone(part, chunk);
        if (finished) rebuildDone(database);
      }
    });
    for (const { part, wanted, place, finished, done } of steps) {
      if (place === null || finished) tails.delete(part);
      else tails.set(part, place);
      if (done && grown.get(part) === wanted) grown.delete(part);
    }
    if (tails.size > KEPT_TAILS) tails.clear();
  };
  const take = (part: string, chunk: number, line: ReadLine): void => {
    lines.apply({ part, chunk, n: line.n }, line);
  };
  /** Which parts have chunks that were not taken in. One that has fewer than that was cut: then nothing can be trusted. */
  const look = async (): Promise<void> => {
    scanWanted = false;
    let looked = 0;
    let missing = 0;
    const fresh = isFresh(database);
    for (const session of await reader.sessions())
      for (const part of await reader.parts(session)) {
        const files = await reader.files(part);
        const last = Math.max(0, ...(files?.chunks ?? []), ...(files?.open ?? []));
        const done = lines.chunk(part);
        if (last > done) grown.set(part, ALL);
        missing += Math.max(0, last - done);
        if (last < done && files !== null) return renew();
        looked += 1;
        if (looked % SCAN_SLICE === 0) await rest(5);
        if (closed) return;
      }
    if (fresh && missing > 0) rebuildBegins(database);
    rebuildHas(database, missing);
  };
  const forget = (): void => {
    const word = forgetMore(database);
    forgetting = word === 'more';
    if (word !== 'busy') return;
    again ??= setTimeout(() => {
      again = undefined;
      forgetting = true;
      void run();
    }, RETRY_AFTER).unref();
  };
  const work = async (): Promise<void> => {
    try {
      while (!closed && (scanWanted || grown.size > 0 || forgetting)) {
        const before = performance.now();
        if (scanWanted) await look();
        else {
          if (grown.size > 0) await turn();
          else forget();
          await rest(performance.now() - before);
        }
      }
      if (closed) return;
      rebuildEnds(database);
      onTaken();
    } catch (error) {
      onError(error);
      scanWanted = reader.readable;
      if (isBroken(error)) {
        try {
          renew();
        } catch (cause) {
          onError(cause);
        }
      }
      retry ??= setTimeout(() => {
        retry = undefined;
        void run();
      }, RETRY_AFTER);
    }
  };
  const run = (): Promise<void> => {
    if (closed) return Promise.resolve();
    working ??= work().finally(() => {
      working = undefined;
    });
    return working;
  };

  return {
    grew(parts) {
      if (!reader.readable) {
        onTaken();
        return;
      }
      for (const [part, size] of parts)
        if (lines.taken(part) < size) grown.set(part, Math.max(size, grown.get(part) ?? 0));
      if (!retry) void run();
    },
    finished(part, chunk, size) {
      if (!reader.readable) return;
      // Kept as it was written: nothing of it has to be read again.
      if (lines.taken(part) >= size && lines.chunk(part) === chunk - 1) {
        transaction(() => lines.chunkDone(part, chunk));
        return;
      }
      if (lines.chunk(part) >= chunk) return;
      grown.set(part, Math.max(size, grown.get(part) ?? 0));
      if (!retry) void run();
    },
    scan() {
      if (!reader.readable) {
        onTaken();
        return;
      }
      scanWanted = true;
      void run();
    },
    async addMentions(entries) {
      const sessions = addMentions(database, entries);
      if (sessions.length === 0) return;
      era += 1;
      forgetting = true;
      for (const session of sessions) {
        lines.forgotten(session);
        for (const part of tails.keys()) if (part.startsWith(`${session}/`)) tails.delete(part);
      }
      if (reader.readable)
        for (const session of sessions) for (const part of await reader.parts(session)) grown.set(part, ALL);
      if (!retry) void run();
    },
    async settle() {
      hurry();
      // What was told while a pass was ending needs another one.
      do await run();
      while (!closed && !retry && (scanWanted || grown.size > 0 || forgetting));
      hurried -= 1;
    },
    renew() {
      renew();
      grown.clear();
    },
    database: () => database,
    async close(within) {
      hurry();
      const deadline = new Promise<void>((resolve) => setTimeout(resolve, within).unref());
      await Promise.race([working, deadline]);
      closed = true;
      clearTimeout(retry);
      clearTimeout(again);
      wake?.();
      await working;
      database.close();
    },
  };
}

/** Retention took chunks of this part's session away, and the store refused to delete others. */
const wasDeleted = (database: DatabaseSync, part: string): boolean =>
  database.prepare('SELECT 1 FROM deletions WHERE session = ? LIMIT 1').get(part.split('/')[0] ?? '') !== undefined;

const isFresh = (database: DatabaseSync): boolean =>
  database.prepare('SELECT 1 FROM parts LIMIT 1').get() === undefined;

/** Everything there is, however much. */
const ALL = Number.MAX_SAFE_INTEGER;

type Step = {
  readonly part: string;
  readonly chunk: number;
  readonly wanted: number;
  readonly bytes: Buffer;
  /** nothing will be added to this chunk any more */
  readonly finished: boolean;
  readonly place: TailPlace | null;
  readonly done: boolean;
};
