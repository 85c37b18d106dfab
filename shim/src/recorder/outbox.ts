// Takes events to the gateway: in order, numbered, one request at a time, tried again a bounded number of times. Tells how the
// page stands with the gateway; never throws into the page.
import type { DomBatch, DomBatches, PageSays } from '../../../src/portal/contract/pageRecording.ts';
import { native } from './native.ts';

const RECORD = '/.sallyport/record';
const PAGE = '/.sallyport/page';
/** characters: of one batch (a line of the recording), of what is sent at once, of what may wait */
const BATCH = 120 * 1024;
const REQUEST = native.gzip === null ? BATCH : 900 * 1024;
const WIRE = 500 * 1024;
const MOST_WAITING = 24 * 1024 * 1024;
const EARLY = 64 * 1024;
/** A keep-alive request may carry 64 KiB in all. */
const LAST = 56 * 1024;
const EVERY = 1000;
const BEAT_EVERY = 5000;
const MOST_TRIES = 6;
const MOST_WAIT = 10_000;

type Item = { readonly seq: number; readonly at: number; readonly text: string };
type Ready = { readonly batch: DomBatch; readonly last: number };

export type Outbox = {
  /** @returns how many characters it is */
  put(event: { readonly timestamp: number }): number;
  /** Sends what waits, or a sign of life, now. */
  now(): void;
  /** The gateway shall know that this page goes on without being recorded. */
  exchangesOnly(why: string): void;
  /** The page goes away; it may come back from the browser's cache. */
  leave(): void;
  comeBack(): void;
  id(): string;
};

/**
 * @param page the id that the gateway gave
 * @param lost events did not arrive: what is recorded next must be a whole picture
 * @param over there is nothing to record to any more
 */
