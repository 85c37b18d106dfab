// The verifier against what somebody with all rights on the files could do, and against the writer's own proofs.
import { describe, expect, test } from 'vitest';
import { packBundle } from '../../src/audit/ledger/bundle.ts';
import { encodeEntry } from '../../src/audit/ledger/entry.ts';
import { createNoteSigner, newNoteKey, signedCheckpoint } from '../../src/audit/ledger/note.ts';
import { createProofs } from '../../src/audit/ledger/proofs.ts';
import { createSealer } from '../../src/audit/ledger/sealer.ts';
import { createTree } from '../../src/audit/ledger/tree.ts';
import { extendsLog, hashOfEntry, includes } from '../../src/audit/verify/merkle.ts';
import { openCheckpoint, readNoteKey } from '../../src/audit/verify/note.ts';
import { verifyLedger } from '../../src/audit/verify/verifyLedger.ts';
import type { JournalEntry } from '../../src/kernel/auditEvent.ts';
import { rechain } from '../audit/journalKit.ts';
import { journalOf, memoryBlobs, memorySource } from './kit.ts';
import { naiveRoot } from './naive.ts';

const ORIGIN = 'ledger.example.com/main';
const signer = createNoteSigner(newNoteKey(ORIGIN));
const known = readNoteKey(signer.verifierKey);
const keys = known === null ? [] : [known];

async function sealed(entries: readonly JournalEntry[]) {
  const blobs = memoryBlobs();
  await createSealer({
    blobs,
    source: memorySource(() => entries).source,
    signer,
    origin: ORIGIN,
    clock: { now: () => 1 },
    onError: () => {},
  }).seal();
  return blobs;
}
/** A ledger made anew, whole and consistent, with the real key: what a thief of the key can do. */
const forged = (entries: readonly JournalEntry[]) => sealed(entries);
const faultsOf = async (blobs: ReturnType<typeof memoryBlobs>, older: readonly string[] = []) => {
  const report = await verifyLedger(blobs.read, keys, older);
  return [report.ok, ...report.faults, ...report.lives.flatMap(({ faults }) => faults.map(({ what }) => what))];
};

describe('a ledger that nobody touched', () => {
  test.each([1, 255, 256, 257, 700])('of %i entries is found whole', async (count) => {
    expect(await faultsOf(await sealed(journalOf(count)))).toEqual([true]);
  });
  test('has grown from every checkpoint that was kept elsewhere', async () => {
    const older = await Promise.all(
      [3, 256, 300].map(async (count) => String((await sealed(journalOf(count))).files.get('checkpoint'))),
    );
    expect(await faultsOf(await sealed(journalOf(500)), older)).toEqual([true]);
  });
});

