// `npm run test:s3 [-- --server moto | versitygw]`: the ledger in a bucket with Object Lock, against other people's servers
// that speak S3: moto (PyPI) and versitygw (Go). Neither is part of the ordinary suite, because both are fetched first: moto
// takes a minute, versitygw several. Without --server: every one whose tools (python3, go) are here.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort } from '../kit/stack.ts';

const MOTO = '5.2.5';
const VERSITYGW = 'v1.8.0';
const KEYS = { access: 'sallyport-test', secret: 'sallyport-test-secret' };
const CACHE = resolve(import.meta.dirname, '../../node_modules/.cache/s3');

type Server = { start(port: number, folder: string): ChildProcess };

function run(command: string, args: readonly string[], env: Record<string, string> = {}): void {
  const { status } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`${command} ${args[0]} failed`);
}
const here = (command: string, arg: string): boolean => spawnSync(command, [arg], { stdio: 'ignore' }).status === 0;

function moto(): Server | string {
  const program = join(CACHE, 'moto/bin/moto_server');
  if (!existsSync(program)) {
    if (!here('python3', '--version')) return 'python3 is not here';
    run('python3', ['-m', 'venv', join(CACHE, 'moto')]);
    run(join(CACHE, 'moto/bin/pip'), ['install', '--quiet', `moto[server,s3]==${MOTO}`]);
  }
  return { start: (port) => spawn(program, ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' }) };
}

function versitygw(): Server | string {
  const program = join(CACHE, 'go/bin/versitygw');
  if (!existsSync(program)) {
    if (!here('go', 'version')) return 'go is not here';
    run('go', ['install', `github.com/versity/versitygw/cmd/versitygw@${VERSITYGW}`], {
      GOBIN: join(CACHE, 'go/bin'),
      GOPATH: join(CACHE, 'go'),
      GOFLAGS: '-modcacherw',
    });
  }
  return {
    start(port, folder) {
      const [data, versions] = [join(folder, 'data'), join(folder, 'versions')];
      for (const one of [data, versions]) mkdirSync(one);
      const args = ['--port', `127.0.0.1:${port}`, '--access', KEYS.access, '--secret', KEYS.secret, '--quiet'];
      return spawn(program, [...args, 'posix', '--versioning-dir', versions, data], { stdio: 'ignore' });
    },
  };
}

const SERVERS = { moto, versitygw };
const { values } = parseArgs({ options: { server: { type: 'string' } } });
let ran = 0;
let failed = false;
for (const [name, find] of Object.entries(SERVERS)) {
  if (values.server !== undefined && values.server !== name) continue;
  const server = find();
  if (typeof server === 'string') {
    console.log(`${name}: not run, ${server}`);
    continue;
  }
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'sp-s3-'));
  const child = server.start(port, folder);
  try {
    await answers(port);
    console.log(`${name}:`);
    const { status } = spawnSync('node_modules/.bin/vitest', ['run', '--config', 'test/s3/vitest.config.ts'], {
      stdio: 'inherit',
      env: {
        ...process.env,
        TEST_S3: JSON.stringify({ name, endpoint: `http://127.0.0.1:${port}`, ...KEYS }),
      },
    });
    failed ||= status !== 0;
    ran += 1;
  } finally {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}
if (ran === 0) console.log('No server of S3 was to be had: nothing was tested.');
process.exitCode = failed || ran === 0 ? 1 : 0;

async function answers(port: number): Promise<void> {
  for (const end = performance.now() + 60_000; performance.now() < end; await wait(100))
    if (await fetch(`http://127.0.0.1:${port}/`).catch(() => null)) return;
  throw new Error('the server does not answer');
}
