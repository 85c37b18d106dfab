// Shows a recorded page as it looked at a moment, and plays on from there. The only importer of @rrweb/replay. Canvas replay stays
// off: with it the library would let scripts run in the frame that it rebuilds pages in.
import { Replayer } from '@rrweb/replay';
import type { CleanEvent } from './cleanEvents.ts';

export type Size = { readonly width: number; readonly height: number };

export type Rebuild = {
  /** @param at on the events' clock @throws what the rebuilding throws */
  load(events: CleanEvent[], at: number): void;
  add(events: readonly CleanEvent[]): void;
  seek(at: number): void;
  play(at: number, speed: number): void;
  pause(): void;
  /** false: what was loaded is played to its end */
  running(): boolean;
  clear(): void;
};

const WHOLE = 2;
const CUSTOM = 5;
const QUIET = { log: () => undefined, warn: () => undefined };

/** What the library does for one step. One that cannot be done must not take the others along: they are all that there is. */
const STEPS = [
  ...['applyIncremental', 'applyStyleSheetMutation', 'applyAdoptedStyleSheet', 'applyInput', 'applyScroll'],
  ...['applySelection', 'moveAndHover'],
];

function guardSteps(made: object, onCut: () => void): void {
  const methods = made as Record<string, unknown>;
  for (const name of STEPS) {
    const own = methods[name];
    if (typeof own !== 'function') throw new TypeError(`the replayer has no ${name}`);
    methods[name] = (...given: unknown[]): unknown => {
      try {
        return own.apply(made, given);
      } catch {
        onCut();
        return undefined;
      }
    };
  }
}

/** @param onCut a part of what is shown could not be done */
export function createRebuild(root: HTMLElement, onSize: (size: Size) => void, onCut: () => void): Rebuild {
  let player: Replayer | null = null;
  let first = 0;
  let ended = true;

  const clear = (): void => {
    const before = player;
    player = null;
    try {
      before?.destroy();
    } catch {
      // it was broken: what is left of it goes with its element
    }
    root.replaceChildren();
  };

  return {
    load(events, at) {
      clear();
      const [one] = events;
      if (one === undefined || !events.some(({ type }) => type === WHOLE)) throw new RangeError('no whole look');
      // The library wants two at least.
      const played = events.length > 1 ? events : [...events, filler(one.timestamp + 1)];
      first = one.timestamp;
      const made = new Replayer(played as unknown as ConstructorParameters<typeof Replayer>[0], {
        root,
        mouseTail: false,
        triggerFocus: false,
        showWarning: false,
        showDebug: false,
        UNSAFE_replayCanvas: false,
        pauseAnimation: true,
        logger: QUIET,
        insertStyleRules: [],
      });
      player = made;
      guardSteps(made, onCut);
      // Nothing in it is for hands: no click, no tab stop, no scrolling.
      made.iframe.setAttribute('tabindex', '-1');
      made.iframe.setAttribute('title', 'The recorded page');
      made.wrapper.inert = true;
      made.on('resize', (size) => onSize(size as Size));
      made.on('finish', () => {
        ended = true;
      });
      ended = true;
      made.pause(Math.max(0, at - first));
    },
    add(events) {
      for (const event of events) player?.addEvent(event as unknown as Parameters<Replayer['addEvent']>[0]);
    },
    seek(at) {
      ended = true;
      player?.pause(Math.max(0, at - first));
    },
    play(at, speed) {
      if (player === null) return;
      player.setConfig({ speed });
      ended = false;
      player.play(Math.max(0, at - first));
    },
    pause() {
      ended = true;
      player?.pause();
    },
    running: () => !ended,
    clear,
  };
}

const filler = (timestamp: number): CleanEvent => ({ type: CUSTOM, timestamp, data: { tag: 'end', payload: null } });
