// Keeps the index's worker going. A worker that dies is started again, later each time it dies soon; what was asked and not
// answered is asked again (every ask may be done twice). Nothing here throws towards the request path or makes it wait.
import { Worker } from 'node:worker_threads';
import type { Ask, Fault, FromWorker, ToWorker, WorkerData } from './messages.ts';

const FIRST_RETRY = 100;
const LAST_RETRY = 10_000;
/** An ask that was with so many workers when they died is given up: perhaps it killed them. */
const ATTEMPTS = 3;
const LIVED = 30_000;
/** ms until a worker that does not end by itself is ended */
const END = 900;

export type StartWorker = (data: WorkerData) => Worker;

export type WorkerLink = {
  tell(message: ToWorker): void;
  /** @throws when it failed, when workers died of it, and after close */
  ask(ask: Ask): Promise<void>;
  close(): Promise<void>;
};

export type WorkerLinkDeps = {
  data: WorkerData;
  startWorker?: StartWorker | undefined;
  onMessage: (message: Exclude<FromWorker, { kind: 'done' }>) => void;
  /** a worker runs; it heard of nothing yet */
  onStarted: () => void;
  onError: (error: unknown) => void;
};

type Waiting = { ask: Ask; attempts: number; resolve: () => void; reject: (error: unknown) => void };

export const startIndexWorker: StartWorker = (workerData) =>
  new Worker(new URL('./indexWorker.ts', import.meta.url), {
    workerData,
    name: 'session index',
    // A batch is bounded; a worker that grows beyond this is broken and rather starts again.
    resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 8 },
  });

export function createWorkerLink(deps: WorkerLinkDeps): WorkerLink {
  const { data, startWorker = startIndexWorker, onMessage, onStarted, onError } = deps;
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let worker: Worker | undefined;
  let unclean = data.unclean;
  let delay = FIRST_RETRY;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  /** The process stays alive for an answer, not for the worker itself. */
  const hold = (): void => {
    if (waiting.size > 0) worker?.ref();
    else worker?.unref();
  };
  const send = (id: number, one: Waiting): void => worker?.postMessage({ kind: 'ask', id, ask: one.ask });
  const died = (started: number): void => {
    worker = undefined;
    unclean = true;
    for (const [id, one] of waiting) {
      one.attempts += 1;
      if (!closed && one.attempts < ATTEMPTS) continue;
      waiting.delete(id);
      one.reject(new Error("the session index's worker ended"));
    }
    if (closed) return;
    onError(new Error("the session index's worker ended; another one is started"));
    if (performance.now() - started > LIVED) delay = FIRST_RETRY;
    timer = setTimeout(start, delay);
    if (waiting.size === 0) timer.unref();
    delay = Math.min(delay * 2, LAST_RETRY);
  };
  const start = (): void => {
    timer = undefined;
    const started = performance.now();
    let mine: Worker;
    try {
      mine = startWorker({ ...data, unclean });
    } catch (error) {
      onError(error);
      died(started);
      return;
    }
    worker = mine;
    mine.on('message', (message: FromWorker) => {
      if (message.kind !== 'done') return onMessage(message);
      const one = waiting.get(message.id);
      waiting.delete(message.id);
      hold();
      if (message.fault) one?.reject(asError(message.fault));
      else one?.resolve();
    });
    mine.on('error', onError);
    mine.once('exit', () => died(started));
    onStarted();
    for (const [id, one] of waiting) send(id, one);
    hold();
  };

  start();
  return {
    tell: (message) => worker?.postMessage(message),
    ask(ask) {
      if (closed) return Promise.reject(new Error('the session index is closed'));
      return new Promise<void>((resolve, reject) => {
        lastId += 1;
        const one: Waiting = { ask, attempts: 0, resolve, reject };
        waiting.set(lastId, one);
        send(lastId, one);
        hold();
        timer?.ref();
      });
    },
    async close() {
      if (closed) return;
      closed = true;
      clearTimeout(timer);
      const ending = worker;
      if (!ending) return died(0);
      ending.ref();
      const gone = new Promise<void>((resolve) => ending.once('exit', () => resolve()));
      ending.postMessage({ kind: 'ask', id: 0, ask: { do: 'close', within: END / 2 } } satisfies ToWorker);
      const late = setTimeout(() => void ending.terminate(), END);
      await gone;
      clearTimeout(late);
    },
  };
}

export const asError = ({ message, errcode }: Fault): Error =>
  Object.assign(new Error(message), errcode === undefined ? {} : { errcode });
