// Every input of the corpus through the front door of the real gateway: one test an id. What is skipped stands in skips.json
// with its reason; what cannot be run yet is listed here, and a test says when that list is out of date.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Case, readCases, readSkips } from './cases.ts';
import { runCase, whyNotRun } from './runCase.ts';
import { type CorpusStack, startCorpusStack } from './stack.ts';

const file = (name: string) => join(import.meta.dirname, name);
const skips = readSkips(file('skips.json'));
const cases = [...readCases(file('corpus.json')), ...readCases(file('extra.json'))];
const played = cases.filter((one) => skips[one.id] === undefined && whyNotRun(one) === null);
const byClass = Map.groupBy(played, (one) => `${one.kind}: ${one.class}`);

let stack: CorpusStack;
beforeAll(async () => {
  stack = await startCorpusStack();
}, 60_000);
afterAll(() => stack?.close());

describe.each([...byClass])('%s', (_class, members) => {
  test.each(members.map((one): [string, string, Case] => [one.id, one.expected, one]))(
    '%s: %s',
    async (_id, _expected, one) => {
      expect(await runCase(stack, one)).toBe('passed');
    },
  );
});

describe('the list of what is not run', () => {
  test('has at most ten skipped ids, each of the corpus and with a reason', () => {
    const ids = new Set(cases.map(({ id }) => id));
    expect(Object.keys(skips).filter((id) => !ids.has(id))).toEqual([]);
    expect(Object.keys(skips).length).toBeLessThanOrEqual(10);
    for (const reason of Object.values(skips)) expect(reason.length).toBeGreaterThan(40);
  });
  test('says of every kind why', () => {
    const counts = new Map<string, number>();
    for (const one of cases) {
      const why = whyNotRun(one);
      if (why !== null) counts.set(why, (counts.get(why) ?? 0) + 1);
    }
    expect([...counts.keys()].every((why) => why.length > 20)).toBe(true);
    expect(played.length).toBeGreaterThan(600);
  });
});
