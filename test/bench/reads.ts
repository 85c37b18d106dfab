// `npm run bench`: reads through the whole pipeline (session, recognition, policy, recording) against a bare proxy before the
// same upstream. Everything in processes of its own; the two alternate in one run, so that a noisy machine is noisy for both.
// Prints a table and one JSON line. Exit code 1 when a read failed or the ratio is below the goal.
// `-- --profile FOLDER` writes CPU profiles of the gateway's threads there; the figures of such a run are not to be quoted.
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startDemoIdp } from '../../demo/idp/server.ts';
import { table } from '../../src/cli/report.ts';
import { choosePerson, freePort } from '../kit/stack.ts';
import { createUserAgent } from '../kit/userAgent.ts';
import { type Aim, type Load, load } from './load.ts';

const ROUNDS = 5;
const SECONDS = 3;
const CONNECTIONS = 16;
const GOAL = 0.8;

const { profile } = parseArgs({ options: { profile: { type: 'string' } } }).values;
const profiling = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(profile)}`];
const children: ChildProcess[] = [];
const helper = (file: string, ...args: string[]): Promise<{ port: number; pid: number }> =>
  new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, file), args);
    children.push(child);
    child.once('error', reject);
    child.once('message', (message) => resolve({ port: (message as { port: number }).port, pid: child.pid ?? 0 }));
  });

const rss = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
/** ms of processor that a process has used, all its threads together; a tick is 10 ms */
const cpu = (pid: number): number => {
  const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const fields = rest.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
};
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const folder = mkdtempSync(join(tmpdir(), 'sp-bench-'));
let failed = true;
try {
  const upstream = await helper('upstream.ts');
  const bare = await helper('bareProxy.ts', `http://127.0.0.1:${upstream.port}`, 'kept');
  const port = await freePort();
  const addresses = {
    portal: `http://portal.localhost:${port}`,
    console: `http://console.localhost:${port}`,
    idp: `http://idp.localhost:${port + 10}`,
  };
  const idp = await startDemoIdp({
    host: '127.0.0.1',
    port: port + 10,
    issuer: addresses.idp,
    clientId: 'sallyport',
    clientSecret: 'bench-secret',
    redirectUris: [`${addresses.portal}/callback`],
  });
  writeFileSync(join(folder, 'sallyport.yaml'), config(port, addresses, upstream.port));
  const gateway = spawn(
    process.execPath,
    [...profiling, join(import.meta.dirname, '../../src/main.ts'), 'serve', '-c', join(folder, 'sallyport.yaml')],
    { env: { ...process.env, BENCH_SECRET: 'bench-secret' }, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  children.push(gateway);

  const agent = createUserAgent();
  const page = await patiently(() => agent.visit(`${addresses.portal}/login?to=/`));
  await choosePerson(agent, page, 'ada');
  const arrived = await agent.visit(`${addresses.console}/api/devices`);
  if (arrived.status !== 200) throw new Error(`the gateway answered ${arrived.status}`);
  const host = new URL(addresses.console).host;

  const aims: Record<string, Aim> = {
    bare: { port: bare.port, path: '/api/devices', headers: { host: 'bench' } },
    gateway: {
      port,
      path: '/api/devices',
      headers: { host, cookie: agent.cookieHeader(host), 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' },
    },
  };
  for (const aim of Object.values(aims)) await load(aim, { connections: CONNECTIONS, seconds: 2 }); // warm
  const pids: Record<string, number> = { bare: bare.pid, gateway: gateway.pid ?? 0 };
  const rounds: Record<string, (Load & { readonly cpu: number })[]> = { bare: [], gateway: [] };
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [name, aim] of Object.entries(aims)) {
      const before = cpu(pids[name] ?? 0);
      const run = await load(aim, { connections: CONNECTIONS, seconds: SECONDS });
      rounds[name]?.push({ ...run, cpu: ((cpu(pids[name] ?? 0) - before) * 1000) / (run.perSecond * SECONDS) });
    }

  const row = (name: string): string[] => {
    const runs = rounds[name] ?? [];
    return [
      name,
      median(runs.map((run) => run.perSecond)).toFixed(0),
      median(runs.map((run) => run.p50)).toFixed(2),
      median(runs.map((run) => run.p99)).toFixed(2),
      median(runs.map((run) => run.cpu)).toFixed(0),
      rss(pids[name] ?? 0).toFixed(0),
      String(runs.reduce((sum, run) => sum + run.failed, 0)),
    ];
  };
  const ratios = (rounds.gateway ?? []).map((run, index) => run.perSecond / (rounds.bare?.[index]?.perSecond ?? 1));
  const ratio = median(ratios);
  console.log(
    table([
      // Processor time says more than throughput where the load, the upstream and Redis share the same few cores.
      ['reads', 'per second', 'p50 ms', 'p99 ms', 'CPU us a read', 'RSS MiB', 'failed'],
      row('bare'),
      row('gateway'),
    ]),
  );
  console.log(
    `ratio ${ratio.toFixed(2)} (rounds: ${ratios.map((one) => one.toFixed(2)).join(' ')}), goal ${GOAL}; ${ROUNDS} rounds of ${SECONDS} s, ${CONNECTIONS} connections`,
  );
  const bad = Object.values(rounds)
    .flat()
    .reduce((sum, run) => sum + run.failed, 0);
  failed = bad > 0 || ratio < GOAL;
  console.log(JSON.stringify({ goal: 'reads', ratio, bad, pass: !failed }));
  await idp.close();
  // A profile is written when the process ends by itself.
  gateway.kill('SIGTERM');
  if (gateway.exitCode === null) await once(gateway, 'exit');
} finally {
  for (const child of children) child.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}
process.exitCode = failed ? 1 : 0;

async function patiently<T>(act: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await act();
    } catch (error) {
      if (tries > 300) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function config(
  port: number,
  { portal, console, idp }: { portal: string; console: string; idp: string },
  upstream: number,
): string {
  return `deployment: bench
listen: { host: 127.0.0.1, port: ${port} }
portal: { origin: "${portal}" }
oidc: { issuer: "${idp}", clientId: sallyport, clientSecret: { env: BENCH_SECRET } }
consoles: [{ id: acme, name: Acme MDM, origin: "${console}", upstream: "http://127.0.0.1:${upstream}", pack: acme-mdm }]
redis: { commandTimeout: 2s }
data: .
`;
}
