import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHandoff } from '../../src/auth/handoff.ts';
import { createOnce } from '../../src/auth/once.redis.ts';
import { readCookie, SESSION_COOKIE, writeCookie } from '../../src/auth/session/cookie.ts';
import { createSessions, type Sessions } from '../../src/auth/session/sessions.redis.ts';
import { newSecret, sha256Hex } from '../../src/kernel/ids.ts';
import { StateUnavailable } from '../../src/redis/client.ts';
import type { Change } from '../../src/redis/pulse.ts';
import { startRedis, type TestRedis } from '../kit/redis.ts';

const PORTAL = 'https://portal.test';
const CONSOLE = 'https://console.test';
const principal = { id: 'https://idp.test#ada', name: 'Ada', groups: ['mdm-admins'] };
const HOUR = 3_600_000;

let redis: TestRedis;
let sessions: Sessions;
const make = (
  limits = { idle: HOUR, absolute: 10 * HOUR },
  parts: Pick<TestRedis, 'scripts' | 'client' | 'pulse'> = redis,
) => createSessions({ ...parts, keys: redis.keys, limits });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const reasonOf = async (secret: string | undefined, origin = PORTAL, of = sessions) => {
  const verdict = await of.find(secret, origin);
  return verdict.go ? 'go' : verdict.reason;
};

beforeAll(async () => {
  redis = await startRedis({ commandTimeout: 5000 });
  sessions = make();
});
afterAll(() => redis?.stop());

