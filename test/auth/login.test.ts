import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startRedis, type TestRedis } from '../kit/redis.ts';
import { type FakeIdp, seconds, startFakeIdp, type Token } from './fakeIdp.ts';
import { type Browser, createBrowser, startPortal, type TestPortal } from './portal.ts';

const SESSION = '__Host-sallyport';
const LOGIN = '__Host-sallyport-login';

let redis: TestRedis;
let portal: TestPortal;
let idp: FakeIdp;
let browser: Browser;

const build = (issuer = idp.issuer) =>
  portal.serve({ issuer, clientId: idp.client.id, clientSecret: idp.client.secret, timeout: 2 });

beforeAll(async () => {
  redis = await startRedis({ commandTimeout: 5000 });
  portal = await startPortal(redis);
  idp = await startFakeIdp(portal.callback);
  build();
});
afterAll(async () => {
  await portal?.close();
  await idp?.close();
  await redis?.stop();
});
beforeEach(() => {
  browser = createBrowser(portal.origin);
});

/** Goes out to the IdP. */
const begin = async (who = browser, path = '/login'): Promise<string> => who.location(await who.send(path));
const login = async (who = browser, token: Token = {}, path = '/login'): Promise<Response> =>
  who.send(idp.answer(await begin(who, path), token).href);
/** A callback that must not sign anybody in. */
const expectRefused = async (answer: Response, who = browser): Promise<string> => {
  expect(answer.status).toBe(400);
  expect(who.jar().has(SESSION)).toBe(false);
  const page = await answer.text();
  expect(page).toContain('The sign-in did not work');
  expect((await who.me()).status).toBe(401);
  return page;
};

