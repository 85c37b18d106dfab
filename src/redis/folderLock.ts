// One process at a time on a data folder. The lock is the operating system's (a locked, empty database file), so it ends with
// the process however it died, and no file that was left behind can keep anybody out.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** @returns the way to let go; null: another process has it @throws when the folder cannot be written */
export function lockFolder(folder: string): (() => void) | null {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = new DatabaseSync(join(folder, 'lock'));
  try {
    file.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE;');
    return () => file.close();
  } catch (error) {
    file.close();
    // 5: SQLITE_BUSY, the low byte of its extended codes
    if (error instanceof Error && 'errcode' in error && (Number(error.errcode) & 255) === 5) return null;
    throw error;
  }
}
