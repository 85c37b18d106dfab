// What Go's own packages for checksum databases made (vectors.go.txt), recorded, and compared byte for byte with ours: keys,
// the signed checkpoint, every tile of a ledger of 70,000 entries, and proofs. Also where Go is not at hand.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDiskBlobs } from '../../src/audit/ledger/diskBlobs.ts';
import { createNoteSigner, readCheckpoint, signedCheckpoint } from '../../src/audit/ledger/note.ts';
import { createProofs } from '../../src/audit/ledger/proofs.ts';
import { tilePath } from '../../src/audit/ledger/tilePaths.ts';
import { createTree, type Tile, type Tree } from '../../src/audit/ledger/tree.ts';
import { extendsLog, hashOfEntry, includes } from '../../src/audit/verify/merkle.ts';
import { openCheckpoint, readNoteKey } from '../../src/audit/verify/note.ts';

type Vectors = {
  readonly origin: string;
  readonly size: number;
  readonly private: string;
  readonly verifier: string;
  readonly text: string;
  readonly signed: string;
  /** `level index width` (no width: a full one) -> SHA-256 of the tile */
  readonly tiles: { readonly [tile: string]: string };
  readonly inclusion: { readonly [index: string]: readonly string[] };
  readonly consistency: { readonly [older: string]: readonly string[] };
};
const go = JSON.parse(readFileSync(join(import.meta.dirname, 'vectors.json'), 'utf8')) as Vectors;
const entries = Array.from({ length: go.size }, (_, at) => Buffer.from(`entry ${at}`));
const folder = mkdtempSync(join(tmpdir(), 'sp-'));
let tree: Tree;
let tiles: readonly Tile[];
beforeAll(async () => {
  tree = createTree(0, []);
  tiles = tree.append(entries);
  const store = createDiskBlobs(folder);
  for (const { path, bytes } of tiles) await store.writeOnce(path, bytes);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the key that Go made signs the same note, and is known by the same verifier key', () => {
  const signer = createNoteSigner(go.private);
  expect(signer.verifierKey).toBe(go.verifier);
  expect(signedCheckpoint(readCheckpoint(go.signed), signer)).toBe(go.signed);
  expect(readCheckpoint(go.signed).text).toBe(go.text);
  const key = readNoteKey(go.verifier);
  expect(key && openCheckpoint(go.signed, [key])).toMatchObject({ size: go.size, signedBy: [{ name: go.origin }] });
});
test('every tile and the root are the same', () => {
  expect(tree.root()).toEqual(readCheckpoint(go.signed).root);
  const ours = new Map(tiles.map(({ path, bytes }) => [path, createHash('sha256').update(bytes).digest('hex')]));
  const theirs = Object.entries(go.tiles).map(([tile, hash]): [string, string] => {
    const [level, index, width] = tile.split(' ');
    return [tilePath(Number(level), Number(index), Number(width || 256)), hash];
  });
  expect(ours.size).toBeGreaterThan(270);
  expect([...ours].sort()).toEqual(theirs.sort());
});
test('proofs are the same, and the verifier takes those of Go', async () => {
  const proofs = createProofs(createDiskBlobs(folder), go.size);
  const root = tree.root();
  const hashes = (list: readonly string[]) => list.map((text) => Buffer.from(text, 'base64'));
  for (const [index, path] of Object.entries(go.inclusion)) {
    expect(await proofs.inclusion(Number(index))).toEqual(hashes(path));
    const leaf = hashOfEntry(entries[Number(index)] ?? Buffer.alloc(0));
    expect(includes(leaf, Number(index), go.size, hashes(path), root)).toBe(true);
  }
  for (const [older, path] of Object.entries(go.consistency)) {
    expect(await proofs.consistency(Number(older))).toEqual(hashes(path));
    const before = createTree(0, []);
    before.append(entries.slice(0, Number(older)));
    expect(extendsLog({ size: Number(older), root: before.root() }, { size: go.size, root }, hashes(path))).toBe(true);
  }
});
