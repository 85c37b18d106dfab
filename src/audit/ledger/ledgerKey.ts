// The embedded default's key: made once, kept beside the data (0600), and its public half where everybody may read it. While one
// key follows another both stand there, the new one first.
import { link, mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { newSecret } from '../../kernel/ids.ts';
import { createNoteSigner, type NoteSigner, newNoteKey } from './note.ts';

export const KEY_FILE = 'ledger.key';
export const PUBLIC_FILE = 'ledger.pub';

/** @param name of the log, used when there is no key yet @throws when the file is there and is no key, or cannot be written */
export async function keptSigner(folder: string, name: string): Promise<NoteSigner> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const kept = await textOf(join(folder, KEY_FILE));
  if (kept === null) await place(folder, KEY_FILE, `${newNoteKey(name)}\n`, 0o600);
  // Read again: of two processes that start together one has placed its key.
  const signer = createNoteSigner((await textOf(join(folder, KEY_FILE))) ?? '');
  if ((await textOf(join(folder, PUBLIC_FILE))) === null)
    await place(folder, PUBLIC_FILE, `${signer.verifierKeys.join('\n')}\n`, 0o644);
  return signer;
}

/** Puts these private keys in the place of what is kept, the public halves first: who reads both finds a key for each signature. */
export async function replaceKeys(folder: string, keys: readonly string[]): Promise<void> {
  const { verifierKeys } = createNoteSigner(keys.join('\n'));
  for (const [name, lines, mode] of [
    [PUBLIC_FILE, verifierKeys, 0o644],
    [KEY_FILE, keys, 0o600],
  ] as const) {
    await rename(await written(folder, `${lines.join('\n')}\n`, mode), join(folder, name));
    await synced(folder);
  }
}

/** A file of another name beside, durable. */
async function written(folder: string, text: string, mode: number): Promise<string> {
  const beside = join(folder, `.${newSecret()}`);
  const handle = await open(beside, 'wx', mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return beside;
}

/** Whole or absent, durable, and never over what is there. */
async function place(folder: string, name: string, text: string, mode: number): Promise<void> {
  const beside = await written(folder, text, mode);
  await link(beside, join(folder, name)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await unlink(beside);
  await synced(folder);
}

async function synced(folder: string): Promise<void> {
  const above = await open(folder, 'r');
  await above.sync().finally(() => above.close());
}

export async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
