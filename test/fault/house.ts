// The product as it runs: the gateway is a process of its own (`sallyport serve`) with its embedded Redis; the identity
// provider and the console live in the test's process, so that a test can take each of them away and bring it back.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ReceivedRequest } from '../../demo/console/requestLog.ts';
import { startDemoConsole } from '../../demo/console/server.ts';
import { startDemoIdp } from '../../demo/idp/server.ts';
import { addressesOf, type DemoAddresses } from '../../demo/run.ts';
import { until } from '../kit/arrivals.ts';
import { freePort } from '../kit/stack.ts';

export const MAIN = resolve(import.meta.dirname, '../../src/main.ts');
export const CLIENT_SECRET = 'canary-client-secret-5d1c';
// Many starts of the same program: its modules are compiled once.
const ENVIRONMENT = {
  ...process.env,
  DEMO_OIDC_SECRET: CLIENT_SECRET,
  NODE_COMPILE_CACHE: join(tmpdir(), 'sallyport-compiled'),
};

export type Run = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs a command of ours to its end. */
export async function sallyport(args: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...ENVIRONMENT, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const lastResort = setTimeout(() => child.kill('SIGKILL'), 30_000);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(lastResort);
  return { code, stdout, stderr };
}

export type Gateway = {
  readonly pid: number;
  readonly port: number;
  /** what it wrote to stdout (its log) and stderr */
  log(): string;
  stderr(): string;
  alive(): boolean;
  /** Sends a signal and waits for the end. @returns the exit code */
  end(signal?: NodeJS.Signals): Promise<number | null>;
  /** open file descriptors that are sockets */
  sockets(): number;
};

export type House = {
  readonly dataDir: string;
  readonly port: number;
  readonly addresses: DemoAddresses;
  /** everything that reached the console, over all its lives */
  readonly received: readonly ReceivedRequest[];
  readonly gateway: Gateway;
  /** Starts the gateway (again) and waits until it answers. */
  start(): Promise<Gateway>;
  stopIdp(): Promise<void>;
  startIdp(): Promise<void>;
  stopConsole(): Promise<void>;
  startConsole(): Promise<void>;
  readonly redisSocket: string;
  redisPid(): Promise<number>;
  close(): Promise<void>;
};

export type HouseOptions = {
  /** more lines of configuration; without them, a time-out of Redis that a busy machine keeps */
  settings?: string;
  idp?: boolean;
  /** another address of the console than the demo console's */
  upstream?: string;
  gateway?: boolean;
};

export const configText = (
  { portal, console, idp, upstream }: DemoAddresses,
  port: number,
  settings = 'redis: { commandTimeout: 1s }\n',
): string => `deployment: demo
listen: { host: 127.0.0.1, port: ${port} }
portal: { origin: "${portal}" }
oidc:
  issuer: "${idp}"
  clientId: sallyport
  clientSecret: { env: DEMO_OIDC_SECRET }
consoles:
  - id: acme
    name: Acme MDM
    origin: "${console}"
    upstream: "${upstream}"
    pack: acme-mdm
data: .
${settings}`;

/** Starts a gateway on this configuration and waits until its port answers. @throws when it ends before */
export async function startGatewayProcess(dataDir: string, port: number, file = 'sallyport.yaml'): Promise<Gateway> {
  const [log, errors] = ['gateway.log', 'gateway.err'].map((name) => join(dataDir, name)) as [string, string];
  const [out, err] = [openSync(log, 'a'), openSync(errors, 'a')];
  const child: ChildProcess = spawn(process.execPath, [MAIN, 'serve', '-c', join(dataDir, file)], {
    env: ENVIRONMENT,
    stdio: ['ignore', out, err],
  });
  closeSync(out);
  closeSync(err);
  running.add(child);
  const ended = once(child, 'exit');
  void ended.then(() => running.delete(child));
  const alive = () => child.exitCode === null && child.signalCode === null;
  const gateway: Gateway = {
    pid: child.pid ?? 0,
    port,
    log: () => readFileSync(log, 'utf8'),
    stderr: () => readFileSync(errors, 'utf8'),
    alive,
    async end(signal = 'SIGTERM') {
      if (alive()) child.kill(signal);
      await ended;
      return child.exitCode;
    },
    sockets: () =>
      readdirSync(`/proc/${child.pid}/fd`).filter((fd) => linkOf(`/proc/${child.pid}/fd/${fd}`).startsWith('socket:'))
        .length,
  };
  await until(async () => !alive() || (await accepts(port)), 60_000);
  if (!alive()) throw new Error(`the gateway ended (${child.exitCode}): ${gateway.stderr()}`);
  return gateway;
}

