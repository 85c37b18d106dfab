import { afterAll, beforeAll, expect, test } from 'vitest';
import { StateUnavailable } from '../../src/redis/client.ts';
import { eventArgs } from '../../src/redis/scripts.ts';
import { startRedis, type TestRedis } from '../kit/redis.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

test('the test server answers, keeps a journal, dies and comes back with its data', async () => {
  const event = eventArgs({ kind: 'gateway.started', actor: null, facts: {} });
  expect((await redis.scripts.run('appendEvent', [], event))[0]).toBe('appended');
  expect(await redis.journalKinds()).toContain('gateway.started');
  await redis.kill();
  await expect(redis.client.command('PING')).rejects.toBeInstanceOf(StateUnavailable);
  await redis.restart();
  await expect.poll(() => redis.client.connected(), { timeout: 5000 }).toBe(true);
  expect(await redis.journalKinds()).toContain('gateway.started');
  expect(await redis.dump()).toContain('sallyport:{test}:journal stream');
});
