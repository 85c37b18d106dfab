// Deletes a chunk of a recording from the disk, durably: gone also after a power cut.
import { open, readdir, rm, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isPartName, KEY_FILE } from '../recording/places.ts';

/** @returns null when it is gone; else why it is not, in words */
export function createRemoveChunk({ dir }: { readonly dir: string }) {
  return async (session: string, { name }: { readonly name: string }): Promise<string | null> => {
    const [part = '', digits = '', ...more] = name.split('/');
    const folder = `${session}/${part}`;
    if (!isPartName(folder) || !/^\d{6}$/.test(digits) || more.length > 0) return 'this is no name of a chunk';
    try {
      await unlink(join(dir, folder, `${digits}.jsonl.zst.age`));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT') return code === undefined ? 'the store refuses' : `the store refuses: ${code}`;
    }
    try {
      await tidy(dir, session, part);
      return null;
    } catch (error) {
      return `the store cannot make it durable: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`;
    }
  };
}

/** A part whose last chunk is gone leaves nothing behind, neither its key nor its folder. */
async function tidy(dir: string, session: string, part: string): Promise<void> {
  const folder = join(dir, session, part);
  const left = await namesIn(folder);
  if (left === null) return;
  await sync(folder);
  if (left.some((name) => name !== KEY_FILE)) return;
  await rm(join(folder, KEY_FILE), { force: true });
  await rmdir(folder);
  const above = join(dir, session);
  if ((await namesIn(above))?.length === 0) {
    await rmdir(above);
    await sync(dir);
  } else await sync(above);
}

async function namesIn(folder: string): Promise<string[] | null> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
