// Sealing: every entry once and in order, whatever crashes when; nothing trimmed that is not sealed; nothing skipped.
import { describe, expect, test } from 'vitest';
import { createNoteSigner, newNoteKey, readCheckpoint } from '../../src/audit/ledger/note.ts';
import { createSealer, type SealerDeps } from '../../src/audit/ledger/sealer.ts';
import { loadTree } from '../../src/audit/ledger/tree.ts';
import type { JournalEntry } from '../../src/kernel/auditEvent.ts';
import { chain } from '../audit/journalKit.ts';
import { Crash, crashing, events, journalOf, memoryBlobs, memorySource, sealedNumbers } from './kit.ts';

const ORIGIN = 'ledger.example.com/main';
const signer = createNoteSigner(newNoteKey(ORIGIN));
const sealer = (deps: Pick<SealerDeps, 'blobs' | 'source'> & Partial<SealerDeps>) =>
  createSealer({ signer, origin: ORIGIN, clock: { now: () => 1 }, onError: () => {}, ...deps });
const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);

describe('sealing', () => {
  test('takes the journal in, in order, and again only what is new', async () => {
    const blobs = memoryBlobs();
    let known = journalOf(300);
    const { source } = memorySource(() => known);
    const one = sealer({ blobs, source });
    expect(await one.seal()).toBe(300);
    expect(await one.seal()).toBe(0);
    known = journalOf(2000);
    expect(await one.seal()).toBe(1700);
    expect(await sealedNumbers(blobs)).toEqual(upTo(2000));
    const { size, root } = readCheckpoint(String(await blobs.read('checkpoint')));
    await expect(loadTree(blobs, size, root)).resolves.toBeDefined();
  });

  test('an event longer than a bundle holds stands beside it, under its digest', async () => {
    const blobs = memoryBlobs();
    const many = Array.from({ length: 9000 }, (_, at) => `device:d-${at}`);
    const known = chain([...events(1), { kind: 'act.intent', actor: 'ada', facts: { targets: many } }, ...events(1)]);
    await sealer({ blobs, source: memorySource(() => known).source }).seal();
    expect(await sealedNumbers(blobs)).toEqual([1, 2, 3]);
    expect(String(blobs.files.get(`events/${known[1]?.digest}`))).toBe(known[1]?.event);
  });

  test.each(['before', 'after'] as const)('a crash %s any write leaves nothing out and nothing twice', async (when) => {
    const known = journalOf(700);
    for (let at = 1; ; at += 1) {
      const blobs = memoryBlobs();
      const { source } = memorySource(() => known.slice(0, 500));
      await sealer({ blobs, source: memorySource(() => known.slice(0, 200)).source }).seal();
      const mortal = crashing(blobs, at, when);
      const outcome = await sealer({ blobs: mortal, source })
        .seal()
        .then(
          () => 'sealed',
          (error: unknown) => (error instanceof Crash ? 'crashed' : String(error)),
        );
      // What a reader sees between the crash and the next start is an earlier whole ledger.
      const between = await sealedNumbers(blobs);
      expect([upTo(200), upTo(500)]).toContainEqual(between);
      await sealer({ blobs, source: memorySource(() => known).source }).seal();
      expect(await sealedNumbers(blobs), `crash ${when} write ${at}`).toEqual(upTo(700));
      if (outcome === 'sealed') break;
      expect(outcome).toBe('crashed');
    }
  });

  test('goes on by the newest checkpoint that was told of, when the store still shows an older one', async () => {
    const blobs = memoryBlobs();
    const known = journalOf(40);
    const { source } = memorySource(() => known);
    await sealer({
      blobs,
      source: {
        ...source,
        read: async (from, count) => (await source.read(from, count)).filter(({ seq }) => seq <= 10),
      },
    }).seal();
    const older = blobs.files.get('checkpoint');
    await sealer({ blobs, source }).seal();
    // A slow replica writes its older checkpoint over the newer one.
    if (older) blobs.files.set('checkpoint', older);
    const more = journalOf(60);
    const told = memorySource(() => more);
    await told.source.told((await source.lead()).note, 40);
    await sealer({ blobs, source: told.source }).seal();
    expect(await sealedNumbers(blobs)).toEqual(upTo(60));
  });
});

describe('what does not follow', () => {
  const spoilt: [string, (entries: JournalEntry[]) => JournalEntry[], string][] = [
    [
      'an entry that is missing',
      (all) => all.filter(({ seq }) => seq !== 20),
      'entry 20 is missing, the next one is 21',
    ],
    [
      'an event that was changed',
      (all) => all.map((one) => (one.seq === 20 ? { ...one, event: '{}' } : one)),
      'entry 20 was changed',
    ],
    [
      'a time that was changed',
      (all) => all.map((one) => (one.seq === 20 ? { ...one, at: one.at + 1 } : one)),
      'entry 20 does not follow',
    ],
  ];
  test.each(spoilt)('%s stops the sealing and is said; nothing of that page counts', async (_what, spoil, words) => {
    const blobs = memoryBlobs();
    const one = sealer({ blobs, source: memorySource(() => spoil(journalOf(50))).source });
    await expect(one.seal()).rejects.toThrow(words);
    expect(one.state().fault).toContain(words);
    expect(await sealedNumbers(blobs)).toEqual([]);
  });

  test('a journal that was rewritten after the last seal is not sealed over it', async () => {
    const blobs = memoryBlobs();
    let known = journalOf(30);
    const { source } = memorySource(() => known);
    const one = sealer({ blobs, source });
    await one.seal();
    known = chain([...events(30, 500), ...events(5)]).map((entry) => ({ ...entry }));
    // The same numbers, another history: entry 1 begins a chain, so it counts as emptied data, and both lives are kept.
    await one.seal();
    expect(await sealedNumbers(blobs)).toEqual([...upTo(30), ...upTo(35)]);
  });

  test('emptied data begins anew behind what was sealed, also when the new life is longer already', async () => {
    const blobs = memoryBlobs();
    let known = journalOf(30);
    const { source } = memorySource(() => known);
    const one = sealer({ blobs, source });
    await one.seal();
    known = [];
    expect(await one.seal()).toBe(0);
    known = chain(events(3, 900));
    expect(await one.seal()).toBe(3);
    expect(await sealedNumbers(blobs)).toEqual([...upTo(30), 1, 2, 3]);
  });

  test('a ledger of another key or another deployment is not continued', async () => {
    const blobs = memoryBlobs();
    await sealer({ blobs, source: memorySource(() => journalOf(3)).source }).seal();
    const other = createNoteSigner(newNoteKey(ORIGIN));
    await expect(
      sealer({ blobs, source: memorySource(() => journalOf(4)).source, signer: other }).seal(),
    ).rejects.toThrow('another key');
    await expect(
      sealer({ blobs, source: memorySource(() => journalOf(4)).source, origin: 'other' }).seal(),
    ).rejects.toThrow('is of ledger.example.com/main');
    expect(await sealedNumbers(blobs)).toEqual([1, 2, 3]);
  });
});

describe('trimming', () => {
  test('forgets only what is sealed and old enough', async () => {
    const blobs = memoryBlobs();
    const { source, trimmed } = memorySource(() => journalOf(500));
    await sealer({ blobs, source, keep: 100 }).seal();
    expect(trimmed()).toBe(400);
    const never = memorySource(() => journalOf(500));
    await sealer({ blobs: crashing(memoryBlobs(), 3, 'before'), source: never.source, keep: 100 })
      .seal()
      .catch(() => undefined);
    expect(never.trimmed()).toBe(0);
  });
});