describe('a session', () => {
  test('is found by each of its cookies on the origin that the cookie is of, and nowhere else', async () => {
    const session = await sessions.start({ principal, authenticatedAt: 1000 });
    const onPortal = await sessions.issueToken(session, PORTAL);
    const onConsole = await sessions.issueToken(session, CONSOLE);
    const found = await sessions.find(onPortal, PORTAL);
    expect(found).toEqual({ go: true, value: session });
    expect(await reasonOf(onConsole, CONSOLE)).toBe('go');
    expect(await reasonOf(onConsole, PORTAL)).toBe('session.missing');
    expect(await reasonOf(onPortal, CONSOLE)).toBe('session.missing');
    expect(await reasonOf(onPortal, 'http://portal.test')).toBe('session.missing');
  });

  test('is not found by anything else', async () => {
    const session = await sessions.start({ principal, authenticatedAt: 1000 });
    const secret = await sessions.issueToken(session, PORTAL);
    const others = [
      undefined,
      '',
      session.id,
      sha256Hex(secret),
      `${secret}x`,
      secret.slice(1),
      newSecret(),
      `"${secret}"`,
    ];
    for (const other of others) expect(await reasonOf(other)).toBe('session.missing');
  });

  test('stands in Redis by digests only', async () => {
    const secret = await sessions.issueToken(await sessions.start({ principal, authenticatedAt: 0 }), PORTAL);
    const dump = await redis.dump();
    expect(dump).toContain(sha256Hex(secret));
    expect(dump).not.toContain(secret);
  });

  test('ends everywhere at once by logout: every cookie, every gateway, with one event', async () => {
    const other = make(undefined, await redis.replica());
    const session = await sessions.start({ principal, authenticatedAt: 0 });
    const onPortal = await sessions.issueToken(session, PORTAL);
    const onConsole = await sessions.issueToken(session, CONSOLE);
    expect(await reasonOf(onConsole, CONSOLE, other)).toBe('go');
    const heard: Change[] = [];
    const stop = redis.pulse.onChange((change) => heard.push(change));
    await sessions.end(session.id, { by: principal.id, because: 'logout' });
    expect(await reasonOf(onPortal)).toBe('session.revoked');
    await expect
      .poll(() => reasonOf(onConsole, CONSOLE, other), { timeout: 2000, interval: 5 })
      .toBe('session.revoked');
    await expect.poll(() => heard).toContainEqual({ kind: 'session', id: session.id });
    stop();
    await sessions.end(session.id, { by: principal.id, because: 'logout' });
    const ends = (await redis.journalEvents()).filter((e) => e.kind === 'session.ended' && e.session === session.id);
    expect(ends).toMatchObject([{ actor: principal.id, facts: { because: 'logout' } }]);
    await expect(sessions.issueToken(session, CONSOLE)).rejects.toBeInstanceOf(StateUnavailable);
    expect(await sessions.get(session.id)).toBeUndefined();
    expect(await redis.client.command('ZSCORE', redis.keys.sessions, session.id)).toBeNull();
  });

  // Time passes here by moving what is stored: nothing depends on how busy the machine is.
  const move = async (id: string, field: 'lastAt' | 'absoluteUntil', to: number) => {
    await redis.client.command('HSET', redis.keys.session(id), field, String(redis.pulse.clock.now() + to));
    redis.pulse.forget();
  };
  const lastAt = async (id: string) => Number(await redis.client.command('HGET', redis.keys.session(id), 'lastAt'));

  test('ends after its idle time, and is ended in Redis then', async () => {
    const session = await sessions.start({ principal, authenticatedAt: 0 });
    const secret = await sessions.issueToken(session, PORTAL);
    await move(session.id, 'lastAt', -HOUR + 60_000);
    expect(await reasonOf(secret)).toBe('go');
    await move(session.id, 'lastAt', -HOUR - 1000);
    expect(await reasonOf(secret)).toBe('session.expired');
    expect(await reasonOf(secret)).toBe('session.expired');
    expect(await redis.client.command('EXISTS', redis.keys.session(session.id))).toBe(0);
    expect((await redis.journalEvents()).at(-1)).toMatchObject({
      kind: 'session.ended',
      actor: null,
      session: session.id,
      facts: { because: 'idle' },
    });
  });

  test('is kept alive by use, which reaches Redis at once the first time and every 15 s then', async () => {
    const session = await sessions.start({ principal, authenticatedAt: 0 });
    const secret = await sessions.issueToken(session, PORTAL);
    await move(session.id, 'lastAt', -HOUR + 60_000);
    const before = await lastAt(session.id);
    sessions.touch(session);
    await expect.poll(() => lastAt(session.id)).toBeGreaterThan(before);
    const first = await lastAt(session.id);
    for (let i = 0; i < 100; i += 1) sessions.touch(session);
    await pause(50);
    expect(await lastAt(session.id)).toBe(first);
    // What this process knows of its use counts, also before it is in Redis.
    await move(session.id, 'lastAt', -HOUR + 60_000);
    expect(await reasonOf(secret)).toBe('go');
  });

  test('in use at one gateway is not ended as idle by another that does not know', async () => {
    const other = await redis.replica();
    const there = make(undefined, other);
    const session = await sessions.start({ principal, authenticatedAt: 0 });
    const secret = await sessions.issueToken(session, PORTAL);
    await move(session.id, 'lastAt', -HOUR - 1000);
    other.pulse.forget();
    expect(await there.get(session.id)).toBeUndefined();
    sessions.touch(session);
    await expect.poll(() => lastAt(session.id)).toBeGreaterThan(redis.pulse.clock.now() - 60_000);
    await there.sweep();
    expect(await reasonOf(secret, PORTAL, there)).toBe('go');
    expect(await reasonOf(secret)).toBe('go');
  });

  test('ends after its absolute time, however busy it is', async () => {
    const session = await sessions.start({ principal, authenticatedAt: 0 });
    const secret = await sessions.issueToken(session, PORTAL);
    expect(session.absoluteUntil - session.startedAt).toBe(10 * HOUR);
    sessions.touch(session);
    expect(await reasonOf(secret)).toBe('go');
    await move(session.id, 'absoluteUntil', 0);
    await expect(sessions.issueToken(session, CONSOLE)).rejects.toBeInstanceOf(StateUnavailable);
    expect(await reasonOf(secret)).toBe('session.expired');
    expect((await redis.journalEvents()).at(-1)).toMatchObject({ facts: { because: 'absolute' } });
  });

  test('that nobody asks for any more is swept; others are left alone', async () => {
    const session = await sessions.start({ principal, authenticatedAt: 0 });
    const alive = await sessions.start({ principal, authenticatedAt: 0 });
    expect(await sessions.sweep()).toBe(0);
    await move(session.id, 'lastAt', -HOUR - 1000);
    expect(await sessions.sweep()).toBe(1);
    expect(await redis.client.command('EXISTS', redis.keys.session(session.id))).toBe(0);
    expect(await sessions.get(alive.id)).toEqual(alive);
  });

  test('touches no network while the caches are certain', async () => {
    const session = await sessions.start({ principal, authenticatedAt: 0 });
    const secret = await sessions.issueToken(session, PORTAL);
    await sessions.find(secret, PORTAL);
    let calls = 0;
    const client = {
      ...redis.client,
      command: (...args: Parameters<typeof redis.client.command>) => {
        calls += 1;
        return redis.client.command(...args);
      },
    };
    const counted = make(undefined, { ...redis, client });
    await counted.find(secret, PORTAL);
    const first = calls;
    // The caches are void when a busy machine could not poll for 250 ms: only rounds with a fresh pulse count.
    let rounds = 0;
    for (let i = 0; i < 2000 && rounds < 500; i += 1) {
      const before = calls;
      await counted.find(secret, PORTAL);
      if (redis.pulse.age() < 200 && calls === before) rounds += 1;
      else await pause(5);
    }
    expect(first).toBe(2);
    expect(rounds).toBe(500);
  });

  test('is refused when Redis is away, and found again when it is back', async () => {
    const secret = await sessions.issueToken(await sessions.start({ principal, authenticatedAt: 0 }), PORTAL);
    expect(await reasonOf(secret)).toBe('go');
    await redis.kill();
    try {
      await pause(300);
      await expect(sessions.find(secret, PORTAL)).rejects.toBeInstanceOf(StateUnavailable);
    } finally {
      await redis.restart();
    }
    const back = () => reasonOf(secret).catch(() => 'away');
    await expect.poll(back, { timeout: 5000 }).toBe('go');
  });

  test('of another life of the data is void, though its record is there', async () => {
    const session = await sessions.start({ principal, authenticatedAt: 0 });
    const secret = await sessions.issueToken(session, PORTAL);
    await redis.client.command('HSET', redis.keys.session(session.id), 'epoch', 'another');
    expect(await reasonOf(secret)).toBe('session.revoked');
    expect(await sessions.get(session.id)).toBeUndefined();
    await sessions.sweep();
    expect(await redis.client.command('EXISTS', redis.keys.session(session.id))).toBe(0);
  });

  test('of an emptied Redis is nobody’s', async () => {
    const secret = await sessions.issueToken(await sessions.start({ principal, authenticatedAt: 0 }), PORTAL);
    expect(await reasonOf(secret)).toBe('go');
    const epoch = redis.pulse.epoch();
    await redis.flush();
    await expect.poll(() => redis.pulse.epoch(), { timeout: 2000 }).not.toBe(epoch);
    expect(await reasonOf(secret)).toBe('session.missing');
  });
});

