// Time comes in from here, so that a test can own it. Milliseconds since the Unix epoch everywhere.

export type Clock = { now(): number };

/** ms since some moment, never backwards: for how long something took or may still be believed. */
export const monotonic = (): number => performance.now();

export const systemClock: Clock = { now: () => Date.now() };
