// What a read makes must die young. When something keeps it until the next full collection, every read costs the collector's
// threads as much processor time as its own parsing, and the process grows to half a gigabyte before anything is given back.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** `... ms: Scavenge 23.1 (40.0) -> 15.2 (40.0) MB, ...`: MiB in use before and after */
const SCAVENGE = /ms: Scavenge ([\d.]+) \([\d.]+\) -> ([\d.]+) /;

test('of what reads through the engine make, next to nothing outlives two small collections', async () => {
  const script = join(import.meta.dirname, 'manySends.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--trace-gc', script], {
    maxBuffer: 16 * 1024 * 1024,
  });
  expect(stdout).toContain('all sent');
  const rounds = stdout.split('\n').flatMap((line) => {
    const [, before, after] = SCAVENGE.exec(line) ?? [];
    return before === undefined ? [] : [{ before: Number(before), after: Number(after) }];
  });
  // What the modules make at the start stays for good.
  const steady = rounds.slice(Math.floor(rounds.length / 2));
  expect(steady.length).toBeGreaterThan(2);
  let made = 0;
  let kept = 0;
  for (const [index, { before, after }] of steady.entries()) {
    const last = steady[index - 1];
    if (last === undefined || before < last.after) continue;
    made += before - last.after;
    kept += after - last.after;
  }
  console.log(`${rounds.length} collections; of ${made.toFixed(0)} MiB ${kept.toFixed(1)} MiB stayed`);
  expect(made).toBeGreaterThan(10);
  expect(kept / made).toBeLessThan(0.05);
});
