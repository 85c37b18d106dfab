// Who listens hears each change once, and `resync` only when a message was lost: a hint at every change would tell
// everybody of what they may not see.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Change } from '../../src/redis/pulse.ts';
import { eventArgs } from '../../src/redis/scripts.ts';
import { startRedis, type TestRedis } from '../kit/redis.ts';

let redis: TestRedis;
const heard: Change[] = [];
beforeAll(async () => {
  redis = await startRedis({ commandTimeout: 5000 });
  await soon(100);
  redis.pulse.onChange((change) => heard.push(change));
});
afterAll(() => redis.stop());
const soon = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Any script that announces: renaming a passkey that is nobody's would not, so a session's end does. */
const change = async (id: string) => {
  const { keys, scripts } = redis;
  const told = eventArgs({ kind: 'session.ended', actor: null, facts: {} });
  await redis.client.command('HSET', keys.session(id), 'lastAt', 1, 'absoluteUntil', 1);
  await scripts.run(
    'endSession',
    [keys.session(id), keys.sessions, keys.sessionTokens(id)],
    [id, 'revoked', '0', 'x', '{}', JSON.stringify({ kind: 'session', id }), ...told],
  );
};

test('a hundred changes are heard as a hundred changes, in order, and no resync', async () => {
  for (let i = 0; i < 100; i += 1) {
    await change(`s${i}`);
    if (i % 10 === 0) await soon(20);
  }
  await soon(150);
  expect(heard.map(({ kind }) => kind)).toEqual(Array.from({ length: 100 }, () => 'session'));
  expect(heard.map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, i) => `s${i}`));
});

test('a change whose message was lost is a resync soon after the next poll, and the next change is heard again', async () => {
  heard.length = 0;
  await redis.client.command('INCR', redis.keys.revision);
  await expect.poll(() => heard.length).toBeGreaterThan(0);
  expect(heard.map(({ kind }) => kind)).toEqual(['resync']);
  await change('after');
  await soon(200);
  expect(heard.map(({ kind }) => kind)).toEqual(['resync', 'session']);
});
