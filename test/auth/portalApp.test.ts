import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { handoffCookie, handoffTab } from '../../src/auth/session/cookie.ts';
import { Me } from '../../src/portal/contract/me.ts';
import { Problem } from '../../src/portal/contract/nouns.ts';
import { PasskeyList } from '../../src/portal/contract/passkeys.ts';
import { createAuthenticator } from '../kit/authenticator.ts';
import { startRedis, type TestRedis } from '../kit/redis.ts';
import { type FakeIdp, startFakeIdp } from './fakeIdp.ts';
import { type Browser, createBrowser, startPortal, type TestPortal } from './portal.ts';

const SESSION = '__Host-sallyport';
let redis: TestRedis;
let portal: TestPortal;
let idp: FakeIdp;
let browser: Browser;

beforeAll(async () => {
  redis = await startRedis({ commandTimeout: 5000 });
  portal = await startPortal(redis);
  idp = await startFakeIdp(portal.callback);
  portal.serve({ issuer: idp.issuer, clientId: idp.client.id, clientSecret: idp.client.secret });
});
afterAll(async () => {
  await portal?.close();
  await idp?.close();
  await redis?.stop();
});
beforeEach(() => {
  browser = createBrowser(portal.origin);
});

async function signIn(who = browser): Promise<void> {
  const out = who.location(await who.send('/login'));
  await who.send(idp.answer(out).href);
}

describe('what the portal sends', () => {
  test('has a strict policy with a nonce of its own each time, which stands in the page', async () => {
    const nonces = new Set<string>();
    const paths = ['/', '/access', '/approvals/gra_1', '/approvals/hold/hol_1', '/review', '/operate', '/sign/hol_1'];
    for (const path of [...paths, '/stepup?console=acme', '/signed-out']) {
      const answer = await browser.send(path);
      expect(answer.status).toBe(200);
      const policy = answer.headers.get('content-security-policy') ?? '';
      const [, nonce = ''] = /'nonce-([A-Za-z0-9_-]{43})'/.exec(policy) ?? [];
      expect(policy).toBe(
        `default-src 'none';script-src 'self';style-src 'self' 'nonce-${nonce}';img-src 'self' data:;connect-src 'self';font-src 'self';frame-ancestors 'none';base-uri 'none';form-action 'self'`,
      );
      expect(await answer.text()).toContain(`<meta name="csp-nonce" content="${nonce}">`);
      nonces.add(nonce);
    }
    expect(nonces.size).toBe(9);
  });

  test.each(['/', '/api/me', '/api/nothing', '/login', '/callback', '/handoff', '/nothing', '/assets/nothing.js'])(
    '%s is never kept, framed, opened by others or guessed at',
    async (path) => {
      const { headers } = await browser.send(path);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('etag')).toBeNull();
      expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    },
  );

  test('keeps built assets for good, and answers a missing one with 404 and no page', async () => {
    const asset = await browser.send('/assets/app-1a2b3c.js');
    expect(asset.status).toBe(200);
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const missing = await browser.send('/assets/app-other.js');
    expect(missing.status).toBe(404);
    expect(await missing.text()).not.toContain('front end');
  });

  test('shows no page inside another one', async () => {
    for (const dest of ['iframe', 'frame', 'embed', 'object']) {
      const answer = await browser.send('/sign/hol_1', { headers: { 'sec-fetch-dest': dest } });
      expect(answer.status).toBe(403);
      expect(await answer.text()).not.toContain('front end');
    }
  });

  test('is problem JSON in our words for an API path that nobody knows, and a page for a page', async () => {
    const api = await browser.send('/api/nothing/%3Cscript%3E');
    expect(api.status).toBe(404);
    expect(api.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    const problem = Problem.parse(await api.json());
    expect(problem).toMatchObject({ reason: 'not.found', type: 'urn:sallyport:reason:not.found', status: 404 });
    expect(problem.request).toMatch(/^exc_/);
    expect(JSON.stringify(problem)).not.toContain('script');
    const page = await browser.send('/nothing');
    expect(page.status).toBe(404);
    expect(await page.text()).toContain('front end');
  });

  test('tells nothing of an inner failure', async () => {
    const answer = await browser.send('/api/%E0%A4%A');
    expect([400, 404]).toContain(answer.status);
    expect(await answer.text()).not.toMatch(/at .*\.ts|node_modules|URIError/);
  });
});

