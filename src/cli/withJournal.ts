// The journal for commands that must be written down: of the gateway that runs, or of a stopped one's data, for as long as
// this takes.
import { join } from 'node:path';
import { createJournal, type Journal } from '../audit/journal/journal.redis.ts';
import { programPath } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { createRedisClient, type RedisClient } from '../redis/client.ts';
import { someoneAnswers, startEmbeddedRedis } from '../redis/embedded.ts';
import { createKeys, type Keys } from '../redis/keys.ts';
import { createScripts, type Scripts } from '../redis/scripts.ts';

/** ms; a long journal takes long to load */
const LOADING = 60_000;

export type Opened = {
  readonly journal: Journal;
  readonly client: RedisClient;
  readonly scripts: Scripts;
  readonly keys: Keys;
};

/** @throws when Redis does not answer, or has no data of a gateway */
export async function withJournal<T>(config: Config, work: (opened: Opened) => Promise<T>): Promise<T> {
  const { url } = config.redis;
  const socketPath = join(config.data, 'redis', 'redis.sock');
  const server =
    url !== undefined || (await someoneAnswers(socketPath))
      ? null
      : await startEmbeddedRedis({ dataDir: config.data, path: programPath(), log: () => undefined });
  const address = url === undefined ? { socketPath } : { url };
  const client = createRedisClient({ address, commandTimeout: 5000, onError: () => undefined });
  try {
    await answering(client, url ?? socketPath);
    const keys = createKeys(config.deployment);
    const epoch = await client.command('GET', keys.epoch);
    if (typeof epoch !== 'string' || epoch === '') throw new Error('This Redis has no data of a gateway yet.');
    const scripts = createScripts({ client, keys, epoch: () => epoch });
    return await work({ journal: createJournal({ scripts, client, keys }), client, scripts, keys });
  } finally {
    await client.close();
    await server?.stop();
  }
}

async function answering(client: RedisClient, where: string): Promise<void> {
  for (const end = performance.now() + LOADING; performance.now() < end; ) {
    if (client.connected() && (await client.command('PING').catch(() => ''))) return;
    await new Promise((wake) => setTimeout(wake, 25));
  }
  throw new Error(`Redis at ${where} does not answer.`);
}
