// The whole story in Chromium, with real WebAuthn, and nothing on the way that a screen reader could not read.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { playTour } from '../../demo/tour.ts';
import { type Stack, startStack } from '../kit/stack.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const pictures = mkdtempSync(join(tmpdir(), 'sp-tour-'));
let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
});
afterAll(async () => {
  await stack.close();
  rmSync(pictures, { recursive: true, force: true });
});

test('the tour: from the refusal to the auditor, with no serious accessibility fault on any page of ours', async () => {
  const told: string[] = [];
  const faults: string[] = [];
  let pages = 0;
  await playTour({
    demo: stack,
    pictures,
    say: (line) => told.push(line),
    async look(page, step) {
      if (!page.url().startsWith(stack.addresses.portal)) return;
      pages += 1;
      // Its own CSP forbids page.evaluate of a string only in the page's world; the isolated call is the browser's.
      await page.evaluate(AXE);
      const serious = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as {
          axe: {
            run(options: object): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
          };
        };
        const { violations } = await axe.run({ resultTypes: ['violations'] });
        return violations
          .filter(({ impact }) => impact === 'serious' || impact === 'critical')
          .map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)}`);
      });
      faults.push(...serious.map((fault) => `${step}: ${fault}`));
    },
  });
  expect(faults).toEqual([]);
  expect(pages).toBeGreaterThan(5);
  expect(told.length).toBeGreaterThanOrEqual(19);
}, 180_000);
