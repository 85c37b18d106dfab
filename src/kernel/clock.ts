// Time comes in from here, so that a test can own it. Milliseconds since the Unix epoch everywhere.

export type Clock = { now(): number };

export const systemClock: Clock = { now: () => Date.now() };