describe('cookies', () => {
  test.each<[string, string | undefined, string | undefined]>([
    ['alone', `${SESSION_COOKIE}=abc`, 'abc'],
    ['among others', `a=b; ${SESSION_COOKIE}=abc; c=d`, 'abc'],
    ['in another case', '__host-sallyport=abc', undefined],
    ['without its prefix', 'sallyport=abc', undefined],
    ['with a longer name', `x${SESSION_COOKIE}=abc; ${SESSION_COOKIE}-login=def`, undefined],
    ['in the value of another', `a=${SESSION_COOKIE}=abc`, undefined],
    ['not at all', undefined, undefined],
  ])('%s', (_what, header, value) => {
    expect(readCookie(header, SESSION_COOKIE)).toEqual({ go: true, value });
  });

  test.each([
    `${SESSION_COOKIE}=a; ${SESSION_COOKIE}=b`,
    `${SESSION_COOKIE}=a;${SESSION_COOKIE}=a`,
    `$Version=1; ${SESSION_COOKIE}=a`,
    `${SESSION_COOKIE}=a; $Path=/`,
  ])('%s is refused', (header) => {
    expect(readCookie(header, SESSION_COOKIE)).toMatchObject({ go: false, reason: 'request.ambiguous' });
  });

  test('are written with everything that keeps them here', () => {
    expect(writeCookie(SESSION_COOKIE, 'v')).toBe('__Host-sallyport=v; Path=/; Secure; HttpOnly; SameSite=Lax');
    expect(writeCookie(SESSION_COOKIE, 'v', 5)).toContain('; Max-Age=5');
  });
});

