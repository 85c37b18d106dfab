// The ledger in a folder keeps the promises of a store, leaves nothing lying about, and nobody else may read it.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createDiskBlobs } from '../../src/audit/ledger/diskBlobs.ts';
import { keptSigner } from '../../src/audit/ledger/ledgerKey.ts';
import { keepsThePromises } from './store.ts';

const root = mkdtempSync(join(tmpdir(), 'sp-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let number = 0;
const folder = () => join(root, `${number++}`, 'ledger');

describe('a folder', () => {
  keepsThePromises(() => {
    const place = folder();
    return { blobs: createDiskBlobs(place), another: createDiskBlobs(place) };
  });
  test('holds no half-written files after refusals, and is private', async () => {
    const place = folder();
    const blobs = createDiskBlobs(place);
    await blobs.writeOnce('tile/0/000', Buffer.from('a'));
    await blobs.writeOnce('tile/0/000', Buffer.from('b')).catch(() => undefined);
    await blobs.swap('checkpoint', null, Buffer.from('1'));
    await blobs.swap('checkpoint', null, Buffer.from('2'));
    expect(readdirSync(join(place, 'tile/0'))).toEqual(['000']);
    expect(readdirSync(place).sort()).toEqual(['.lock', 'checkpoint', 'tile']);
    expect(statSync(place).mode & 0o077).toBe(0);
    expect(statSync(join(place, 'checkpoint')).mode & 0o077).toBe(0);
  });
});

test('the key is made once, also by two who start together, and only its owner may read it', async () => {
  const data = folder();
  const [one, two] = await Promise.all([keptSigner(data, 'a/b'), keptSigner(data, 'a/b')]);
  expect(one.verifierKey).toBe(two.verifierKey);
  expect((await keptSigner(data, 'other/name')).name).toBe('a/b');
  expect(statSync(join(data, 'ledger.key')).mode & 0o077).toBe(0);
  expect(readdirSync(data).sort()).toEqual(['ledger.key', 'ledger.pub']);
});
