// What of an ID token becomes a person besides their identity: the address that notices go to, and their device's posture.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { personOf } from '../../src/auth/oidc/person.ts';
import { createSessions } from '../../src/auth/session/sessions.redis.ts';
import { startRedis, type TestRedis } from '../kit/redis.ts';

const claims = (more: Record<string, unknown>) => ({ iss: 'https://idp.test', sub: 'ada', groups: ['g'], ...more });
const emailOf = (more: Record<string, unknown>) => personOf(claims(more), 'groups').principal.email;
const postureOf = (value: unknown) => personOf(claims({ device: value }), 'groups', 'device').principal.posture;

describe('the mail address of a person', () => {
  test('is the claim, unless the IdP says that it is not verified', () => {
    expect(emailOf({ email: 'ada@example.com' })).toBe('ada@example.com');
    expect(emailOf({ email: 'ada@example.com', email_verified: true })).toBe('ada@example.com');
    expect(emailOf({ email: 'ada@example.com', email_verified: false })).toBeNull();
    expect(emailOf({ email: 'ada@example.com', email_verified: 'False' })).toBeNull();
    expect(emailOf({})).toBeNull();
  });

  test.each([
    'ada@example.com, eve@evil.example',
    'ada@example.com\r\nBcc: eve@evil.example',
    'Ada <ada@example.com>',
    'ada',
    'ada@@example.com',
    'ada@example.com\u0000',
    'аda@example.com',
    `${'a'.repeat(300)}@example.com`,
    42,
    ['ada@example.com'],
  ])('is none when it could be read in two ways: %j', (email) => {
    expect(emailOf({ email })).toBeNull();
  });
});

describe('the posture of the own device', () => {
  test('is a short word of the configured claim, and nothing without one', () => {
    expect(postureOf('managed')).toBe('managed');
    expect(postureOf(true)).toBe('true');
    for (const odd of [undefined, null, '', 'two words', 'x'.repeat(65), 3, { a: 1 }])
      expect(postureOf(odd)).toBeUndefined();
    expect(personOf(claims({ device: 'managed' }), 'groups').principal).not.toHaveProperty('posture');
  });
});

describe('at login', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis({ commandTimeout: 5000 });
  });
  afterAll(() => redis?.stop());

  test('the session knows the posture; the address is kept apart, ends by itself, and never reaches journal or session', async () => {
    const sessions = createSessions({ ...redis, keys: redis.keys, limits: { idle: 60_000, absolute: 60_000 } });
    const principal = {
      id: 'https://idp.test#ada',
      name: 'Ada',
      groups: ['g'],
      posture: 'managed',
      email: 'ada@canary.example',
    };
    const session = await sessions.start({ principal, authenticatedAt: 0 });
    expect(session.principal).toEqual({ id: principal.id, name: 'Ada', groups: ['g'], posture: 'managed' });
    expect((await sessions.get(session.id))?.principal).toEqual(session.principal);
    expect(await redis.client.command('GET', redis.keys.mailOf(principal.id))).toBe('ada@canary.example');
    expect(Number(await redis.client.command('PTTL', redis.keys.mailOf(principal.id)))).toBeGreaterThan(86_400_000);
    const rest = (await redis.dump()).split('\n').filter((line) => !line.startsWith(redis.keys.mailOf(principal.id)));
    expect(rest.join('\n')).not.toContain('canary');
    // A login without an address forgets the old one.
    await sessions.start({ principal: { ...principal, email: null }, authenticatedAt: 0 });
    expect(await redis.client.command('GET', redis.keys.mailOf(principal.id))).toBeNull();
  });
});
