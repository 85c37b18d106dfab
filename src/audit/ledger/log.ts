// The ledger as a log that grows: entries in, tiles and bundles out, and last of all the signed checkpoint. Nothing counts
// before the checkpoint that covers it is durable; whatever a crash leaves behind is written again, byte for byte the same,
// or, when the journal was replaced meanwhile, written over behind a fence. Of two writers one at most moves the checkpoint.
import { newSecret } from '../../kernel/ids.ts';
import { BlobExists, type Blobs, CheckpointMoved } from './blobs.ts';
import { packBundle, unpackBundle } from './bundle.ts';
import { EMPTY_ROOT } from './hashes.ts';
import { type NoteSigner, readCheckpoint, signedCheckpoint } from './note.ts';
import { bundlePath, CHECKPOINT, TILE_WIDTH } from './tilePaths.ts';
import { createTree, loadTree, type Tree } from './tree.ts';

export type Log = {
  size(): number;
  /** the last entry's bytes; null for an empty log */
  last(): Buffer | null;
  /**
   * Adds entries and resolves with the signed checkpoint that covers them, when all of it is durable.
   * @throws CheckpointMoved, BlobExists or what the store says; then nothing has counted, or all of it has and only the news
   * of it was lost: the log must be opened anew before it is used again
   */
  append(entries: readonly Buffer[]): Promise<string>;
};

/**
 * @param newest a signed checkpoint that is kept elsewhere: used when it is ahead of the one in the store
 * @throws when the store was signed by another key, or does not agree with its checkpoint
 */
export async function openLog(
  blobs: Blobs,
  signer: NoteSigner,
  origin: string,
  newest: string | null = null,
): Promise<Log> {
  let published = await blobs.read(CHECKPOINT);
  const known = [published?.toString('utf8') ?? null, newest]
    .filter((note) => note !== null)
    .map((note) => ownCheckpoint(note, signer, origin))
    .sort((a, b) => b.size - a.size)[0] ?? { size: 0, root: EMPTY_ROOT };
  const tree: Tree = known.size === 0 ? createTree(0, []) : await loadTree(blobs, known.size, known.root);
  let open = await openBundle(blobs, known.size);
  let last = open.at(-1) ?? (await lastOfFull(blobs, known.size));
  let fenced = false;
  let broken = false;

  async function publish(note: string): Promise<void> {
    const bytes = Buffer.from(note);
    if (!(await blobs.swap(CHECKPOINT, published, bytes))) throw new CheckpointMoved();
    published = bytes;
  }
  /**
   * The same checkpoint with one more line, of a key that nobody knows: readers pass over it (signed-note), but whoever
   * still works from the bytes before can publish nothing any more, so what no checkpoint covers is ours alone.
   */
  async function fence(note: string): Promise<Buffer> {
    if (!fenced) await publish(`${note}— fence ${Buffer.from(newSecret()).subarray(0, 12).toString('base64')}\n`);
    fenced = true;
    return published ?? Buffer.alloc(0);
  }
  /** For paths that no checkpoint covers. */
  async function write(path: string, bytes: Buffer, note: string): Promise<void> {
    try {
      await blobs.writeOnce(path, bytes);
    } catch (error) {
      if (!(error instanceof BlobExists)) throw error;
      await blobs.writeOver(path, bytes, await fence(note));
    }
  }

  return {
    size: () => tree.size(),
    last: () => last,
    async append(entries) {
      if (broken) throw new Error('the ledger must be opened anew after a failure');
      if (entries.length === 0) throw new Error('nothing to append');
      broken = true;
      const before = signedCheckpoint({ origin, size: tree.size(), root: tree.root() }, signer);
      let at = tree.size();
      let bundle = open;
      for (let taken = 0; taken < entries.length; ) {
        const more = entries.slice(taken, taken + TILE_WIDTH - bundle.length);
        bundle = [...bundle, ...more];
        taken += more.length;
        await write(bundlePath(Math.floor(at / TILE_WIDTH), bundle.length), packBundle(bundle), before);
        at += more.length;
        if (bundle.length === TILE_WIDTH) bundle = [];
      }
      for (const { path, bytes } of tree.append(entries)) await write(path, bytes, before);
      const note = signedCheckpoint({ origin, size: tree.size(), root: tree.root() }, signer);
      await publish(note);
      fenced = false;
      open = bundle;
      last = entries.at(-1) ?? last;
      broken = false;
      return note;
    },
  };
}

function ownCheckpoint(note: string, signer: NoteSigner, origin: string) {
  const checkpoint = readCheckpoint(note);
  if (checkpoint.origin !== origin) throw new Error(`the ledger is of ${checkpoint.origin}, not of ${origin}`);
  if (!signer.signed(checkpoint.text, checkpoint.signatures))
    throw new Error(
      'the ledger was signed with another key: replicas on one Redis need one ledger.key and one ledger.store',
    );
  return checkpoint;
}

/** The entries of the bundle that is not full yet. */
async function openBundle(blobs: Blobs, size: number): Promise<Buffer[]> {
  const width = size % TILE_WIDTH;
  return width === 0 ? [] : readBundle(blobs, Math.floor(size / TILE_WIDTH), width);
}

async function lastOfFull(blobs: Blobs, size: number): Promise<Buffer | null> {
  if (size === 0) return null;
  return (await readBundle(blobs, size / TILE_WIDTH - 1, TILE_WIDTH)).at(-1) ?? null;
}

/** @throws when the bundle is missing or damaged */
export async function readBundle(blobs: Pick<Blobs, 'read'>, index: number, width: number): Promise<Buffer[]> {
  const path = bundlePath(index, width);
  const bytes = await blobs.read(path);
  if (bytes === null) throw new Error(`the ledger has no ${path}`);
  return unpackBundle(bytes, width);
}