describe('a hand-off to a console', () => {
  const handoff = () => createHandoff({ once: createOnce(redis), keys: redis.keys });
  const ask = { session: 'ses_1', console: 'acme' };

  test('gives the session and the path to the browser that asked, once', async () => {
    const { cookie, key } = handoff().begin('/devices?page=2');
    const code = await handoff().issue({ ...ask, key });
    expect(await handoff().redeem(code, cookie, 'acme')).toEqual({
      go: true,
      value: { session: 'ses_1', returnTo: '/devices?page=2' },
    });
    expect(await handoff().redeem(code, cookie, 'acme')).toMatchObject({ go: false, reason: 'session.missing' });
  });

  test('of two redemptions at the same moment exactly one works', async () => {
    const { cookie, key } = handoff().begin('/');
    const code = await handoff().issue({ ...ask, key });
    const all = await Promise.all(Array.from({ length: 20 }, () => handoff().redeem(code, cookie, 'acme')));
    expect(all.filter((verdict) => verdict.go)).toHaveLength(1);
  });

  test.each<[string, (code: string, cookie: string) => [string | undefined, string | undefined, string]]>([
    ['another browser', (code) => [code, handoff().begin('/').cookie, 'acme']],
    ['no cookie', (code) => [code, undefined, 'acme']],
    ['another console', (code, cookie) => [code, cookie, 'other']],
    ['another code', (_code, cookie) => [newSecret(), cookie, 'acme']],
    ['no code', (_code, cookie) => [undefined, cookie, 'acme']],
    ['a code that is none', (_code, cookie) => ['*', cookie, 'acme']],
  ])('is refused for %s', async (_what, change) => {
    const { cookie, key } = handoff().begin('/');
    const code = await handoff().issue({ ...ask, key });
    expect(await handoff().redeem(...change(code, cookie))).toMatchObject({ go: false, reason: 'session.missing' });
  });

  test('a code that was tried by another browser is used up', async () => {
    const { cookie, key } = handoff().begin('/');
    const code = await handoff().issue({ ...ask, key });
    await handoff().redeem(code, handoff().begin('/').cookie, 'acme');
    expect((await handoff().redeem(code, cookie, 'acme')).go).toBe(false);
  });

  test('a path that was changed in the cookie falls back to /', async () => {
    const { cookie, key } = handoff().begin('/devices');
    const code = await handoff().issue({ ...ask, key });
    const changed = `${cookie.split('.')[0]}.${Buffer.from('//evil.test').toString('base64url')}`;
    expect(await handoff().redeem(code, changed, 'acme')).toMatchObject({ value: { returnTo: '/' } });
  });

  test('stands in Redis by digests only, and no longer than its time', async () => {
    const { cookie, key } = handoff().begin('/');
    const code = await handoff().issue({ ...ask, key });
    const dump = await redis.dump();
    expect(dump).not.toContain(code);
    expect(dump).not.toContain(cookie.split('.')[0]);
    const ttl = Number(await redis.client.command('PTTL', redis.keys.handoff(sha256Hex(code))));
    expect(ttl).toBeGreaterThan(50_000);
    expect(ttl).toBeLessThanOrEqual(60_000);
  });
});

test('what may be taken once is void after its time and in another epoch', async () => {
  const once = createOnce(redis);
  const key = redis.keys.challenge('a');
  await once.put(key, 'v', 50);
  await pause(80);
  expect(await once.take(key)).toBeNull();
  // Redis may keep a key past its time; the stored end counts.
  await once.put(key, 'v', 50);
  await redis.client.command('PERSIST', key);
  await pause(80);
  expect(await once.take(key)).toBeNull();
  await once.put(key, 'v', 5000);
  await redis.client.command('HSET', key, 'epoch', 'another');
  expect(await once.take(key)).toBeNull();
});
