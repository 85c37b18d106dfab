// docs/request-path.md is kept true: its stages are the pipeline's, its reasons are the ones in the stages' code.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { REASONS } from '../../src/kernel/reasons.ts';
import { ROOT, sources } from './sources.ts';

const page = readFileSync(join(ROOT, 'docs/request-path.md'), 'utf8');
const rows = [...page.matchAll(/^\| (\d\d) (\w+) \| `([^`]+)` \| .* \| (.*) \|$/gm)].map(
  ([, number = '', name = '', file = '', refuses = '']) => ({
    number,
    name,
    file,
    reasons: [...refuses.matchAll(/`([a-z_.]+)`/g)].map((match) => match[1] ?? ''),
  }),
);
const stageFiles = readdirSync(join(ROOT, 'src/proxy/stages')).sort();
const PORTAL_ONLY = /^(login|idp|passkey)\./;

describe('docs/request-path.md', () => {
  test('lists the stages in their order, by their files', () => {
    expect(rows.length).toBe(8);
    expect(rows.map(({ file }) => file)).toEqual(stageFiles);
    for (const { number, name, file } of rows) expect(file).toBe(`${number}-${name}.ts`);
  });

  test('the pipeline runs the same stages in the same order', () => {
    const pipeline = readFileSync(join(ROOT, 'src/proxy/pipeline.ts'), 'utf8');
    const numbers = (text: string) => [...text.matchAll(/\/\/\s+(\d0)\b/g)].map((match) => match[1]);
    const [requests = '', messages = ''] = pipeline.split('const messageWay');
    const all = rows.map(({ number }) => number);
    expect([...numbers(requests), '80']).toEqual(all);
    // A message of a socket takes the same way, from its session on.
    expect(numbers(messages).slice(0, 7)).toEqual(all.slice(1));
  });

  test('names only reasons that exist, and every reason of the request path', () => {
    const named = new Set(rows.flatMap(({ reasons }) => reasons));
    expect([...named].filter((reason) => !(reason in REASONS))).toEqual([]);
    const elsewhere = [...page.matchAll(/`([a-z]+\.[a-z_]+)`/g)].map((match) => match[1] ?? '');
    const missing = Object.keys(REASONS).filter(
      (reason) => !PORTAL_ONLY.test(reason) && !named.has(reason) && !elsewhere.includes(reason),
    );
    expect(missing).toEqual([]);
  });

  test('every reason is used by the code, and the code uses no other', () => {
    const code = sources('src').filter(({ path }) => path !== 'src/kernel/reasons.ts');
    const unused = Object.keys(REASONS).filter((reason) => !code.some(({ text }) => text.includes(`'${reason}'`)));
    expect(unused).toEqual([]);
  });
});
