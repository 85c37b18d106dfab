// A replay that runs: the time, what is shown, and the orders to the frame. The portal's clock leads; the frame follows it.
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Replay, ReplayEnd, ReplayPage } from '../../../../src/portal/contract/replay.ts';
import { useApi } from '../../api/queries.ts';
import { advance, nextMark, pageAt, previousMark, SPEEDS, within } from './clock.ts';
import { createFeed, type Feed } from './feed.ts';
import { type Command, type Fault, reportOf, sealed } from './protocol.ts';

export type Player = {
  readonly at: number;
  readonly playing: boolean;
  readonly speed: number;
  readonly skipIdle: boolean;
  /** the page that is shown; null: none was open */
  readonly page: ReplayPage | null;
  /** what was asked for is not on the screen yet */
  readonly loading: boolean;
  readonly fault: Fault | null;
  /** what could not be read of this page */
  readonly gaps: ReplayEnd | null;
  readonly error: unknown;
  readonly size: { readonly width: number; readonly height: number } | null;
  /** the frame did not answer: it was taken away */
  readonly stuck: boolean;
  seek(at: number): void;
  toggle(): void;
  next(): void;
  previous(): void;
  faster(): void;
  setSpeed(speed: number): void;
  setSkipIdle(skip: boolean): void;
  /** null: follow the person */
  choose(page: string | null): void;
  retry(): void;
};

/** ms between two renewals of what is on the screen besides the page */
const TICK = 200;
/** A frame that shows nothing for so long is given up. */
const PATIENCE = 20_000;

type State = Pick<
  Player,
  'at' | 'playing' | 'speed' | 'skipIdle' | 'page' | 'loading' | 'fault' | 'gaps' | 'error' | 'size' | 'stuck'
>;

export function useReplay(
  replay: Replay,
  start: number,
  frame: { readonly current: HTMLIFrameElement | null },
): Player {
  const api = useApi();
  const clock = useRef({
    at: within(start, replay),
    playing: false,
    speed: 1,
    skipIdle: true,
    chosen: null as string | null,
  });
  const feed = useRef<Feed | null>(null);
  const showing = useRef<string | null>(null);
  const ready = useRef(false);
  const waits = useRef(false);
  const patience = useRef(0);
  const [state, setState] = useState<State>(() => ({
    ...{ at: clock.current.at, playing: false, speed: 1, skipIdle: true, page: pageAt(replay, clock.current.at, null) },
    ...{ loading: true, fault: null, gaps: null, error: null, size: null, stuck: false },
  }));
  const tell = useCallback((more: Partial<State> = {}) => {
    const { at, playing, speed, skipIdle } = clock.current;
    setState((before) => ({ ...before, at, playing, speed, skipIdle, ...more }));
  }, []);

  const show = useCallback(() => {
    const { at, playing, speed, chosen } = clock.current;
    const page = pageAt(replay, at, chosen);
    const other = page?.id !== showing.current;
    showing.current = page?.id ?? null;
    if (page === null || !replay.readable) {
      feed.current?.clear();
      waits.current = false;
      window.clearTimeout(patience.current);
      return tell({ page, loading: false, fault: null, gaps: null, error: null });
    }
    waits.current = true;
    tell(other ? { page, loading: true, fault: null, gaps: null, error: null } : { page, loading: true, error: null });
    window.clearTimeout(patience.current);
    patience.current = window.setTimeout(() => tell({ stuck: true, loading: false }), PATIENCE);
    feed.current?.show({ page: page.id, until: page.to, at, speed, playing });
  }, [replay, tell]);

  // The frame: what it says, and what it is told.
  useEffect(() => {
    // What is read before the frame is there waits for it.
    const pending: Command[] = [];
    const send = (command: Command) => {
      if (ready.current) frame.current?.contentWindow?.postMessage(sealed(command), replay.origin);
      else pending.push(command);
    };
    const own = createFeed({
      source: (page, window, signal) => api.replayEvents({ session: replay.id, page }, window, signal),
      send,
      onEnd: (end) => {
        if (end.missing > 0 || end.faults.length > 0) tell({ gaps: end });
      },
      onError: (error) => {
        clock.current.playing = false;
        waits.current = false;
        window.clearTimeout(patience.current);
        tell({ error, loading: false });
      },
    });
    feed.current = own;
    const hear = (event: MessageEvent) => {
      if (event.source !== frame.current?.contentWindow || event.origin !== replay.origin) return;
      const report = reportOf(event.data);
      if (report === null) return;
      if (report.kind === 'ready') {
        const again = ready.current;
        ready.current = true;
        for (const command of pending.splice(0)) send(command);
        return again ? show() : undefined;
      }
      if (report.view !== own.view()) return;
      if (report.kind === 'shown' || report.kind === 'fault') {
        window.clearTimeout(patience.current);
        waits.current = false;
      }
      if (report.kind === 'shown') tell({ loading: false, stuck: false });
      else if (report.kind === 'fault') tell({ fault: report.what, loading: false });
      else if (report.kind === 'size') tell({ size: { width: report.width, height: report.height } });
    };
    window.addEventListener('message', hear);
    return () => {
      window.removeEventListener('message', hear);
      window.clearTimeout(patience.current);
      own.clear();
    };
  }, [api, frame, replay, show, tell]);

  useEffect(() => show(), [show]);

  // The clock.
  useEffect(() => {
    let before = performance.now();
    let told = 0;
    let held = false;
    const step = (present: number) => {
      timer = requestAnimationFrame(step);
      const elapsed = Math.min(1000, present - before);
      before = present;
      const now = clock.current;
      if (!now.playing || waits.current) return;
      const { at, jumped, ended } = advance(now.at, elapsed, now, replay);
      const page = pageAt(replay, at, now.chosen);
      const there =
        page === null || page.id !== showing.current || jumped || (feed.current?.ahead(at, now.speed) ?? true);
      if (!there) {
        // What comes next is on its way: time waits for it.
        if (!held) tell({ loading: true });
        held = true;
        return;
      }
      now.at = at;
      if (ended) now.playing = false;
      if (jumped || ended || (page?.id ?? null) !== showing.current || held) {
        held = false;
        show();
      } else if (present - told > TICK) {
        told = present;
        tell();
      }
    };
    let timer = requestAnimationFrame(step);
    return () => cancelAnimationFrame(timer);
  }, [replay, show, tell]);

  const change = useCallback(
    (changes: Partial<typeof clock.current>) => {
      Object.assign(clock.current, changes);
      show();
    },
    [show],
  );
  const seek = useCallback((at: number) => change({ at: within(at, replay) }), [change, replay]);
  const jump = (mark: { at: number } | undefined) => mark && seek(mark.at - 1000);
  return {
    ...state,
    seek,
    toggle: () => {
      const { playing, at } = clock.current;
      change({ playing: !playing, at: !playing && at >= replay.to ? replay.from : at });
    },
    next: () => jump(nextMark(replay.marks, clock.current.at + 1000)),
    previous: () => jump(previousMark(replay.marks, clock.current.at + 1000)),
    faster: () => change({ speed: SPEEDS[(SPEEDS.indexOf(clock.current.speed as 1) + 1) % SPEEDS.length] ?? 1 }),
    setSpeed: (speed) => change({ speed }),
    setSkipIdle: (skipIdle) => change({ skipIdle }),
    choose: (chosen) => change({ chosen }),
    retry: () => change({}),
  };
}
