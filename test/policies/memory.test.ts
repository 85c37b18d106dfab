// Cedar never gives a prepared set's name back: many reloads must not grow the process, and every set must answer for itself.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { BARE_FACTS, type Question } from '../../src/kernel/facts.ts';
import { createPolicy } from '../../src/policy/policy.ts';

const ACTIONS = [{ name: 'device.lock', risk: 'high' }] as const;
const question = (group: string): Question => ({
  principal: { id: 'idp#ada', name: 'Ada', groups: [group] },
  action: { name: 'device.lock', risk: 'high', targets: [] },
  on: 'mdm',
  facts: BARE_FACTS,
});

/** So that one kept set would weigh something. */
const WORDS = 'Said at length. '.repeat(250);

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes in use: those of Cedar's module (`external`), and the heap without what may be collected. */
function used(): number {
  collect();
  const { external, heapUsed } = process.memoryUsage();
  return external + heapUsed;
}

test('100 reloads of 20 policies take no more memory than the first ones', () => {
  const dir = mkdtempSync(join(tmpdir(), 'policies-'));
  try {
    const reload = (round: number) => {
      const texts = Array.from(
        { length: 20 },
        (_, n) =>
          `@id("p-${n}") @why("Round ${round}. ${WORDS}")\npermit(principal in Group::"r${round}-${n}", action, resource) when { context.devices <= ${round} };`,
      );
      writeFileSync(join(dir, 'a.cedar'), texts.join('\n'));
      const policy = createPolicy({ dir, actions: ACTIONS });
      expect(policy.decide(question(`r${round}-7`)).policies).toEqual(['p-7']);
      expect(policy.decide(question(`r${round - 1}-7`)).allow).toBe(false);
    };
    // As many as there are names, and some more: from here on it may not grow.
    for (let round = 0; round < 20; round += 1) reload(round);
    const before = used();
    for (let round = 20; round < 120; round += 1) reload(round);
    const grown = (used() - before) / 1024 / 1024;
    console.log(`grown by ${grown.toFixed(1)} MiB over 100 reloads`);
    // With a name for each, 200 sets of twice as many policies took 112 MiB.
    expect(grown).toBeLessThan(10);
  } finally {
    rmSync(dir, { recursive: true });
  }
}, 120_000);
