// Keeps this process in step with Redis: a poll every 50 ms makes every revocation certain, pub/sub makes it fast.
// Gives: the epoch, Redis's clock, and `mirror`s, caches that are void whenever nothing has confirmed them for 250 ms.
import type { AuditEvent } from '../kernel/auditEvent.ts';
import { type Clock, monotonic } from '../kernel/clock.ts';
import { newSecret } from '../kernel/ids.ts';
import type { RedisClient } from './client.ts';
import type { Keys } from './keys.ts';
import { eventArgs, type Scripts } from './scripts.ts';

export const POLL_EVERY = 50;
export const TRUSTED_FOR = 250;
/** ms that the message of a change may come later than the poll that saw its revision, before it counts as lost */
const MESSAGE_GRACE = 10;

/** One line of the channel; `kind` says what changed, the rest which. */
export type Change = { readonly kind: string; readonly [member: string]: unknown };

export type Mirror<T> = {
  /** The kept value when it is certain, else a fresh one. @throws what `fetch` throws; a failure is never kept */
  get(id: string): Promise<T>;
};

export type Pulse = {
  /** Resolves when Redis answered for the first time and an epoch stands. */
  start(): Promise<void>;
  stop(): void;
  /** The current epoch; '' before the first answer. */
  epoch(): string;
  /** Redis TIME as well as this process can tell, ms. The scripts' own reading is the one that decides. */
  clock: Clock;
  mirror<T>(fetch: (id: string) => Promise<T>): Mirror<T>;
  /** Hears every change, and `{kind: 'resync'}` when some may have been missed. Returns the way to stop hearing. */
  onChange(heard: (change: Change) => void): () => void;
  /** Voids the caches of this process at once: for who has just changed something and will read it again. */
  forget(): void;
  /** ms since Redis last confirmed that nothing changed */
  age(): number;
};

export type PulseDeps = {
  client: RedisClient;
  keys: Keys;
  clock: Clock;
  onError: (error: unknown) => void;
};

/** `scripts` is handed in after construction, because scripts ask the pulse for the epoch. */
export function createPulse({ client, keys, clock, onError }: PulseDeps, scripts: () => Scripts): Pulse {
  let epoch = '';
  let revision = -1;
  let highest = 0;
  /** the last revision whose message was heard, none missing before it */
  let told = -1;
  let confirmedAt = Number.NEGATIVE_INFINITY;
  let offset = 0;
  let generation = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const listeners = new Set<(change: Change) => void>();
  const caches = new Set<Map<string, unknown>>();

  const tell = (change: Change) => {
    for (const heard of listeners) heard(change);
  };
  const forget = () => {
    generation += 1;
    for (const cache of caches) cache.clear();
  };
  const event = (seen: string): AuditEvent => ({
    kind: 'epoch.renewed',
    actor: null,
    facts: { replaced: seen === '' ? 'none' : 'rolled back' },
  });

  const poll = async (): Promise<void> => {
    const askedAt = clock.now();
    const asked = monotonic();
    const [, seenEpoch = '', seenRevision = '0', time = '0'] = await scripts().run('readPulse', [], [], '');
    const seen = Number(seenRevision);
    if (seenEpoch === '' || (seenEpoch === epoch && seen < highest)) {
      // Emptied or rolled back: what was made before may be a lie now. A new epoch voids it all.
      await scripts().run(
        'renewEpoch',
        [],
        [seenEpoch, newSecret(), String(highest + 1), ...eventArgs(event(seenEpoch))],
        '',
      );
      return poll();
    }
    offset = Number(time) - Math.round((askedAt + clock.now()) / 2);
    const replaced = seenEpoch !== epoch;
    const changed = replaced || seen !== revision;
    epoch = seenEpoch;
    revision = seen;
    highest = Math.max(highest, seen);
    if (changed) forget();
    if (replaced) resync(seen);
    // Told only of what was missed: a hint at every change would tell everybody of what they may not see.
    else if (told < seen) {
      // setImmediate: a process that was busy first reads what waits in its sockets.
      const missed = () => setImmediate(() => told < seen && !stopped && resync(seen));
      setTimeout(missed, MESSAGE_GRACE).unref();
    }
    confirmedAt = asked;
  };
  const resync = (seen: number): void => {
    told = seen;
    tell({ kind: 'resync' });
  };
  const loop = async (): Promise<void> => {
    await poll().catch(onError);
    if (!stopped) timer = setTimeout(loop, POLL_EVERY);
  };

  return {
    async start() {
      await client.subscribe(keys.changes, (message) => {
        forget();
        let change: Change = { kind: 'resync' };
        try {
          const { revision: heard, ...rest } = JSON.parse(message) as Change;
          if (heard === told + 1) told += 1;
          change = rest as Change;
        } catch {
          // not one of ours: whatever it meant, read everything again
        }
        tell(change);
      });
      for (;;) {
        try {
          await poll();
          break;
        } catch (error) {
          onError(error);
          if (stopped) return;
          await new Promise((resolve) => setTimeout(resolve, POLL_EVERY));
        }
      }
      timer = setTimeout(loop, POLL_EVERY);
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
    epoch: () => epoch,
    clock: { now: () => clock.now() + offset },
    mirror<T>(fetch: (id: string) => Promise<T>): Mirror<T> {
      const cache = new Map<string, T>();
      caches.add(cache);
      /** Questions under way. After a change everybody who is busy asks for the same; the answer to one serves all. */
      const asked = new Map<string, { readonly generation: number; readonly answer: Promise<T> }>();
      return {
        async get(id) {
          const kept = cache.get(id);
          const trusted = monotonic() - confirmedAt < TRUSTED_FOR;
          if (kept !== undefined && trusted) return kept;
          const before = generation;
          const underWay = asked.get(id);
          // Asked after the last change that is known here: as good as what is kept, and under the same condition.
          if (trusted && underWay?.generation === before) return underWay.answer;
          const own = { generation: before, answer: fetch(id) };
          asked.set(id, own);
          try {
            const value = await own.answer;
            // A change that came while we asked may be newer than the answer: do not keep it.
            if (before === generation && value !== undefined) {
              if (cache.size >= 10_000) cache.clear();
              cache.set(id, value);
            }
            return value;
          } finally {
            if (asked.get(id) === own) asked.delete(id);
          }
        },
      };
    },
    onChange(heard) {
      listeners.add(heard);
      return () => listeners.delete(heard);
    },
    forget,
    age: () => monotonic() - confirmedAt,
  };
}
