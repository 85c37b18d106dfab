// Rules about the search beside a running gateway: in a thread of its own, never of half an index, and after any fault again.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { EMPTY_WISH } from '../../src/audit/index/search.ts';
import { createSessionIndex, type SessionIndex } from '../../src/audit/index/sessionIndex.ts';
import { createRecorder } from '../../src/audit/recording/recorder.ts';
import { KEYS, storePart, T0 } from './recordingKit.ts';
import { act } from './searchKit.ts';

const { identities } = KEYS;
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function house(): { dir: string; file: string; open(): SessionIndex } {
  const base = mkdtempSync(join(tmpdir(), 'sallyport-search-'));
  cleanups.push(() => rmSync(base, { recursive: true, force: true }));
  const [dir, file] = [join(base, 'recordings'), join(base, 'index.sqlite')];
  return {
    dir,
    file,
    open() {
      const index = createSessionIndex({ file, dir, identities, onError: () => undefined });
      cleanups.push(() => index.close());
      return index;
    },
  };
}

const found = async (index: SessionIndex, words: string[]): Promise<string[]> =>
  (await index.search({ ...EMPTY_WISH, words }, null)).hits.map((hit) => (hit.kind === 'act' ? hit.id : hit.text));

/** Until the index does not say any more that it is being rebuilt. */
async function whenBuilt<T>(ask: () => Promise<T>): Promise<{ result: T; percents: number[] }> {
  const percents: number[] = [];
  for (const until = performance.now() + 30_000; ; ) {
    try {
      return { result: await ask(), percents };
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'IndexRebuilding') throw error;
      percents.push(Number((error as Error & { percent?: number }).percent));
    }
    if (performance.now() > until) throw new Error('never rebuilt');
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

const storeMany = async (dir: string): Promise<void> => {
  for (let part = 0; part < 12; part += 1) {
    const session = `ses_${part}`;
    const lines = Array.from({ length: 60 }, (_, n) => ({
      type: 'open' as const,
      ...act(`exc_${part}_${n}`, { session, at: T0 + part * 1000 + n, title: `Wipe 1 device: pad${part}` }),
    }));
    await storePart(dir, `${session}/gw_1-000001`, lines, 10);
  }
};

test('what was recorded is found', async () => {
  const { dir, open } = house();
  const index = open();
  const recorder = createRecorder({ dir, clock: { now: () => T0 }, index, ...KEYS });
  cleanups.push(() => recorder.close());
  await recorder.open(act('exc_1', { title: 'Wipe 1 device: iPad of Marie' }));
  await index.settled();
  expect(await found(index, ['marie'])).toEqual(['exc_1']);
  expect(await index.suggest('action', 'dev')).toEqual([{ value: 'device.wipe', says: null }]);
  await expect(index.search(EMPTY_WISH, 'x')).rejects.toThrow('not a cursor');
});

test('recordings from before its database: nothing is shown until all are in, and how far it is is told', async () => {
  const { dir, open } = house();
  await storeMany(dir);
  const index = open();
  index.start();
  await whenBuilt(async () => {
    const hits = await found(index, ['pad3']);
    // The first moments: nobody has looked yet, so nothing is known to be missing.
    if (hits.length === 0) throw Object.assign(new Error('not looked yet'), { name: 'IndexRebuilding', percent: 0 });
  });
  expect(await found(index, ['pad3'])).toHaveLength(50);
  expect(index.getSession('ses_11')?.exchanges).toBe(60);
});

test('a file that breaks is said and made anew by itself, for lists and searches alike', async () => {
  const { dir, file, open } = house();
  await storeMany(dir);
  const index = open();
  index.start();
  await index.settled();
  // Not searched before: what a connection has in memory is still good, and cannot be known to be lost.
  for (const suffix of ['', '-wal']) writeFileSync(`${file}${suffix}`, 'broken '.repeat(3000));
  const { result, percents } = await whenBuilt(() => found(index, ['pad3']));
  expect(result).toHaveLength(50);
  expect(percents.length).toBeGreaterThan(0);
  expect(Math.max(...percents)).toBeLessThan(100);
  const { result: row } = await whenBuilt(async () => index.getSession('ses_11'));
  expect(row?.exchanges).toBe(60);
});

test('too many searches at a time are refused, not queued for ever', async () => {
  const { open } = house();
  const index = open();
  await index.settled();
  const all = await Promise.allSettled(Array.from({ length: 40 }, () => index.search(EMPTY_WISH, null)));
  expect(all.filter(({ status }) => status === 'rejected')).toHaveLength(20);
  expect(await found(index, ['anything'])).toEqual([]);
});
