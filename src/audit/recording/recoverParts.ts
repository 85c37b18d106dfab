// Gives the parts of dead runs their end: what was written and not finished becomes a chunk that says `cut`. Needs an identity,
// because the part's key died with its process. Runs in a worker thread, by one process at a time.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Decrypt, Encrypt } from './age.ts';
import { type Before, type ChunkFacts, decompress, factsOf, markOf } from './chunkText.ts';
import { finishChunk, forgetOpen, readOr } from './finishChunk.ts';
import { FIRST_LINE } from './lines.ts';
import { chunkFile, filesOf, KEY_FILE, partsOf, RUNS, runOf, sessionsIn } from './places.ts';
import { forgetRun, holdRun, isAlive } from './runLock.ts';

const LOCK = 'recovery';

export type RecoverParts = {
  readonly dir: string;
  readonly encrypt: Encrypt;
  readonly decrypt: Decrypt;
  /** resolves when the journal has it */
  readonly tell: (facts: ChunkFacts) => Promise<void>;
  readonly onError: (error: unknown) => void;
};

/** @param all also parts of runs that said nothing of themselves. @returns how many parts got their end */
export async function recoverParts(parts: RecoverParts, all: boolean): Promise<number> {
  const { dir, onError } = parts;
  const names = await readdir(join(dir, RUNS)).catch(() => []);
  const dead = names.filter((name) => name !== LOCK && !isAlive(dir, name));
  if (dead.length === 0 && !all) return 0;
  let release: () => void;
  try {
    release = holdRun(dir, LOCK);
  } catch {
    return 0; // somebody else is at it
  }
  let recovered = 0;
  let failed = false;
  try {
    for (const session of await sessionsIn(dir))
      for (const part of await partsOf(dir, session)) {
        const run = runOf(part);
        const files = await filesOf(dir, part);
        if (run === null || files === null || !(files.key || files.open.length > 0) || isAlive(dir, run)) continue;
        try {
          await recoverPart(parts, part);
          recovered += 1;
        } catch (error) {
          failed = true;
          onError(new Error(`recovering ${part}: ${error instanceof Error ? error.message : String(error)}`));
        }
      }
    if (!failed) for (const run of dead) forgetRun(dir, run);
  } finally {
    release();
  }
  return recovered;
}

async function recoverPart({ dir, encrypt, decrypt, tell, onError }: RecoverParts, part: string): Promise<void> {
  const files = await filesOf(dir, part);
  if (files === null) return;
  const sealed = await readOr(join(dir, part, KEY_FILE));
  if (sealed === null) {
    // Its end was told, or it is being told: only the records of told chunks can be left.
    for (const chunk of files.open) if (files.chunks.includes(chunk)) await forgetOpen(dir, part, chunk, 'more');
    return;
  }
  const key = await decrypt(sealed);
  let before: Before = { n: 0, prev: FIRST_LINE };
  let ended = false;
  const last = Math.max(0, ...files.chunks, ...files.open);
  for (let chunk = 1; chunk <= last + 1 && !ended; chunk += 1) {
    const stored = await readOr(join(dir, part, chunkFile(chunk)));
    if (stored !== null) {
      // Only the chunks beside which records stand may be unknown to the journal; telling one twice says nothing new.
      const wanted = files.open.includes(chunk) || chunk >= last;
      if (!wanted) {
        before = { n: -1, prev: '' };
        continue;
      }
      const text = await decompress(await decrypt(stored));
      const read = markOf(text);
      if (read === null) throw new Error(`chunk ${chunk} has no end mark`);
      before = { n: read.mark.first + read.mark.lines, prev: read.mark.prev };
      ended = read.mark.end !== 'more';
      if (files.open.includes(chunk)) {
        await tell(factsOf(read.mark, stored, text));
        await forgetOpen(dir, part, chunk, read.mark.end);
      } else if (ended) await forgetOpen(dir, part, chunk, read.mark.end);
      continue;
    }
    const open = files.open.includes(chunk);
    if (!open && chunk <= last) throw new Error(`chunk ${chunk} is missing`);
    if (before.n < 0) before = await beforeOf(dir, part, chunk, decrypt);
    const end = chunk >= last ? 'cut' : 'more';
    const job = { part, chunk, key, before, lines: null, end } as const;
    const finished = await finishChunk(dir, job, encrypt);
    if (finished === null) return;
    if (finished.fault !== null) onError(new Error(finished.fault));
    ended = finished.facts.end !== 'more';
    before = { n: finished.facts.first + finished.facts.lines, prev: finished.prev };
    await tell(finished.facts);
    await forgetOpen(dir, part, chunk, finished.facts.end);
  }
}

async function beforeOf(dir: string, part: string, chunk: number, decrypt: Decrypt): Promise<Before> {
  const stored = await readOr(join(dir, part, chunkFile(chunk - 1)));
  const read = stored === null ? null : markOf(await decompress(await decrypt(stored)));
  if (read === null) throw new Error(`chunk ${chunk - 1} cannot be read`);
  return { n: read.mark.first + read.mark.lines, prev: read.mark.prev };
}
