// Brings what a page looked like from the API to the frame that rebuilds it, in windows around the moment that is shown. Events
// pass as text, unread. One page is shown at a time; whatever is asked for replaces what was asked before.
import { ReplayEnd } from '../../../../src/portal/contract/replay.ts';
import type { Command } from './protocol.ts';

export type Source = (
  page: string,
  window: { readonly from: number; readonly to: number; readonly after?: number },
  signal: AbortSignal,
) => Promise<string>;

export type Wish = {
  readonly page: string;
  readonly until: number;
  readonly at: number;
  readonly speed: number;
  readonly playing: boolean;
};

export type Feed = {
  /** Shows a page at a moment; out of what is loaded, when it can. `until`: the page's end */
  show(wish: Wish): void;
  /** Tells how far the time is while it plays, so that what comes next is there in time. @returns false: it is not there yet */
  ahead(at: number, speed: number): boolean;
  /** More of a page is known: its end is later than was thought. */
  grow(page: string, until: number): void;
  clear(): void;
  /** what the frame's answers must name */
  view(): number;
};

/** ms of recording that are read for a seek, and at a time while it plays; both are more when it plays faster. */
const SEEK = 10_000;
const STEP = 60_000;
const AHEAD = 20_000;
/** Characters after which a page is loaded anew instead of added to: what was played stays in memory. */
const MOST = 48_000_000;

type Loaded = {
  readonly page: string;
  readonly from: number;
  /** the page's own, as far as it is known */
  readonly end: number;
  /** everything up to here is loaded */
  readonly until: number;
  readonly last: number;
  readonly size: number;
};

export function createFeed(deps: {
  readonly source: Source;
  readonly send: (command: Command) => void;
  readonly onEnd: (end: ReplayEnd) => void;
  readonly onError: (error: unknown) => void;
}): Feed {
  const { source, send, onEnd, onError } = deps;
  let view = 0;
  let loaded: Loaded | null = null;
  let reading: AbortController | null = null;

  const read = (page: string, window: Parameters<Source>[1], use: (lines: string, end: ReplayEnd) => void): void => {
    reading?.abort();
    const own = new AbortController();
    reading = own;
    source(page, window, own.signal)
      .then(
        (text) => {
          if (own.signal.aborted) return;
          reading = null;
          const [lines, end] = split(text);
          onEnd(end);
          use(lines, end);
        },
        (error: unknown) => {
          if (own.signal.aborted) return;
          reading = null;
          onError(error);
        },
      )
      .catch(onError);
  };

  const load = ({ page, until, at, speed, playing }: Wish): void => {
    view += 1;
    loaded = null;
    const own = view;
    const to = Math.ceil(Math.max(at, Math.min(until, at + SEEK * speed)));
    read(page, { from: Math.floor(at), to }, (lines, end) => {
      const first = firstOf(lines) ?? at;
      loaded = { page, from: Math.min(first, at), end: until, until: end.until, last: end.last, size: lines.length };
      send({ kind: 'load', view: own, lines, at, speed, playing });
    });
  };

  return {
    show(wish) {
      const { page, at, speed, playing } = wish;
      const of = loaded?.page === page ? loaded : null;
      // A page that is open is quiet for as long as nothing new of it is known.
      const there = of !== null && at >= of.from && (at <= of.until || of.until >= of.end);
      if (!there) load(wish);
      else if (playing) send({ kind: 'play', view, at, speed });
      else send({ kind: 'pause', view, at });
    },
    ahead(at, speed) {
      if (loaded === null) return false;
      const { page, end, until, last, size } = loaded;
      const done = until >= end;
      if (!done && reading === null && until - at < AHEAD * speed) {
        if (size > MOST) load({ page, until: end, at, speed, playing: true });
        else {
          const own = view;
          const to = Math.ceil(Math.min(end, until + STEP * speed));
          const window = last < 0 ? { from: Math.floor(until), to } : { from: Math.floor(until), to, after: last };
          read(page, window, (lines, found) => {
            if (loaded === null || view !== own) return;
            loaded = {
              ...loaded,
              until: Math.max(found.until, until),
              last: Math.max(last, found.last),
              size: size + lines.length,
            };
            send({ kind: 'add', view: own, lines });
          });
        }
      }
      return done || at <= until;
    },
    grow(page, end) {
      if (loaded === null || loaded.page !== page || end <= loaded.end) return;
      // What was read beyond the old end was read before this was there.
      loaded = { ...loaded, end, until: Math.min(loaded.until, loaded.end) };
    },
    clear() {
      reading?.abort();
      reading = null;
      if (loaded !== null || view > 0) send({ kind: 'clear', view });
      loaded = null;
    },
    view: () => view,
  };
}

/** The events as text, and the line that says how far they go. @throws when there is none: the answer was cut off */
export function split(text: string): [lines: string, end: ReplayEnd] {
  const body = text.trimEnd();
  const at = body.lastIndexOf('\n');
  const { end } = JSON.parse(body.slice(at + 1)) as { end?: unknown };
  return [body.slice(0, Math.max(0, at)), ReplayEnd.parse(end)];
}

function firstOf(lines: string): number | null {
  const feed = lines.indexOf('\n');
  try {
    const { at } = JSON.parse(feed < 0 ? lines : lines.slice(0, feed)) as { at?: unknown };
    return typeof at === 'number' ? at : null;
  } catch {
    return null;
  }
}
