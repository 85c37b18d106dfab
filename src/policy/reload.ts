// Looks after files that are read at the start and may change later: loads them again, whole, and hands the result on; or not
// at all, and hands the faults on. What is in force is never touched by a load that failed.
// File events are lossy (they are lost over network file systems, and on some editors' renames), so the contents are compared
// every two seconds besides; and files that are being written are left alone until they rest.

import { type FSWatcher, watch } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '../kernel/ids.ts';

export type ReloadParts<T> = {
  /** what identifies the contents on disk; equal: nothing to do */
  readonly fingerprint: () => Promise<string>;
  /** what it was before that which is in force was loaded; null: nobody looked, so all is loaded once more */
  readonly seen: string | null;
  /** @throws an error with `faults` */
  readonly load: () => T;
  /** puts it in force. A throw means: not in force, try again. */
  readonly onLoaded: (value: T) => Promise<void>;
  /** once for each state of the files. A throw means: not told, try again. */
  readonly onRejected: (error: Error) => Promise<void>;
  /** folders whose events speed things up */
  readonly folders: readonly string[];
  readonly onError: (error: unknown) => void;
  /** ms between two comparisons */
  readonly every?: number;
  /** ms for which the contents must be the same */
  readonly settle?: number;
};

const EVERY = 2000;
const SETTLE = 100;
/** looks at files that keep changing before it leaves them to the next comparison */
const MOST_LOOKS = 20;

export type Reloader = {
  start(): void;
  stop(): void;
  /** Looks now, and waits until what was found is in force or told. Never throws. */
  check(): Promise<void>;
};

export function createReloader<T>(parts: ReloadParts<T>): Reloader {
  const { fingerprint, load, onLoaded, onRejected, folders, onError, every = EVERY, settle = SETTLE } = parts;
  let { seen } = parts;
  let running: Promise<void> | null = null;
  let again = false;
  let timer: NodeJS.Timeout | undefined;
  let soon: NodeJS.Timeout | undefined;
  let watchers: FSWatcher[] = [];
  let stopped = false;

  async function look(): Promise<void> {
    let found = await fingerprint();
    for (let looks = 0; found !== seen; looks += 1) {
      if (looks === MOST_LOOKS) return;
      await new Promise((resolve) => setTimeout(resolve, settle));
      const now = await fingerprint();
      const rests = now === found;
      found = now;
      if (rests) break;
    }
    if (found === seen || stopped) return;
    let value: T;
    try {
      value = load();
    } catch (error) {
      if (!(error instanceof Error && 'faults' in error)) throw error;
      await onRejected(error);
      seen = found;
      return;
    }
    // What was loaded must be what was looked at: files may have changed in between.
    if ((await fingerprint()) !== found) {
      again = true;
      return;
    }
    await onLoaded(value);
    seen = found;
  }

  function check(): Promise<void> {
    if (running !== null) {
      again = true;
      return running;
    }
    running = (async () => {
      do {
        again = false;
        await look().catch(onError);
      } while (again && !stopped);
      running = null;
    })();
    return running;
  }

  function stop(): void {
    stopped = true;
    clearInterval(timer);
    clearTimeout(soon);
    for (const watcher of watchers) watcher.close();
    watchers = [];
  }

  function start(): void {
    // One at a time: a load that takes longer than the interval must come to an end.
    timer = setInterval(() => {
      if (running === null) void check();
    }, every);
    timer.unref();
    for (const folder of folders) {
      try {
        const watcher = watch(folder, { persistent: false }, () => {
          clearTimeout(soon);
          soon = setTimeout(check, settle);
        });
        watcher.on('error', onError);
        watchers.push(watcher);
      } catch (error) {
        onError(error);
      }
    }
    void check();
  }

  return { start, stop, check };
}

/** A digest over names and contents of files: those that are named, and in folders those that end so. */
export async function fingerprintOf(
  sources: readonly { readonly path: string; readonly ending?: string }[],
): Promise<string> {
  const seen: string[] = [];
  for (const { path, ending } of sources) {
    try {
      const names = ending === undefined ? [''] : (await readdir(path)).filter((name) => name.endsWith(ending)).sort();
      for (const name of names) {
        const file = name === '' ? path : join(path, name);
        seen.push(file, sha256Hex(await readFile(file)));
      }
    } catch (error) {
      seen.push(path, error instanceof Error && 'code' in error ? String(error.code) : 'unreadable');
    }
  }
  return sha256Hex(JSON.stringify(seen));
}