describe('what is found', () => {
  test('every single byte that was changed in entries or tiles', async () => {
    const whole = await sealed(journalOf(5));
    for (const [path, bytes] of whole.files) {
      if (path === 'checkpoint') continue;
      for (let at = 0; at < bytes.length; at += 7) {
        const blobs = memoryBlobs();
        for (const [one, content] of whole.files) blobs.files.set(one, Buffer.from(content));
        const copy = blobs.files.get(path);
        if (copy) copy[at] = (copy[at] ?? 0) ^ 0x20;
        const [ok] = await faultsOf(blobs);
        // Of the earlier, shorter ends nothing speaks any more: only what the checkpoint covers counts.
        expect(ok, `${path} byte ${at}`).toBe(false);
      }
    }
  });
  test('a file that is missing', async () => {
    const whole = await sealed(journalOf(300));
    for (const path of whole.files.keys()) {
      const blobs = memoryBlobs();
      for (const [one, content] of whole.files) if (one !== path) blobs.files.set(one, content);
      expect((await faultsOf(blobs))[0], path).toBe(false);
    }
  });
  test('a tail that was cut off, and a history that was rewritten, by who has the key: by the checkpoints kept elsewhere', async () => {
    const all = journalOf(300);
    const kept = String((await sealed(all)).files.get('checkpoint'));
    expect(await faultsOf(await forged(all.slice(0, 200)), [kept])).toEqual([
      false,
      'an older checkpoint covers 300 entries, the ledger has only 200: it was cut',
    ]);
    const other = rechain(
      all.map((entry) =>
        entry.seq === 100 ? { ...entry, event: entry.event.replace('person 99', 'mallory') } : entry,
      ),
    );
    expect(await faultsOf(await forged(other))).toEqual([true]);
    expect(await faultsOf(await forged(other), [kept])).toEqual([
      false,
      'the first 300 entries are not what they were: rewritten',
    ]);
  });
  test('a checkpoint that another key signed, and one whose number was changed', async () => {
    const blobs = await sealed(journalOf(3));
    const thief = createNoteSigner(newNoteKey(ORIGIN));
    const tree = createTree(0, []);
    const bytes = journalOf(3).map((entry) => encodeEntry(entry).bytes);
    tree.append(bytes);
    const real = String(blobs.files.get('checkpoint'));
    blobs.files.set('checkpoint', Buffer.from(signedCheckpoint({ origin: ORIGIN, size: 3, root: tree.root() }, thief)));
    expect(await faultsOf(blobs)).toEqual([false, 'checkpoint: no key that is known has signed it']);
    blobs.files.set('checkpoint', Buffer.from(real.replace('\n3\n', '\n2\n')));
    expect(await faultsOf(blobs)).toEqual([false, `checkpoint: the signature of ${ORIGIN} does not hold`]);
    expect(packBundle(bytes).length).toBeGreaterThan(0);
  });
  test('two lives of the journal are two reports, each checked for itself', async () => {
    const blobs = memoryBlobs();
    let entries = journalOf(4);
    const sealer = createSealer({
      blobs,
      source: memorySource(() => entries).source,
      signer,
      origin: ORIGIN,
      clock: { now: () => 1 },
      onError: () => {},
    });
    await sealer.seal();
    entries = journalOf(9)
      .slice(0, 2)
      .map((entry) => entry);
    entries = rechain(entries.map((entry) => ({ ...entry, event: entry.event.replace('person', 'human') })));
    await sealer.seal();
    const report = await verifyLedger(blobs.read, keys);
    expect([report.ok, report.lives.map((life) => life.entries)]).toEqual([true, [4, 2]]);
  });
});

describe('proofs', () => {
  const bytes = journalOf(600).map((entry) => encodeEntry(entry).bytes);
  test('of the writer hold for the verifier, and for no other entry, place or root', async () => {
    const blobs = await sealed(journalOf(600));
    const proofs = createProofs(blobs, 600);
    const root = naiveRoot(bytes);
    for (const index of [0, 1, 255, 256, 511, 599]) {
      const path = await proofs.inclusion(index);
      const leaf = hashOfEntry(bytes[index] ?? Buffer.alloc(0));
      expect(includes(leaf, index, 600, path, root)).toBe(true);
      expect(includes(hashOfEntry(Buffer.from('x')), index, 600, path, root)).toBe(false);
      expect(includes(leaf, index ^ 1, 600, path, root)).toBe(false);
      expect(includes(leaf, index, 600, path.slice(1), root)).toBe(false);
      expect(includes(leaf, index, 600, [...path, root], root)).toBe(false);
      expect(includes(leaf, -1, 600, path, root)).toBe(false);
    }
    for (const older of [1, 2, 3, 255, 256, 257, 512, 599, 600]) {
      const proof = await proofs.consistency(older);
      const before = { size: older, root: naiveRoot(bytes.slice(0, older)) };
      expect(extendsLog(before, { size: 600, root }, proof), `${older}`).toBe(true);
      expect(extendsLog({ ...before, root }, { size: 600, root }, proof), `${older}`).toBe(older === 600);
      if (proof.length > 0) expect(extendsLog(before, { size: 600, root }, proof.slice(1)), `${older}`).toBe(false);
    }
  });
  test('a key text with another hash, and notes that are none, are refused', () => {
    expect(readNoteKey(signer.verifierKey.replace(/\+[0-9a-f]{8}\+/, '+00000000+'))).toBeNull();
    expect(readNoteKey('')).toBeNull();
    for (const note of [
      '',
      'x',
      '\n\n',
      'a\n1\nAAAA\n\n',
      `${ORIGIN}\n1\n${Buffer.alloc(32).toString('base64')}\n\nnonsense\n`,
    ])
      expect(typeof openCheckpoint(note, keys)).toBe('string');
  });
});
