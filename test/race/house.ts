// Three gateways, each a process with a data folder of its own, on one Redis, before one console; and clients that send to all
// of them at once. What went through is counted at the console, nowhere else.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDemoConsole } from '../../demo/console/server.ts';
import { startDemoIdp } from '../../demo/idp/server.ts';
import { addressesOf, type DemoAddresses } from '../../demo/run.ts';
import { accepts, CLIENT_SECRET, configText, type Gateway, startGatewayProcess } from '../fault/house.ts';
import { until } from '../kit/arrivals.ts';
import { freePort } from '../kit/stack.ts';

export type Sent = { readonly status: number; readonly body: string };
export type RaceHouse = {
  readonly addresses: DemoAddresses;
  readonly redisPort: number;
  readonly gateways: readonly Gateway[];
  /** How many requests to this target have reached the console since its own count was last taken. */
  arrivals(target: string): number;
  /** One request of the n-th client, on its own connection, to its own gateway. */
  send(client: number, target: string, headers: Record<string, string>, body: string): Promise<Sent>;
  close(): Promise<void>;
};

const GATEWAYS = 3;

export async function startRaceHouse(): Promise<RaceHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'sp-race-'));
  const stops: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true, maxRetries: 20 })];
  const close = async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  try {
    const ports: number[] = [];
    while (ports.length < GATEWAYS) {
      const port = await freePort();
      if (ports.every((taken) => Math.abs(taken - port) > 20)) ports.push(port);
    }
    const [port = 0] = ports;
    const addresses = addressesOf(port);
    const redisPort = await startRedisServer(folder, stops);
    const idp = await startDemoIdp({
      host: '127.0.0.1',
      port: port + 10,
      issuer: addresses.idp,
      clientId: 'sallyport',
      clientSecret: CLIENT_SECRET,
      redirectUris: [`${addresses.portal}/callback`],
    });
    stops.push(() => idp.close());
    const console = await startDemoConsole({ host: '127.0.0.1', port: port + 11, publicOrigin: addresses.console });
    stops.push(() => console.close());

    const here = import.meta.dirname;
    const settings = `redis: { url: "redis://127.0.0.1:${redisPort}", commandTimeout: 10s }
policies: ${join(here, 'policies')}
access: ${join(here, 'access.yaml')}
`;
    const gateways: Gateway[] = [];
    for (const own of ports) {
      const dataDir = join(folder, `gateway-${own}`);
      mkdirSync(dataDir);
      writeFileSync(join(dataDir, 'sallyport.yaml'), configText(addresses, own, settings));
      const gateway = await startGatewayProcess(dataDir, own);
      stops.push(() => gateway.end());
      gateways.push(gateway);
    }

    const agents = new Map<number, Agent>();
    const agentOf = (client: number): Agent => {
      const agent = agents.get(client) ?? new Agent({ keepAlive: true, maxSockets: 1 });
      agents.set(client, agent);
      return agent;
    };
    stops.push(() => agents.forEach((agent) => void agent.destroy()));
    const host = new URL(addresses.console).host;
    const counted = new Map<string, number>();
    let last = console.log.at(-1);
    return {
      addresses,
      redisPort,
      gateways,
      arrivals(target) {
        // The log drops its oldest entries: look back from its end to what was seen last. Several rounds are under way at
        // once, so what arrived for others is kept for them.
        for (let i = console.log.length - 1; i >= 0 && console.log[i] !== last; i -= 1) {
          const arrived = console.log[i]?.target ?? '';
          counted.set(arrived, (counted.get(arrived) ?? 0) + 1);
        }
        last = console.log.at(-1);
        const count = counted.get(target) ?? 0;
        counted.delete(target);
        return count;
      },
      send: (client, target, headers, body) =>
        new Promise((resolve, reject) => {
          const sent = request({
            host: '127.0.0.1',
            port: ports[client % ports.length] ?? port,
            agent: agentOf(client),
            method: 'POST',
            path: target,
            headers: {
              host,
              origin: addresses.console,
              'sec-fetch-site': 'same-origin',
              'sec-fetch-mode': 'cors',
              'content-type': 'application/json',
              'content-length': String(Buffer.byteLength(body)),
              ...headers,
            },
          });
          sent.once('error', reject);
          sent.once('response', (answer) => {
            let text = '';
            answer.setEncoding('utf8');
            answer.on('data', (chunk) => (text += chunk));
            answer.once('error', reject);
            answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body: text }));
          });
          sent.end(body);
        }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** One server for all; it waits for the disk once a second, because the race is about order, not about power cuts. */
async function startRedisServer(folder: string, stops: (() => unknown)[]): Promise<number> {
  const port = await freePort();
  const dir = join(folder, 'redis');
  mkdirSync(dir);
  // biome-ignore format: one setting a line reads worse
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--appendonly', 'yes', '--appendfsync', 'everysec', '--save', '', '--loglevel', 'warning'];
  const server: ChildProcess = spawn('redis-server', settings, { stdio: 'ignore' });
  const ended = once(server, 'exit');
  stops.push(async () => {
    server.kill('SIGKILL');
    await ended;
  });
  await until(() => accepts(port), 10_000);
  return port;
}
