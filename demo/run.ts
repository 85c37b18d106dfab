// Starts the whole story on this machine: identity provider, console, gateway. Everything listens on loopback only.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { loadConfig } from '../src/config/load.ts';
import { newSecret } from '../src/kernel/ids.ts';
import { createLog } from '../src/log.ts';
import { type Gateway, startGateway } from '../src/wire.ts';
import { startDemoConsole } from './console/server.ts';
import { startDemoIdp } from './idp/server.ts';
import { DEMO_PEOPLE } from './people.ts';

export class PortBusy extends Error {
  override readonly name = 'PortBusy';
}

export type DemoAddresses = {
  readonly portal: string;
  readonly console: string;
  readonly idp: string;
  readonly upstream: string;
};
export type Demo = {
  readonly addresses: DemoAddresses;
  readonly gateway: Gateway;
  readonly received: Awaited<ReturnType<typeof startDemoConsole>>['log'];
  close(): Promise<void>;
};

/** The addresses of a demo whose gateway listens on `port`. */
export const addressesOf = (port: number): DemoAddresses => ({
  portal: `http://portal.localhost:${port}`,
  console: `http://console.localhost:${port}`,
  idp: `http://idp.localhost:${port + 10}`,
  upstream: `http://127.0.0.1:${port + 11}`,
});

/**
 * @param options.dataDir where everything is kept; `fresh` empties it first
 * @param options.settings more lines for the gateway's configuration
 * @param options.consoles more consoles, as lines of its list of consoles
 * @throws PortBusy with one clear sentence
 */
export async function startDemo(options: {
  port: number;
  dataDir: string;
  fresh?: boolean;
  settings?: string;
  consoles?: string;
}): Promise<Demo> {
  const { port } = options;
  const dataDir = resolve(options.dataDir);
  const addresses = addressesOf(port);
  for (const [offset, what] of [
    [0, 'the gateway'],
    [10, 'the identity provider'],
    [11, 'the console'],
  ] as const) {
    if (await busy(port + offset))
      throw new PortBusy(
        `Port ${port + offset} (for ${what}) is taken by another program: stop it, or choose other ports with --port.`,
      );
  }
  if (options.fresh)
    for (const part of [
      'redis',
      'recordings',
      'index.sqlite',
      'index.sqlite-wal',
      'index.sqlite-shm',
      'checkpoints.jsonl',
      'ledger',
      'ledger.key',
      'ledger.pub',
      'console.jsonl',
      'gateway.log',
      'demo.json',
    ])
      rmSync(join(dataDir, part), { recursive: true, force: true });
  mkdirSync(dataDir, { recursive: true });

  const clientSecret = newSecret();
  const started: { close(): Promise<unknown> }[] = [];
  const close = async () => {
    for (const part of started.splice(0).reverse()) await part.close();
  };
  try {
    const idp = await startDemoIdp({
      host: '127.0.0.1',
      port: port + 10,
      issuer: addresses.idp,
      clientId: 'sallyport',
      clientSecret,
      redirectUris: [`${addresses.portal}/callback`],
    });
    started.push(idp);
    const console = await startDemoConsole({
      host: '127.0.0.1',
      port: port + 11,
      publicOrigin: addresses.console,
      logFile: join(dataDir, 'console.jsonl'),
    });
    started.push(console);

    const file = join(dataDir, 'sallyport.yaml');
    writeFileSync(file, `${configText(port, addresses, options.consoles ?? '')}${options.settings ?? ''}`);
    const config = loadConfig(file, { DEMO_OIDC_SECRET: clientSecret });
    const gateway = await startGateway(
      config,
      createLog({ level: config.log.level, file: join(dataDir, 'gateway.log') }),
    );
    started.push(gateway);
    writeFileSync(
      join(dataDir, 'demo.json'),
      `${JSON.stringify({ addresses, people: DEMO_PEOPLE.map(({ login, name, groups }) => ({ login, name, groups })), console: { user: 'demo', password: 'demo' }, data: dataDir }, null, 2)}\n`,
    );
    return { addresses, gateway, received: console.log, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const configText = (
  port: number,
  { portal, console, idp, upstream }: DemoAddresses,
  consoles: string,
) => `# Written by the demo at each start.
deployment: demo
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
${consoles}# Two slow cores shared with a browser: a stricter time-out is for servers of their own.
redis: { commandTimeout: 1s }
data: .
`;

const busy = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(true));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(false)));
  });
