// The time of a replay. Pure: how it goes on, what is shown at a moment, where the next act is. All times are ms.
import type { Replay, ReplayMark, ReplayPage } from '../../../../src/portal/contract/replay.ts';

export const SPEEDS = [1, 2, 4, 8, 16] as const;

export type Pace = { readonly speed: number; readonly skipIdle: boolean };
type Times = Pick<Replay, 'from' | 'to' | 'idle'>;

/** Where the time is after `elapsed` ms of watching; jumped: a pause was skipped. */
export function advance(
  at: number,
  elapsed: number,
  { speed, skipIdle }: Pace,
  { to, idle }: Times,
): { readonly at: number; readonly jumped: boolean; readonly ended: boolean } {
  let next = at + Math.max(0, elapsed) * speed;
  let jumped = false;
  if (skipIdle)
    for (const [from, until] of idle)
      if (next > from && at < until) {
        next = Math.max(next, until);
        jumped = true;
      }
  return next >= to ? { at: to, jumped, ended: true } : { at: next, jumped, ended: false };
}

/**
 * How often the timeline of a session that goes on is read again, ms. Reading it is work that grows with the session: 60 ms of the
 * gateway's time for eight busy hours.
 */
export const watchEvery = ({ from, to }: Pick<Replay, 'from' | 'to'>): number =>
  Math.min(15_000, Math.max(3000, (to - from) / 2400));
/** Where a viewer who follows is put when they have fallen too far behind the last that is known, ms. */
const LATELY = 3000;

/**
 * The same for a viewer who follows a session that goes on: at the pace of life, pauses and all, and never at an end. What comes
 * seldom and late is caught up with in a leap.
 */
export function follow(at: number, elapsed: number, known: Pick<Replay, 'from' | 'to'>): number {
  const next = Math.min(known.to, at + Math.max(0, elapsed));
  return known.to - next > LATELY + watchEvery(known) ? known.to - LATELY : Math.max(at, next);
}

export const within = (at: number, { from, to }: Pick<Replay, 'from' | 'to'>): number =>
  Math.min(to, Math.max(from, Math.round(at)));

/** A page that is quiet is still there: as long as its session goes on, its end is only the last that is known. */
const isOpen = (page: ReplayPage, at: number): boolean =>
  page.mode === 'dom' && page.from <= at && (at <= page.to || page.open);

/** The page that is shown: the one that was chosen while it is open, else where the person was, else the last one opened. */
export function pageAt(replay: Pick<Replay, 'pages' | 'focus'>, at: number, chosen: string | null): ReplayPage | null {
  const open = replay.pages.filter((page) => isOpen(page, at));
  const own = open.find(({ id }) => id === chosen);
  if (own !== undefined) return own;
  const was = replay.focus.findLast((focus) => focus.at <= at && open.some(({ id }) => id === focus.page));
  return open.find(({ id }) => id === was?.page) ?? open.at(-1) ?? null;
}

export const pagesOpenAt = (pages: readonly ReplayPage[], at: number): ReplayPage[] =>
  pages.filter((page) => isOpen(page, at));

/** The mark to jump to; a little slack, so that "next" leaves the one that it is at. */
export const nextMark = (marks: readonly ReplayMark[], at: number): ReplayMark | undefined =>
  marks.find((mark) => mark.at > at + 500);
export const previousMark = (marks: readonly ReplayMark[], at: number): ReplayMark | undefined =>
  marks.findLast((mark) => mark.at < at - 1500);

/** Worth a look: a dangerous call that nobody's click or key came before. */
export const isStrange = ({ kind, risk, gesture }: Pick<ReplayMark, 'kind' | 'risk' | 'gesture'>): boolean =>
  (kind === 'act' || kind === 'refusal') && (risk === 'high' || risk === 'destructive') && gesture === false;

const WEIGHT = { read: 0, low: 1, high: 2, destructive: 3 } as const;
const weightOf = (mark: ReplayMark): number => WEIGHT[mark.risk] + (isStrange(mark) ? 4 : 0);

export type Cluster = { readonly mark: ReplayMark; readonly count: number };

/** Marks that would lie on each other as one: the gravest, and how many there are. */
export function clusters(
  marks: readonly ReplayMark[],
  { from, to }: Pick<Replay, 'from' | 'to'>,
  places: number,
): Cluster[] {
  const found = new Map<number, { mark: ReplayMark; count: number }>();
  for (const mark of marks) {
    const place = Math.floor(((mark.at - from) / Math.max(1, to - from)) * places);
    const before = found.get(place);
    if (before === undefined) found.set(place, { mark, count: 1 });
    else {
      before.count += 1;
      if (weightOf(mark) > weightOf(before.mark)) before.mark = mark;
    }
  }
  return [...found.values()];
}

/** Where a moment lies in the session, in percent. */
export const percent = (at: number, { from, to }: Pick<Replay, 'from' | 'to'>): number =>
  Math.min(100, Math.max(0, ((at - from) / Math.max(1, to - from)) * 100));
