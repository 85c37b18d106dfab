// Sealing out of a real Redis: one replica at a time, another one goes on when it dies, nothing is trimmed that is not sealed,
// and whoever reads the journal finds what was trimmed in the ledger.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createJournal } from '../../src/audit/journal/journal.redis.ts';
import type { Blobs } from '../../src/audit/ledger/blobs.ts';
import { createDiskBlobs } from '../../src/audit/ledger/diskBlobs.ts';
import { createNoteSigner, newNoteKey } from '../../src/audit/ledger/note.ts';
import { createLedgerReader } from '../../src/audit/ledger/reader.ts';
import { createSealSource, LEASE } from '../../src/audit/ledger/seal.redis.ts';
import { createSealer, type Sealer, type SealerDeps } from '../../src/audit/ledger/sealer.ts';
import { readNoteKey } from '../../src/audit/verify/note.ts';
import { verifyJournal } from '../../src/audit/verify/verifyJournal.ts';
import { verifyLedger } from '../../src/audit/verify/verifyLedger.ts';
import type { JournalEntry } from '../../src/kernel/auditEvent.ts';
import { eventArgs } from '../../src/redis/scripts.ts';
import { until } from '../kit/arrivals.ts';
import { startRedis, type TestRedis } from '../kit/redis.ts';
import { events, sealedNumbers } from './kit.ts';

const signer = createNoteSigner(newNoteKey('ledger.example.com/main'));
const key = readNoteKey(signer.verifierKey);
const keys = key === null ? [] : [key];
let redis: TestRedis;
let folder = '';
let blobs: Blobs;
const sealers: Sealer[] = [];
let told: string[] = [];

beforeEach(async () => {
  redis = await startRedis({ commandTimeout: 10_000 });
  folder = mkdtempSync(join(tmpdir(), 'sp-'));
  blobs = createDiskBlobs(folder);
  told = [];
  fresh = true;
});
afterEach(async () => {
  for (const sealer of sealers.splice(0)) await sealer.stop();
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
});

const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);
const stream = () => createJournal({ scripts: redis.scripts, client: redis.client, keys: redis.keys });
const history = () =>
  createJournal({
    scripts: redis.scripts,
    client: redis.client,
    keys: redis.keys,
    trimmed: createLedgerReader(createDiskBlobs(folder)).read,
  });
/** Entry 1 of a new life is the epoch's; it counts as one of the first. */
let fresh = true;
const append = async (count: number, from = 0): Promise<void> => {
  const more = events(fresh ? count - 1 : count, from);
  fresh = false;
  for (const event of more) await redis.scripts.run('appendEvent', [], eventArgs(event));
};
function sealerOf(run: string, more: Partial<SealerDeps> = {}): Sealer {
  const { scripts, keys } = redis;
  const sealer = createSealer({
    blobs,
    source: createSealSource({ scripts, keys, journal: stream(), run }),
    signer,
    origin: signer.name,
    clock: { now: () => Date.now() },
    onError: (error) => told.push(String(error)),
    every: 50,
    ...more,
  });
  sealers.push(sealer);
  return sealer;
}
const collect = async (source: AsyncIterable<JournalEntry>): Promise<JournalEntry[]> => {
  const all: JournalEntry[] = [];
  for await (const entry of source) all.push(entry);
  return all;
};

describe('several replicas', () => {
  test('one seals; the others say how far it is; one that stops hands over at once', async () => {
    await append(20);
    const [one, two] = [sealerOf('gw_1'), sealerOf('gw_2')];
    expect(await one.seal()).toBe(20);
    expect(await two.seal()).toBe(0);
    expect(one.state()).toMatchObject({ leading: true, behind: 0, seq: 20 });
    await append(5, 20);
    expect(await two.seal()).toBe(0);
    expect(two.state()).toMatchObject({ leading: false, behind: 5 });
    await one.stop();
    expect(await sealedNumbers(blobs)).toEqual(upTo(25));
    await append(5, 25);
    expect(await two.seal()).toBe(5);
    expect(await sealedNumbers(blobs)).toEqual(upTo(30));
  });
  test('one that dies is followed by another within ten seconds, and nothing is twice', async () => {
    await append(20);
    const dead = sealerOf('gw_dead');
    await dead.seal();
    // From here on it does nothing more, and gives nothing up: as after kill -9.
    sealers.splice(0);
    await append(7, 20);
    const began = performance.now();
    const next = sealerOf('gw_next', { every: 250 });
    next.start();
    await until(() => next.state().seq === 27, 20_000);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(performance.now() - began).toBeGreaterThan(LEASE / 2);
    expect(await sealedNumbers(blobs)).toEqual(upTo(27));
  });
  test('one that was slow and comes back after another has sealed changes nothing', async () => {
    await append(20);
    let release: () => void = () => undefined;
    let slow = false;
    let waiting = false;
    const paused = new Promise<void>((resolve) => {
      release = resolve;
    });
    const sleepy: Blobs = {
      ...blobs,
      async swap(path, expected, bytes) {
        waiting = slow;
        if (slow) await paused;
        return blobs.swap(path, expected, bytes);
      },
    };
    const former = sealerOf('gw_former', { blobs: sleepy });
    await former.seal();
    await append(10, 20);
    slow = true;
    const late = former.seal();
    late.catch(() => undefined);
    await until(() => waiting);
    await redis.client.command('DEL', redis.keys.ledgerLease);
    await append(10, 30);
    const other = sealerOf('gw_other');
    expect(await other.seal()).toBe(20);
    release();
    await expect(late).rejects.toThrow('another replica has moved the checkpoint');
    expect(await sealedNumbers(blobs)).toEqual(upTo(40));
    expect((await verifyLedger(blobs.read, keys)).ok).toBe(true);
  });
});

