// A private redis-server for one test file: on a unix socket in a folder of its own, durable like the embedded default.
// `stop`, `pause` and `restart` act on this server only, so tests can take Redis away and give it back.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../src/kernel/clock.ts';
import { createRedisClient, type RedisClient } from '../../src/redis/client.ts';
import { createKeys, type Keys } from '../../src/redis/keys.ts';
import { createPulse, type Pulse } from '../../src/redis/pulse.ts';
import { createScripts, type Scripts } from '../../src/redis/scripts.ts';

export type RedisParts = { readonly client: RedisClient; readonly scripts: Scripts; readonly pulse: Pulse };

export type TestRedis = RedisParts & {
  readonly socketPath: string;
  readonly keys: Keys;
  /** Another gateway's view of the same data: its own connections, pulse and caches. Closed by `stop`. */
  replica(): Promise<RedisParts>;
  /** Kills the server (SIGKILL); data stays on disk. Idempotent. */
  kill(): Promise<void>;
  /** Starts the server again on the same socket and data. */
  restart(): Promise<void>;
  /** Stops answering without closing connections (SIGSTOP), and goes on (SIGCONT). */
  pause(): void;
  resume(): void;
  /** Empties the data. */
  flush(): Promise<void>;
  /** Kinds of the journal's events so far, in order. */
  journalKinds(): Promise<string[]>;
  /** The journal's events so far, parsed. */
  journalEvents(): Promise<{ kind: string; actor: string | null; session?: string; facts: Record<string, unknown> }[]>;
  /** Every key and value as one text, to look for secrets in. */
  dump(): Promise<string>;
  stop(): Promise<void>;
};

const answers = (socketPath: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection(socketPath);
    const done = (value: boolean) => {
      socket.destroy();
      resolve(value);
    };
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => done(data.toString().startsWith('+PONG')));
    socket.once('error', () => done(false));
  });

/**
 * @param options.deployment name in the hash tag @param options.clock what the pulse takes for this process's time
 * @param options.commandTimeout ms; longer than the product's 250 for tests that are not about it, because machines are busy
 * @throws when the server does not answer within 10 s
 */
export async function startRedis(
  options: { deployment?: string; clock?: Clock; commandTimeout?: number } = {},
): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-redis-'));
  const socketPath = join(folder, 'redis.sock');
  let server: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    server = spawn(
      'redis-server',
      // biome-ignore format: one setting a line reads worse
      ['--port', '0', '--unixsocket', socketPath, '--dir', folder, '--appendonly', 'yes', '--appendfsync', 'always', '--save', '', '--loglevel', 'warning'],
      { stdio: 'ignore' },
    );
    let failed: Error | undefined;
    server.once('error', (error) => {
      failed = error;
    });
    for (const until = systemClock.now() + 10_000; ; ) {
      if (failed) throw failed;
      if (await answers(socketPath)) return;
      if (systemClock.now() > until) throw new Error('redis-server did not answer within 10 s');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const kill = async (): Promise<void> => {
    const child = server;
    server = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  // A test process that ends without `stop` (an interrupted run) must not leave its server behind.
  const lastResort = () => server?.kill('SIGKILL');
  process.once('exit', lastResort);

  await start();
  const keys = createKeys(options.deployment ?? 'test');
  const opened: RedisParts[] = [];
  const open = async (): Promise<RedisParts> => {
    const { commandTimeout = 250 } = options;
    const client = createRedisClient({ address: { socketPath }, commandTimeout, onError: () => undefined });
    while (!client.connected()) await new Promise((resolve) => setTimeout(resolve, 5));
    let scripts: Scripts | undefined;
    const pulse: Pulse = createPulse(
      { client, keys, clock: options.clock ?? systemClock, onError: () => undefined },
      () => scripts ?? fail(),
    );
    scripts = createScripts({ client, keys, epoch: () => pulse.epoch() });
    await pulse.start();
    const parts = { client, scripts, pulse };
    opened.push(parts);
    return parts;
  };
  const first = await open();

  const journalEvents: TestRedis['journalEvents'] = async () => {
    const rows = (await first.client.command('XRANGE', keys.journal, '-', '+')) as [string, string[]][];
    return rows.map(([, fields]) => JSON.parse(fields[fields.indexOf('event') + 1] ?? '{}'));
  };

  return {
    ...first,
    socketPath,
    keys,
    replica: open,
    kill,
    restart: start,
    pause: () => void server?.kill('SIGSTOP'),
    resume: () => void server?.kill('SIGCONT'),
    async flush() {
      await first.client.command('FLUSHALL');
    },
    async journalKinds() {
      return (await journalEvents()).map((event) => event.kind);
    },
    journalEvents,
    async dump() {
      const names = (await first.client.command('KEYS', '*')) as string[];
      const parts: string[] = [];
      for (const name of names.sort()) {
        const type = String(await first.client.command('TYPE', name));
        const read: Record<string, () => Promise<unknown>> = {
          string: () => first.client.command('GET', name),
          hash: () => first.client.command('HGETALL', name),
          set: () => first.client.command('SMEMBERS', name),
          zset: () => first.client.command('ZRANGE', name, 0, -1, 'WITHSCORES'),
          stream: () => first.client.command('XRANGE', name, '-', '+'),
        };
        parts.push(`${name} ${type} ${JSON.stringify(await read[type]?.())}`);
      }
      return parts.join('\n');
    },
    async stop() {
      process.removeListener('exit', lastResort);
      for (const { pulse, client } of opened) {
        pulse.stop();
        await client.close();
      }
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const fail = (): never => {
  throw new Error('asked for scripts before they were made');
};
