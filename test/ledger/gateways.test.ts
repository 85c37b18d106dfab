// Two gateways on one Redis and one ledger, as processes: one seals, the other goes on within ten seconds of a kill -9, health
// says who and how far, and what a clean stop wrote last is sealed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { addressesOf } from '../../demo/run.ts';
import { createDiskBlobs } from '../../src/audit/ledger/diskBlobs.ts';
import { createNoteSigner, newNoteKey } from '../../src/audit/ledger/note.ts';
import { createLedgerReader } from '../../src/audit/ledger/reader.ts';
import type { HealthReport } from '../../src/health.ts';
import { accepts, configText, type Gateway, sallyport, startGatewayProcess } from '../fault/house.ts';
import { until } from '../kit/arrivals.ts';
import { freePort } from '../kit/stack.ts';

const root = mkdtempSync(join(tmpdir(), 'sp-'));
const stops: (() => unknown)[] = [() => rmSync(root, { recursive: true, force: true, maxRetries: 20 })];
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
});

test('one seals; killed, the other goes on; stopped, the last is sealed', { timeout: 180_000 }, async () => {
  const redisPort = await freePort();
  const redis = spawn(
    'redis-server',
    ['--port', String(redisPort), '--bind', '127.0.0.1', '--dir', root, '--save', ''],
    {
      stdio: 'ignore',
    },
  );
  const gone = once(redis, 'exit');
  stops.push(() => {
    redis.kill();
    return gone;
  });
  await until(() => accepts(redisPort));
  const ledger = join(root, 'ledger');
  const secret = newNoteKey('access.example.com/main');
  writeFileSync(join(root, 'key'), secret, { mode: 0o600 });

  const start = async (name: string) => {
    const [port, health] = [await freePort(), await freePort()];
    const folder = join(root, name);
    mkdirSync(folder, { recursive: true });
    const settings = `redis: { url: "redis://127.0.0.1:${redisPort}", commandTimeout: 10s }
health: { port: ${health} }
ledger: { key: { file: ../key }, store: { folder: ../ledger }, every: 250ms }
`;
    writeFileSync(join(folder, 'sallyport.yaml'), configText(addressesOf(port), port, settings));
    const gateway = await startGatewayProcess(folder, port);
    stops.push(() => gateway.end('SIGKILL'));
    const report = async (): Promise<HealthReport['ledger']> =>
      ((await (await fetch(`http://127.0.0.1:${health}/health`)).json()) as HealthReport).ledger;
    return { gateway, report, folder };
  };
  type Running = { gateway: Gateway; report: () => Promise<HealthReport['ledger']>; folder: string };
  const one: Running = await start('one');
  await until(async () => (await one.report()).leading, 20_000);
  const two: Running = await start('two');
  await until(async () => (await two.report()).behind === 0 && (await one.report()).behind === 0, 20_000);
  expect(await two.report()).toMatchObject({ leading: false, fault: null });

  await one.gateway.end('SIGKILL');
  const killed = performance.now();
  await until(async () => (await two.report()).leading, 20_000);
  expect(performance.now() - killed).toBeLessThan(10_000);
  expect(await two.gateway.end()).toBe(0);
  const reader = createLedgerReader(createDiskBlobs(ledger));
  const last = await reader.at((await reader.size()) - 1);
  expect(JSON.parse(last.event)).toMatchObject({ kind: 'gateway.stopped' });
  const key = createNoteSigner(secret).verifierKey;
  const whole = await sallyport(['ledger', 'verify', '--from', ledger, '--key', key, '--json']);
  expect([whole.code, JSON.parse(whole.stdout).lives.length]).toEqual([0, 1]);
  const audit = await sallyport(['audit', 'verify', '-c', join(two.folder, 'sallyport.yaml'), '--json']);
  expect([audit.code, JSON.parse(audit.stdout).ledger.entries]).toEqual([0, last.seq]);
});
