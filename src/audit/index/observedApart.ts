// observedReport in a thread of its own. One at a time: a second one waits for the first.
import { Worker } from 'node:worker_threads';
import { NoIdentity } from '../recording/reader.ts';
import type { Observed, ObservedQuery } from './observedReport.ts';
import type { Recorded } from './openings.ts';

export type ObservedApart = (query: Omit<ObservedQuery, 'onRead'>) => Promise<Observed>;

export function createObservedApart(recorded: Recorded): ObservedApart {
  let last: Promise<unknown> = Promise.resolve();
  const run = (query: Omit<ObservedQuery, 'onRead'>): Promise<Observed> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./observedWorker.ts', import.meta.url), { workerData: { recorded, query } });
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('the report ended without an answer')));
    });
  return async (query) => {
    if (recorded.identities === null) throw new NoIdentity();
    const mine = last.then(() => run(query));
    last = mine.catch(() => undefined);
    return mine;
  };
}
