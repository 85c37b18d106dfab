// Runs every case of a file of the corpus's form: `npm run test:corpus -- [file]`. Says which ids failed and why; exits with 1
// when one did, 2 when the file cannot be read.
import { join } from 'node:path';
import { type Case, readCases, readSkips } from './cases.ts';
import { runCase } from './runCase.ts';
import { startCorpusStack } from './stack.ts';

const file = process.argv[2] ?? join(import.meta.dirname, 'corpus.json');
let cases: readonly Case[];
try {
  cases = readCases(file);
} catch (error) {
  console.error(`${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  process.exit(2);
}
const skips = readSkips(join(import.meta.dirname, 'skips.json'));
const counts = new Map<string, { passed: number; failed: number; skipped: number; 'not run': number }>();
const lines: string[] = [];
const stack = await startCorpusStack();
for (const one of cases) {
  const count = counts.get(one.kind) ?? { passed: 0, failed: 0, skipped: 0, 'not run': 0 };
  counts.set(one.kind, count);
  const skip = skips[one.id];
  const outcome = skip === undefined ? await runCase(stack, one) : { skip };
  if (outcome === 'passed') count.passed += 1;
  else if ('skip' in outcome) {
    count.skipped += 1;
    lines.push(`skipped  ${one.id}: ${outcome.skip}`);
  } else if ('notRun' in outcome) {
    count['not run'] += 1;
    lines.push(`not run  ${one.id}: ${outcome.notRun}`);
  } else {
    count.failed += 1;
    lines.push(`FAILED   ${one.id} (${one.class}, ${one.ctx ?? '-'}, expected ${one.expected}): ${outcome.failed}`);
  }
}
await stack.close();
for (const line of lines) console.log(line);
console.table(Object.fromEntries(counts));
const failed = [...counts.values()].reduce((sum, count) => sum + count.failed, 0);
const passed = [...counts.values()].reduce((sum, count) => sum + count.passed, 0);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
