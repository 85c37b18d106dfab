// Turns the records of an unfinished chunk into a finished one: read, compressed, encrypted, written beside, fsynced, renamed.
// Any step may be the last one before a crash: doing it again gives the same chunk, and the records are only removed when the
// journal has its digest (forgetOpen). Runs in a worker thread.
import { mkdir, open, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Encrypt } from './age.ts';
import { type Before, type ChunkEnd, type ChunkFacts, chunkText, compress, factsOf } from './chunkText.ts';
import { chunkFile, damagedFile, KEY_FILE, openFile } from './places.ts';
import { openRecords } from './writeAhead.ts';

export type FinishJob = {
  readonly part: string;
  readonly chunk: number;
  readonly key: Uint8Array;
  readonly before: Before;
  /** how many lines were acknowledged; null: nobody knows */
  readonly lines: number | null;
  readonly end: ChunkEnd;
};

/** Somebody removed the part: there is nothing to finish. */
export class PartGone extends Error {
  override readonly name = 'PartGone';
}

/**
 * @returns null: there was nothing in it, and it is gone. `fault`: it is finished, but with less than was written
 * @throws PartGone; or an error of the disk, to be tried again
 */
export async function finishChunk(
  dir: string,
  job: FinishJob,
  encrypt: Encrypt,
): Promise<{ facts: ChunkFacts; prev: string; fault: string | null } | null> {
  const { part, chunk, key, before, lines } = job;
  const folder = join(dir, part);
  const bytes = await readOr(join(folder, openFile(chunk)));
  const opened = openRecords(key, part, chunk, bytes ?? Buffer.alloc(0));
  if (opened.text.length === 0 && chunk === 1 && job.end === 'cut') {
    // Nothing was ever acknowledged of this part.
    await rm(join(folder, openFile(chunk)), { force: true });
    await rm(join(folder, KEY_FILE), { force: true });
    await rmdir(folder).catch(() => undefined);
    await rmdir(dirname(folder)).catch(() => undefined);
    return null;
  }
  const count = countLines(opened.text);
  const lost = opened.damaged || (lines !== null && count < lines);
  const { text, mark } = chunkText(part, chunk, before, opened.text, job.end);
  const path = join(folder, chunkFile(chunk));
  // It was finished before, and then the thread or the process died: these bytes may be known already.
  const finished = await readOr(path);
  const file = finished ?? (await encrypt(await compress(text)));
  if (finished === null) await writeDurably(path, file);
  if (lost && bytes !== null) {
    await rename(join(folder, openFile(chunk)), join(folder, damagedFile(chunk))).catch(() => undefined);
  }
  const fault = lost ? `${part}, chunk ${chunk}: only ${count} of ${lines ?? 'its'} lines could be read back` : null;
  return { facts: factsOf(mark, file, text), prev: mark.prev, fault };
}

/** The journal has the chunk's digest: its records, and at the part's end its key, are of no use any more. */
export async function forgetOpen(dir: string, part: string, chunk: number, end: ChunkEnd): Promise<void> {
  await rm(join(dir, part, openFile(chunk)), { force: true });
  if (end !== 'more') await rm(join(dir, part, KEY_FILE), { force: true });
}

/** Written beside, fsynced, renamed, and the folder fsynced: all of it or nothing. @throws PartGone */
export async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const beside = `${path}.tmp`;
  try {
    const handle = await open(beside, 'w', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, path);
    const folder = await open(dirname(path), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new PartGone('a recording was removed');
    await rm(beside, { force: true }).catch(() => undefined);
    throw error;
  }
}

export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
}

export async function readOr(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

export function countLines(text: Buffer): number {
  let count = 0;
  for (let at = text.indexOf(0x0a); at >= 0; at = text.indexOf(0x0a, at + 1)) count += 1;
  return count;
}