describe('who is signed in', () => {
  test('is told in the shape of the contract; nobody is 401', async () => {
    const nobody = await browser.send('/api/me');
    expect(nobody.status).toBe(401);
    expect(Problem.parse(await nobody.json()).reason).toBe('session.missing');
    await signIn();
    const { me } = await browser.me();
    expect(Me.parse(me)).toMatchObject({
      consoles: [
        { id: 'acme', may: true, asks: [{ action: 'device.wipe', label: 'Wipe devices' }] },
        { id: 'other', may: true },
      ],
      passkeys: 0,
      session: { idleMinutes: 30, steppedUpAt: null },
    });
    expect(JSON.stringify(me)).not.toContain(browser.jar().get(SESSION));
  });

  test('is nobody when two session cookies come', async () => {
    await signIn();
    const secret = browser.jar().get(SESSION);
    const answer = await browser.send('/api/me', { headers: { cookie: `${SESSION}=${secret}; ${SESSION}=${secret}` } });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ reason: 'request.ambiguous' });
  });

  test('logs out everywhere: the cookie is cleared, dead at once, also on the console', async () => {
    await signIn();
    const secret = browser.jar().get(SESSION) ?? '';
    const found = await portal.sessions.find(secret, portal.origin);
    if (!found.go) throw new Error(found.detail);
    const onConsole = await portal.sessions.issueToken(found.value, portal.consoleOrigin);
    const answer = await browser.post('/api/logout');
    expect(answer.status).toBe(204);
    expect(browser.jar().has(SESSION)).toBe(false);
    const replayed = await browser.send('/api/me', { headers: { cookie: `${SESSION}=${secret}` } });
    expect(await replayed.json()).toMatchObject({ status: 401, reason: 'session.revoked' });
    expect((await portal.sessions.find(onConsole, portal.consoleOrigin)).go).toBe(false);
    expect((await redis.journalEvents()).at(-1)).toMatchObject({ kind: 'session.ended', facts: { because: 'logout' } });
  });
});

describe('a change is refused', () => {
  const good = (csrf: string): Record<string, string> => ({
    origin: portal.origin,
    'sec-fetch-site': 'same-origin',
    'content-type': 'application/json',
    'x-sallyport-csrf': csrf,
  });
  test.each<[string, (headers: Record<string, string>) => void]>([
    ["from a console's page", (h) => Object.assign(h, { origin: portal.consoleOrigin, 'sec-fetch-site': 'same-site' })],
    ["with a console's Origin alone", (h) => Object.assign(h, { origin: portal.consoleOrigin })],
    ['from an opaque origin', (h) => Object.assign(h, { origin: 'null' })],
    ['from https instead of http', (h) => Object.assign(h, { origin: portal.origin.replace('http:', 'https:') })],
    ['from another port', (h) => Object.assign(h, { origin: 'http://portal.localhost' })],
    ['from an origin that only begins alike', (h) => Object.assign(h, { origin: `${portal.origin}.evil.test` })],
    ['from an origin with a path', (h) => Object.assign(h, { origin: `${portal.origin}/` })],
    ['without Origin', (h) => void delete h.origin],
    ['that is same-site only', (h) => Object.assign(h, { 'sec-fetch-site': 'same-site' })],
    ['that is cross-site', (h) => Object.assign(h, { 'sec-fetch-site': 'cross-site' })],
    ['that nobody on the page asked for', (h) => Object.assign(h, { 'sec-fetch-site': 'none' })],
    ['without a token', (h) => void delete h['x-sallyport-csrf']],
    ['with an empty token', (h) => Object.assign(h, { 'x-sallyport-csrf': '' })],
    ['with a wrong token', (h) => Object.assign(h, { 'x-sallyport-csrf': 'x'.repeat(43) })],
    ['as a form', (h) => Object.assign(h, { 'content-type': 'application/x-www-form-urlencoded' })],
    ['as text', (h) => Object.assign(h, { 'content-type': 'text/plain' })],
    ['as a file upload', (h) => Object.assign(h, { 'content-type': 'multipart/form-data; boundary=x' })],
    ['as JSON by another name', (h) => Object.assign(h, { 'content-type': 'application/vnd.api+json' })],
    ['as text that mentions JSON', (h) => Object.assign(h, { 'content-type': 'text/plain; application/json' })],
    ['without a type', (h) => void delete h['content-type']],
  ])('%s', async (_what, change) => {
    await signIn();
    const { me } = await browser.me();
    const headers = good(String(me.csrf));
    change(headers);
    const answer = await browser.send('/api/logout', { method: 'POST', headers, body: '{}' });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ reason: 'csrf' });
    expect((await browser.me()).status).toBe(200);
  });

  test("with another session's token", async () => {
    await signIn();
    const other = createBrowser(portal.origin);
    await signIn(other);
    const { me } = await other.me();
    const answer = await browser.send('/api/logout', { method: 'POST', headers: good(String(me.csrf)), body: '{}' });
    expect(answer.status).toBe(403);
    expect((await browser.me()).status).toBe(200);
  });

  test.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS'])('by %s, whatever it carries', async (method) => {
    await signIn();
    const { me } = await browser.me();
    const answer = await browser.send('/api/logout', { method, headers: good(String(me.csrf)) });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('by GET: nothing changes by being opened', async () => {
    await signIn();
    for (const path of ['/api/logout', '/api/stepup', '/api/passkeys/options', '/api/passkeys/x/remove'])
      expect((await browser.send(path)).status).toBe(404);
    expect((await browser.me()).status).toBe(200);
  });

  test('without a session, with 401', async () => {
    const answer = await browser.send('/api/logout', { method: 'POST', headers: good('x'), body: '{}' });
    expect(answer.status).toBe(401);
  });

  test('but what the front end sends is done, with or without Sec-Fetch-Site', async () => {
    await signIn();
    const { me } = await browser.me();
    const headers = good(String(me.csrf));
    delete headers['sec-fetch-site'];
    expect((await browser.send('/api/logout', { method: 'POST', headers, body: '{}' })).status).toBe(204);
  });
});

