// Coming in from the portal, hostile ways back included, and the two scripts that need no session.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { go, refuse } from '../../src/kernel/verdict.ts';
import { call, resetWorld, startServer, stopServer, world } from './reservedKit.ts';

beforeAll(startServer);
afterAll(stopServer);
beforeEach(resetWorld);

describe('coming in from the portal', () => {
  const HANDOFF = { cookie: '__Host-sallyport-handoff-AbCd_-12=secret.L2RldmljZXM' };

  test('code and cookie are exchanged for a session cookie of this origin', async () => {
    const answer = await call('GET', 'enter?code=abc&tab=AbCd_-12', HANDOFF);
    expect(world.redeemed).toEqual([['abc', 'secret.L2RldmljZXM', 'mdm']]);
    expect([answer.status, answer.headers.location]).toEqual([302, '/devices?page=2']);
    expect(answer.headers['set-cookie']).toEqual([
      '__Host-sallyport=token-of-ses_1-true; Path=/; Secure; HttpOnly; SameSite=Lax',
      '__Host-sallyport-handoff-AbCd_-12=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0',
    ]);
  });

  test.each([
    '//evil.test',
    '/\\evil.test',
    '\\\\evil.test',
    'https://evil.test/',
    'javascript:alert(1)',
    '/a\r\nSet-Cookie: x=y',
    '/\t/evil.test',
    '/a b',
    '/ü',
    '',
    'devices',
  ])('a hostile return path %j becomes /', async (returnTo) => {
    world.entered = go({ session: 'ses_1', returnTo });
    const answer = await call('GET', 'enter?code=abc&tab=AbCd_-12', HANDOFF);
    expect([answer.status, answer.headers.location]).toEqual([302, '/']);
    expect(answer.headers['set-cookie']).toHaveLength(2);
  });

  test('what cannot be redeemed gives a page, no session and no loop', async () => {
    world.entered = refuse('session.missing', 'the code was used');
    const answer = await call('GET', 'enter?code=abc&tab=AbCd_-12', HANDOFF);
    expect(answer.status).toBe(400);
    expect(answer.headers.location).toBeUndefined();
    expect(String(answer.headers['set-cookie'])).not.toContain('__Host-sallyport=');
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    expect(answer.text).toContain('Sign in again');
    expect(answer.text).not.toContain('abc');
  });

  test('two codes, or two cookies, redeem nothing', async () => {
    expect((await call('GET', 'enter?code=a&code=b&tab=AbCd_-12', HANDOFF)).status).toBe(400);
    const twice = { cookie: `${HANDOFF.cookie}; __Host-sallyport-handoff-AbCd_-12=other` };
    expect((await call('GET', 'enter?code=a&tab=AbCd_-12', twice)).status).toBe(400);
    for (const tab of ['', '&tab=', '&tab=AbCd_-12&tab=AbCd_-12', '&tab=AbCd_-13x', '&tab=..%2f..%2f12'])
      expect((await call('GET', `enter?code=a${tab}`, HANDOFF)).status).toBe(400);
    expect((await call('POST', 'enter?code=a', HANDOFF)).status).toBe(405);
    expect(world.redeemed).toEqual([]);
  });
});

describe('the scripts', () => {
  test('are for everybody, for ever under their digest, checked by ETag else', async () => {
    const fixed = await call('GET', 'shim.js?v=abc');
    expect([fixed.status, fixed.text]).toEqual([200, 'plain']);
    expect(fixed.headers['cache-control']).toContain('immutable');
    expect(fixed.headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(fixed.headers['x-content-type-options']).toBe('nosniff');
    const old = await call('GET', 'shim.js?v=older');
    expect(old.headers['cache-control']).toBe('no-cache');
    expect((await call('GET', 'page.js', { 'if-none-match': String(old.headers.etag) })).status).toBe(304);
    expect((await call('GET', 'shim.js', { 'accept-encoding': 'gzip' })).text).toBe('zipped');
    expect((await call('POST', 'shim.js')).status).toBe(405);
  });
});
