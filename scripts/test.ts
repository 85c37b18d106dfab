// Everything that must hold, in one run: types, lint, tests. The last line is `N passed, N failed`.
// Usage: node scripts/test.ts [part ...]; parts: types lint vitest
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const wanted = process.argv.slice(2);
const totals = { passed: 0, failed: 0 };
const problems: string[] = [];

/** Runs one tool of node_modules/.bin with its output shown. @returns its exit code */
function run(tool: string, args: readonly string[], environment: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(join(root, 'node_modules/.bin', tool), args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...environment },
    });
    child.on('error', () => resolve(1));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

async function check(name: string, tool: string, args: readonly string[]): Promise<void> {
  const startedAt = performance.now();
  const code = await run(tool, args);
  console.log(`${code === 0 ? 'passed' : 'FAILED'}  ${name}  ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  if (code === 0) totals.passed += 1;
  else {
    totals.failed += 1;
    problems.push(name);
  }
}

async function tests(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-tests-'));
  const report = join(folder, 'report.json');
  const code = await run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]);
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites, success } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    totals.passed += numPassedTests;
    totals.failed += numFailedTests;
    if (numPendingTests > 0) console.log(`${numPendingTests} tests did not run`);
    // A file that does not load has no failed test, yet nothing of it was tested.
    if ((code !== 0 || !success) && numFailedTests === 0) totals.failed += Math.max(1, numFailedTestSuites);
  } catch {
    totals.failed += 1;
  }
  if (code !== 0) problems.push('tests');
  rmSync(folder, { recursive: true, force: true });
}

const PARTS: Record<string, () => Promise<void>> = {
  types: async () => {
    await check('types: server and tests', 'tsc', ['-p', '.']);
    await check('types: portal', 'tsc', ['-p', 'portal']);
    await check('types: shim', 'tsc', ['-p', 'shim']);
  },
  lint: () => check('lint', 'biome', ['check', '--error-on-warnings', '.']),
  vitest: tests,
};

for (const [name, part] of Object.entries(PARTS)) if (wanted.length === 0 || wanted.includes(name)) await part();
if (problems.length > 0) console.log(`failed: ${problems.join(', ')}`);
console.log(`${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed === 0 && totals.passed > 0 ? 0 : 1;
