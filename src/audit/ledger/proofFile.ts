// One entry's proof as a file that stands alone (https://c2sp.org/tlog-proof): the entry itself, its place, the hashes from
// it to the root, and the signed checkpoint. Whoever has the ledger's verifier key checks it without us.
import type { Blobs } from './blobs.ts';
import { readBundle } from './log.ts';
import { readCheckpoint } from './note.ts';
import { createProofs } from './proofs.ts';
import { CHECKPOINT, TILE_WIDTH } from './tilePaths.ts';
import { COSIGNED } from './witnessClient.ts';

/**
 * @param index place in the ledger, from 0
 * @returns against the newest checkpoint that witnesses have cosigned, when it covers the entry; else against the newest
 * @throws RangeError when the ledger has no such place
 */
export async function proofFile(blobs: Pick<Blobs, 'read'>, index: number): Promise<string> {
  const [newest, cosigned] = await Promise.all([blobs.read(CHECKPOINT), blobs.read(COSIGNED)]);
  if (newest === null) throw new RangeError('the ledger is empty');
  const covers = (note: Buffer): boolean => readCheckpoint(note.toString('utf8')).size > index;
  const note = (cosigned !== null && covers(cosigned) ? cosigned : newest).toString('utf8');
  const { size } = readCheckpoint(note);
  const path = await createProofs(blobs, size).inclusion(index);
  const number = Math.floor(index / TILE_WIDTH);
  const entry = (await readBundle(blobs, number, Math.min(TILE_WIDTH, size - number * TILE_WIDTH)))[index % TILE_WIDTH];
  if (entry === undefined) throw new RangeError(`the ledger has no entry at ${index}`);
  const hashes = path.map((hash) => `${hash.toString('base64')}\n`).join('');
  return `c2sp.org/tlog-proof@v1\nextra ${entry.toString('base64')}\nindex ${index}\n${hashes}\n${note}`;
}
