// Where the parts and chunks of recordings stand: `<dir>/<session>/<run>-<part>/`. A part is what one run of the gateway wrote of
// one session between two ends; its chunks are numbered from 1. Names say nothing of what is inside.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a line stands. `part`: `<session>/<run>-<number>`; `n`: the number of the line within the part, from 0 */
export type LinePlace = { readonly part: string; readonly chunk: number; readonly n: number };

/** The part's random key, encrypted to the recipients. There until the part has its end. */
export const KEY_FILE = 'part.key.age';

const digits = (chunk: number): string => String(chunk).padStart(6, '0');
/** A finished chunk: JSON lines, zstd, age. */
export const chunkFile = (chunk: number): string => `${digits(chunk)}.jsonl.zst.age`;
/** What was written of a chunk that is not finished. */
export const openFile = (chunk: number): string => `${digits(chunk)}.open`;
/** An unfinished chunk that could not be read to its end; kept for whoever wants to know why. */
export const damagedFile = (chunk: number): string => `${digits(chunk)}.damaged`;

const CHUNK = /^(\d{6})\.jsonl\.zst\.age$/;
const OPEN = /^(\d{6})\.open$/;
const SESSION = /^[A-Za-z0-9_-]{1,100}$/;
const PART = /^(gw_[A-Za-z0-9_-]{1,60})-(\d{6,})$/;

export const isSessionName = (name: string): boolean => SESSION.test(name);
/** Nothing else may become a path. */
export function isPartName(part: string): boolean {
  const [session = '', name = '', ...more] = part.split('/');
  return more.length === 0 && isSessionName(session) && PART.test(name);
}
/** @returns the run that wrote it; null: this names no part */
export const runOf = (part: string): string | null => PART.exec(part.slice(part.indexOf('/') + 1))?.[1] ?? null;

export type PartFiles = {
  /** numbers of the finished chunks, ascending */
  readonly chunks: readonly number[];
  /** numbers of the unfinished ones */
  readonly open: readonly number[];
  /** false: it has its end */
  readonly key: boolean;
};

/** @returns null when the part is not there */
export async function filesOf(dir: string, part: string): Promise<PartFiles | null> {
  const names = await namesIn(join(dir, part));
  if (names === null) return null;
  const numbers = (pattern: RegExp): number[] =>
    names
      .map((name) => Number(pattern.exec(name)?.[1] ?? 0))
      .filter((number) => number > 0)
      .sort((a, b) => a - b);
  return { chunks: numbers(CHUNK), open: numbers(OPEN), key: names.includes(KEY_FILE) };
}

/** Sessions that have a folder here. */
export async function sessionsIn(dir: string): Promise<string[]> {
  const names = (await namesIn(dir)) ?? [];
  return names.filter((name) => isSessionName(name) && name !== RUNS).sort();
}

/** Parts of one session in the order of their names. */
export async function partsOf(dir: string, session: string): Promise<string[]> {
  if (!isSessionName(session)) return [];
  const names = (await namesIn(join(dir, session))) ?? [];
  return names
    .filter((name) => PART.test(name))
    .sort()
    .map((name) => join(session, name));
}

/** Where runs of the gateway say that they are alive. */
export const RUNS = 'runs';

async function namesIn(folder: string): Promise<string[] | null> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}
