import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Every file has servers of its own; two cores.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Waiting for something to come true is not a measurement: only those that name their own limit measure.
    expect: { poll: { timeout: 15_000 } },
  },
});
