// Merkle proofs checked as RFC 9162 sections 2.1.3.2 and 2.1.4.2 say, and a root from its entries alone. Shares nothing
// with the code that makes them.
import { createHash } from 'node:crypto';

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

export const hashOfEntry = (entry: Uint8Array): Buffer => sha256(Buffer.of(0), entry);
const hashOfPair = (left: Uint8Array, right: Uint8Array): Buffer => sha256(Buffer.of(1), left, right);

/** Takes leaf hashes one by one and keeps one hash for each set bit of their number. */
export function createRoot() {
  const peaks: { hash: Buffer; height: number }[] = [];
  let count = 0;
  return {
    add(leaf: Buffer): void {
      count += 1;
      let [hash, height] = [leaf, 0];
      for (let top = peaks.at(-1); top?.height === height; top = peaks.at(-1)) {
        peaks.pop();
        hash = hashOfPair(top.hash, hash);
        height += 1;
      }
      peaks.push({ hash, height });
    },
    count: () => count,
    root(): Buffer {
      const [last, ...rest] = [...peaks].reverse();
      return last === undefined ? sha256() : rest.reduce((right, { hash }) => hashOfPair(hash, right), last.hash);
    },
  };
}

/** Whether the entry with this hash stands at `index` in the log of `size` entries with this root. */
export function includes(leaf: Buffer, index: number, size: number, path: readonly Buffer[], root: Buffer): boolean {
  if (!(index >= 0 && index < size)) return false;
  let [fn, sn, hash] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      hash = hashOfPair(sibling, hash);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
    } else hash = hashOfPair(hash, sibling);
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return sn === 0 && hash.equals(root);
}

type Tree = { readonly size: number; readonly root: Buffer };

/** Whether the older log is the beginning of the newer one. */
export function extendsLog(older: Tree, newer: Tree, proof: readonly Buffer[]): boolean {
  if (older.size < 1 || older.size > newer.size) return false;
  if (older.size === newer.size) return proof.length === 0 && older.root.equals(newer.root);
  const path = Number.isInteger(Math.log2(older.size)) ? [older.root, ...proof] : [...proof];
  const first = path.shift();
  if (first === undefined) return false;
  let [fn, sn] = [older.size - 1, newer.size - 1];
  while (fn % 2 === 1) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  let [fr, sr] = [first, first];
  for (const hash of path) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      fr = hashOfPair(hash, fr);
      sr = hashOfPair(hash, sr);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
    } else sr = hashOfPair(sr, hash);
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return sn === 0 && fr.equals(older.root) && sr.equals(newer.root);
}