describe('what was trimmed', () => {
  test('is found by every way of reading the journal, and the whole still verifies', async () => {
    await append(700);
    const { keep } = { keep: 50 };
    await sealerOf('gw_1', { keep }).seal();
    const kept = await collect(stream().all());
    expect(kept.map(({ seq }) => seq)).toEqual(upTo(700).slice(650));
    const journal = history();
    const all = await collect(journal.all());
    expect(all.map(({ seq }) => seq)).toEqual(upTo(700));
    expect((await verifyJournal(all, [])).ok).toBe(true);
    expect((await journal.read(1, 3)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect((await journal.read(645, 20)).map(({ seq }) => seq)).toEqual(upTo(664).slice(644));
    expect((await journal.read(650, 1)).map(({ seq }) => seq)).toEqual([650]);
    expect(await journal.read(701, 5)).toEqual([]);
    expect((await stream().read(1, 1))[0]?.seq).toBe(651);
  });
  test('was sealed before: a store that refuses keeps everything in Redis', async () => {
    await append(300);
    const refusing: Blobs = { ...blobs, swap: () => Promise.reject(new Error('no')) };
    const sealer = sealerOf('gw_1', { blobs: refusing, keep: 10 });
    await expect(sealer.seal()).rejects.toThrow('no');
    expect(sealer.state().fault).toBe('no');
    expect((await collect(stream().all())).length).toBe(300);
  });
});

describe('another course of things', () => {
  test('a journal that was rolled back and grew again: what was sealed stays, the new course follows, and verifying says so', async () => {
    await append(30);
    const sealer = sealerOf('gw_1');
    await sealer.seal();
    // Back to entry 20, as after a failover that lost the newest.
    for (let seq = 21; seq <= 30; seq += 1) await redis.client.command('XDEL', redis.keys.journal, `${seq}-0`);
    const [last] = await stream().read(20, 1);
    await redis.client.command('HSET', redis.keys.journalHead, 'seq', 20, 'hash', last?.hash ?? '');
    // The stream would not take smaller ids again: a failover brings an older stream with it.
    const older = await collect(stream().all());
    await redis.client.command('DEL', redis.keys.journal);
    for (const { seq, at, event, digest, fact, hash } of older)
      await redis.client.command(
        'XADD',
        redis.keys.journal,
        `${seq}-0`,
        'at',
        at,
        'event',
        event,
        'digest',
        digest,
        'fact',
        fact,
        'hash',
        hash,
      );
    await append(15, 500);
    expect(await sealer.seal()).toBe(15);
    expect(told.join()).toContain('rolled back from entry 30 to 20');
    expect(await sealedNumbers(blobs)).toEqual([...upTo(30), ...upTo(35).slice(20)]);
    const report = await verifyLedger(blobs.read, keys);
    expect(report.faults).toEqual([]);
    expect(report.ok).toBe(false);
    expect(report.lives[0]?.faults[0]).toMatchObject({ seq: 21, what: expect.stringContaining('fork') });
    // Reading by number means the course that goes on.
    const reader = createLedgerReader(blobs);
    expect((await reader.find(25))?.index).toBe(34);
    expect((await reader.find(20))?.index).toBe(19);
    expect((await reader.read(15, 30)).map(({ seq }) => seq)).toEqual(upTo(35).slice(14));
    await append(3, 600);
    expect(await sealer.seal()).toBe(3);
  });
  test('leftovers of a crash that do not agree with the journal any more stop nothing', async () => {
    await append(10);
    let writes = 0;
    const dying: Blobs = {
      ...blobs,
      swap: () => {
        writes += 1;
        return Promise.reject(new Error('power cut'));
      },
    };
    await expect(sealerOf('gw_1', { blobs: dying }).seal()).rejects.toThrow('power cut');
    expect(writes).toBe(1);
    sealers.splice(0);
    await redis.flush();
    await until(async () => (await redis.client.command('GET', redis.keys.epoch)) === redis.pulse.epoch());
    fresh = true;
    await append(10, 900);
    expect(await sealerOf('gw_2').seal()).toBe(10);
    expect(await sealedNumbers(blobs)).toEqual(upTo(10));
    const report = await verifyLedger(blobs.read, keys);
    expect([report.ok, report.lives.length]).toEqual([true, 1]);
    // Whoever reads the note with tools of other people's must still find it sound.
    await append(1, 950);
    expect(await sealerOf('gw_2').seal()).toBe(1);
  });
});