const running = new Set<ChildProcess>();
// A test run that is cut short must not leave gateways behind.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

const linkOf = (path: string): string => {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
};

export const accepts = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    const tell = (answer: boolean) => {
      socket.destroy();
      done(answer);
    };
    socket.once('connect', () => tell(true));
    socket.once('error', () => tell(false));
  });

/** Process ids of the redis-servers that work on a data folder. */
export function redisServersOn(dataDir: string): number[] {
  const folder = join(dataDir, 'redis');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const isServer = /^(redis|valkey)-server/.test(readFileSync(`/proc/${pid}/comm`, 'utf8'));
        return isServer && readlinkSync(`/proc/${pid}/cwd`) === folder;
      } catch {
        return false;
      }
    });
}

export async function startHouse(options: HouseOptions = {}): Promise<House> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sp-'));
  const port = await freePort();
  const addresses = { ...addressesOf(port), ...(options.upstream === undefined ? {} : { upstream: options.upstream }) };
  const received: ReceivedRequest[] = [];
  let idp: Awaited<ReturnType<typeof startDemoIdp>> | undefined;
  let console: Awaited<ReturnType<typeof startDemoConsole>> | undefined;
  let gateway: Gateway | undefined;
  writeFileSync(join(dataDir, 'sallyport.yaml'), configText(addresses, port, options.settings));

  const house: Omit<House, 'gateway'> = {
    dataDir,
    port,
    addresses,
    get received() {
      return [...received, ...(console?.log ?? [])];
    },
    redisSocket: join(dataDir, 'redis/redis.sock'),
    async start() {
      gateway = await startGatewayProcess(dataDir, port);
      return gateway;
    },
    async startIdp() {
      idp = await startDemoIdp({
        host: '127.0.0.1',
        port: port + 10,
        issuer: addresses.idp,
        clientId: 'sallyport',
        clientSecret: CLIENT_SECRET,
        redirectUris: [`${addresses.portal}/callback`],
      });
    },
    async stopIdp() {
      await idp?.close();
      idp = undefined;
    },
    async startConsole() {
      console = await startDemoConsole({ host: '127.0.0.1', port: port + 11, publicOrigin: addresses.console });
    },
    async stopConsole() {
      const old = console;
      console = undefined;
      received.push(...(old?.log ?? []));
      await old?.close();
    },
    async redisPid() {
      let found: number[] = [];
      await until(() => {
        found = redisServersOn(dataDir);
        return found.length > 0;
      });
      return found[0] ?? 0;
    },
    async close() {
      await gateway?.end();
      await house.stopConsole();
      await house.stopIdp();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  if (options.upstream === undefined) await house.startConsole();
  if (options.idp !== false) await house.startIdp();
  if (options.gateway !== false) await house.start();
  return Object.defineProperty(house, 'gateway', {
    get: () => {
      if (!gateway) throw new Error('no gateway was started');
      return gateway;
    },
  }) as House;
}

/** Lines of a gateway's log that no run may have: what nobody caught, and what nobody foresaw. */
export function uncaught(gateway: Pick<Gateway, 'log' | 'stderr'>): string[] {
  const lines = `${gateway.log()}\n${gateway.stderr()}`.split('\n');
  const known = /StateUnavailable|EpochChanged/;
  return lines
    .filter((line) => /unhandled|uncaught|an exchange failed|(Type|Range|Reference)Error|a stage threw/i.test(line))
    .filter((line) => !(line.includes('a stage threw') && known.test(line)))
    .map((line) => line.slice(0, 500));
}
