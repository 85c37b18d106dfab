// What recording costs the page: time on its main thread, measured, not guessed. Says when that is too much.
import { native } from './native.ts';

export type Budget = {
  /** Adds the time that a piece of work took. Work inside of work counts once. */
  spend<T>(work: () => T): T;
  /** Counts time that was measured elsewhere, ms. */
  add(ms: number): void;
  /** ms that all of it took since the page began, the longest piece, and the share of the last ten seconds */
  report(): { readonly spent: number; readonly longest: number; readonly share: number };
};

const WINDOW = 10_000;

export function createBudget(): Budget {
  let spent = 0;
  let longest = 0;
  let deep = false;
  let began = native.now();
  let inWindow = 0;
  let before = 0;

  const add = (ms: number): void => {
    const now = native.now();
    if (now - began > WINDOW) {
      before = now - began > 2 * WINDOW ? 0 : inWindow;
      inWindow = 0;
      began = now;
    }
    spent += ms;
    inWindow += ms;
    if (ms > longest) longest = ms;
  };
  return {
    add(ms) {
      if (!deep) add(ms);
    },
    spend(work) {
      if (deep) return work();
      deep = true;
      const at = native.now();
      try {
        return work();
      } finally {
        deep = false;
        add(native.now() - at);
      }
    },
    report() {
      const part = Math.min(1, (native.now() - began) / WINDOW);
      return { spent, longest, share: (inWindow + before * (1 - part)) / WINDOW };
    },
  };
}
