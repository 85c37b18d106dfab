// The present, as the server sees it: countdowns must not lie when the reader's clock is wrong. Steps once a second.
import { useSyncExternalStore } from 'react';

/** Below this, the difference is the network's and the header's one-second grain. */
const TOLERATED = 5000;
let offset = 0;

/** Takes the `Date` header of an answer. */
export const noteServerTime = (header: string | null): void => {
  const server = header === null ? Number.NaN : Date.parse(header);
  if (Number.isNaN(server)) return;
  const difference = server - Date.now();
  offset = Math.abs(difference) > TOLERATED ? difference : 0;
};

export const now = (): number => Date.now() + offset;

const listeners = new Set<() => void>();
let timer: number | undefined;
let current = now();

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  if (timer === undefined) {
    timer = window.setInterval(() => {
      current = now();
      for (const each of listeners) each();
    }, 1000);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    window.clearInterval(timer);
    timer = undefined;
  };
};

const snapshot = () => {
  // Nobody ticks: the last step may be long ago.
  if (timer === undefined && Math.abs(now() - current) >= 1000) current = now();
  return current;
};

/** The present in ms, renewed each second while somebody looks. */
export const useNow = (): number => useSyncExternalStore(subscribe, snapshot);