export function createOutbox(page: string, { lost, over }: { lost: () => void; over: () => void }): Outbox {
  const doc = native.newId;
  let id = page;
  let seq = 0;
  let items: Item[] = [];
  let waiting = 0;
  let ready: Ready[] = [];
  let state: 'starting' | 'open' | 'away' | 'over' = 'starting';
  let busy = false;
  let tries = 0;
  let notBefore = 0;
  let heardAt = 0;
  let wanted = false;

  const post = (path: string, body: string | ArrayBuffer, more: { gzip?: boolean; keepalive?: boolean } = {}) =>
    native.fetch(path, {
      method: 'POST',
      body,
      headers: {
        'Content-Type': 'application/json',
        'X-Sallyport-Shim': '1',
        ...(more.gzip ? { 'Content-Encoding': 'gzip' } : {}),
      },
      ...{ cache: 'no-store', credentials: 'same-origin', redirect: 'error', keepalive: more.keepalive ?? false },
    });
  const say = (what: PageSays['what'], more: Pick<PageSays, 'url' | 'why'> = {}, keepalive = false) =>
    post(PAGE, native.stringify({ what, page: id, doc, ...more } satisfies PageSays), { keepalive });

  const stop = (): void => {
    state = 'over';
    items = [];
    ready = [];
    waiting = 0;
    over();
  };
  /** What an answer means for the next try. @returns whether it went through */
  const heard = (answer: Response): boolean => {
    if (answer.ok) {
      tries = 0;
      heardAt = native.now();
      return true;
    }
    // Signed out, or the console is not recorded any more.
    if (answer.status === 401 || answer.status === 403) stop();
    return false;
  };
  const failed = (): void => {
    tries += 1;
    notBefore = native.now() + Math.min(MOST_WAIT, 250 * 2 ** tries);
  };
  const dropAll = (): void => {
    items = [];
    ready = [];
    waiting = 0;
    lost();
  };

  async function start(): Promise<void> {
    const answer = await say('start', { url: location.pathname + location.search });
    if (answer.status === 404) return stop();
    if (!heard(answer)) return failed();
    const { page: given } = (await answer.json()) as { page?: unknown };
    if (typeof given === 'string') id = given;
    if (state === 'starting') state = 'open';
  }

  /** Cuts what waits into lines. */
  function cut(): void {
    let open: Item[] = [];
    let size = 0;
    const close = () => {
      const [first] = open;
      const last = open.at(-1);
      if (first === undefined || last === undefined) return;
      const events = `[${open.map(({ text }) => text).join(',')}]`;
      ready.push({ batch: { first: first.seq, from: first.at, to: last.at, events }, last: last.seq });
      open = [];
      size = 0;
    };
    for (const item of items) {
      if (size > 0 && size + item.text.length > BATCH) close();
      if (item.text.length <= BATCH) {
        open.push(item);
        size += item.text.length + 1;
        continue;
      }
      const whole = `[${item.text}]`;
      const of = Math.ceil(whole.length / BATCH);
      for (let at = 0; at < of; at += 1) {
        const events = whole.slice(at * BATCH, (at + 1) * BATCH);
        const batch = { first: item.seq, from: item.at, to: item.at, events, part: { at, of } };
        ready.push({ batch, last: item.seq });
      }
    }
    close();
    items = [];
  }

  async function send(): Promise<void> {
    cut();
    let size = 0;
    let count = 0;
    while (count < ready.length && count < 32 && (count === 0 || size + length(ready[count]) <= REQUEST)) {
      size += length(ready[count]);
      count += 1;
    }
    let answer: Response;
    for (;;) {
      const batches = ready.slice(0, count).map(({ batch }) => batch);
      const text = native.stringify({ page: id, doc, now: native.date(), batches } satisfies DomBatches);
      const zipped = native.gzip === null ? null : await native.gzip(text);
      if (zipped !== null && zipped.byteLength > WIRE && count > 1) {
        count = Math.ceil(count / 2);
        continue;
      }
      answer = zipped === null ? await post(RECORD, text) : await post(RECORD, zipped, { gzip: true });
      break;
    }
    if (state !== 'open') return;
    if (answer.status === 404) {
      // The gateway does not know this page any more: it begins anew, with a whole picture.
      state = 'starting';
      return dropAll();
    }
    if (heard(answer) || answer.status === 400) {
      for (const { batch } of ready.splice(0, count)) waiting -= batch.events.length;
      if (answer.status === 400) lost();
      return;
    }
    failed();
    if (tries > MOST_TRIES) dropAll();
  }

  async function pump(): Promise<void> {
    if (busy || state === 'over' || state === 'away' || native.now() < notBefore) return;
    busy = true;
    try {
      if (state === 'starting') await start();
      while (state === 'open' && native.now() >= notBefore && items.length + ready.length > 0) await send();
      if (state === 'open' && (wanted || native.now() - heardAt > BEAT_EVERY)) {
        wanted = false;
        const answer = await say('beat');
        if (answer.status === 404) {
          state = 'starting';
          lost();
        } else heard(answer);
      }
    } catch {
      failed();
    } finally {
      busy = false;
    }
  }
  native.repeat(() => void pump(), EVERY);
  void pump();

  return {
    put(event) {
      if (state === 'over') return 0;
      const text = native.stringify(event);
      items.push({ seq, at: event.timestamp, text });
      seq += 1;
      waiting += text.length;
      if (waiting > MOST_WAITING) dropAll();
      else if (waiting > EARLY) void pump();
      return text.length;
    },
    now() {
      // Heard of a moment ago is good enough.
      if (native.now() - heardAt < 2000) return;
      wanted = true;
      void pump();
    },
    exchangesOnly(why) {
      items = [];
      ready = [];
      waiting = 0;
      const tell = async (left: number): Promise<void> => {
        const answer = await say('exchanges', { why }).catch(() => null);
        if (answer?.ok !== true && left > 0) native.later(() => void tell(left - 1), 1000);
      };
      void tell(5);
    },
    leave() {
      if (state !== 'open') return;
      cut();
      const last: DomBatch[] = [];
      let size = 0;
      for (const { batch } of ready) {
        size += batch.events.length;
        if (size > LAST) break;
        last.push(batch);
      }
      const body = native.stringify({ page: id, doc, now: native.date(), batches: last } satisfies DomBatches);
      if (last.length > 0) post(RECORD, body, { keepalive: true }).catch(() => undefined);
      say('end', {}, true).catch(() => undefined);
      state = 'away';
    },
    comeBack() {
      if (state !== 'away') return;
      items = [];
      ready = [];
      waiting = 0;
      state = 'starting';
      notBefore = 0;
      void pump();
    },
    id: () => id,
  };
}

const length = (one: Ready | undefined): number => one?.batch.events.length ?? 0;
