// A replay that runs: the time, what is shown, and the orders to the frame. The portal's clock leads; the frame follows it.
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Replay, ReplayEnd, ReplayPage } from '../../../../src/portal/contract/replay.ts';
import { useApi } from '../../api/queries.ts';
import { advance, follow, nextMark, pageAt, previousMark, SPEEDS, within } from './clock.ts';
import { createFeed, type Feed } from './feed.ts';
import { type Command, type Fault, reportOf, sealed } from './protocol.ts';

export type Player = {
  readonly at: number;
  readonly playing: boolean;
  readonly speed: number;
  readonly skipIdle: boolean;
  /** it goes on with the session, as far as that is known */
  readonly following: boolean;
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
  toStart(): void;
  /** of a session that goes on: follows it */
  toEnd(): void;
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
  | 'at'
  | 'playing'
  | 'speed'
  | 'skipIdle'
  | 'following'
  | 'page'
  | 'loading'
  | 'fault'
  | 'gaps'
  | 'error'
  | 'size'
  | 'stuck'
>;

export function useReplay(
  replay: Replay,
  start: number,
  frame: { readonly current: HTMLIFrameElement | null },
): Player {
  const api = useApi();
  // It grows while its session goes on. Only who it is and where it is shown make another replay of it.
  const latest = useRef(replay);
  latest.current = replay;
  const { id, origin } = replay;
  const clock = useRef({
    at: within(start, replay),
    playing: false,
    speed: 1,
    skipIdle: true,
    following: false,
    chosen: null as string | null,
  });
  const feed = useRef<Feed | null>(null);
  const showing = useRef<string | null>(null);
  const ready = useRef(false);
  const waits = useRef(false);
  const patience = useRef(0);
  const [state, setState] = useState<State>(() => ({
    ...{ at: clock.current.at, playing: false, speed: 1, skipIdle: true, following: false },
    ...{ page: pageAt(replay, clock.current.at, null) },
    ...{ loading: true, fault: null, gaps: null, error: null, size: null, stuck: false },
  }));
  const tell = useCallback((more: Partial<State> = {}) => {
    const { at, playing, speed, skipIdle, following } = clock.current;
    setState((before) => ({ ...before, at, playing, speed, skipIdle, following, ...more }));
  }, []);

  const show = useCallback(() => {
    const { at, playing, speed, chosen } = clock.current;
    const page = pageAt(latest.current, at, chosen);
    const other = page?.id !== showing.current;
    showing.current = page?.id ?? null;
    if (page === null || !latest.current.readable) {
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
  }, [tell]);

  // The frame: what it says, and what it is told.
  useEffect(() => {
    // What is read before the frame is there waits for it.
    const pending: Command[] = [];
    const send = (command: Command) => {
      if (ready.current) frame.current?.contentWindow?.postMessage(sealed(command), origin);
      else pending.push(command);
    };
    const own = createFeed({
      source: (page, window, signal) => api.replayEvents({ session: id, page }, window, signal),
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
      if (event.source !== frame.current?.contentWindow || event.origin !== origin) return;
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
  }, [api, frame, id, origin, show, tell]);

  useEffect(() => show(), [show]);

  // More of a session that goes on, or its end.
  useEffect(() => {
    const { at, chosen } = clock.current;
    if (!replay.running) clock.current.following = false;
    for (const { id, to } of replay.pages) feed.current?.grow(id, to);
    const page = pageAt(replay, at, chosen);
    if ((page?.id ?? null) !== showing.current) show();
    else tell({ page });
  }, [replay, show, tell]);

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
      const known = latest.current;
      const went = now.following
        ? { at: follow(now.at, elapsed, known), jumped: false, ended: false }
        : advance(now.at, elapsed, now, known);
      const { at, jumped } = went;
      const { ended } = went;
      // Who has caught up with a session that goes on follows it.
      if (ended && known.running) Object.assign(now, { following: true, speed: 1 });
      const page = pageAt(known, at, now.chosen);
      const there =
        page === null || page.id !== showing.current || jumped || (feed.current?.ahead(at, now.speed) ?? true);
      if (!there) {
        // What comes next is on its way: time waits for it. Who follows waits again and again: that is not worth a word.
        if (!held && !now.following) tell({ loading: true });
        held = true;
        return;
      }
      now.at = at;
      if (ended && !now.following) now.playing = false;
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
  }, [show, tell]);

  const change = useCallback(
    (changes: Partial<typeof clock.current>) => {
      Object.assign(clock.current, changes);
      show();
    },
    [show],
  );
  const seek = useCallback((at: number) => change({ at: within(at, latest.current), following: false }), [change]);
  const jump = (mark: { at: number } | undefined) => mark && seek(mark.at - 1000);
  const pace = (speed: number) => change({ speed, following: speed === 1 && clock.current.following });
  return {
    ...state,
    seek,
    toggle: () => {
      const { playing, at } = clock.current;
      const over = !playing && at >= replay.to && !replay.running;
      change({ playing: !playing, at: over ? replay.from : at, following: false });
    },
    toStart: () => seek(replay.from),
    toEnd: () => {
      if (!replay.running) return seek(replay.to);
      change({ at: within(replay.to - 1000, replay), playing: true, speed: 1, following: true });
    },
    next: () => jump(nextMark(replay.marks, clock.current.at + 1000)),
    previous: () => jump(previousMark(replay.marks, clock.current.at + 1000)),
    faster: () => pace(SPEEDS[(SPEEDS.indexOf(clock.current.speed as 1) + 1) % SPEEDS.length] ?? 1),
    setSpeed: pace,
    setSkipIdle: (skipIdle) => change({ skipIdle }),
    choose: (chosen) => change({ chosen }),
    retry: () => change({}),
  };
}
