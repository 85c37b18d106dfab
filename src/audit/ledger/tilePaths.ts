// Names of the files of a log in the C2SP tlog-tiles layout: https://c2sp.org/tlog-tiles. A tile holds up to 256 hashes of
// one row of the tree, every eighth row has tiles; an entry bundle holds the 256 entries under one tile of the lowest row.

export const TILE_WIDTH = 256;
export const TILE_HEIGHT = 8;
export const CHECKPOINT = 'checkpoint';

/** 1234067 -> `x001/x234/067`: all groups of three digits but the last are marked. */
function inGroups(index: number): string {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const groups = padded.match(/\d{3}/g) ?? [];
  return groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/');
}

/** @param width entries or hashes in it: 1 to 256; a partial one says so in its name, because it is replaced by no one */
const partOf = (width: number): string => (width === TILE_WIDTH ? '' : `.p/${width}`);

export const tilePath = (level: number, index: number, width: number): string =>
  `tile/${level}/${inGroups(index)}${partOf(width)}`;
export const bundlePath = (index: number, width: number): string => `tile/entries/${inGroups(index)}${partOf(width)}`;

/** How many hashes the tile (level, index) holds in a log of `size` entries: 0 to 256. */
export function tileWidth(level: number, index: number, size: number): number {
  // Division, not shifts: a log may outgrow 32 bits.
  const hashes = Math.floor(size / TILE_WIDTH ** level);
  return Math.max(0, Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH));
}
