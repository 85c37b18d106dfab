// Sends the journal to one destination, in order, at least once. Never on the request path: nothing waits for it, and a receiver
// that is away delays nothing but itself. One gateway at a time; when it dies another goes on from where the receiver got to.
// An entry is left out only when the receiver refuses what is in it, takes others, and the journal was told so.
import type { AuditEvent, JournalEntry } from '../../kernel/auditEvent.ts';
import type { Clock } from '../../kernel/clock.ts';
import { sha256Hex } from '../../kernel/ids.ts';
import type { Cursors } from './cursors.redis.ts';
import type { Delivery, Destination, Outgoing } from './destination.ts';
import type { Page } from './history.ts';
import { type Product, uidOf } from './ocsf/event.ts';
import { intentOf, toOcsf } from './ocsf/ocsf.ts';

export type SenderDeps = {
  readonly destination: Destination;
  /** where a destination begins that never got anything: with all that is kept, or with what comes from now on */
  readonly begin: 'start' | 'now';
  readonly cursors: Cursors;
  readonly read: (fromSeq: number, count: number) => Promise<Page>;
  readonly head: () => Promise<{ readonly seq: number }>;
  readonly product: Product;
  /** too far behind: so many entries, or the oldest of them so many ms old */
  readonly alarm: { readonly entries: number; readonly after: number };
  /** names this gateway among its replicas */
  readonly me: string;
  /** Redis's clock */
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
  readonly timing?: Partial<SenderTiming>;
};

export type SenderTiming = {
  /** ms between two looks at the journal */
  readonly every: number;
  /** ms of a turn; renewed while it sends */
  readonly turn: number;
  /** ms before the second try; doubled for each further one up to `longest` */
  readonly backoff: number;
  readonly longest: number;
  /** entries of a batch */
  readonly batch: number;
};
export const SENDER_TIMING: SenderTiming = { every: 1000, turn: 15_000, backoff: 1000, longest: 60_000, batch: 200 };

/** Bytes of JSON in a batch, roughly. */
const BATCH_BYTES = 1024 * 1024;
/** The longest that a receiver may ask us to wait, ms. */
const LONGEST_ASKED = 10 * 60_000;
/** A receiver that refuses so many one after the other and takes none refuses everything: then nothing more is left out. */
const MOST_LEFT_OUT = 3;
const INTENTS = 1000;

export type SenderState = { readonly id: string; readonly lag: number; readonly behind: boolean };
export type Sender = {
  start(): void;
  stop(): Promise<void>;
  /** as it was at the last look; null: another gateway sends */
  state(): SenderState | null;
};

