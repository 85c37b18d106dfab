// Takes what recording files have into the database, in bounded transactions with rests between them: the machine's few
// cores are wanted by requests. Runs in the index's worker, where synchronous reads and writes keep nobody waiting. Whatever
// goes wrong, it looks through all recordings again: what is taken in of a file is always a whole prefix.
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { LineContent } from '../recording/lines.ts';
import { type LineApplier, prepareApplyLine } from './applyLine.ts';
import { isBroken, openDatabase, removeDatabase } from './database.ts';
import { recordingFiles } from './readFiles.ts';

/** ms of one transaction, and of the shortest rest after it; a rest is never shorter than REST_RATIO times the work. */
const SLICE = 25;
const REST = 200;
const REST_RATIO = 6;
const RETRY_AFTER = 1000;
const CHUNK = 256 * 1024;
const SCAN_SLICE = 500;

export type TakeIn = {
  /** These files have grown to these sizes. */
  grew(files: ReadonlyMap<string, number>): void;
  scan(): void;
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
  dir: string;
  onError: (error: unknown) => void;
  /** called whenever nothing is left to do */
  onTaken: () => void;
  /** called when the database is another file than before */
  onRenewed: () => void;
};

/** @throws when the folder of the database cannot be written */
export function createTakeIn({ file, dir, onError, onTaken, onRenewed }: TakeInDeps): TakeIn {
  let database = openDatabase(file);
  let lines: LineApplier = prepareApplyLine(database);
  const grown = new Map<string, number>();
  let scanWanted = false;
  let working: Promise<void> | undefined;
  let retry: NodeJS.Timeout | undefined;
  let closed = false;
  let hurried = 0;
  let wake: (() => void) | undefined;

  const renew = (): void => {
    try {
      database.close();
    } catch (error) {
      onError(error);
    }
    removeDatabase(file);
    database = openDatabase(file);
    lines = prepareApplyLine(database);
    onRenewed();
    scanWanted = true;
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

  /** One transaction: of the files that have grown as much as fits into a slice. */
  const turn = (): void => {
    const until = performance.now() + SLICE;
    transaction(() => {
      for (const [name, size] of grown) {
        const done = takeFile(join(dir, name), name, size, until);
        if (done) grown.delete(name);
        if (performance.now() > until) return;
      }
    });
  };
  /** @returns false: there is more, but no time left */
  const takeFile = (path: string, name: string, size: number, until: number): boolean => {
    if (lines.taken(name) >= size) return true;
    const fd = openOrNone(path);
    if (fd === undefined) return true; // taken away: there is nothing to read again
    try {
      for (let from = lines.taken(name); from < size; ) {
        const bytes = wholeLines(fd, from);
        if (bytes.length === 0) return true; // a torn line: told again when it grows
        for (let at = 0; at < bytes.length; ) {
          const end = bytes.indexOf(0x0a, at) + 1;
          lines.apply({ file: name, offset: from + at, length: end - at }, parse(bytes, at, end));
          at = end;
        }
        from += bytes.length;
        if (performance.now() > until) return from >= size;
      }
      return true;
    } finally {
      closeSync(fd);
    }
  };
  /** Which files have more than was taken in. A file that is shorter was cut: then nothing of the index can be trusted. */
  const look = async (): Promise<void> => {
    scanWanted = false;
    for (const [n, name] of (await recordingFiles(dir)).entries()) {
      const size = statSync(join(dir, name), { throwIfNoEntry: false })?.size ?? 0;
      const taken = lines.taken(name);
      if (size > taken) grown.set(name, Math.max(size, grown.get(name) ?? 0));
      if (size < taken) return renew();
      if (n % SCAN_SLICE === SCAN_SLICE - 1) await rest(5);
      if (closed) return;
    }
  };
  const work = async (): Promise<void> => {
    try {
      while (!closed && (scanWanted || grown.size > 0)) {
        const before = performance.now();
        if (scanWanted) await look();
        else {
          turn();
          await rest(performance.now() - before);
        }
      }
      if (!closed) onTaken();
    } catch (error) {
      onError(error);
      scanWanted = true;
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
    grew(files) {
      for (const [name, size] of files) grown.set(name, Math.max(size, grown.get(name) ?? 0));
      if (!retry) void run();
    },
    scan() {
      scanWanted = true;
      void run();
    },
    async settle() {
      hurry();
      // What was told while a pass was ending needs another one.
      do await run();
      while (!closed && !retry && (scanWanted || grown.size > 0));
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
      wake?.();
      await working;
      database.close();
    },
  };
}

const chunk = Buffer.allocUnsafeSlow(CHUNK);

/** Bytes from `from` up to the last line feed there is, at most a chunk or one long line; none when a line does not end. */
function wholeLines(fd: number, from: number): Buffer {
  for (let bytes = chunk; ; bytes = Buffer.allocUnsafe(bytes.length * 2)) {
    const read = readSync(fd, bytes, 0, bytes.length, from);
    const end = bytes.subarray(0, read).lastIndexOf(0x0a) + 1;
    if (end > 0 || read < bytes.length) return bytes.subarray(0, end);
  }
}

function openOrNone(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parse(bytes: Buffer, from: number, to: number): LineContent | null {
  try {
    return JSON.parse(bytes.toString('utf8', from, to)) as LineContent | null;
  } catch {
    return null;
  }
}
