#!/usr/bin/env node
// Starts the CLI on the pinned Node: TypeScript runs by type stripping, which older ones cannot.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const pinned = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
if (Number.parseInt(process.versions.node, 10) >= 24) {
  await import(main);
} else if (existsSync(pinned)) {
  process.exitCode = spawnSync(pinned, [main, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1;
} else {
  process.stderr.write(`Sallyport needs Node 24 or newer; this is ${process.versions.node}. Run \`npm run setup\` first.\n`);
  process.exitCode = 2;
}
