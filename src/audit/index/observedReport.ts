// What would have been refused on consoles that only observe, from their recordings. Reads files only; tells nothing but what
// was written down when it happened.
import type { Target } from '../../kernel/action.ts';
import type { PersonRef } from '../../kernel/grant.ts';
import { openingsBetween, type Recorded } from './openings.ts';

export type ObservedRow = {
  readonly console: string;
  readonly person: PersonRef;
  readonly action: string;
  readonly risk: string;
  readonly reason: string;
  /** of the newest of them */
  readonly title: string;
  readonly times: number;
  /** distinct devices that were named, or the true number of the largest request, whichever is more */
  readonly devices: number;
  readonly lastAt: number;
  /** the newest of them */
  readonly exchange: string;
};

export type Observed = {
  readonly from: number;
  readonly to: number;
  /** requests that were recorded in that time, on these consoles */
  readonly requests: number;
  /** most frequent first */
  readonly rows: readonly ObservedRow[];
  /** rows that are left out because there are too many */
  readonly more: number;
};

export type ObservedQuery = {
  /** ms, inclusive */
  readonly from: number;
  /** ms, exclusive */
  readonly to: number;
  /** ids of consoles; empty: all */
  readonly consoles?: readonly string[];
  readonly onRead?: (requests: number) => void;
};

const MOST_ROWS = 1000;
/** Distinct rows that are counted at all: a report is for people. */
const MOST_SUMS = 20_000;

type Sum = { row: Omit<ObservedRow, 'devices'>; ids: Set<string>; largest: number };

/** @throws NoIdentity when recordings cannot be read here */
export async function observedReport(recorded: Recorded, query: ObservedQuery): Promise<Observed> {
  const { from, to, consoles = [], onRead } = query;
  const sums = new Map<string, Sum>();
  let requests = 0;
  let uncounted = 0;
  for await (const line of openingsBetween(recorded, from, to)) {
    if (consoles.length > 0 && !consoles.includes(line.console)) continue;
    requests += 1;
    onRead?.(requests);
    const { observed } = line;
    if (observed === undefined) continue;
    const { console, principal, action, risk, title, at, id } = line;
    const key = JSON.stringify([console, principal.id, action, observed]);
    let sum = sums.get(key);
    if (sum === undefined) {
      if (sums.size >= MOST_SUMS) {
        uncounted += 1;
        continue;
      }
      const row = {
        console,
        person: principal,
        action,
        risk,
        reason: observed,
        title,
        times: 0,
        lastAt: 0,
        exchange: id,
      };
      sum = { row, ids: new Set(), largest: 0 };
      sums.set(key, sum);
    }
    const newest = at >= sum.row.lastAt;
    sum.row = {
      ...sum.row,
      times: sum.row.times + 1,
      ...(newest ? { title, lastAt: at, exchange: id } : {}),
    };
    for (const target of line.targets) if (isDevice(target)) sum.ids.add(target.id);
    sum.largest = Math.max(sum.largest, line.devices ?? 0);
  }
  const rows = [...sums.values()]
    .map(({ row, ids, largest }) => ({ ...row, devices: Math.max(ids.size, largest) }))
    .sort((a, b) => b.times - a.times || b.lastAt - a.lastAt);
  return { from, to, requests, rows: rows.slice(0, MOST_ROWS), more: Math.max(0, rows.length - MOST_ROWS) + uncounted };
}

const isDevice = ({ kind }: Target): boolean => kind === 'device';