describe('a body', () => {
  test('over 64 KiB, broken, encoded or of another shape is refused in words', async () => {
    await signIn();
    const { me } = await browser.me();
    const send = (body: string, more: Record<string, string> = {}) =>
      browser.send('/api/passkeys', {
        method: 'POST',
        headers: {
          ...{ origin: portal.origin, 'content-type': 'application/json', 'x-sallyport-csrf': String(me.csrf) },
          ...more,
        },
        body,
      });
    expect(await (await send(`{"name":"${'x'.repeat(70_000)}"}`)).json()).toMatchObject({ reason: 'body.too_large' });
    expect(await (await send('{"name":')).json()).toMatchObject({ reason: 'body.unreadable' });
    expect(await (await send('"text"')).json()).toMatchObject({ reason: 'body.unreadable' });
    expect(await (await send('{}', { 'content-encoding': 'gzip' })).json()).toMatchObject({
      reason: 'body.unreadable',
    });
    const shape = Problem.parse(await (await send('{"name":"","credential":{}}')).json());
    expect(shape.reason).toBe('input.invalid');
    expect(shape.faults?.map(({ at }) => at)).toEqual(['name', 'credential.id']);
    expect((await send('{"__proto__":{"name":"x"},"name":7}')).status).toBe(400);
  });

  test('that ends early leaves the portal answering', async () => {
    await signIn();
    const { me } = await browser.me();
    await new Promise<void>((resolve) => {
      const { port } = new URL(portal.origin);
      const sent = request({
        ...{ host: '127.0.0.1', port, path: '/api/logout', method: 'POST' },
        headers: {
          host: new URL(portal.origin).host,
          origin: portal.origin,
          cookie: `${SESSION}=${browser.jar().get(SESSION)}`,
          'content-type': 'application/json',
          'x-sallyport-csrf': String(me.csrf),
          'content-length': '100',
        },
      });
      sent.on('error', () => resolve());
      sent.write('{"a":');
      setTimeout(() => sent.destroy(), 50);
    });
    expect((await browser.me()).status).toBe(200);
  });
});

