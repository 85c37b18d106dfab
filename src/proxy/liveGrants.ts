// What is alive right now and rests on a grant. When the grant ends, it ends: at once when that is heard, at its time by a
// timer, and by asking again whenever something may have been missed. A grant whose last use was taken keeps what took it:
// that act was allowed, until the grant's time is over.
import type { Clock } from '../kernel/clock.ts';
import type { Grant } from '../kernel/grant.ts';
import type { Log } from './exchange.ts';

export type FindGrant = (id: string) => Promise<Pick<Grant, 'state' | 'endedBecause' | 'activeUntil'> | null>;

export type LiveGrants = {
  /** @param end is called once, when the grant is over @returns the way to say that it is done by itself */
  rest(grant: string, end: () => void): () => void;
  /** The grant is said to have ended: it is looked at, and what rests on it ends. */
  heard(grant: string): void;
  /** Looks at all of them again. @returns false: some could not be asked for */
  look(): Promise<boolean>;
  /** Nothing can be asked for any more: all of it ends. */
  endAll(): void;
  size(): number;
};

type Watch = { readonly ends: Set<() => void>; timer: NodeJS.Timeout | undefined };

/** setTimeout takes no longer delay; then it is looked at again. */
const LONGEST_TIMER = 2 ** 31 - 1;

export function createLiveGrants(parts: {
  readonly findGrant: FindGrant;
  /** Redis's clock */
  readonly clock: Clock;
  readonly log: Log;
}): LiveGrants {
  const { findGrant, clock, log } = parts;
  const watches = new Map<string, Watch>();

  const endGrant = (id: string): void => {
    const watch = watches.get(id);
    if (watch === undefined) return;
    watches.delete(id);
    clearTimeout(watch.timer);
    for (const end of watch.ends) {
      try {
        end();
      } catch (error) {
        log.error({ grant: id, error: String(error) }, 'ending what rests on a grant failed');
      }
    }
  };

  /** @throws StateUnavailable */
  const check = async (id: string): Promise<void> => {
    const grant = await findGrant(id);
    const watch = watches.get(id);
    if (watch === undefined) return;
    const usedUp = grant?.state === 'ended' && grant.endedBecause === 'uses';
    const left = (grant?.activeUntil ?? 0) - clock.now();
    if (grant === null || (grant.state !== 'active' && !usedUp) || left <= 0) return endGrant(id);
    clearTimeout(watch.timer);
    watch.timer = setTimeout(() => checkSoon(id), Math.min(left, LONGEST_TIMER));
    watch.timer.unref();
  };
  /** Failures are not the end: whoever owns us looks again, and ends all of it when that goes on failing. */
  const checkSoon = (id: string): void => {
    check(id).catch((error: unknown) => log.warn({ grant: id, error: String(error) }, 'a grant cannot be checked'));
  };

  return {
    rest(id, end) {
      const known = watches.get(id);
      const watch: Watch = known ?? { ends: new Set(), timer: undefined };
      watch.ends.add(end);
      if (known === undefined) {
        watches.set(id, watch);
        // It may have ended between the commit and now, when nobody listened for it here.
        checkSoon(id);
      }
      return () => {
        watch.ends.delete(end);
        if (watch.ends.size > 0 || watches.get(id) !== watch) return;
        clearTimeout(watch.timer);
        watches.delete(id);
      };
    },
    heard(id) {
      if (watches.has(id)) checkSoon(id);
    },
    async look() {
      const looks = await Promise.allSettled([...watches.keys()].map(check));
      return looks.every(({ status }) => status === 'fulfilled');
    },
    endAll() {
      for (const id of [...watches.keys()]) endGrant(id);
    },
    size: () => watches.size,
  };
}
