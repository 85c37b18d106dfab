// Lets time pass where it counts. Redis's clock is the only one for sessions, grants and holds and nobody can set it
// forward, so the stored moment is set back instead, in the embedded Redis of a stack; the revision moves, as it does
// with every change.
import { join } from 'node:path';
import { createRedisClient } from '../../src/redis/client.ts';
import { createKeys } from '../../src/redis/keys.ts';
import type { Stack } from './stack.ts';

export type PassTime = {
  /** This grant's time ends now, although its sweep has not come yet. */
  grantEnds(id: string, holder: string): Promise<void>;
  /** Nobody answered this request in time. */
  askLapses(id: string, holder: string): Promise<void>;
  holdExpires(id: string): Promise<void>;
  /** The session's step-up was `ms` ago. */
  stepUpWas(session: string, ms: number): Promise<void>;
  /** The person proved at the identity provider who they are `ms` ago. */
  loginWas(session: string, ms: number): Promise<void>;
  close(): Promise<void>;
};

export function passTime({ dataDir }: Pick<Stack, 'dataDir'>): PassTime {
  const client = createRedisClient({
    address: { socketPath: join(dataDir, 'redis/redis.sock') },
    commandTimeout: 2000,
    onError: () => undefined,
  });
  const keys = createKeys('demo');
  const now = async (): Promise<number> => Number(((await client.command('TIME')) as string[])[0]) * 1000;
  const set = async (key: string, field: string, to: number): Promise<void> => {
    while (!client.connected()) await new Promise((resolve) => setTimeout(resolve, 5));
    if ((await client.command('HEXISTS', key, field)) !== 1) throw new Error(`there is no ${field} in ${key}`);
    await client.command('HSET', key, field, String(to));
    await client.command('INCR', keys.revision);
    // The poll comes every 50 ms.
    await new Promise((resolve) => setTimeout(resolve, 120));
  };
  const past = async (ms: number) => {
    while (!client.connected()) await new Promise((resolve) => setTimeout(resolve, 5));
    return (await now()) - ms;
  };
  return {
    async grantEnds(id, holder) {
      const at = await past(1);
      await client.command('ZADD', keys.activeOf(holder), String(at), id);
      await client.command('ZADD', keys.grantsOpen, String(at), id);
      await set(keys.grant(id), 'activeUntil', at);
    },
    async askLapses(id, holder) {
      const at = await past(1);
      await client.command('ZADD', keys.asksOf(holder), String(at), id);
      await client.command('ZADD', keys.grantsOpen, String(at), id);
      await set(keys.grant(id), 'answerUntil', at);
    },
    holdExpires: async (id) => set(keys.hold(id), 'expiresAt', await past(1)),
    stepUpWas: async (session, ms) => set(keys.session(session), 'steppedUpAt', await past(ms)),
    loginWas: async (session, ms) => set(keys.session(session), 'authenticatedAt', await past(ms)),
    close: () => client.close(),
  };
}
