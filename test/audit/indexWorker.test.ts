// Rules about the thread that keeps the session index: whatever it does or suffers, the main thread goes on, and the index
// equals what the recordings say in the end.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { promisify } from 'node:util';
import type { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { createSessionIndex, rebuildIndex, type SessionIndex } from '../../src/audit/index/sessionIndex.ts';
import { startIndexWorker } from '../../src/audit/index/workerLink.ts';
import { chunkFile } from '../../src/audit/recording/places.ts';
import { indexContents } from './indexContents.ts';
import { KEYS } from './recordingKit.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
const wait = (ms: number): Promise<void> => new Promise((wake) => setTimeout(wake, ms));

/** An index over a folder of its own, and the workers that it starts. */
function parts(): { index: SessionIndex; dir: string; file: string; workers: Worker[]; errors: unknown[] } {
  const base = mkdtempSync(join(tmpdir(), 'sallyport-index-worker-'));
  const [dir, file] = [join(base, 'recordings'), join(base, 'index.sqlite')];
  const workers: Worker[] = [];
  const errors: unknown[] = [];
  const index = createSessionIndex({
    file,
    dir,
    identities: KEYS.identities,
    onError: (error) => errors.push(error),
    startWorker(data) {
      const worker = startIndexWorker(data);
      workers.push(worker);
      return worker;
    },
  });
  cleanups.push(async () => {
    await index.close();
    rmSync(base, { recursive: true, force: true });
  });
  return { index, dir, file, workers, errors };
}

/** Recordings of so many exchanges, in parts of `each`. Returns names and numbers of lines. */
async function recordings(dir: string, count: number, each: number, chunk = 400): Promise<Map<string, number>> {
  const script = new URL('./writeRecordings.ts', import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [script, dir, ...[count, each, chunk].map(String)]);
  return new Map(JSON.parse(stdout) as [string, number][]);
}

async function sameAsBuiltAnew(dir: string, file: string): Promise<void> {
  await rebuildIndex(dir, `${file}.anew`, KEYS.identities);
  expect(indexContents(file)).toEqual(indexContents(`${file}.anew`));
}

/**
 * What this thread does between two turns of its event loop, in ms of its own CPU time. Not wall time: a busy machine takes
 * the core away for longer than what is looked for here (monitorEventLoopDelay's numbers are printed beside).
 */
function watchTurns(): { longest: () => number; sum: () => number; stop: () => void } {
  const used = (): number => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  const first = used();
  let before = first;
  let longest = 0;
  const timer = setInterval(() => {
    const now = used();
    longest = Math.max(longest, now - before);
    before = now;
  }, 1);
  return { longest: () => longest, sum: () => before - first, stop: () => clearInterval(timer) };
}

test('50,000 exchanges are indexed and the main thread is never held up by it', async () => {
  const { index, dir, errors } = parts();
  const sizes = await recordings(dir, 50_000, 500);
  await index.settled(); // the worker runs
  await wait(200);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const turns = watchTurns();
  delay.enable();
  for (const [name, size] of sizes) {
    index.grew(name, size);
    await wait(1);
  }
  await index.settled();
  turns.stop();
  delay.disable();
  const [p99, most] = [delay.percentile(99) / 1e6, delay.max / 1e6];
  process.stdout.write(
    `    a turn took ${turns.longest().toFixed(1)} ms at most, all together ${turns.sum().toFixed(0)} ms; event loop delay p99 ${p99.toFixed(1)} ms, max ${most.toFixed(1)} ms\n`,
  );
  expect(errors).toEqual([]);
  expect(index.complete()).toBe(true);
  expect(index.getSession('ses_99')).toMatchObject({ exchanges: 500 });
  expect(turns.longest()).toBeLessThan(5);
}, 60_000);

test('a worker that is killed in the middle, again and again: the index equals a rebuild afterwards', async () => {
  const { index, dir, file, workers, errors } = parts();
  const sizes = await recordings(dir, 20_000, 400);
  index.start();
  let kills = 0;
  for (const [n, [name, size]] of [...sizes].entries()) {
    index.grew(name, size);
    if (n % 12 !== 11) continue;
    const settled = index.settled();
    while (workers.length === kills) await wait(5);
    await wait(40 + n); // while it works
    await workers.at(-1)?.terminate();
    kills += 1;
    await settled;
  }
  await index.settled();
  expect(kills).toBe(4);
  expect(workers.length).toBe(5);
  expect(errors.map(String)).toEqual(Array(4).fill(expect.stringContaining('worker ended')));
  expect(index.complete()).toBe(true);
  await sameAsBuiltAnew(dir, file);
}, 60_000);

test('with its worker dead the index still answers, and what is written meanwhile is taken in later', async () => {
  const { index, dir, file, workers } = parts();
  const sizes = await recordings(dir, 100, 100);
  index.start();
  await index.settled();
  await workers[0]?.terminate();
  expect(index.getSession('ses_0')?.exchanges).toBe(100);
  for (const [name, size] of await recordings(dir, 300, 100)) if (!sizes.has(name)) index.grew(name, size);
  expect(index.complete()).toBe(false);
  await index.settled();
  expect(index.complete()).toBe(true);
  expect(index.getSession('ses_2')?.exchanges).toBe(100);
  await sameAsBuiltAnew(dir, file);
});

test('a recording that has fewer chunks than were taken in of it makes the index begin anew', async () => {
  const { index, dir, file } = parts();
  await recordings(dir, 200, 100, 100);
  index.start();
  await index.settled();
  expect(index.getSession('ses_0')?.exchanges).toBe(100);
  rmSync(join(dir, 'ses_0/gw_1-000001', chunkFile(2)));
  index.start();
  await index.settled();
  expect(index.getSession('ses_0')?.exchanges).toBe(50);
  await sameAsBuiltAnew(dir, file);
});

test('closing ends within a second, however much is left, and the next start takes in the rest', async () => {
  const { index, dir, file, workers } = parts();
  await recordings(dir, 30_000, 1000);
  index.start();
  await wait(300);
  const started = performance.now();
  await index.close();
  expect(performance.now() - started).toBeLessThan(1000);
  expect(workers).toHaveLength(1);
  const next = createSessionIndex({ file, dir, identities: KEYS.identities, onError: () => undefined });
  cleanups.push(() => next.close());
  next.start();
  await next.settled();
  expect(next.getSession('ses_29')?.exchanges).toBe(1000);
  await sameAsBuiltAnew(dir, file);
}, 60_000);
