// What a process keeps of Redis is never older than the last confirmation, and a replaced Redis voids it all.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StateUnavailable } from '../../src/redis/client.ts';
import { TRUSTED_FOR } from '../../src/redis/pulse.ts';
import { EpochChanged, eventArgs } from '../../src/redis/scripts.ts';
import { startRedis, type TestRedis } from '../kit/redis.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

const soon = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
async function until(condition: () => boolean, ms = 3000) {
  for (const end = performance.now() + ms; performance.now() < end; await soon(5)) if (condition()) return;
  throw new Error('did not happen in time');
}
const announce = (message = '{"kind":"test"}') =>
  redis.client.script(
    { text: "redis.call('INCR', KEYS[1]) redis.call('PUBLISH', ARGV[1], ARGV[2]) return 1", sha1: '0'.repeat(40) },
    [redis.keys.revision],
    [redis.keys.changes, message],
  );

describe('mirror', () => {
  test('a value is fetched once while nothing changes, and again after a change', async () => {
    let fetched = 0;
    const mirror = redis.pulse.mirror(async (id) => `${id} ${++fetched}`);
    expect(await mirror.get('a')).toBe('a 1');
    expect(await mirror.get('a')).toBe('a 1');
    await announce();
    await until(() => fetched === 1 && redis.pulse.age() < 50);
    await soon(60);
    expect(await mirror.get('a')).toBe('a 2');
  });

  test('a lost message is made up for by the poll within 100 ms', async () => {
    let fetched = 0;
    const mirror = redis.pulse.mirror(async () => ++fetched);
    await mirror.get('a');
    await redis.client.command('INCR', redis.keys.revision); // a change that nobody published
    const startedAt = performance.now();
    while ((await mirror.get('a')) === 1) await soon(1);
    expect(performance.now() - startedAt).toBeLessThan(100);
  });

  test('an answer that was overtaken by a change is not kept', async () => {
    let release = (_: string) => {};
    const answers = [new Promise<string>((resolve) => (release = resolve)), Promise.resolve('new')];
    const mirror = redis.pulse.mirror(async () => answers.shift() ?? 'later');
    const first = mirror.get('a');
    await announce();
    await soon(80);
    release('old');
    expect(await first).toBe('old');
    expect(await mirror.get('a')).toBe('new');
  });

  test('many who ask at once share one question, but never one that was asked before a change, and no failure stays', async () => {
    const open: { readonly resolve: (value: string) => void; readonly reject: (error: Error) => void }[] = [];
    const mirror = redis.pulse.mirror(() => new Promise<string>((resolve, reject) => open.push({ resolve, reject })));
    await until(() => redis.pulse.age() < 50);
    const before = [mirror.get('a'), mirror.get('a'), mirror.get('b')];
    expect(open).toHaveLength(2);
    redis.pulse.forget();
    const after = [mirror.get('a'), mirror.get('a')];
    expect(open).toHaveLength(3);
    for (const [index, value] of ['old', 'other', 'new'].entries()) open[index]?.resolve(value);
    expect(await Promise.all(before)).toEqual(['old', 'old', 'other']);
    expect(await Promise.all(after)).toEqual(['new', 'new']);
    await until(() => redis.pulse.age() < 50);
    expect(await mirror.get('a'), 'what came last after the change is kept').toBe('new');
    expect(open).toHaveLength(3);

    await until(() => redis.pulse.age() < 50);
    redis.pulse.forget();
    const failing = [mirror.get('a'), mirror.get('a')];
    open[3]?.reject(new StateUnavailable('gone'));
    for (const { status } of await Promise.allSettled(failing)) expect(status).toBe('rejected');
    const again = mirror.get('a');
    expect(open).toHaveLength(5);
    open[4]?.resolve('back');
    expect(await again).toBe('back');
  });

  test('without Redis nothing kept is believed longer than the promised time', async () => {
    let fetched = 0;
    const mirror = redis.pulse.mirror(async () => {
      fetched += 1;
      await redis.client.command('PING');
      return fetched;
    });
    await mirror.get('a');
    redis.pause();
    const pausedAt = performance.now();
    try {
      let refusedAt = 0;
      while (refusedAt === 0 && performance.now() - pausedAt < 3000) {
        await mirror.get('a').catch((error: unknown) => {
          expect(error).toBeInstanceOf(StateUnavailable);
          refusedAt = performance.now();
        });
        await soon(2);
      }
      // trusted for at most 250 ms, and the command that then asks fails within its own 250 ms
      expect(refusedAt - pausedAt).toBeLessThan(TRUSTED_FOR + 250 + 200);
    } finally {
      redis.resume();
    }
    await until(() => redis.pulse.age() < 100);
    // nothing changed meanwhile, so what was kept is right again
    expect(await mirror.get('a')).toBe(1);
  });
});

describe('epoch', () => {
  const append = (epoch?: string) =>
    redis.scripts.run('appendEvent', [], eventArgs({ kind: 'gateway.started', actor: null, facts: {} }), epoch);

  test('a script that believes in another epoch changes nothing', async () => {
    const before = await redis.client.command('XLEN', redis.keys.journal);
    await expect(append('another')).rejects.toBeInstanceOf(EpochChanged);
    expect(await redis.client.command('XLEN', redis.keys.journal)).toBe(before);
  });

  test('an emptied Redis gets a new epoch, which the journal tells', async () => {
    const before = redis.pulse.epoch();
    await redis.flush();
    await until(() => redis.pulse.epoch() !== before);
    expect(await redis.journalKinds()).toEqual(['epoch.renewed']);
  });

  test('a Redis that ran backwards gets a new epoch, and every replica takes the same one', async () => {
    const other = await redis.replica();
    await redis.client.command('INCRBY', redis.keys.revision, 1000);
    await until(() => other.pulse.age() < 60);
    await soon(120);
    const before = redis.pulse.epoch();
    await redis.client.command('SET', redis.keys.revision, 5);
    await until(() => redis.pulse.epoch() !== before && other.pulse.epoch() === redis.pulse.epoch());
    expect((await redis.journalEvents()).at(-1)).toMatchObject({
      kind: 'epoch.renewed',
      facts: { replaced: 'rolled back' },
    });
  });

  test('a killed Redis comes back with its data, and the same epoch goes on', async () => {
    const before = redis.pulse.epoch();
    await redis.kill();
    await expect(append()).rejects.toBeInstanceOf(StateUnavailable);
    await redis.restart();
    await until(() => redis.client.connected(), 5000);
    await soon(120);
    await until(() => redis.pulse.age() < 60, 5000);
    expect(redis.pulse.epoch()).toBe(before);
    expect((await append())[0]).toBe('appended');
  });
});
