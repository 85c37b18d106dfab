// Reports over the journal, made when they are asked for: first what the journal has since is taken in, then the question is
// answered, both in a thread of its own that starts with the first question.
import { Worker } from 'node:worker_threads';
import type { JournalEntry } from '../../kernel/auditEvent.ts';
import type { Activity, ActRow, Approvals, AskRow, By, Filter } from './queries.ts';
import type { Position } from './takeIn.ts';

export type Reports = {
  /** Takes in what the journal has. @returns the last entry that the next answers rest on @throws StateUnavailable */
  catchUp(onRead?: (entries: number) => void): Promise<number>;
  activity(filter: Filter, by: By): Promise<Activity>;
  approvals(filter: Filter): Promise<Approvals>;
  /** All acts and refusals of the period in order, read as they are needed. */
  acts(filter: Filter): AsyncGenerator<ActRow, void, undefined>;
  asks(filter: Filter): AsyncGenerator<AskRow, void, undefined>;
  close(): Promise<void>;
};

export type Ask =
  | { readonly do: 'position' | 'forget' | 'close' }
  | { readonly do: 'takeIn'; readonly after: Position; readonly entries: readonly JournalEntry[] }
  | { readonly do: 'activity'; readonly filter: Filter; readonly by: By }
  | { readonly do: 'approvals'; readonly filter: Filter }
  | { readonly do: 'acts'; readonly filter: Filter; readonly after: number }
  | { readonly do: 'asks'; readonly filter: Filter; readonly after: { readonly at: number; readonly id: string } };

type Answered = { readonly id: number; readonly value?: unknown; readonly fault?: string };
type Waiting = { resolve(value: unknown): void; reject(error: Error): void };

const READ = 500;

/** @param file the database, `<data>/reports.sqlite` */
export function createReports(deps: {
  readonly file: string;
  readonly journal: { read(fromSeq: number, count: number): Promise<readonly JournalEntry[]> };
}): Reports {
  const { file, journal } = deps;
  let worker: Worker | null = null;
  let last = 0;
  const waiting = new Map<number, Waiting>();

  const start = (): Worker => {
    const fresh = new Worker(new URL('./reportWorker.ts', import.meta.url), {
      workerData: { file },
      name: 'reports',
      resourceLimits: { maxOldGenerationSizeMb: 256 },
    });
    const gone = (error: Error): void => {
      if (worker === fresh) worker = null;
      for (const [id, one] of waiting) {
        waiting.delete(id);
        one.reject(error);
      }
    };
    fresh.on('message', ({ id, value, fault }: Answered) => {
      const one = waiting.get(id);
      waiting.delete(id);
      if (waiting.size === 0) fresh.unref();
      if (fault === undefined) one?.resolve(value);
      else one?.reject(new Error(`reports: ${fault}`));
    });
    fresh.on('error', gone);
    fresh.on('exit', () => gone(new Error('reports: their thread ended')));
    return fresh;
  };
  const ask = <T>(what: Ask): Promise<T> => {
    worker ??= start();
    const own = worker;
    own.ref();
    last += 1;
    const id = last;
    return new Promise<T>((resolve, reject) => {
      waiting.set(id, { resolve: (value) => resolve(value as T), reject });
      own.postMessage({ id, ask: what });
    });
  };

  const catchUpOnce = async (onRead: (entries: number) => void): Promise<number> => {
    let read = 0;
    for (let begun = 0; ; ) {
      const after = await ask<Position>({ do: 'position' });
      // The last known entry is read again: another hash there means that this is another journal.
      const page = await journal.read(Math.max(after.seq, 1), READ);
      if (after.seq > 0 && (page[0]?.seq !== after.seq || page[0].hash !== after.hash)) {
        if (begun > 0) throw new Error('reports: the journal does not agree with itself');
        begun += 1;
        await ask({ do: 'forget' });
        continue;
      }
      const fresh = after.seq === 0 ? page : page.slice(1);
      // Another process may have been faster: then look again where it stands.
      if (fresh.length > 0 && !(await ask<boolean>({ do: 'takeIn', after, entries: fresh }))) continue;
      read += fresh.length;
      onRead(read);
      if (page.length < READ) return fresh.at(-1)?.seq ?? after.seq;
    }
  };
  let catching: Promise<number> | null = null;

  return {
    catchUp(onRead = () => undefined) {
      catching ??= catchUpOnce(onRead).finally(() => {
        catching = null;
      });
      return catching;
    },
    activity: (filter, by) => ask<Activity>({ do: 'activity', filter, by }),
    approvals: (filter) => ask<Approvals>({ do: 'approvals', filter }),
    async *acts(filter) {
      for (let after = 0; ; ) {
        const page = await ask<ActRow[]>({ do: 'acts', filter, after });
        yield* page;
        const end = page.at(-1);
        if (end === undefined) return;
        after = end.seq;
      }
    },
    async *asks(filter) {
      for (let after = { at: -1, id: '' }; ; ) {
        const page = await ask<AskRow[]>({ do: 'asks', filter, after });
        yield* page;
        const end = page.at(-1);
        if (end === undefined) return;
        after = { at: end.at, id: end.id };
      }
    },
    async close() {
      const own = worker;
      if (own === null) return;
      await ask({ do: 'close' }).catch(() => undefined);
      worker = null;
      await own.terminate();
    },
  };
}
