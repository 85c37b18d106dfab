// The log's tree against RFC 6962 by the letter, against Go's own tlog and note where Go is, and against tampering.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packBundle, unpackBundle } from '../../src/audit/ledger/bundle.ts';
import { createDiskBlobs } from '../../src/audit/ledger/diskBlobs.ts';
import { createNoteSigner, newNoteKey, readCheckpoint, signedCheckpoint } from '../../src/audit/ledger/note.ts';
import { createProofs } from '../../src/audit/ledger/proofs.ts';
import { bundlePath, tilePath, tileWidth } from '../../src/audit/ledger/tilePaths.ts';
import { createTree, loadTree } from '../../src/audit/ledger/tree.ts';
import { naiveLeaf, naiveRoot } from './naive.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sp-ledger-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const entry = (at: number): Buffer => Buffer.from(`entry ${at}`);
const entries = (count: number): Buffer[] => Array.from({ length: count }, (_, at) => entry(at));
const SIZES = [1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 513, 1000];

describe('the tree', () => {
  test.each(SIZES)('of %i entries has the root of RFC 6962, whether it grew at once or by and by', (size) => {
    const all = entries(size);
    const atOnce = createTree(0, []);
    atOnce.append(all);
    const slowly = createTree(0, []);
    for (let at = 0; at < size; at += 37) slowly.append(all.slice(at, at + 37));
    expect(atOnce.root()).toEqual(naiveRoot(all));
    expect(slowly.root()).toEqual(naiveRoot(all));
  });

  test('is found again in its tiles, and grows on from there', async () => {
    const place = createDiskBlobs(join(folder, 'grown'));
    let size = 0;
    let tree = createTree(0, []);
    for (const step of [1, 200, 55, 1, 300, 512, 7]) {
      for (const { path, bytes } of tree.append(entries(size + step).slice(size))) await place.writeOnce(path, bytes);
      size += step;
      tree = await loadTree(place, size, tree.root());
      expect(tree.root()).toEqual(naiveRoot(entries(size)));
    }
  });

  test('is not believed when a tile was changed', async () => {
    const place = createDiskBlobs(join(folder, 'changed'));
    const tree = createTree(0, []);
    for (const { path, bytes } of tree.append(entries(300))) await place.writeOnce(path, bytes);
    const file = join(folder, 'changed', tilePath(0, 1, 44));
    const bytes = readFileSync(file);
    bytes[5] = (bytes[5] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    await expect(loadTree(place, 300, tree.root())).rejects.toThrow('do not give the root');
    writeFileSync(file, bytes.subarray(1));
    await expect(loadTree(place, 300, tree.root())).rejects.toThrow('bytes instead of');
    rmSync(file);
    await expect(loadTree(place, 300, tree.root())).rejects.toThrow('the ledger has no tile/0/001.p/44');
  });

  test('names its files as tlog-tiles does', () => {
    expect(tilePath(0, 0, 256)).toBe('tile/0/000');
    expect(tilePath(1, 1_234_067, 256)).toBe('tile/1/x001/x234/067');
    expect(tilePath(2, 70, 8)).toBe('tile/2/070.p/8');
    expect(bundlePath(1000, 12)).toBe('tile/entries/x001/000.p/12');
    expect([tileWidth(0, 273, 70_000), tileWidth(1, 1, 70_000), tileWidth(2, 0, 70_000)]).toEqual([112, 17, 1]);
  });
});

describe('proofs', () => {
  test('of inclusion and consistency fold to the roots, for every index and many sizes', async () => {
    for (const size of [1, 2, 5, 256, 257, 600]) {
      const place = createDiskBlobs(join(folder, `proofs-${size}`));
      const all = entries(size);
      for (const { path, bytes } of createTree(0, []).append(all)) await place.writeOnce(path, bytes);
      const proofs = createProofs(place, size);
      for (let index = 0; index < size; index += size > 100 ? 13 : 1) {
        const path = await proofs.inclusion(index);
        expect(foldInclusion(naiveLeaf(entry(index)), index, size, path)).toEqual(naiveRoot(all));
      }
      await expect(proofs.inclusion(size)).rejects.toThrow(RangeError);
      expect((await proofs.consistency(size)).length).toBe(0);
    }
  });
});

describe('bundles', () => {
  test('a bundle comes back as it was, and a damaged one is refused', () => {
    const all = [Buffer.from(''), Buffer.from('x'), Buffer.alloc(0xffff, 7)];
    const packed = packBundle(all);
    expect(unpackBundle(packed, 3)).toEqual(all);
    expect(() => unpackBundle(packed, 2)).toThrow('3 entries instead of 2');
    expect(() => unpackBundle(packed.subarray(0, -1), 3)).toThrow('within an entry');
    expect(() => unpackBundle(Buffer.of(0), 1)).toThrow('within a length');
    expect(() => packBundle([Buffer.alloc(0x10000)])).toThrow('too long');
  });
});

describe('the signed checkpoint', () => {
  const key = newNoteKey('ledger.example.com/main');
  test('is read back; a private key that was damaged is not taken, and its error shows nothing of it', () => {
    const signer = createNoteSigner(key);
    const root = naiveRoot(entries(9));
    const note = signedCheckpoint({ origin: 'ledger.example.com/main', size: 9, root }, signer);
    expect(readCheckpoint(note)).toMatchObject({ origin: 'ledger.example.com/main', size: 9, root });
    const damaged = key.replace(/.{4}$/, 'AAA=');
    const fault = (() => {
      try {
        createNoteSigner(damaged);
      } catch (error) {
        return String(error);
      }
      return 'taken';
    })();
    expect(fault).toContain('note key');
    expect(fault).not.toContain(damaged.slice(-12));
    for (const text of ['', 'a\nb\nc\n\n', 'origin\n-1\nAAAA\n\n— x y\n', note.replace('9', '09')])
      expect(() => readCheckpoint(text)).toThrow('not a checkpoint');
  });

  const go = spawnSync('go', ['version'], { encoding: 'utf8' }).status === 0;
  // Where Go is not installed the same is checked against RFC 6962 by the letter, above.
  test.runIf(go)("and the proofs are accepted by Go's sumdb packages", { timeout: 300_000 }, async () => {
    const place = join(folder, 'go');
    const store = createDiskBlobs(join(place, 'log'));
    const size = 70_000;
    const tree = createTree(0, []);
    const all = entries(size);
    for (const { path, bytes } of tree.append(all)) await store.writeOnce(path, bytes);
    // While one key follows another both sign.
    const signer = createNoteSigner(`${newNoteKey(createNoteSigner(key).name)}\n${key}`);
    await store.swap(
      'checkpoint',
      null,
      Buffer.from(signedCheckpoint({ origin: signer.name, size, root: tree.root() }, signer)),
    );
    const proofs = createProofs(store, size);
    const inclusion = await Promise.all(
      [0, 1, 255, 256, 65_535, 65_536, 69_999].map(async (index) => ({
        index,
        leaf: naiveLeaf(entry(index)).toString('base64'),
        path: (await proofs.inclusion(index)).map((hash) => hash.toString('base64')),
      })),
    );
    const consistency = await Promise.all(
      [1, 255, 256, 300, 65_536, 69_999].map(async (older) => ({
        older,
        root: naiveRoot(all.slice(0, older)).toString('base64'),
        path: (await proofs.consistency(older)).map((hash) => hash.toString('base64')),
      })),
    );
    writeFileSync(
      join(place, 'proofs.json'),
      JSON.stringify({ verifiers: signer.verifierKeys, inclusion, consistency }),
    );
    const source = readFileSync(join(import.meta.dirname, 'checkpoint.go.txt'), 'utf8');
    writeFileSync(join(place, 'main.go'), source);
    writeFileSync(join(place, 'go.mod'), 'module check\n\ngo 1.21\n\nrequire golang.org/x/mod v0.20.0\n');
    const answer = spawnSync('go', ['run', '.', place], {
      cwd: place,
      encoding: 'utf8',
      env: { ...process.env, GOFLAGS: '-mod=mod', GONOSUMDB: '*' },
    });
    if (answer.status !== 0) throw new Error(answer.stderr);
    expect(answer.stdout).toBe('7 inclusions, 6 consistencies, size 70000\n');
  });
});

/** RFC 9162 section 2.1.3.2, for an entry at `index` in a log of `size`. */
function foldInclusion(leaf: Buffer, index: number, size: number, path: readonly Buffer[]): Buffer {
  let [at, last, hash] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (at % 2 === 1 || at === last) {
      hash = pair(sibling, hash);
      while (at % 2 === 0 && at !== 0) [at, last] = [at >> 1, last >> 1];
    } else hash = pair(hash, sibling);
    [at, last] = [at >> 1, last >> 1];
  }
  return hash;
}
const pair = (left: Buffer, right: Buffer): Buffer =>
  createHash('sha256')
    .update(Buffer.concat([Buffer.of(1), left, right]))
    .digest();
