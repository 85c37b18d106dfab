// How far the index is with recordings that were made before its database: after an update, a fault, or by command. Until all of
// them are in, nothing is shown: a list that leaves out what somebody did looks like one of somebody who did nothing.
import type { DatabaseSync } from 'node:sqlite';

/** Reading has to wait. `percent`: how far it is, 0 to 99 */
export class IndexRebuilding extends Error {
  override readonly name = 'IndexRebuilding';
  readonly percent: number;
  constructor(percent: number) {
    super(`the session index is being rebuilt, ${percent} %`);
    this.percent = percent;
  }
}

export const rebuildBegins = (database: DatabaseSync): void =>
  database.exec('INSERT OR IGNORE INTO rebuilding VALUES (1, 0, 0)');

/** So many chunks are still to be read. */
export function rebuildHas(database: DatabaseSync, missing: number): void {
  database.prepare('UPDATE rebuilding SET total = done + ?').run(missing);
}

/** One more was read. */
export const rebuildDone = (database: DatabaseSync): void => database.exec('UPDATE rebuilding SET done = done + 1');

export const rebuildEnds = (database: DatabaseSync): void => database.exec('DELETE FROM rebuilding');

/** null: nothing is missing */
export function rebuildPercent(database: DatabaseSync): number | null {
  const row = database.prepare('SELECT done, total FROM rebuilding').get();
  if (row === undefined) return null;
  const [done, total] = [Number(row.done), Number(row.total)];
  return total === 0 ? 0 : Math.min(99, Math.floor((done * 100) / total));
}

/** @throws IndexRebuilding while there is something missing */
export function whole(database: DatabaseSync): void {
  const percent = rebuildPercent(database);
  if (percent !== null) throw new IndexRebuilding(percent);
}
