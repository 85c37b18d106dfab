// The times of a replay. Pure: when nobody did anything, and whether a request fits what the person did just before.
import { joined, type ReplayPage, type ReplayRequest, type Stretch } from './replayRows.ts';

/** A pause that is shorter than this is not worth skipping. */
const IDLE = 20_000;
/** What is shown before and after something happened, ms. */
const BEFORE = 2000;
const AFTER = 3000;
/** A person's click or key at most this long before a request counts as its cause: the recorder's own measure. */
const GESTURE = 5000;
/** The clocks of browser and gateway differ by the way between them. */
const SLACK = 1000;

/** Stretches of a session in which nobody did anything. `moments`: requests that count as doing something, ms. */
export function idleBetween(
  [from, to]: Stretch,
  pages: readonly Pick<ReplayPage, 'from' | 'touched'>[],
  moments: readonly number[],
): Stretch[] {
  const busy = joined(
    [
      ...pages.flatMap((page): Stretch[] => [[page.from - BEFORE, page.from + AFTER]]),
      ...pages.flatMap((page) => page.touched.map(([a, b]): Stretch => [a - BEFORE, b + AFTER])),
      ...moments.map((at): Stretch => [at - BEFORE, at + AFTER]),
      [from, from + AFTER],
      [to - BEFORE, to],
    ],
    IDLE,
  );
  const idle: Stretch[] = [];
  for (const [index, [, end]] of busy.entries()) {
    const next = busy[index + 1];
    if (next !== undefined && next[0] - end > IDLE) idle.push([end, next[0]]);
  }
  return idle;
}

/**
 * Whether a person's click or key came just before a request: as its page said, else as the recorded pages of that console show;
 * null: nobody can tell.
 */
export function gestureOf(
  { gesture, at, console }: Pick<ReplayRequest, 'gesture' | 'at' | 'console'>,
  pages: readonly ReplayPage[],
): boolean | null {
  if (gesture !== null) return gesture;
  const recorded = pages.filter((page) => page.mode === 'dom' && page.console === console);
  if (recorded.length === 0) return null;
  return recorded.some(({ touched }) => touched.some(([from, to]) => from <= at + SLACK && to >= at - GESTURE - SLACK));
}

/** Which page the person was in, from when on: the one that was opened or touched last. */
export function focusOf(pages: readonly ReplayPage[]): { at: number; page: string }[] {
  const moments = pages
    .filter(({ mode }) => mode === 'dom')
    .flatMap((page) => [page.from, ...page.touched.map(([from]) => from)].map((at) => ({ at, page: page.id })))
    .sort((a, b) => a.at - b.at);
  return moments.filter(({ page }, index) => moments[index - 1]?.page !== page);
}
