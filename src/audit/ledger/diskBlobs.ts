// The ledger in a folder. Whole or absent: written beside, synced, then linked or renamed into place, and the folder synced.
// Compare-and-swap holds between the processes of one machine (a lock of the operating system, which ends with its process):
// replicas on several machines need a bucket.
import { link, mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { newSecret } from '../../kernel/ids.ts';
import { BlobExists, type Blobs, CheckpointMoved } from './blobs.ts';
import { CHECKPOINT } from './tilePaths.ts';

const SAFE = /^[a-z0-9]+(?:\.p)?(?:\/[a-z0-9]+(?:\.p)?)*$/;

export function createDiskBlobs(folder: string): Blobs {
  const placeOf = (path: string): string => {
    if (!SAFE.test(path)) throw new Error(`the ledger has no path ${path}`);
    return join(folder, path);
  };

  const read = async (path: string): Promise<Buffer | null> => {
    try {
      return await readFile(placeOf(path));
    } catch (error) {
      // ENOTDIR: a file stands where a folder would be; then nothing stands below it.
      if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return null;
      throw error;
    }
  };

  /** The bytes in a file of their own in the same folder, synced. */
  async function writeBeside(place: string, bytes: Uint8Array): Promise<string> {
    const beside = join(dirname(place), `.${newSecret()}`);
    const handle = await open(beside, 'wx', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return beside;
  }
  async function rewrite(place: string, bytes: Uint8Array): Promise<void> {
    await makeFolder(dirname(place));
    await rename(await writeBeside(place, bytes), place);
    await syncFolder(dirname(place));
  }

  /** @throws when another process is at it: a matter of milliseconds, the next look comes */
  async function locked<T>(work: () => Promise<T>): Promise<T> {
    await makeFolder(folder);
    const lock = new DatabaseSync(join(folder, '.lock'));
    try {
      lock.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE;');
      return await work();
    } finally {
      lock.close();
    }
  }
  const holds = async (path: string, expected: Uint8Array | null): Promise<boolean> => {
    const there = await read(path);
    return there === null || expected === null ? there === expected : there.equals(expected);
  };

  return {
    read,
    async writeOnce(path, bytes) {
      const place = placeOf(path);
      await makeFolder(dirname(place));
      const beside = await writeBeside(place, bytes);
      try {
        // Unlike a rename, a link never takes the place of what is there.
        await link(beside, place);
      } catch (error) {
        if (!isCode(error, 'EEXIST')) throw error;
        const there = await read(path);
        if (there === null || !there.equals(bytes)) throw new BlobExists(path);
      } finally {
        await unlink(beside);
      }
      await syncFolder(dirname(place));
    },
    writeOver: (path, bytes, checkpoint) =>
      locked(async () => {
        if (!(await holds(CHECKPOINT, checkpoint))) throw new CheckpointMoved();
        await rewrite(placeOf(path), bytes);
      }),
    swap: (path, expected, bytes) =>
      locked(async () => {
        if (!(await holds(path, expected))) return false;
        await rewrite(placeOf(path), bytes);
        return true;
      }),
  };
}

/** A new folder's name is durable only when the folder above is synced. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let at = folder; at.length >= dirname(first).length; at = dirname(at)) await syncFolder(at);
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const isCode = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException | null)?.code === code;
