// Rules about changing a ledger's key: nothing that was sealed changes, who knows the old key or the new one can check while both
// sign, a key that comes out of nowhere seals nothing, and what was taken away before stays good.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { KEY_FILE, keptSigner, PUBLIC_FILE, replaceKeys } from '../../src/audit/ledger/ledgerKey.ts';
import { openLog } from '../../src/audit/ledger/log.ts';
import { createNoteSigner, type NoteSigner, newNoteKey, signedCheckpoint } from '../../src/audit/ledger/note.ts';
import { createSealer } from '../../src/audit/ledger/sealer.ts';
import { type NoteKey, readNoteKey } from '../../src/audit/verify/note.ts';
import { verifyLedger } from '../../src/audit/verify/verifyLedger.ts';
import { CannotVerify, keysOf } from '../../src/cli/ledgerSource.ts';
import { T0 } from '../audit/journalKit.ts';
import { bytesOf, journalOf, make, story, verify } from '../evidence/kit.ts';
import { memoryBlobs, memorySource } from './kit.ts';

const NAME = 'ledger.example.com/main';
const [older, newer] = [newNoteKey(NAME), newNoteKey(NAME)];
const [old, both, fresh] = [older, `${newer}\n${older}`, newer].map(createNoteSigner) as [
  NoteSigner,
  NoteSigner,
  NoteSigner,
];
const keyOf = ({ verifierKey }: NoteSigner): NoteKey => readNoteKey(verifierKey) ?? never();
const never = (): never => {
  throw new Error('no key');
};
const folder = mkdtempSync(join(tmpdir(), 'sp-rotation-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a ledger goes on under another key: with the old one alone, with both, with the new one alone', async () => {
  const entries = journalOf(story());
  const blobs = memoryBlobs();
  let upTo = 0;
  const seal = async (signer: NoteSigner, count: number): Promise<string> => {
    upTo = count;
    const { source } = memorySource(() => entries.slice(0, upTo));
    const deps = { blobs, source, signer, origin: NAME, clock: { now: () => T0 }, onError: () => undefined };
    await createSealer(deps).seal();
    return String(await blobs.read('checkpoint'));
  };
  const good = async (known: readonly NoteSigner[], kept: readonly string[] = []) =>
    (await verifyLedger(blobs.read, known.map(keyOf), kept)).faults;

  const first = await seal(old, 5);
  expect(await good([old])).toEqual([]);
  // Not the old key, and not under its signature: another key of the same name is nobody's.
  await expect(openLog(blobs, fresh, NAME)).rejects.toThrow('signed with another key');

  const second = await seal(both, 10);
  expect(second.split('\n').filter((line) => line.startsWith('— '))).toHaveLength(2);
  for (const known of [[old], [fresh], [old, fresh]]) expect(await good(known), String(known.length)).toEqual([]);

  // A gateway that was not started anew yet, and then one that was.
  await seal(old, 12);
  expect([await good([old]), await good([fresh])]).toEqual([[], ['checkpoint: no key that is known has signed it']]);
  await seal(both, 14);
  const third = await seal(fresh, entries.length);
  expect(await good([fresh])).toEqual([]);
  expect(await good([old])).toEqual(['checkpoint: no key that is known has signed it']);
  // What was kept elsewhere, whoever signed it then, is still what the ledger grew from.
  expect(await good([fresh, old], [first, second, third])).toEqual([]);
  // A gateway that was left behind with the old key seals nothing any more.
  await expect(seal(old, entries.length)).rejects.toThrow('signed with another key');
});

test('evidence: the old archive under the old key, one of the time between under either, with its list signed by both', async () => {
  const made = async (key: NoteSigner): Promise<Buffer> => bytesOf((await make({ key })).bytes());
  const ok = async (archive: Buffer, known: readonly NoteSigner[]) => (await verify(archive, known.map(keyOf))).ok;
  const [before, between] = [await made(old), await made(both)];
  expect([await ok(before, [old]), await ok(before, [fresh]), await ok(before, [fresh, old])]).toEqual([
    true,
    false,
    true,
  ]);
  expect([await ok(between, [old]), await ok(between, [fresh])]).toEqual([true, true]);
});

test('a signature of one of two keys that fails is a fault, also when the other one holds', async () => {
  const archive = await make({ key: both });
  const text = String(await bytesOf(archive.bytes()));
  expect(text).toContain('sallyport.evidence.v1\nsha256:');
  const checkpoint = { origin: NAME, size: 1, root: Buffer.alloc(32, 1) };
  const other = { ...checkpoint, size: 2 };
  const stolen = signedCheckpoint(other, old).split('\n\n')[1] ?? '';
  const mixed = signedCheckpoint(checkpoint, fresh, [stolen]);
  const { openCheckpoint } = await import('../../src/audit/verify/note.ts');
  expect(openCheckpoint(mixed, [keyOf(fresh), keyOf(old)])).toBe(`the signature of ${NAME} does not hold`);
});

test('keys of different logs, one key twice, and what is no key are refused', () => {
  for (const keys of [`${newer}\n${newNoteKey('other.example.com')}`, `${newer}\n${newer}`, `${newer}\nx`, ''])
    expect(() => createNoteSigner(keys)).toThrow(/note key/);
});

test('the files beside the data: both keys, the new one first, and nobody else may read the private ones', async () => {
  const first = await keptSigner(folder, NAME);
  const private1 = readFileSync(join(folder, KEY_FILE), 'utf8').trim();
  await replaceKeys(folder, [newer, private1]);
  const signer = await keptSigner(folder, NAME);
  expect(signer.verifierKeys).toEqual([fresh.verifierKey, first.verifierKey]);
  expect(statSync(join(folder, KEY_FILE)).mode & 0o777).toBe(0o600);
  const known = await keysOf([join(folder, PUBLIC_FILE)]);
  expect(known.map(({ text }) => text)).toEqual(signer.verifierKeys);
  await replaceKeys(folder, [newer]);
  expect((await keptSigner(folder, NAME)).verifierKeys).toEqual([fresh.verifierKey]);
  await expect(keysOf([`${fresh.verifierKey}\nnonsense`])).rejects.toThrow(CannotVerify);
});