export function createSender(deps: SenderDeps): Sender {
  const { destination, cursors, read, head, product, alarm, me, clock, onError } = deps;
  const { id } = destination;
  const { every, turn, backoff, longest, batch: most } = { ...SENDER_TIMING, ...deps.timing };
  /** Entries beyond the place that the receiver has already: it took some of a batch and not those before. */
  const ahead = new Map<number, 'taken' | 'never' | 'untold'>();
  const intents = new Map<number, JournalEntry>();
  let size = most;
  let failures = 0;
  let leftOut = 0;
  let well = false;
  let seen: SenderState | null = null;
  let stopped = false;
  let leads = false;
  let wake = (): void => undefined;
  let running: Promise<void> = Promise.resolve();

  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      timer.unref();
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (stopped) wake();
    });

  const intentFor = async (entry: JournalEntry): Promise<JournalEntry | null> => {
    const seq = intentOf(entry);
    if (seq === null || seq >= entry.seq) return null;
    const known = intents.get(seq) ?? (await read(seq, 1)).entries[0];
    return known?.seq === seq ? known : null;
  };
  const prepare = async (entries: readonly JournalEntry[]): Promise<Outgoing[]> => {
    const batch: Outgoing[] = [];
    let bytes = 0;
    for (const entry of entries) {
      if (entry.event.includes('"kind":"act.intent"')) {
        intents.set(entry.seq, entry);
        const [oldest] = intents.keys();
        if (intents.size > INTENTS && oldest !== undefined) intents.delete(oldest);
      }
      const event = toOcsf(entry, product, await intentFor(entry));
      const json = JSON.stringify(event);
      bytes += json.length;
      if (batch.length > 0 && bytes > BATCH_BYTES) break;
      batch.push({ seq: entry.seq, uid: uidOf(product, entry), at: entry.at, event, json });
    }
    return batch;
  };
  const leaveOut = (from: number, to: number, count: number, why: string): AuditEvent => ({
    kind: 'export.skipped',
    actor: null,
    facts: { destination: id, from, to, count, why },
  });
  const pauseFor = (tries: number): number => {
    // Spread, so that what failed together does not come back together; drawn from names, so that no chance is needed.
    const spread = 0.75 + Number.parseInt(sha256Hex(`${me}${id}${tries}`).slice(0, 4), 16) / 65_535 / 2;
    return Math.min(longest, backoff * 2 ** Math.min(tries - 1, 20)) * spread;
  };
  const failed = async (why: string, after = 0): Promise<number> => {
    failures += 1;
    size = Math.max(1, Math.min(size, most));
    await cursors.note(id, me, { why, behind: null });
    return Math.max(pauseFor(failures), Math.min(after, LONGEST_ASKED));
  };

  /** That an entry was left out is told once: an event about an event about an event would never end. */
  const refusal = (one: Outgoing | undefined): 'never' | 'untold' => {
    const metadata = one?.event.metadata as { event_code?: unknown } | undefined;
    return metadata?.event_code === 'export.skipped' ? 'untold' : 'never';
  };

  /** Tells once when it falls too far behind, and once when it has caught up. */
  const tellLag = async (lag: number, oldest: number | null): Promise<void> => {
    const late = oldest !== null && clock.now() - oldest > alarm.after;
    const behind = lag > alarm.entries || late;
    seen = { id, lag, behind };
    // Not back and forth in a busy hour: it is well again when next to nothing is left.
    if (!behind && (well || lag > Math.min(most, alarm.entries / 2))) return;
    const facts = { destination: id, lag, ...(oldest === null ? {} : { oldest }) };
    const event: AuditEvent = { kind: behind ? 'export.lagging' : 'export.recovered', actor: null, facts };
    await cursors.note(id, me, { why: '', behind: { is: behind, event } });
    well = !behind;
  };

  /** Moves the place over everything at the front that is done. Entries that were left out are told one by one. */
  const moveOn = async (place: number | null, upTo: number, why: string): Promise<void> => {
    let from = place;
    let seq = (place ?? 0) + 1;
    const step = async (to: number, sent: number, event: AuditEvent | null): Promise<void> => {
      const moved = await cursors.move(id, me, { from, to, sent, skipped: sent === 0 ? 1 : 0, event });
      if (!moved) throw new Error(`export to ${id}: somebody else has moved its place`);
      from = to;
    };
    let taken = 0;
    for (; seq <= upTo; seq += 1) {
      const word = ahead.get(seq);
      if (word === undefined) break;
      if (word === 'taken') {
        taken += 1;
        continue;
      }
      if (taken > 0) await step(seq - 1, taken, null);
      taken = 0;
      await step(seq, 0, word === 'never' ? leaveOut(seq, seq, 1, why) : null);
    }
    if (taken > 0) await step(seq - 1, taken, null);
    for (const done of ahead.keys()) if (done < seq) ahead.delete(done);
  };

  /** @returns ms to sleep */
  const settle = async (place: number | null, batch: readonly Outgoing[], delivery: Delivery): Promise<number> => {
    const first = batch[0]?.seq ?? 0;
    const last = batch.at(-1)?.seq ?? 0;
    const took = (): void => {
      failures = 0;
      leftOut = 0;
      size = Math.min(most, size * 2);
    };
    switch (delivery.word) {
      case 'taken': {
        took();
        const { rejected } = delivery;
        if (rejected === undefined) {
          for (const { seq } of batch) ahead.set(seq, 'taken');
          await moveOn(place, last, '');
          return 0;
        }
        const count = Math.min(rejected.count, batch.length);
        const event = leaveOut(first, last, count, rejected.why);
        const step = { from: place, to: last, sent: batch.length - count, skipped: count, event };
        if (!(await cursors.move(id, me, step))) throw new Error(`export to ${id}: somebody else has moved its place`);
        return 0;
      }
      case 'later':
        return failed(delivery.why, delivery.after);
      case 'never':
        if (batch.length > 1) {
          // Which one it is shows when the batch gets smaller.
          size = Math.ceil(batch.length / 2);
          return 0;
        }
        if (leftOut >= MOST_LEFT_OUT) return failed(`it refuses everything: ${delivery.why}`);
        leftOut += 1;
        ahead.set(first, refusal(batch[0]));
        await moveOn(place, first, delivery.why);
        return 0;
      case 'each': {
        const { items, why } = delivery;
        if (items.includes('taken')) took();
        else if (!items.includes('later') && leftOut + items.length > MOST_LEFT_OUT)
          return failed(`it refuses everything: ${why}`);
        else leftOut += items.filter((word) => word === 'never').length;
        batch.forEach(({ seq }, index) => {
          const word = items[index];
          if (word === 'taken') ahead.set(seq, word);
          else if (word === 'never') ahead.set(seq, refusal(batch[index]));
        });
        await moveOn(place, last, why);
        return items.includes('later') ? failed(why) : 0;
      }
    }
  };

  const sendOn = async (): Promise<number> => {
    leads = await cursors.lead(id, me, turn);
    if (!leads) {
      // What another sender sends is not known here.
      ahead.clear();
      well = false;
      seen = null;
      return every;
    }
    const [{ seq: place }, { seq: last }] = await Promise.all([cursors.read(id), head()]);
    if (place === null && deps.begin === 'now') {
      await cursors.move(id, me, { from: null, to: last, sent: 0, skipped: 0, event: null });
      return 0;
    }
    // A place beyond the journal's end is of another journal: everything of this one is news.
    if (place !== null && place > last) {
      ahead.clear();
      const event = leaveOut(last + 1, place, 0, 'the journal begins anew');
      await cursors.move(id, me, { from: place, to: 0, sent: 0, skipped: 0, event });
      return 0;
    }
    const page = await read((place ?? 0) + 1, size);
    if (page.missing !== null) {
      const { from, to } = page.missing;
      const event = leaveOut(from, to, to - from + 1, 'neither journal nor ledger has them any more');
      await cursors.move(id, me, { from: place, to, sent: 0, skipped: to - from + 1, event });
      return 0;
    }
    await tellLag(last - (place ?? 0), page.entries[0]?.at ?? null);
    if (page.entries.length === 0) return every;
    const batch = await prepare(page.entries);
    const fresh = batch.filter(({ seq }) => !ahead.has(seq));
    if (fresh.length === 0) {
      await moveOn(place, batch.at(-1)?.seq ?? 0, '');
      return 0;
    }
    const keeping = setInterval(() => cursors.lead(id, me, turn).catch(onError), turn / 3);
    try {
      const delivery = await destination.send(fresh);
      if (stopped && delivery.word !== 'taken') return every;
      return await settle(place, fresh, delivery);
    } finally {
      clearInterval(keeping);
    }
  };

  const loop = async (): Promise<void> => {
    while (!stopped) {
      const pause = await sendOn().catch((error: unknown) => {
        onError(error);
        ahead.clear();
        return every;
      });
      if (pause > 0 && !stopped) await sleep(pause);
    }
  };
  return {
    start() {
      running = loop();
    },
    state: () => seen,
    async stop() {
      stopped = true;
      wake();
      await Promise.race([running, new Promise((resolve) => setTimeout(resolve, 1000).unref())]);
      await destination.close().catch(onError);
      if (leads) await cursors.lead(id, me, 0).catch(onError);
    },
  };
}