describe('a sign-in', () => {
  test('goes out with code, PKCE S256, state and nonce, and comes back signed in, where the person wanted to go', async () => {
    const out = new URL(await begin(browser, '/login?to=/approvals/gra_1%3Fa%3D1'));
    expect(Object.fromEntries(out.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'sallyport',
      redirect_uri: portal.callback,
      code_challenge_method: 'S256',
    });
    for (const name of ['state', 'nonce', 'code_challenge'])
      expect(out.searchParams.get(name)).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(out.searchParams.has('prompt')).toBe(false);
    const answer = await browser.send(idp.answer(out.href).href);
    expect(answer.status).toBe(302);
    expect(browser.location(answer)).toBe(`${portal.origin}/approvals/gra_1?a=1`);
    const cookie = answer.headers.getSetCookie().find((line) => line.startsWith(`${SESSION}=`));
    expect(cookie).toMatch(/; Path=\/; Secure; HttpOnly; SameSite=Lax$/);
    const { status, me } = await browser.me();
    expect(status).toBe(200);
    expect(me).toMatchObject({
      person: { id: `${idp.issuer}#u1`, name: 'Uma One', groups: ['mdm-admins'] },
      may: { ask: true, approve: false, review: false },
    });
    expect((await redis.journalEvents()).at(-1)).toMatchObject({ kind: 'login.succeeded', actor: `${idp.issuer}#u1` });
  });

  test('leaves nothing in Redis, the log or the journal that could be used as a cookie, state, nonce or verifier', async () => {
    const out = new URL(await begin());
    const during = await redis.dump();
    await browser.send(idp.answer(out.href).href);
    const text = `${during}\n${await redis.dump()}\n${JSON.stringify(portal.lines)}`;
    const secrets = [...browser.jar().values(), out.searchParams.get('state'), out.searchParams.get('nonce')];
    expect(secrets).toHaveLength(4);
    for (const secret of secrets) expect(text).not.toContain(String(secret));
  });

  test('gets a new session id and cookie every time, and ends the one that this browser had', async () => {
    await login();
    const first = { cookie: browser.jar().get(SESSION), id: ((await browser.me()).me.session as { id: string }).id };
    await login(browser, {}, '/login?fresh=1');
    const second = { cookie: browser.jar().get(SESSION), id: ((await browser.me()).me.session as { id: string }).id };
    expect(second.cookie).not.toBe(first.cookie);
    expect(second.id).not.toBe(first.id);
    const old = await browser.send('/api/me', { headers: { cookie: `${SESSION}=${first.cookie}` } });
    expect(old.status).toBe(401);
    expect(await old.json()).toMatchObject({ reason: 'session.revoked' });
  });

  test('takes no session id from outside: a cookie that was there before the login is worth nothing after it', async () => {
    const planted = 'A'.repeat(43);
    browser.jar().set(SESSION, planted);
    await login();
    expect(browser.jar().get(SESSION)).not.toBe(planted);
    const answer = await browser.send('/api/me', { headers: { cookie: `${SESSION}=${planted}` } });
    expect(answer.status).toBe(401);
  });

  test('by a link to /login does not end the session of somebody who is signed in', async () => {
    await login();
    const before = browser.jar().get(SESSION);
    const answer = await browser.send('/login?to=/access');
    expect(browser.location(answer)).toBe(`${portal.origin}/access`);
    expect(browser.jar().get(SESSION)).toBe(before);
    expect((await browser.me()).status).toBe(200);
  });

  test('works in two tabs at once', async () => {
    const one = await begin(browser, '/login?to=/access');
    const two = await begin(browser, '/login?to=/passkeys');
    expect(browser.location(await browser.send(idp.answer(one).href))).toBe(`${portal.origin}/access`);
    expect(browser.location(await browser.send(idp.answer(two).href))).toBe(`${portal.origin}/passkeys`);
  });

  test('of a person without groups works, and they may do nothing', async () => {
    await login(browser, { claims: { groups: [] } });
    const { me } = await browser.me();
    expect(Object.values(me.may as object)).toEqual([false, false, false, false, false, false]);
    expect(me.consoles).toEqual(expect.arrayContaining([expect.objectContaining({ id: 'acme', may: false })]));
  });

  test.each([
    ['text', 'mdm-admins'],
    ['an object', { 0: 'mdm-admins' }],
    ['a list with a number', ['mdm-admins', 1]],
    ['a list in a list', [['mdm-admins']]],
    ['a list with nothing', [null]],
    ['missing', undefined],
    ['a list with an empty name', ['']],
  ])('with a groups claim that is %s gives no groups, and says so in the log', async (_what, groups) => {
    portal.lines.length = 0;
    await login(browser, { claims: { groups } });
    expect((await browser.me()).me.person).toMatchObject({ groups: [] });
    expect(portal.lines.map((line) => line.what)).toEqual(['login without groups']);
  });

  test('makes people by issuer and subject, not by e-mail address or name', async () => {
    await login(browser, { claims: { sub: 'u2', name: 'Uma One', email: 'uma@acme.example' } });
    expect((await browser.me()).me.person).toMatchObject({ id: `${idp.issuer}#u2` });
  });

  test('shows a name without control and bidirectional characters', async () => {
    await login(browser, { claims: { name: '\u202eadA\u0000 \u2066Admin\n' } });
    expect((await browser.me()).me.person).toMatchObject({ name: 'adA Admin' });
  });
});

