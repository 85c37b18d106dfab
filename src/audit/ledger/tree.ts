// The growing edge of the log: for each row of tiles the hashes of its last, unfinished tile. From them come the tiles to
// write, the root, and nothing else is ever needed to append, however long the log is.
import type { Blobs } from './blobs.ts';
import { EMPTY_ROOT, foldPerfect, HASH_SIZE, leafHash, nodeHash } from './hashes.ts';
import { TILE_HEIGHT, TILE_WIDTH, tilePath, tileWidth } from './tilePaths.ts';

export type Tile = { readonly path: string; readonly bytes: Buffer };

export type Tree = {
  size(): number;
  root(): Buffer;
  /** Adds entries. @returns the tiles that are new, finished ones and the new unfinished ends, in the order to write them */
  append(entries: readonly Buffer[]): readonly Tile[];
};

/** @param edge for each row the hashes of its last tile; shorter than 256 each */
export function createTree(startSize: number, startEdge: readonly (readonly Buffer[])[]): Tree {
  let size = startSize;
  const edge: Buffer[][] = startEdge.map((row) => [...row]);

  const indexOf = (level: number): number => Math.floor(Math.floor(size / TILE_WIDTH ** level) / TILE_WIDTH);

  function push(level: number, hash: Buffer, finished: Tile[]): void {
    edge[level] ??= [];
    const row = edge[level];
    row.push(hash);
    if (row.length < TILE_WIDTH) return;
    // `size` counts this entry already, so the finished tile is the one before the next.
    finished.push({ path: tilePath(level, indexOf(level) - 1, TILE_WIDTH), bytes: Buffer.concat(row) });
    edge[level] = [];
    push(level + 1, foldPerfect(row), finished);
  }

  return {
    size: () => size,
    root() {
      if (size === 0) return EMPTY_ROOT;
      // The log is a row of perfect trees, larger ones first; each of them lies whole in the last tile of one row.
      const peaks: Buffer[] = [];
      for (let level = edge.length - 1; level >= 0; level -= 1) {
        const row = edge[level] ?? [];
        let from = 0;
        for (let bit = TILE_HEIGHT - 1; bit >= 0; bit -= 1) {
          const width = 2 ** bit;
          if ((row.length & width) === 0) continue;
          peaks.push(foldPerfect(row.slice(from, from + width)));
          from += width;
        }
      }
      return peaks.reduceRight((right, left) => nodeHash(left, right));
    },
    append(entries) {
      const finished: Tile[] = [];
      const before = size;
      for (const entry of entries) {
        size += 1;
        push(0, leafHash(entry), finished);
      }
      // Only ends that moved: what an earlier checkpoint covers is never written again.
      const moved = (level: number) =>
        Math.floor(size / TILE_WIDTH ** level) !== Math.floor(before / TILE_WIDTH ** level);
      const ends = edge.flatMap((row, level) =>
        row.length === 0 || !moved(level)
          ? []
          : [{ path: tilePath(level, indexOf(level), row.length), bytes: Buffer.concat(row) }],
      );
      return [...finished, ...ends];
    },
  };
}

/** The tree of a log that is in the store. @throws when a tile is missing, has another length, or gives another root */
export async function loadTree(blobs: Pick<Blobs, 'read'>, size: number, root: Buffer): Promise<Tree> {
  const edge: Buffer[][] = [];
  for (let level = 0; size >= TILE_WIDTH ** level; level += 1) {
    const index = Math.floor(Math.floor(size / TILE_WIDTH ** level) / TILE_WIDTH);
    const width = tileWidth(level, index, size);
    edge.push(width === 0 ? [] : await readTile(blobs, level, index, width));
  }
  const tree = createTree(size, edge);
  if (!tree.root().equals(root)) throw new Error('the tiles of the ledger do not give the root of its checkpoint');
  return tree;
}

export async function readTile(
  blobs: Pick<Blobs, 'read'>,
  level: number,
  index: number,
  width: number,
): Promise<Buffer[]> {
  const path = tilePath(level, index, width);
  const bytes = await blobs.read(path);
  if (bytes === null) throw new Error(`the ledger has no ${path}`);
  if (bytes.length !== width * HASH_SIZE)
    throw new Error(`${path} has ${bytes.length} bytes instead of ${width * HASH_SIZE}`);
  return Array.from({ length: width }, (_, at) => bytes.subarray(at * HASH_SIZE, (at + 1) * HASH_SIZE));
}
