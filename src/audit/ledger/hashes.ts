// The two hashes of a Merkle log (RFC 6962 section 2.1): a leaf can never be taken for a node, nor a node for a leaf.
import { createHash } from 'node:crypto';

export const HASH_SIZE = 32;

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

export const leafHash = (entry: Uint8Array): Buffer => createHash('sha256').update(LEAF).update(entry).digest();
export const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer =>
  createHash('sha256').update(NODE).update(left).update(right).digest();

/** The root of a log without entries. */
export const EMPTY_ROOT: Buffer = createHash('sha256').digest();

/** The hash over a perfect row of 1, 2, 4, ... hashes. @throws when their number is no power of two */
export function foldPerfect(hashes: readonly Buffer[]): Buffer {
  let row = hashes;
  if (row.length === 0 || (row.length & (row.length - 1)) !== 0) throw new Error(`${row.length} hashes are no subtree`);
  while (row.length > 1) {
    const above: Buffer[] = [];
    for (let at = 0; at < row.length; at += 2) above.push(nodeHash(row[at] as Buffer, row[at + 1] as Buffer));
    row = above;
  }
  return row[0] as Buffer;
}
