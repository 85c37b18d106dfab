// What a person has done so far, for the people who are asked to agree to more of it. Cost is bounded by the newest acts that
// are looked at, not by how long the history is.
import type { DatabaseSync } from 'node:sqlite';

/** Acts that reached the console, as far as was looked back. */
export type History = {
  /** how often this very action on this console */
  readonly times: number;
  /** when last, ms; null: never */
  readonly lastAt: number | null;
  /** the most devices that one of them hit */
  readonly most: number;
  /** acts of any kind on any console */
  readonly acts: number;
  /** the same by hour of the day, UTC: 24 numbers */
  readonly hours: readonly number[];
  /** true: there may be more, older ones that were not looked at */
  readonly more: boolean;
};

/** So many of a person's newest acts are looked at. */
const LOOKED_AT = 5_000;

export function historyOf(
  database: DatabaseSync,
  { person, console, action, since }: { person: string; console: string; action: string; since: number },
): History {
  const rows = database
    .prepare(`
      SELECT person_acts.at AS at, person_acts.console AS console, person_acts.action AS action, devices
      FROM person_acts JOIN exchanges ON no = exchange
      WHERE person = ? AND person_acts.at >= ? AND (status IS NULL OR status < 400)
      ORDER BY person_acts.at DESC LIMIT ${LOOKED_AT}`)
    .all(person, since);
  const same = rows.filter((row) => row.console === console && row.action === action);
  const hours = new Array<number>(24).fill(0);
  for (const { at } of rows) {
    const hour = new Date(Number(at)).getUTCHours();
    hours[hour] = (hours[hour] ?? 0) + 1;
  }
  return {
    times: same.length,
    lastAt: same[0] === undefined ? null : Number(same[0].at),
    most: same.reduce((most, { devices }) => Math.max(most, Number(devices)), 0),
    acts: rows.length,
    hours,
    more: rows.length === LOOKED_AT,
  };
}
