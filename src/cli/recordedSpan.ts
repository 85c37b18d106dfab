// Which recordings a report reads, and since when: the same options for every command that looks at recorded traffic.
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { configOr } from './faults.ts';

export type SpanOptions = {
  /** the configuration; used when neither `recordings` nor `data` is given */
  readonly config: string;
  readonly data?: string;
  readonly recordings?: string;
  /** such as 7d, 12h, 30m */
  readonly since?: string;
};

export type Span = { readonly dir: string; readonly from: number; readonly to: number; readonly since: string };

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @returns the span; a sentence that says what is wrong; or null when faults of the configuration were told already */
export async function spanOf(options: SpanOptions, now: number): Promise<Span | string | null> {
  const since = options.since ?? '7d';
  const [, number = '', unit = ''] = /^([1-9]\d{0,4})([mhd])$/.exec(since) ?? [];
  if (unit === '') return 'Write --since as a number of days, hours or minutes: 7d, 12h, 30m.';
  let dir = options.recordings;
  if (dir === undefined) {
    const data = options.data ?? configOr(options.config)?.data;
    if (data === undefined) return null;
    dir = join(resolve(data), 'recordings');
  }
  if (!(await stat(dir).catch(() => null))?.isDirectory())
    return `${dir} is not there: nothing was recorded yet, or the data is elsewhere.`;
  return { dir, from: now - Number(number) * (UNITS[unit] ?? 0), to: now + 1, since };
}

/** Nothing from a recording may move a terminal's cursor or turn its text around (trap 25). */
export function plain(text: string, most: number): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
  return clean.length > most ? `${clean.slice(0, most - 3)}...` : clean;
}
