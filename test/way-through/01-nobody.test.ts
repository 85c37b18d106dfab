// Point 1: nobody's request reaches the console. Its own log, empty to the end, is the proof.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { sendRaw } from '../kit/rawClient.ts';
import { type Stack, signIn, startStack } from '../kit/stack.ts';
import { createUserAgent, type SendOptions } from '../kit/userAgent.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterEach(() => expect(stack.received).toEqual([]));
afterAll(() => stack.close());

const nobody = createUserAgent();
const ask = (path: string, options: SendOptions = {}) => nobody.send(`${stack.addresses.console}${path}`, options);
const host = () => new URL(stack.addresses.console).host;
const raw = (lines: string[], body = '') => sendRaw(stack.port, [...lines, '', body].join('\r\n'));

describe('a navigation goes to the sign-in', () => {
  test.each(['GET', 'HEAD'])('%s of a page: 302 to the portal, nothing of the console in it', async (method) => {
    const answer = await ask('/devices/d-0142?tab=apps', { method, navigate: true });
    expect(answer.status).toBe(302);
    const to = new URL(answer.headers.location ?? '');
    expect([to.origin, to.pathname]).toEqual([stack.addresses.portal, '/handoff']);
    expect([...to.searchParams.keys()].sort()).toEqual(['console', 'key']);
    expect(to.href).not.toContain('d-0142');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(
        /^__Host-sallyport-handoff-[A-Za-z0-9_-]{8}=[^;]+; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=600$/,
      ),
    ]);
  });
  test('a page that exists and one that does not look the same', async () => {
    const [here, nowhere] = [await ask('/devices', { navigate: true }), await ask('/nothing', { navigate: true })];
    expect(here.status).toBe(nowhere.status);
    expect(Object.keys(here.headers).sort()).toEqual(Object.keys(nowhere.headers).sort());
  });
  test('a form that somebody posts is a 401 page: its content would be lost on the way', async () => {
    const answer = await ask('/users', {
      method: 'POST',
      navigate: true,
      body: 'name=a&email=b',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
    });
    expect([answer.status, answer.headers['x-sallyport-refused']]).toEqual([401, 'session.missing']);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.headers.location).toBeUndefined();
  });
});

