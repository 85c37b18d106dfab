// The main thread's half of searching: one worker, started when it is first needed, ended when it has nothing to do for a
// while, and when it answers too late: what it was asked then fails. When the database was made anew, another worker is asked.
import { Worker } from 'node:worker_threads';
import type { Fault } from './messages.ts';
import { BadCursor } from './queries.ts';
import { IndexRebuilding } from './rebuilding.ts';
import type { SearchPage, SearchWish } from './search.ts';
import type { SuggestField, Suggestion } from './suggest.ts';
import { asError } from './workerLink.ts';

export type SearchAsk =
  | { readonly do: 'search'; readonly wish: SearchWish; readonly cursor: string | null }
  | { readonly do: 'suggest'; readonly field: SuggestField; readonly typed: string };

export type FromSearch = {
  readonly id: number;
  readonly value: SearchPage | Suggestion[] | null;
  readonly fault: (Fault & { readonly name: string; readonly percent: number | null }) | null;
};

export type SearchLink = {
  /** @throws BadCursor, IndexRebuilding, SearchFailed, or with the errcode of the database */
  search(wish: SearchWish, cursor: string | null): Promise<SearchPage>;
  suggest(field: SuggestField, typed: string): Promise<Suggestion[]>;
  /** The database is another file now. */
  reopen(): void;
  close(): Promise<void>;
};

export class SearchFailed extends Error {
  override readonly name = 'SearchFailed';
}

const errorOf = (fault: NonNullable<FromSearch['fault']>): Error => {
  if (fault.name === 'BadCursor') return new BadCursor(fault.message);
  if (fault.percent !== null) return new IndexRebuilding(fault.percent);
  return asError(fault);
};

/** ms: a page has a time of its own; this is for a disk that does not answer */
const LATE = 10_000;
const IDLE = 60_000;
/** Searches of several people wait for each other; so many may. */
const MOST_WAITING = 20;

type Waiting = {
  readonly ask: SearchAsk;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
};

export function createSearchLink({ file }: { readonly file: string }): SearchLink {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let closed = false;

  const end = async (why: string): Promise<void> => {
    clearTimeout(idle);
    const ending = worker;
    worker = undefined;
    for (const [id, one] of waiting) {
      waiting.delete(id);
      one.reject(new SearchFailed(why));
    }
    await ending?.terminate();
  };
  const started = (): Worker => {
    if (worker) return worker;
    const mine = new Worker(new URL('./searchWorker.ts', import.meta.url), {
      workerData: { file },
      name: 'session search',
      resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 8 },
    });
    mine.unref();
    mine.on('message', ({ id, value, fault }: FromSearch) => {
      const one = waiting.get(id);
      waiting.delete(id);
      if (waiting.size === 0) {
        mine.unref();
        idle = setTimeout(() => void end('idle'), IDLE).unref();
      }
      if (fault === null) one?.resolve(value);
      else one?.reject(errorOf(fault));
    });
    mine.on('error', (error) => {
      if (worker !== mine) return;
      for (const one of waiting.values()) one.reject(error);
      waiting.clear();
    });
    mine.once('exit', () => {
      if (worker === mine) void end('the thread that searches ended');
    });
    worker = mine;
    return mine;
  };
  const ask = async (what: SearchAsk): Promise<unknown> => {
    if (closed) throw new SearchFailed('the session index is closed');
    if (waiting.size >= MOST_WAITING) throw new SearchFailed('too many searches at a time');
    clearTimeout(idle);
    const mine = started();
    lastId += 1;
    const id = lastId;
    let late: NodeJS.Timeout | undefined;
    try {
      return await new Promise<unknown>((resolve, reject) => {
        waiting.set(id, { ask: what, resolve, reject });
        late = setTimeout(() => void end('the search took too long'), LATE);
        mine.ref();
        mine.postMessage({ id, ask: what });
      });
    } finally {
      clearTimeout(late);
    }
  };

  return {
    search: async (wish, cursor) => (await ask({ do: 'search', wish, cursor })) as SearchPage,
    suggest: async (field, typed) => (await ask({ do: 'suggest', field, typed })) as Suggestion[],
    reopen() {
      const before = worker;
      worker = undefined;
      void before?.terminate();
      if (waiting.size === 0) return;
      const mine = started();
      mine.ref();
      for (const [id, one] of waiting) mine.postMessage({ id, ask: one.ask });
    },
    async close() {
      closed = true;
      await end('the session index is closed');
    },
  };
}
