// Says of a run of the gateway that it is alive, so that nobody else takes its unfinished chunks for those of a dead one. The
// lock is the operating system's (a locked, empty database file): it ends with the process, however that died.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { RUNS } from './places.ts';

const fileOf = (dir: string, run: string): string => join(dir, RUNS, run);

/** @returns null: somebody has it @throws when the file cannot be opened */
function lock(path: string): DatabaseSync | null {
  const file = new DatabaseSync(path);
  try {
    file.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE;');
    return file;
  } catch (error) {
    file.close();
    // 5: SQLITE_BUSY, the low byte of its extended codes
    if ((Number((error as { errcode?: unknown }).errcode) & 0xff) === 5) return null;
    throw error;
  }
}

/** To be called before the run's first part. @returns the way to say that nothing of it is unfinished @throws */
export function holdRun(dir: string, run: string): () => void {
  mkdirSync(join(dir, RUNS), { recursive: true, mode: 0o700 });
  const held = lock(fileOf(dir, run));
  if (held === null) throw new Error('another run of the gateway has this name');
  return () => {
    held.close();
    forgetRun(dir, run);
  };
}

/** true: its process lives, as far as one can know. Runs that said goodbye, or whose folder is gone, do not. */
export function isAlive(dir: string, run: string): boolean {
  const path = fileOf(dir, run);
  if (!existsSync(path)) return false;
  const free = lock(path);
  free?.close();
  return free === null;
}

export const forgetRun = (dir: string, run: string): void => rmSync(fileOf(dir, run), { force: true });
