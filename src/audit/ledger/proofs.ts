// Proofs out of the tiles (RFC 6962 sections 2.1.1 and 2.1.2): that an entry is in the log, and that an older log is the
// beginning of a newer one. Reads only the tiles that a proof needs: a few, however long the log is.
import type { Blobs } from './blobs.ts';
import { foldPerfect, nodeHash } from './hashes.ts';
import { TILE_HEIGHT, TILE_WIDTH, tileWidth } from './tilePaths.ts';
import { readTile } from './tree.ts';

export type Proofs = {
  /** Sibling hashes from the leaf up. @throws for an index that is not in the log */
  inclusion(index: number): Promise<Buffer[]>;
  /** @param older size of the older log: 1 to size */
  consistency(older: number): Promise<Buffer[]>;
};

/** @param size entries in the log that the proofs are about */
export function createProofs(blobs: Pick<Blobs, 'read'>, size: number): Proofs {
  const tiles = new Map<string, Promise<Buffer[]>>();
  const tile = (level: number, index: number): Promise<Buffer[]> => {
    const key = `${level}/${index}`;
    let found = tiles.get(key);
    if (!found) {
      found = readTile(blobs, level, index, tileWidth(level, index, size));
      tiles.set(key, found);
    }
    return found;
  };

  /** The hash of the perfect tree over entries [from, from + 2^height). */
  async function perfect(from: number, height: number): Promise<Buffer> {
    const level = Math.floor(height / TILE_HEIGHT);
    const first = from / TILE_WIDTH ** level;
    const width = 2 ** (height - level * TILE_HEIGHT);
    const hashes = await tile(level, Math.floor(first / TILE_WIDTH));
    const start = first % TILE_WIDTH;
    return foldPerfect(hashes.slice(start, start + width));
  }

  /** The hash of the tree over entries [from, to), which need not be perfect. */
  async function tree(from: number, to: number): Promise<Buffer> {
    const count = to - from;
    const split = splitOf(count);
    if (count === split * 2 || count === 1) return perfect(from, Math.log2(count));
    return nodeHash(await tree(from, from + split), await tree(from + split, to));
  }

  async function path(index: number, from: number, to: number): Promise<Buffer[]> {
    if (to - from === 1) return [];
    const middle = from + splitOf(to - from);
    return index < middle
      ? [...(await path(index, from, middle)), await tree(middle, to)]
      : [...(await path(index, middle, to)), await tree(from, middle)];
  }

  async function subproof(older: number, from: number, to: number, whole: boolean): Promise<Buffer[]> {
    if (older === to) return whole ? [] : [await tree(from, to)];
    const middle = from + splitOf(to - from);
    return older <= middle
      ? [...(await subproof(older, from, middle, whole)), await tree(middle, to)]
      : [...(await subproof(older, middle, to, false)), await tree(from, middle)];
  }

  return {
    async inclusion(index) {
      if (!Number.isSafeInteger(index) || index < 0 || index >= size)
        throw new RangeError(`entry ${index} is not among the ${size} of this log`);
      return path(index, 0, size);
    },
    async consistency(older) {
      if (!Number.isSafeInteger(older) || older < 1 || older > size)
        throw new RangeError(`a log of ${older} entries is not a beginning of one of ${size}`);
      return subproof(older, 0, size, true);
    },
  };
}

/** The largest power of two below `count` (1 for 1 and 2). */
const splitOf = (count: number): number => {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
};