describe('a callback is refused, and says so without repeating what came,', () => {
  test.each<[string, (url: URL) => void]>([
    ['without state', (url) => url.searchParams.delete('state')],
    ['with an empty state', (url) => url.searchParams.set('state', '')],
    ['with another state', (url) => url.searchParams.set('state', 'B'.repeat(43))],
    ['with state twice', (url) => url.searchParams.append('state', url.searchParams.get('state') ?? '')],
    ['with iss of another IdP', (url) => url.searchParams.set('iss', 'https://evil.test')],
    ['without iss, which this IdP always sends', (url) => url.searchParams.delete('iss')],
    ['with iss twice', (url) => url.searchParams.append('iss', 'https://evil.test')],
    ['with a code that the IdP does not know', (url) => url.searchParams.set('code', 'guess')],
    ['with the code twice', (url) => url.searchParams.append('code', 'b')],
    ['without a code', (url) => url.searchParams.delete('code')],
    ['with an ID token in it', (url) => url.searchParams.set('id_token', 'x.y.z')],
    ['with a JARM response in it', (url) => url.searchParams.set('response', 'x.y.z')],
  ])('%s', async (_what, change) => {
    const back = idp.answer(await begin());
    change(back);
    await expectRefused(await browser.send(back.href));
  });

  test('without the cookie of the browser that began', async () => {
    const back = idp.answer(await begin());
    browser.jar().delete(LOGIN);
    await expectRefused(await browser.send(back.href));
  });

  test("with another browser's cookie: a link cannot sign somebody in as somebody else", async () => {
    const attacker = createBrowser(portal.origin);
    const back = idp.answer(await begin(attacker));
    await begin(browser);
    const asked = idp.counts.token;
    await expectRefused(await browser.send(back.href));
    expect(idp.counts.token, 'the code must not even be tried').toBe(asked);
  });

  test('when the state was used before, even with a new code', async () => {
    const out = await begin();
    expect((await browser.send(idp.answer(out).href)).status).toBe(302);
    browser.jar().delete(SESSION);
    await expectRefused(await browser.send(idp.answer(out).href));
  });

  test('when the same callback comes twice at the same moment: exactly one is signed in', async () => {
    const { href } = idp.answer(await begin());
    const answers = await Promise.all([browser.send(href), browser.send(href), browser.send(href)]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([302, 400, 400]);
  });

  test('when the code belongs to another login (PKCE)', async () => {
    const victim = createBrowser(portal.origin);
    const stolen = idp.answer(await begin(victim)).searchParams.get('code') ?? '';
    const back = idp.answer(await begin());
    back.searchParams.set('code', stolen);
    await expectRefused(await browser.send(back.href));
  });

  test('by POST', async () => {
    const back = idp.answer(await begin());
    const answer = await browser.send(back.pathname + back.search, { method: 'POST', body: '' });
    expect(answer.status).toBe(403);
    expect(browser.jar().has(SESSION)).toBe(false);
  });

  test('when the IdP says no: its code goes to the journal, its text nowhere', async () => {
    const back = idp.answer(await begin());
    const { searchParams } = back;
    searchParams.delete('code');
    searchParams.set('error', 'access_denied');
    searchParams.set('error_description', '<script>alert(1)</script>');
    searchParams.set('error_uri', 'https://evil.test/');
    const page = await expectRefused(await browser.send(back.href));
    expect(page).not.toContain('script>');
    expect(page).not.toContain('evil.test');
    expect((await redis.journalEvents()).at(-1)).toMatchObject({
      kind: 'login.failed',
      actor: null,
      facts: { fault: 'idp', detail: 'access_denied' },
    });
  });

  test('with an error code that is no code: that goes nowhere either', async () => {
    const back = idp.answer(await begin());
    back.searchParams.delete('code');
    back.searchParams.set('error', '<b>\u001b[31m');
    await expectRefused(await browser.send(back.href));
    expect((await redis.journalEvents()).at(-1)?.facts).toEqual({ fault: 'idp', detail: 'unreadable' });
  });

  test('and callbacks that belong to no login fill no journal', async () => {
    await begin();
    const before = (await redis.journalKinds()).length;
    for (let i = 0; i < 20; i += 1) await browser.send(`/callback?code=x&state=${'C'.repeat(43)}`);
    expect((await redis.journalKinds()).length).toBe(before);
  });
});

describe('an ID token is refused', () => {
  const hour = 3600;
  test.each<[string, () => Token]>([
    ['signed with a key that is not the IdP’s', () => ({ sign: 'foreign' })],
    ['with alg none', () => ({ header: { alg: 'none' }, sign: 'none' })],
    ['with alg None', () => ({ header: { alg: 'None' }, sign: 'none' })],
    ['with HS256 keyed with the public key', () => ({ header: { alg: 'HS256', kid: 'idp-1' }, sign: 'hmac-public' })],
    ['with HS256 keyed with the client secret', () => ({ header: { alg: 'HS256' }, sign: 'hmac-secret' })],
    ['with a key in its header', () => ({ header: { alg: 'RS256', jwk: { kty: 'RSA' } }, sign: 'foreign' })],
    [
      'with a key address in its header',
      () => ({ header: { alg: 'RS256', jku: 'https://evil.test/k' }, sign: 'foreign' }),
    ],
    ['with a certificate address', () => ({ header: { alg: 'RS256', x5u: 'https://evil.test/c' }, sign: 'foreign' })],
    ['with a critical header', () => ({ header: { alg: 'RS256', kid: 'idp-1', crit: ['b64'], b64: false } })],
    ['without its signature part', () => ({ sign: 'stripped' })],
    ['with an empty signature', () => ({ sign: 'none' })],
    ['with an ECDSA signature of zeros', () => ({ header: { alg: 'ES256', kid: 'idp-ec' }, sign: 'zero-ec' })],
    ['without kid, when several keys fit none', () => ({ header: { alg: 'RS384' } })],
    ['of a key that the IdP does not have', () => ({ header: { alg: 'RS256', kid: 'none-such' }, sign: 'foreign' })],
    ['without issuer', () => ({ claims: { iss: undefined } })],
    ['of another issuer', () => ({ claims: { iss: 'https://evil.test' } })],
    ['of an issuer that only begins alike', () => ({ claims: { iss: `${idp.issuer}/` } })],
    ['for another client', () => ({ claims: { aud: 'other' } })],
    ['without audience', () => ({ claims: { aud: undefined } })],
    ['for two clients without azp', () => ({ claims: { aud: ['sallyport', 'other'] } })],
    ['for two clients with the other’s azp', () => ({ claims: { aud: ['sallyport', 'other'], azp: 'other' } })],
    ['that has expired', () => ({ claims: { exp: seconds() - 60, iat: seconds() - 120 } })],
    ['without expiry', () => ({ claims: { exp: undefined } })],
    ['with an expiry that is text', () => ({ claims: { exp: '9999999999' } })],
    ['issued in the future', () => ({ claims: { iat: seconds() + hour } })],
    ['issued long ago', () => ({ claims: { iat: seconds() - hour } })],
    ['not valid yet', () => ({ claims: { nbf: seconds() + hour } })],
    ['with another nonce', () => ({ claims: { nonce: 'other' } })],
    ['without nonce', () => ({ claims: { nonce: undefined } })],
    ['with an empty nonce', () => ({ claims: { nonce: '' } })],
    ['without subject', () => ({ claims: { sub: undefined } })],
    ['with an empty subject', () => ({ claims: { sub: '' } })],
    ['with a subject that is a number', () => ({ claims: { sub: 1 } })],
    ['with a line feed in the subject', () => ({ claims: { sub: 'u1\n' } })],
    ['with a subject of 256 characters', () => ({ claims: { sub: 'x'.repeat(256) } })],
    ['with auth_time in the future', () => ({ claims: { auth_time: seconds() + hour } })],
    ['with auth_time that is text', () => ({ claims: { auth_time: 'now' } })],
    ['that is not there', () => ({ answer: { access_token: 'at', token_type: 'Bearer' } })],
    ['that is not text', () => ({ answer: { access_token: 'at', token_type: 'Bearer', id_token: 1 } })],
    ['that is no token', () => ({ answer: { access_token: 'at', token_type: 'Bearer', id_token: 'x.y.z' } })],
  ])('%s', async (_what, token) => {
    await expectRefused(await login(browser, token()));
  });

  test.each<[string, () => Token]>([
    ['for a list of one audience', () => ({ claims: { aud: ['sallyport'] } })],
    ['signed with ES256', () => ({ header: { alg: 'ES256', kid: 'idp-ec' }, sign: 'good-ec' })],
    ['without auth_time, as long as no fresh login was asked for', () => ({ claims: { auth_time: undefined } })],
  ])('but not one %s', async (_what, token) => {
    expect((await login(browser, token())).status).toBe(302);
    expect((await browser.me()).status).toBe(200);
  });

  test('and a hundred unknown keys fetch the key set twice at most', async () => {
    const before = idp.counts.jwks;
    const token: Token = { header: { alg: 'RS256', kid: 'none-such' }, sign: 'foreign' };
    for (let i = 0; i < 30; i += 1) await login(createBrowser(portal.origin), token);
    expect(idp.counts.jwks - before).toBeLessThanOrEqual(2);
  });
});

describe('a fresh sign-in', () => {
  test('asks the IdP to ask again, and notes when it did', async () => {
    const out = new URL(await begin(browser, '/login?fresh=1'));
    expect(out.searchParams.get('prompt')).toBe('login');
    expect(out.searchParams.get('max_age')).toBe('0');
    await browser.send(idp.answer(out.href).href);
    const { authenticatedAt } = (await browser.me()).me.session as { authenticatedAt: number };
    expect(Math.abs(authenticatedAt / 1000 - seconds())).toBeLessThan(5);
  });

  test('is refused when the IdP did not ask again, or does not say', async () => {
    const old = { claims: { auth_time: seconds() - 120 } };
    await expectRefused(await login(browser, old, '/login?fresh=1'));
    await expectRefused(await login(browser, { claims: { auth_time: undefined } }, '/login?fresh=1'));
  });

  test('a sign-in of which nobody knows when is never fresh', async () => {
    await login(browser, { claims: { auth_time: undefined } });
    expect(((await browser.me()).me.session as { authenticatedAt: number }).authenticatedAt).toBe(0);
    expect((await browser.post('/api/passkeys/options')).body).toMatchObject({ status: 403, reason: 'login.stale' });
  });
});

describe('an IdP', () => {
  test('that does not answer gives a clear page, and sign-in works again when it does', async () => {
    const own = await startFakeIdp(portal.callback);
    await own.stop();
    build(own.issuer);
    try {
      const down = await browser.send('/login?to=/access');
      expect(down.status).toBe(503);
      expect(await down.text()).toContain('Your sign-in service does not answer');
      await own.start();
      const out = browser.location(await browser.send('/login?to=/access'));
      expect(browser.location(await browser.send(own.answer(out).href))).toBe(`${portal.origin}/access`);

      browser.jar().delete(SESSION);
      const back = own.answer(browser.location(await browser.send('/login'))).href;
      own.knobs.broken = true;
      const broken = await browser.send(back);
      expect(broken.status).toBe(503);
      expect(browser.jar().has(SESSION)).toBe(false);
    } finally {
      await own.close();
      build();
    }
  });

  test.each<[string, Record<string, unknown>]>([
    ['calls itself another name', { issuer: 'https://evil.test' }],
    ['signs with MACs only', { id_token_signing_alg_values_supported: ['HS256'] }],
    ['has its token endpoint on plain http elsewhere', { token_endpoint: 'http://idp.example.com/token' }],
    ['has no key set', { jwks_uri: undefined }],
    ['has a javascript address', { authorization_endpoint: 'javascript:alert(1)' }],
  ])('that %s is not used', async (_what, metadata) => {
    const own = await startFakeIdp(portal.callback);
    own.knobs.metadata = metadata;
    build(own.issuer);
    try {
      const answer = await browser.send('/login');
      expect(answer.status).toBe(503);
      expect(answer.headers.get('location')).toBeNull();
    } finally {
      await own.close();
      build();
    }
  });
});

test('Redis away: sign-in is refused with 503 and works again when it is back', async () => {
  await login();
  await redis.kill();
  try {
    const page = await browser.send('/login?fresh=1');
    expect(page.status).toBe(503);
    const me = await browser.send('/api/me');
    expect(me.status).toBe(503);
    expect(await me.json()).toMatchObject({ reason: 'state.unavailable', status: 503 });
  } finally {
    await redis.restart();
  }
  await expect.poll(async () => (await browser.me()).status, { timeout: 5000 }).toBe(200);
});
