// A grant that ends takes with it what rests on it, at every gateway of the deployment: sockets, streams and downloads.
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GrantView } from '../../src/portal/contract/grants.ts';
import { until } from '../kit/arrivals.ts';
import { admin, approver, type Person } from '../kit/people.ts';
import { freePort } from '../kit/stack.ts';
import { openSocket, openStream, type Socket, type Stream } from '../kit/streams.ts';
import { accepts, configText, type Gateway, type House, startGatewayProcess, startHouse, uncaught } from './house.ts';

/** ms; a machine that is busy with other tests included */
const LIMIT = 250;
const config = (path: string) => resolve(import.meta.dirname, '../../config', path);

let house: House;
let redis: ChildProcess;
let folder: string;
let second: Gateway;
let secondPort: number;
beforeAll(async () => {
  const redisPort = await freePort();
  folder = mkdtempSync(join(tmpdir(), 'sp-'));
  // Long reads of this console count as acts that need access.
  cpSync(config('packs/vocabulary.yaml'), join(folder, 'packs/vocabulary.yaml'));
  cpSync(config('packs/acme-mdm'), join(folder, 'packs/acme-mdm'), { recursive: true });
  cpSync(config('policies'), join(folder, 'policies'), { recursive: true });
  const pack = join(folder, 'packs/acme-mdm/pack.yaml');
  const raised = readFileSync(pack, 'utf8').replaceAll(/^( {2}- id: (?:stream|socket)\n)/gm, '$1    risk: high\n');
  writeFileSync(pack, raised);
  writeFileSync(
    join(folder, 'policies/long.cedar'),
    `@id("long-reads-by-grant")
@why("Following devices needs access here.")
forbid (principal, action == Action::"device.read", resource is Console)
when { context.risk == "high" }
unless { context.granted };
`,
  );
  // biome-ignore format: one setting a line reads worse
  redis = spawn('redis-server', ['--port', String(redisPort), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes'], { stdio: 'ignore' });
  await until(() => accepts(redisPort));
  const settings = [
    `redis: { url: "redis://127.0.0.1:${redisPort}", commandTimeout: 2s }`,
    `policies: ${join(folder, 'policies')}`,
    `packs: ${join(folder, 'packs')}`,
    '',
  ].join('\n');
  house = await startHouse({ settings });
  secondPort = await freePort();
  writeFileSync(join(folder, 'sallyport.yaml'), configText(house.addresses, secondPort, settings));
  second = await startGatewayProcess(folder, secondPort);
}, 120_000);
afterAll(async () => {
  await second?.end();
  await house?.close();
  redis.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

type Open = Pick<Socket | Stream, 'endedAt' | 'close'>;

async function openThings(who: Person): Promise<Open[]> {
  const { console } = house.addresses;
  const open: Open[] = [];
  for (let n = 0; n < 4; n += 1) open.push(await openSocket(who.agent, `${console}/ws/events`));
  for (let n = 0; n < 4; n += 1) {
    const stream = await openStream(who.agent, `${console}/api/stream`);
    expect(stream.status).toBe(200);
    open.push(stream);
  }
  return open;
}

async function access(holder: Person, by: Person): Promise<string> {
  const asked = await holder.ask({ action: 'device.read', targets: [{ kind: 'any', id: '*' }], uses: 20 });
  expect([asked.status, asked.text()]).toEqual([201, expect.any(String)]);
  const { id } = asked.json<GrantView>();
  expect((await by.approve(id, { minutes: 15, uses: 20 })).status).toBe(200);
  return id;
}

/** A POST to the portal of the second gateway. */
async function atSecond(who: Person, path: string): Promise<number> {
  const { csrf } = await who.me();
  const { portal } = house.addresses;
  const { host } = new URL(portal);
  const answer = await who.agent.send(`${portal.replace(`:${house.port}`, `:${secondPort}`)}${path}`, {
    method: 'POST',
    body: '{}',
    headers: {
      host,
      origin: portal,
      cookie: who.agent.cookieHeader(host),
      'content-type': 'application/json',
      'x-sallyport-csrf': csrf,
    },
  });
  return answer.status;
}

async function lastEnd(open: readonly Open[], since: number): Promise<number> {
  await until(() => open.every((one) => one.endedAt() !== undefined), 5000);
  return Math.max(...open.map((one) => one.endedAt() ?? Number.POSITIVE_INFINITY)) - since;
}

test(`ending a grant at one gateway ends what rests on it at the other within ${LIMIT} ms, and nothing else`, async () => {
  const ada = await admin(house, 'ada');
  const olga = await admin(house, 'olga');
  const grace = await approver(house);
  const ends: [string, (grant: string) => Promise<number>][] = [
    ['its holder', (grant) => atSecond(ada, `/api/grants/${grant}/end`)],
    ['its approver', (grant) => atSecond(grace, `/api/grants/${grant}/end`)],
  ];
  for (const who of [ada, olga]) expect((await who.stepUp()).status).toBe(200);
  await access(olga, grace);
  const others = await openThings(olga);
  for (const [who, end] of ends) {
    const grant = await access(ada, grace);
    const open = await openThings(ada);
    expect(await end(grant)).toBe(200);
    // From the answer on: before it, nothing has ended.
    const at = performance.now();
    const last = await lastEnd(open, at);
    expect(last).toBeLessThan(LIMIT);
    expect((await ada.read('/api/me')).status, 'the session goes on').toBe(200);
    console.log(
      `a grant ended by ${who} at another gateway: the last of 8 connections ended ${Math.round(last)} ms later`,
    );
  }
  expect(others.filter((one) => one.endedAt() !== undefined)).toEqual([]);
  for (const one of others) one.close();
  expect([...uncaught(house.gateway), ...uncaught(second)]).toEqual([]);
}, 120_000);