describe('everything else is 401 problem JSON, never a redirect', () => {
  const json = { 'content-type': 'application/json' };
  const cases: [string, string, SendOptions][] = [
    ['an asset', '/assets/base.css', { headers: { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'style' } }],
    ['an image', '/assets/icon.svg', { headers: { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' } }],
    ['a fetch', '/api/devices', {}],
    ['an XHR that takes pages', '/', { headers: { accept: 'text/html', 'x-requested-with': 'XMLHttpRequest' } }],
    ['an event stream', '/api/stream', { headers: { accept: 'text/event-stream' } }],
    ['a POST', '/api/devices/d-0142/wipe', { method: 'POST', body: '{}', headers: json }],
    ['a PATCH', '/api/devices/d-0142', { method: 'PATCH', body: '{"name":"x"}', headers: json }],
    ['a DELETE', '/api/devices/d-0142/profiles/p-03', { method: 'DELETE' }],
    ['the console’s own sign-in', '/login', { method: 'POST', body: 'user=demo&password=demo' }],
    ['a preflight', '/api/devices', { method: 'OPTIONS', headers: { 'access-control-request-method': 'POST' } }],
    ['a path that only begins like the reserved one', '/.sallyportx/me', {}],
    ['the reserved path in capitals', '/.Sallyport/me', {}],
    ['the reserved prefix', '/.sallyport/me', {}],
    ['the reserved prefix without a slash', '/.sallyport', {}],
    ['the reserved prefix, encoded', '/%2esallyport/me', {}],
  ];
  test.each(cases)('%s', async (_what, path, options) => {
    const answer = await ask(path, options);
    expect(answer.status).toBe(401);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.json()).toMatchObject({
      type: 'urn:sallyport:reason:session.missing',
      status: 401,
      reason: 'session.missing',
      title: 'You are not signed in',
    });
  });
  test('HEAD: the same head, and no body', async () => {
    const answer = await ask('/api/devices', { method: 'HEAD' });
    expect([answer.status, answer.headers['x-sallyport-refused'], answer.body.length]).toEqual([
      401,
      'session.missing',
      0,
    ]);
  });
  test('an upgrade', async () => {
    const reply = await raw([
      'GET /ws/events HTTP/1.1',
      `Host: ${host()}`,
      `Origin: ${stack.addresses.console}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    ]);
    expect([reply.status, reply.header('x-sallyport-refused')]).toEqual([401, 'session.missing']);
  });
  test('an upload that waits for a word: it gets 401 and not 100', async () => {
    const reply = await raw([
      'POST /api/apps HTTP/1.1',
      `Host: ${host()}`,
      'Content-Type: multipart/form-data; boundary=x',
      'Content-Length: 1000000000',
      'Expect: 100-continue',
    ]);
    expect(reply.text.startsWith('HTTP/1.1 401')).toBe(true);
  });
  test('a second request behind a first one', async () => {
    const one = ['GET /api/devices HTTP/1.1', `Host: ${host()}`, '', ''].join('\r\n');
    const reply = await sendRaw(stack.port, one + one);
    expect(reply.text.match(/HTTP\/1\.1 401/g)).toHaveLength(2);
  });
});

describe('a cookie that is not of a session here is none', () => {
  const withCookie = (cookie: string) => ask('/api/devices', { headers: { cookie } });
  test('an invented one', async () => {
    expect((await withCookie(`__Host-sallyport=${'A'.repeat(43)}`)).status).toBe(401);
    expect((await withCookie('__Host-sallyport=')).status).toBe(401);
    expect((await withCookie('acme_session=stolen; sallyport=1')).status).toBe(401);
  });
  test('the portal’s, of somebody who is signed in there', async () => {
    const ada = await signIn(stack, 'ada');
    const secret = ada.cookiesOf(new URL(stack.addresses.portal).host).get('__Host-sallyport') ?? '';
    expect(secret).toHaveLength(43);
    const answer = await withCookie(`__Host-sallyport=${secret}`);
    expect([answer.status, answer.json().reason]).toEqual([401, 'session.missing']);
  });
});

describe('what has no console gets no further', () => {
  test.each(['other.localhost', '127.0.0.1', 'console.localhost', 'console.localhost.evil.example'])(
    'Host: %s',
    async (unknown) => {
      const reply = await raw(['GET / HTTP/1.1', `Host: ${unknown}`]);
      expect([reply.status, reply.header('x-sallyport-refused')]).toEqual([421, 'host.unknown']);
      expect(reply.header('location')).toBeUndefined();
    },
  );
  test('the portal’s host has no way to the console', async () => {
    for (const path of ['/api/devices', '/api/stream', '/ws/events', '/assets/base.css']) {
      const answer = await nobody.send(`${stack.addresses.portal}${path}`);
      expect(answer.status, path).toBeGreaterThanOrEqual(400);
    }
  });
  test.each([
    ['CONNECT', ['CONNECT 127.0.0.1:80 HTTP/1.1', 'Host: 127.0.0.1:80']],
    ['CONNECT to the console’s own name', ['CONNECT console.localhost:443 HTTP/1.1']],
  ])('%s', async (_what, [line = '']) => {
    const reply = await raw([line, `Host: ${host()}`]);
    expect([reply.status, reply.header('x-sallyport-refused')]).toEqual([400, 'request.ambiguous']);
  });
  test('an absolute target, of the console or of another machine', async () => {
    for (const target of [`${stack.addresses.console}/api/devices`, `${stack.addresses.upstream}/api/devices`]) {
      const reply = await raw([`GET ${target} HTTP/1.1`, `Host: ${host()}`]);
      expect([reply.status, reply.header('x-sallyport-refused')]).toEqual([400, 'request.ambiguous']);
    }
  });
  test('the reserved prefix is no way around: dots are not resolved', async () => {
    for (const path of ['/.sallyport/../api/devices', '/.sallyport/%2e%2e/api/devices', '/.sallyport//api/devices']) {
      const reply = await raw([`GET ${path} HTTP/1.1`, `Host: ${host()}`]);
      expect([reply.status, reply.header('x-sallyport-refused')], path).toEqual([400, 'request.ambiguous']);
    }
  });
});
