// Which recordings a report reads, and since when: the same options for every command that looks at recorded traffic.
import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readingKeys } from '../audit/recording/keys.ts';
import { ChunkFault, NoIdentity } from '../audit/recording/reader.ts';
import { configOr } from './faults.ts';
import { createProgress, type Progress } from './progress.ts';
import { bold, complain, print, red } from './report.ts';

export type SpanOptions = {
  /** the configuration; used when neither `recordings` nor `data` is given */
  readonly config: string;
  readonly data?: string;
  readonly recordings?: string;
  /** files with age identities, instead of the configured ones */
  readonly identity?: readonly string[];
  /** such as 7d, 12h, 30m */
  readonly since?: string;
};

export type Span = {
  readonly dir: string;
  readonly identities: readonly string[] | null;
  readonly from: number;
  readonly to: number;
  readonly since: string;
};

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @returns the span; a sentence that says what is wrong; or null when faults of the configuration were told already */
async function spanOf(options: SpanOptions, now: number): Promise<Span | string | null> {
  const since = options.since ?? '7d';
  const [, number = '', unit = ''] = /^([1-9]\d{0,4})([mhd])$/.exec(since) ?? [];
  if (unit === '') return 'Write --since as a number of days, hours or minutes: 7d, 12h, 30m.';
  const folder = await recordingsOf(options);
  if (folder === null || typeof folder === 'string') return folder;
  const { dir, identities } = folder;
  if (!(await stat(dir).catch(() => null))?.isDirectory())
    return `${dir} is not there: nothing was recorded yet, or the data is elsewhere.`;
  return { dir, identities, from: now - Number(number) * (UNITS[unit] ?? 0), to: now + 1, since };
}

/**
 * Reads what was recorded in the span that the options name.
 * @param words how a number of things read is told while it takes long
 * @returns null: it cannot be read, and why was said (with `json` on stdout, so that whoever parses it hears too)
 */
export async function readSpan<T>(
  options: SpanOptions & { readonly json?: boolean },
  now: number,
  words: (done: number) => string,
  read: (span: Span, progress: Progress) => Promise<T>,
): Promise<{ readonly span: Span; readonly value: T } | null> {
  const cannot = (what: string): null => {
    if (options.json) print(JSON.stringify({ cannot: what }));
    else complain(`${red(bold('Cannot tell.'))} ${what}`);
    return null;
  };
  const span = await spanOf(options, now);
  if (span === null) return null;
  if (typeof span === 'string') return cannot(span);
  const progress = createProgress(words);
  try {
    return { span, value: await read(span, progress) };
  } catch (error) {
    if (!(error instanceof NoIdentity || error instanceof ChunkFault)) throw error;
    return cannot(CLOSED);
  } finally {
    progress.end();
  }
}

export type FolderOptions = Pick<SpanOptions, 'config' | 'data' | 'recordings'> & {
  /** files with age identities, instead of the configured ones */
  readonly identity?: readonly string[];
};

/** Which folder, and what opens it. @returns a sentence that says what is wrong; null when faults were told already */
export async function recordingsOf(
  options: FolderOptions,
): Promise<{ dir: string; identities: readonly string[] | null } | string | null> {
  const { recordings } = options;
  const config =
    recordings === undefined && options.data === undefined ? (configOr(options.config) ?? null) : undefined;
  if (config === null) return null;
  const data = resolve(recordings === undefined ? (options.data ?? config?.data ?? '') : join(recordings, '..'));
  try {
    const given = (options.identity ?? []).map((file) => readFileSync(file, 'utf8'));
    const identities = await readingKeys(data, given.length > 0 ? given : (config?.recordings.identities ?? []));
    return { dir: resolve(recordings ?? join(data, 'recordings')), identities };
  } catch (error) {
    return `The key to the recordings cannot be used: ${error instanceof Error ? error.message : String(error)}.`;
  }
}

/** Said when there are recordings and nothing opens them. */
export const CLOSED =
  'These recordings are encrypted, and there is no identity here that opens them: give one with --identity, or see docs/recording-format.md.';

/** Nothing from a recording may move a terminal's cursor or turn its text around (trap 25). */
export function plain(text: string, most: number): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
  return clean.length > most ? `${clean.slice(0, most - 3)}...` : clean;
}
