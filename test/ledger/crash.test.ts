// Killed between any two system calls, the sealer has lost nothing and doubled nothing: some of them here, all of them with
// `npm run test:ledger-crashes`. Where strace is not to be had, the crashes that sealer.test.ts injects must do.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Crashes, createCrashes, whyNot } from './crashes.ts';

const reason = whyNot();
if (reason !== null) console.log(`kills at system calls: not run, ${reason}`);

describe.runIf(reason === null)('killed at a system call', () => {
  let crashes: Crashes;
  beforeAll(async () => {
    crashes = await createCrashes();
  });
  afterAll(() => crashes.close());

  test.each([1, 5, 9, 14, 20, 26, 33, 40])('number %i', { timeout: 60_000 }, async (at) => {
    const { killed, faults } = await crashes.crashAt(at);
    expect(faults).toEqual([]);
    expect(killed).toBe(true);
  });
  test('and one that is let through seals all', { timeout: 60_000 }, async () => {
    expect(await crashes.crashAt(10_000)).toEqual({ killed: false, between: 300, faults: [] });
  });
});
