// Redis, and what keeps this process in step with it. Part of the composition: called by wire.ts, once.
import { programPath } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { systemClock } from '../kernel/clock.ts';
import type { Log } from '../log.ts';
import { createRedisClient, type RedisAddress, type RedisClient } from '../redis/client.ts';
import { startEmbeddedRedis } from '../redis/embedded.ts';
import { createKeys, type Keys } from '../redis/keys.ts';
import { createPulse, type Pulse } from '../redis/pulse.ts';
import { createScripts, type Scripts } from '../redis/scripts.ts';

export type State = {
  readonly client: RedisClient;
  readonly keys: Keys;
  readonly scripts: Scripts;
  readonly pulse: Pulse;
  /** resolves when Redis has answered for the first time */
  readonly inStep: Promise<unknown>;
};

/** ms that a start waits for Redis before it begins to refuse */
const REDIS_AT_START = 3000;

/** @throws RedisNotStarted for the embedded one */
export async function startState(
  config: Pick<Config, 'redis' | 'data' | 'deployment'>,
  deps: {
    readonly log: Log;
    readonly onError: (what: string) => (error: unknown) => void;
    readonly stopWith: (stop: () => unknown) => void;
  },
): Promise<State> {
  const { log, onError, stopWith } = deps;
  let address: RedisAddress;
  if (config.redis.url) address = { url: config.redis.url };
  else {
    const embedded = await startEmbeddedRedis({
      dataDir: config.data,
      path: programPath(),
      log: (message) => log.warn({}, message),
    });
    stopWith(embedded.stop);
    address = { socketPath: embedded.socketPath };
  }
  const keys = createKeys(config.deployment);
  const client = createRedisClient({ address, commandTimeout: config.redis.commandTimeout, onError: onError('redis') });
  stopWith(client.close);
  let scripts: Scripts;
  const pulse = createPulse({ client, keys, clock: systemClock, onError: onError('redis poll') }, () => scripts);
  scripts = createScripts({ client, keys, epoch: pulse.epoch });
  stopWith(pulse.stop);
  // Not awaited without end: a gateway whose Redis is away starts, refuses, and goes on when it comes back.
  const inStep = pulse.start();
  await Promise.race([inStep, new Promise((resolve) => setTimeout(resolve, REDIS_AT_START))]);
  return { client, keys, scripts, pulse, inStep };
}
