// Who has had which access over a period, used or not: for the access review. Reads in pieces, newest first, so that a year
// of history never stands in memory at once. A grant belongs to a period when it waited or gave access within it.
import type { Grant } from '../../kernel/grant.ts';
import type { RedisClient } from '../../redis/client.ts';
import type { Keys } from '../../redis/keys.ts';
import type { Pulse } from '../../redis/pulse.ts';
import { ids } from '../stored.ts';
import type { GrantReading } from './reading.redis.ts';

/** @property from, to: ms, Redis clock, both inclusive; `person`: principal id; `console`: its id */
export type ReviewQuery = {
  readonly from: number;
  readonly to: number;
  readonly person?: string | undefined;
  readonly console?: string | undefined;
};

/** `used`: uses that reached the console; `unused`: access was there for some time and nobody used it */
export type Reviewed = { readonly grant: Grant; readonly used: number; readonly unused: boolean };
export type ReviewedPage = { readonly rows: readonly Reviewed[]; readonly next: string | null };
export type ReviewSums = {
  readonly asked: number;
  readonly approved: number;
  readonly denied: number;
  readonly unused: number;
  readonly automatic: number;
};

/** Asked this long before a period, a grant may still give access within it: the farthest start, its wait and its time. */
const LOOK_BACK = 33 * 24 * 3_600_000;
const PIECE = 100;

export type GrantReview = {
  /** ms: of what was asked for before and is over, Redis knows nothing any more; the ledger does */
  keptFrom(): number;
  /** @param cursor `next` of the page before */
  review(query: ReviewQuery, cursor: string | null): Promise<ReviewedPage>;
  reviewSums(query: ReviewQuery): Promise<ReviewSums>;
  /** All rows, newest first, for a file. */
  reviewAll(query: ReviewQuery): AsyncIterable<Reviewed>;
};

export function createGrantReview(deps: {
  readonly client: RedisClient;
  readonly keys: Keys;
  readonly pulse: Pick<Pulse, 'clock'>;
  readonly reading: Pick<GrantReading, 'loadAll' | 'standingAll'>;
  readonly pageSize: number;
  /** ms after its asking that a grant that is over is kept */
  readonly kept: number;
}): GrantReview {
  const { client, keys, pulse, reading, pageSize, kept } = deps;

  async function* rows({ from, to, person, console }: ReviewQuery, cursor: string | null): AsyncIterable<Reviewed> {
    const key = person === undefined ? keys.grants : keys.grantsOf(person);
    const place =
      cursor === null
        ? Number(await client.command('ZCOUNT', key, `(${Math.floor(to)}`, '+inf'))
        : await client.command('ZREVRANK', key, cursor);
    if (place === null) return;
    for (let rank = Number(place) + (cursor === null ? 0 : 1); ; rank += PIECE) {
      const piece = ids(await client.command('ZREVRANGE', key, rank, rank + PIECE - 1));
      const now = pulse.clock.now();
      for (const grant of await reading.standingAll(await reading.loadAll(piece))) {
        if (grant.askedAt < from - LOOK_BACK) return;
        if (grant.askedAt > to || lastMoment(grant, now) < from) continue;
        if (console === undefined || grant.console === console) yield reviewed(grant, now);
      }
      if (piece.length < PIECE) return;
    }
  }

  return {
    keptFrom: () => Math.max(0, Math.floor(pulse.clock.now() - kept)),
    reviewAll: (query) => rows(query, null),
    async review(query, cursor) {
      const page: Reviewed[] = [];
      for await (const row of rows(query, cursor)) {
        if (page.length === pageSize) return { rows: page, next: page.at(-1)?.grant.id ?? null };
        page.push(row);
      }
      return { rows: page, next: null };
    },
    async reviewSums(query) {
      const sums = { asked: 0, approved: 0, denied: 0, unused: 0, automatic: 0 };
      for await (const { grant, unused } of rows(query, null)) {
        sums.asked += 1;
        if (grant.activeFrom !== null) sums.approved += 1;
        if (grant.state === 'denied') sums.denied += 1;
        if (unused) sums.unused += 1;
        if (grant.automatic) sums.automatic += 1;
      }
      return sums;
    },
  };
}

const lastMoment = ({ state, decidedAt, endedAt, answerUntil }: Grant, now: number): number => {
  if (state === 'asked' || state === 'active') return now;
  return endedAt ?? decidedAt ?? answerUntil;
};

function reviewed(grant: Grant, now: number): Reviewed {
  const { uses, usesLeft, activeFrom, endedAt } = grant;
  const used = uses !== null && usesLeft !== null ? uses - usesLeft : 0;
  // One that ended before its start never gave anything.
  const gave = activeFrom !== null && activeFrom <= Math.min(now, endedAt ?? now);
  return { grant, used, unused: gave && used === 0 };
}