describe('passkeys over the API', () => {
  test('enrol, step up, rename and remove, each as the contract says', async () => {
    await signIn();
    const authenticator = createAuthenticator(portal.origin);
    const options = (await browser.post('/api/passkeys/options')).body;
    const enrolled = await browser.post('/api/passkeys', { name: ' Blue ', credential: authenticator.create(options) });
    expect(enrolled).toMatchObject({ status: 200, body: { name: 'Blue' } });
    const { id } = enrolled.body;
    const list = async () => PasskeyList.parse(await (await browser.send('/api/passkeys')).json());
    expect(await list()).toHaveLength(1);
    expect((await browser.me()).me.passkeys).toBe(1);

    expect((await browser.post(`/api/passkeys/${id}/rename`, { name: 'Red' })).body).toMatchObject({ name: 'Red' });
    expect(await browser.post(`/api/passkeys/${id}/remove`)).toMatchObject({
      status: 403,
      body: { reason: 'stepup.required' },
    });
    const asked = (await browser.post('/api/stepup/options')).body;
    const assertion = authenticator.get(asked);
    const stepped = await browser.post('/api/stepup', { assertion });
    expect(stepped).toMatchObject({ status: 200, body: { steppedUpAt: expect.any(Number) } });
    expect((await browser.me()).me.session).toMatchObject({ steppedUpAt: stepped.body.steppedUpAt });
    expect(await browser.post('/api/stepup', { assertion })).toMatchObject({
      status: 403,
      body: { reason: 'passkey.refused' },
    });
    expect((await browser.post(`/api/passkeys/${id}/remove`)).status).toBe(204);
    expect(await list()).toEqual([]);
    expect(await browser.post(`/api/passkeys/${id}/rename`, { name: 'x' })).toMatchObject({ status: 404 });
    expect(await browser.post('/api/passkeys/%2e%2e/remove')).toMatchObject({ status: 404 });
  });

  test('are nobody’s without a session', async () => {
    expect((await browser.send('/api/passkeys')).status).toBe(401);
    expect((await browser.post('/api/passkeys/options')).status).toBe(401);
    expect((await browser.post('/api/stepup/options')).status).toBe(401);
  });
});

describe('the hand-off to a console', () => {
  const address = (key: string, id = 'acme') => `/handoff?console=${id}&key=${key}`;

  test('signs in first when nobody is, then goes on to the console with a code for that browser', async () => {
    const { cookie, key } = portal.handoff.begin('/devices?page=2');
    browser.jar(portal.consoleOrigin).set(handoffCookie(handoffTab(key)), cookie);
    const out = browser.location(await browser.send(address(key)));
    expect(out.startsWith(`${idp.issuer}/auth?`)).toBe(true);
    expect(out).not.toContain(key);
    const back = browser.location(await browser.send(idp.answer(out).href));
    expect(back).toBe(`${portal.origin}${address(key)}`);
    const entered = new URL(browser.location(await browser.send(back)));
    expect(`${entered.origin}${entered.pathname}`).toBe(`${portal.consoleOrigin}/.sallyport/enter`);
    expect(entered.searchParams.get('tab')).toBe(key.slice(0, 8));
    const code = entered.searchParams.get('code') ?? '';
    const redeemed = await portal.handoff.redeem(code, cookie, 'acme');
    expect(redeemed).toMatchObject({ go: true, value: { returnTo: '/devices?page=2' } });
    if (!redeemed.go) throw new Error('not redeemed');
    const { me } = await browser.me();
    expect(redeemed.value.session).toBe((me.session as { id: string }).id);
  });

  test('goes on at once for somebody who is signed in, with a new code each time', async () => {
    await signIn();
    const { key } = portal.handoff.begin();
    const codes = [];
    for (let i = 0; i < 2; i += 1) codes.push(browser.location(await browser.send(address(key))));
    expect(codes[0]).not.toBe(codes[1]);
  });

  test('goes to configured consoles only, and only with a key', async () => {
    await signIn();
    const { key } = portal.handoff.begin();
    const paths = [
      address(key, 'unknown'),
      address(key, 'https://evil.test'),
      address('short'),
      '/handoff',
      `${address(key)}&console=other`,
      `/handoff?console=acme&key=${key}&key=${key}`,
    ];
    for (const path of paths) {
      const answer = await browser.send(path);
      expect(answer.status).toBe(404);
      expect(answer.headers.get('location')).toBeNull();
    }
  });
});
