// Keeps the worker that finishes chunks going, and sees every chunk through: finished, told to the journal, its records
// forgotten. Whatever fails is tried again; what is not through when the process ends is recovered by the next one.
import { Worker } from 'node:worker_threads';
import type { ChunkWorkerData, FromChunkWorker, PartKey, ToChunkWorker } from './chunkMessages.ts';
import type { ChunkFacts } from './chunkText.ts';
import type { FinishJob } from './finishChunk.ts';

export type ChunkFinisher = {
  /** A fresh key for a new part. @throws when there is none within some seconds */
  partKey(): Promise<PartKey>;
  /** Sees one chunk through. Never throws. */
  finish(job: FinishJob): void;
  /** ms that the oldest chunk has waited to be finished, for it could not be; 0: none waits */
  behind(): number;
  /** Gives parts of dead runs their end; without an identity nothing happens. @returns how many */
  recover(all: boolean): Promise<number>;
  /** Resolves when nothing waits any more. */
  settled(): Promise<void>;
  /** Sees through what it can within so many ms. */
  close(within: number): Promise<void>;
};

export type ChunkFinisherDeps = {
  readonly data: ChunkWorkerData;
  /** tells the journal; rejects when it could not */
  readonly onChunk: (facts: ChunkFacts) => Promise<unknown>;
  readonly onError: (error: unknown) => void;
  readonly startWorker?: (data: ChunkWorkerData) => Worker;
};

/** Keys that are ready: the first request of a session does not wait for one. */
const READY = 16;
const KEY_WITHIN = 20_000;
const FIRST_RETRY = 100;
const LAST_RETRY = 10_000;

export const startChunkWorker = (workerData: ChunkWorkerData): Worker =>
  new Worker(new URL('./chunkWorker.ts', import.meta.url), {
    workerData,
    name: 'recording chunks',
    resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 16 },
  });

type Pending = { job: FinishJob; since: number; attempts: number; facts: ChunkFacts | null };
type KeyWaiter = { got: (key: PartKey) => void; failed: (error: unknown) => void };

export function createChunkFinisher(deps: ChunkFinisherDeps): ChunkFinisher {
  const { data, onChunk, onError, startWorker = startChunkWorker } = deps;
  const pending = new Map<number, Pending>();
  const ready: PartKey[] = [];
  const keyWaiters: KeyWaiter[] = [];
  const recovering: ((parts: number) => void)[] = [];
  let idle: (() => void)[] = [];
  let worker: Worker | undefined;
  let delay = FIRST_RETRY;
  let lastId = 0;
  let asked = 0;
  let closed = false;

  const send = (message: ToChunkWorker): void => worker?.postMessage(message);
  const wantKeys = (): void => {
    const count = READY - ready.length - asked + keyWaiters.length;
    if (count < READY / 2 && keyWaiters.length === 0) return;
    if (count <= 0) return;
    asked += count;
    send({ kind: 'keys', count });
  };
  const later = (attempts: number, act: () => void): void => {
    setTimeout(act, Math.min(FIRST_RETRY * 2 ** attempts, LAST_RETRY)).unref();
  };
  const through = (id: number): void => {
    pending.delete(id);
    if (pending.size > 0) return;
    for (const resolve of idle.splice(0)) resolve();
  };
  const tell = async (id: number, one: Pending, facts: ChunkFacts): Promise<void> => {
    try {
      await onChunk(facts);
    } catch (error) {
      one.attempts += 1;
      if (one.attempts === 1) onError(error);
      later(one.attempts, () => void tell(id, one, facts));
      return;
    }
    one.facts = facts;
    send({ kind: 'told', id, part: one.job.part, chunk: one.job.chunk, end: facts.end });
  };
  const heard = (message: FromChunkWorker): void => {
    switch (message.kind) {
      case 'keys':
        asked -= message.keys.length;
        for (const key of message.keys) {
          const waiter = keyWaiters.shift();
          if (waiter) waiter.got(key);
          else ready.push(key);
        }
        return;
      case 'finished': {
        const one = pending.get(message.id);
        if (message.fault !== null) onError(new Error(message.fault));
        if (!one) return;
        if (message.facts === null) through(message.id);
        else void tell(message.id, one, message.facts);
        return;
      }
      case 'failed': {
        const one = pending.get(message.id);
        if (!one) return;
        if (one.attempts === 0) onError(new Error(`a chunk of recordings could not be finished: ${message.fault}`));
        one.attempts += 1;
        later(one.attempts, () => send({ kind: 'finish', id: message.id, job: one.job }));
        return;
      }
      case 'forgotten':
        through(message.id);
        return;
      case 'tell':
        onChunk(message.facts).then(
          () => send({ kind: 'recovered', id: message.id, ok: true }),
          (error) => {
            onError(error);
            send({ kind: 'recovered', id: message.id, ok: false });
          },
        );
        return;
      case 'recoveredAll':
        for (const resolve of recovering.splice(0)) resolve(message.parts);
        return;
      case 'fault':
        onError(new Error(message.fault));
    }
  };
  const start = (): void => {
    if (closed) return;
    const mine = startWorker(data);
    worker = mine;
    asked = 0;
    mine.on('message', heard);
    mine.on('error', onError);
    mine.once('exit', () => {
      worker = undefined;
      for (const resolve of recovering.splice(0)) resolve(0);
      if (closed) return;
      onError(new Error('the worker that finishes recordings ended; another one is started'));
      setTimeout(start, delay).unref();
      delay = Math.min(delay * 2, LAST_RETRY);
    });
    mine.unref();
    wantKeys();
    for (const [id, { job, facts }] of pending) {
      if (facts === null) send({ kind: 'finish', id, job });
      else send({ kind: 'told', id, part: job.part, chunk: job.chunk, end: facts.end });
    }
  };
  start();

  const settled = (): Promise<void> =>
    pending.size === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve));
  return {
    async partKey() {
      const key = ready.shift();
      if (key) {
        wantKeys();
        return key;
      }
      if (closed) throw new Error('the recorder is closed');
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          keyWaiters.splice(keyWaiters.indexOf(waiter), 1);
          reject(new Error('no key for a new recording was made in time'));
        }, KEY_WITHIN);
        const waiter: KeyWaiter = {
          got(made) {
            clearTimeout(late);
            resolve(made);
          },
          failed: reject,
        };
        keyWaiters.push(waiter);
        wantKeys();
      });
    },
    finish(job) {
      lastId += 1;
      pending.set(lastId, { job, since: performance.now(), attempts: 0, facts: null });
      send({ kind: 'finish', id: lastId, job });
    },
    behind() {
      const [oldest] = pending.values();
      return oldest === undefined ? 0 : performance.now() - oldest.since;
    },
    recover(all) {
      if (!worker || data.identities === null) return Promise.resolve(0);
      const done = new Promise<number>((resolve) => recovering.push(resolve));
      send({ kind: 'recover', all });
      return done;
    },
    settled,
    async close(within) {
      let late: NodeJS.Timeout | undefined;
      const deadline = new Promise<void>((resolve) => {
        late = setTimeout(resolve, within);
      });
      await Promise.race([settled(), deadline]);
      clearTimeout(late);
      closed = true;
      idle = [];
      await worker?.terminate();
    },
  };
}
