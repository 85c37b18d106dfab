// Where a command reads a ledger, and the keys that it believes: from the configuration, a data folder, a folder, or an
// address. Reads only.
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Blobs } from '../audit/ledger/blobs.ts';
import { createDiskBlobs } from '../audit/ledger/diskBlobs.ts';
import { PUBLIC_FILE, textOf } from '../audit/ledger/ledgerKey.ts';
import { createNoteSigner } from '../audit/ledger/note.ts';
import { openStore } from '../audit/ledger/openStore.ts';
import { type NoteKey, readNoteKey } from '../audit/verify/note.ts';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../kernel/clock.ts';
import { configOr } from './faults.ts';

export type LedgerOptions = {
  /** the configuration; used when neither `data` nor `from` is given */
  readonly config: string;
  /** a data folder: its ledger and ledger.pub */
  readonly data?: string;
  /** a folder with the ledger's files, or an address that serves them */
  readonly from?: string;
  /** verifier keys, or files that hold one: of the log, of witnesses */
  readonly key?: readonly string[];
};

export type LedgerSource = { readonly read: Blobs['read']; readonly keys: readonly NoteKey[]; readonly where: string };

/** Why there is nothing to judge: what to do, in words. */
export class CannotVerify extends Error {}

/**
 * @param config when it was read already
 * @returns null when faults of the configuration were told already @throws CannotVerify
 */
export async function openLedgerSource(options: LedgerOptions, config?: Config): Promise<LedgerSource | null> {
  const named = await keysOf(options.key ?? []);
  if (options.from !== undefined) return { read: readerOf(options.from), keys: need(named), where: options.from };
  if (options.data !== undefined) {
    const folder = resolve(options.data);
    const own = named.length > 0 ? null : await textOf(join(folder, PUBLIC_FILE));
    const keys = own === null ? named : [...named, ...(await keysOf([own]))];
    return { read: readerOf(join(folder, 'ledger')), keys: need(keys), where: join(folder, 'ledger') };
  }
  const settings = config ?? configOr(options.config);
  if (!settings) return null;
  const { ledger, data } = settings;
  const own =
    ledger.key === null ? await textOf(join(data, PUBLIC_FILE)) : createNoteSigner(ledger.key).verifierKeys.join('\n');
  const keys = [...named, ...(await Promise.all(ledger.witnesses.map(({ key }) => keyOf(key))))];
  if (own !== null && !named.some(({ kind }) => kind === 'log')) keys.push(...(await keysOf([own])));
  const where = ledger.store.kind === 'folder' ? ledger.store.folder : `bucket ${ledger.store.bucket}`;
  return { read: openStore(ledger.store, systemClock).blobs.read, keys: need(keys), where };
}

function need(keys: readonly NoteKey[]): readonly NoteKey[] {
  if (!keys.some(({ kind }) => kind === 'log'))
    throw new CannotVerify('No key of the ledger is known: give it with --key, as `sallyport ledger key` shows it.');
  return keys;
}

/** @param text a verifier key, or the file that holds one; of several the newest @throws CannotVerify */
export async function keyOf(text: string): Promise<NoteKey> {
  const [first] = await keysOf([text]);
  if (first) return first;
  throw new CannotVerify('No key was given.');
}

/** @param texts verifier keys, or files that hold some, one a line @throws CannotVerify */
export async function keysOf(texts: readonly string[]): Promise<NoteKey[]> {
  return (await Promise.all(texts.map(keysIn))).flat();
}

async function keysIn(text: string): Promise<NoteKey[]> {
  const direct = readKeys(text);
  if (direct) return direct;
  const content = text.length < 1000 && !text.includes('\n') ? await textOf(resolve(text)).catch(() => null) : null;
  const found = content === null ? null : readKeys(content);
  if (found) return found;
  throw new CannotVerify(`${text.slice(0, 100)} is no verifier key, and no file that holds one.`);
}

/** null: some line is no verifier key */
function readKeys(text: string): NoteKey[] | null {
  const keys = text
    .trim()
    .split(/\s*\n\s*/)
    .map(readNoteKey);
  return keys.every((key) => key !== null) ? keys : null;
}

export const isAddress = (from: string): boolean => /^https?:\/\//.test(from);

export function readerOf(from: string): Blobs['read'] {
  if (!isAddress(from)) {
    const { read } = createDiskBlobs(resolve(from));
    let there: Promise<boolean> | undefined;
    return async (path) => {
      there ??= stat(resolve(from)).then(
        (found) => found.isDirectory(),
        () => false,
      );
      if (!(await there)) throw new CannotVerify(`${from} is not a folder.`);
      return read(path);
    };
  }
  const base = from.endsWith('/') ? from : `${from}/`;
  return async (path) => {
    const answer = await fetch(new URL(path, base), { redirect: 'error', signal: AbortSignal.timeout(30_000) });
    if (answer.status === 404) return null;
    if (!answer.ok) throw new CannotVerify(`${from} answered ${answer.status} for ${path}.`);
    return Buffer.from(await answer.arrayBuffer());
  };
}
