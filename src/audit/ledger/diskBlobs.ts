// The ledger in a folder. Whole or absent: written beside, synced, then linked or renamed into place, and the folder synced.
import { link, mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { newSecret } from '../../kernel/ids.ts';
import { BlobExists, type Blobs } from './blobs.ts';

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
      if (isCode(error, 'ENOENT')) return null;
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
    async replace(path, bytes) {
      const place = placeOf(path);
      await makeFolder(dirname(place));
      await rename(await writeBeside(place, bytes), place);
      await syncFolder(dirname(place));
    },
  };
}

/** A new folder's name is durable only when the folder above is synced. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
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
