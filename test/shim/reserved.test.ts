// The reserved prefix: who may call what, and what a foreign page, a form or somebody else's id gets.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { refuse } from '../../src/kernel/verdict.ts';
import {
  ASK,
  COOKIE,
  call,
  type Headers,
  hearing,
  logged,
  ORIGIN,
  OWN,
  openEvents,
  reasonOf,
  resetWorld,
  startServer,
  stopServer,
  TOKEN,
  tracked,
  world,
} from './reservedKit.ts';

beforeAll(startServer);
afterAll(stopServer);
beforeEach(resetWorld);

describe('the session', () => {
  test.each([
    ['GET', 'me'],
    ['GET', 'grants/gra_1'],
    ['GET', 'holds/hol_1'],
    ['GET', 'events'],
    ['GET', 'nothing'],
    ['POST', 'grants'],
    ['POST', 'logout'],
    ['POST', 'holds/hol_1/cancel'],
  ])('%s %s is for people who are signed in: 401 problem JSON else', async (method, path) => {
    const { cookie: _, ...without } = OWN;
    const answer = await call(method, path, without, method === 'POST' ? JSON.stringify(ASK) : undefined);
    expect(answer.status).toBe(401);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(reasonOf(answer)).toBe('session.missing');
    expect([world.asked, world.ended, world.cancelled]).toEqual([[], [], []]);
  });

  test('two session cookies are refused, whichever would be right', async () => {
    const answer = await call('GET', 'me', { cookie: `__Host-sallyport=${TOKEN}; __Host-sallyport=other` });
    expect([answer.status, reasonOf(answer)]).toEqual([400, 'request.ambiguous']);
  });

  test('when it cannot be checked, nothing is served, and no inner word leaves', async () => {
    world.found = () => Promise.reject(Object.assign(new Error('redis at /secret/path'), { name: 'StateUnavailable' }));
    const gone = await call('GET', 'me', COOKIE);
    expect([gone.status, reasonOf(gone)]).toEqual([503, 'state.unavailable']);
    world.found = () => Promise.reject(new Error('a secret'));
    const broken = await call('GET', 'me', COOKIE);
    expect([broken.status, reasonOf(broken)]).toEqual([500, 'gateway.failed']);
    expect(gone.text + broken.text).not.toContain('secret');
    expect(logged).toHaveLength(1);
  });

  test('me tells the page what it needs and no more', async () => {
    const answer = await call('GET', 'me', COOKIE);
    expect(JSON.parse(answer.text)).toEqual({
      ...{ person: { name: 'ada' }, console: { id: 'mdm', name: 'Example MDM' } },
      ...{ portal: 'http://portal.localhost:1', may: { ask: true }, steppedUpAt: 5 },
    });
  });

  test('logout ends it and takes the cookie away', async () => {
    const answer = await call('POST', 'logout', OWN);
    expect(answer.status).toBe(204);
    expect(world.ended).toEqual(['ses_1']);
    expect(answer.headers['set-cookie']).toEqual([
      '__Host-sallyport=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0',
    ]);
  });
});

describe('changes come from this console’s own pages only', () => {
  test.each<[string, Headers]>([
    ['no Origin', { origin: '' }],
    ['another origin', { origin: 'http://evil.localhost:1' }],
    ['the portal', { origin: 'http://portal.localhost:1' }],
    ['an opaque origin', { origin: 'null' }],
    ['another port', { origin: 'http://console.localhost:2' }],
    ['https instead of http', { origin: 'https://console.localhost:1' }],
    ['a longer host', { origin: `${ORIGIN}.evil.test` }],
    ['a same-site page', { 'sec-fetch-site': 'same-site' }],
    ['a cross-site page', { 'sec-fetch-site': 'cross-site' }],
    ['an address typed in', { 'sec-fetch-site': 'none' }],
    ['no Sec-Fetch-Site', { 'sec-fetch-site': '' }],
    ['no shim header', { 'x-sallyport-shim': '' }],
    ['another shim header', { 'x-sallyport-shim': 'true' }],
  ])('%s: refused', async (_what, odd) => {
    const headers = Object.fromEntries(Object.entries({ ...OWN, ...odd }).filter(([, value]) => value !== ''));
    for (const path of ['grants', 'logout', 'holds/hol_1/cancel']) {
      const answer = await call('POST', path, headers, path === 'grants' ? JSON.stringify(ASK) : '{}');
      expect([answer.status, reasonOf(answer)]).toEqual([403, 'csrf']);
    }
    expect([world.asked, world.ended, world.cancelled]).toEqual([[], [], []]);
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/json; charset=utf-7',
    '',
  ])('content type "%s" is refused', async (type) => {
    const { 'content-type': _, ...rest } = OWN;
    const answer = await call(
      'POST',
      'grants',
      type === '' ? rest : { ...rest, 'content-type': type },
      JSON.stringify(ASK),
    );
    expect([answer.status, reasonOf(answer)]).toEqual([400, 'input.invalid']);
    expect(world.asked).toEqual([]);
  });

  test('a GET changes nothing: 405', async () => {
    for (const path of ['logout', 'grants', 'holds/hol_1/cancel'])
      expect((await call('GET', path, COOKIE)).status).toBe(405);
    expect(world.ended).toEqual([]);
  });

  test('reading from another origin is refused too', async () => {
    for (const path of ['me', 'grants/gra_1', 'events'])
      expect((await call('GET', path, { ...COOKIE, 'sec-fetch-site': 'same-site' })).status).toBe(403);
  });
});

describe('asking for access', () => {
  test('is passed on with the title that the server makes, and answered without the private words', async () => {
    const answer = await call('POST', 'grants', OWN, JSON.stringify(ASK));
    expect(answer.status).toBe(201);
    expect(world.asked).toEqual([{ ...ASK, title: 'Wipe 1 device: d-1' }]);
    expect(answer.text).not.toContain('private words');
    expect(answer.text).not.toContain('idp#');
  });

  test.each<[string, unknown]>([
    ['an unknown member', { ...ASK, holder: 'idp#olga' }],
    ['a title of its own', { ...ASK, title: 'Read 1 device' }],
    ['no reason', { ...ASK, reason: '    ' }],
    ['no targets', { ...ASK, targets: [] }],
    ['minutes as text', { ...ASK, minutes: '30' }],
    ['too long', { ...ASK, minutes: 481 }],
    ['another console', { ...ASK, console: 'other' }],
    ['an action that the pack does not know', { ...ASK, actions: ['device.explode'] }],
    ['a list', [ASK]],
    ['null', null],
  ])('%s is refused, and the fault is named', async (_what, body) => {
    const answer = await call('POST', 'grants', OWN, JSON.stringify(body));
    expect([answer.status, reasonOf(answer)]).toEqual([400, 'input.invalid']);
    expect(JSON.parse(answer.text).faults.length).toBeGreaterThan(0);
    expect(world.asked).toEqual([]);
  });

  test('what is not JSON, or not UTF-8, or too long, is refused', async () => {
    expect((await call('POST', 'grants', OWN, '{"console":')).status).toBe(400);
    expect((await call('POST', 'grants', OWN, '')).status).toBe(400);
    const long = await call('POST', 'grants', OWN, `${JSON.stringify(ASK)}${' '.repeat(70_000)}`);
    expect([long.status, reasonOf(long)]).toEqual([413, 'body.too_large']);
    expect(long.headers.connection).toBe('close');
    expect(world.asked).toEqual([]);
  });

  test('whom policy does not let ask is told so; too many open asks too', async () => {
    world.mayAsk = false;
    expect(reasonOf(await call('POST', 'grants', OWN, JSON.stringify(ASK)))).toBe('forbidden');
    expect(world.asked).toEqual([]);
    world.mayAsk = true;
    world.outcome = 'too.many';
    const many = await call('POST', 'grants', OWN, JSON.stringify(ASK));
    expect([many.status, JSON.parse(many.text).title]).toEqual([409, 'You have too many requests for access open']);
  });
});

describe('reading one’s own', () => {
  test('a grant and a hold of another person or session are as unknown as none', async () => {
    expect((await call('GET', 'grants/gra_1', COOKIE)).status).toBe(200);
    expect((await call('GET', 'holds/hol_1', COOKIE)).status).toBe(200);
    const others = ['grants/gra_2', 'grants/gra_3', 'holds/hol_2', 'holds/hol_3'];
    const answers = await Promise.all(others.map((path) => call('GET', path, COOKIE)));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(404);
    expect((await call('POST', 'holds/hol_2/cancel', OWN, '{}')).status).toBe(404);
    expect(world.cancelled).toEqual([]);
    expect((await call('POST', 'holds/hol_1/cancel', OWN, '{}')).status).toBe(204);
    expect(world.cancelled).toEqual(['hol_1']);
  });

  test.each([
    '',
    'toString',
    '__proto__',
    'grants/',
    'grants/a/b',
    'grants/..%2fme',
    'holds/hol_1/sign',
    'me/',
    'ME',
    '../me',
    'grants/*',
  ])('an unknown path "%s" is 404', async (path) => {
    expect((await call('GET', path, COOKIE)).status).toBe(404);
  });

  test('events: hints for this session and person only; they end with the session, and nothing stays behind', async () => {
    let text = '';
    let over = false;
    const sent = openEvents().on('response', (res) => {
      res.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      res.on('end', () => {
        over = true;
      });
    });
    sent.end();
    await expect.poll(() => text).toContain('retry');
    for (const heard of hearing) {
      heard({ kind: 'grant', id: 'gra_1', holder: 'idp#ada' });
      heard({ kind: 'grant', id: 'gra_9', holder: 'idp#eve' });
      heard({ kind: 'hold', id: 'hol_1', session: 'ses_1' });
      heard({ kind: 'hold', id: 'hol_9', session: 'ses_9' });
      heard({ kind: 'stepup', session: 'ses_9' });
      heard({ kind: 'session', id: 'ses_9' });
    }
    await expect.poll(() => text).toContain('event: hold\ndata: {"id":"hol_1"}');
    expect(text).toContain('event: grant\ndata: {"id":"gra_1"}');
    expect(text).not.toMatch(/_9|stepup|world.ended/);
    expect(tracked.size).toBe(1);
    world.found = async () => refuse('session.revoked', 'ended');
    for (const heard of hearing) heard({ kind: 'session', id: 'ses_1' });
    await expect.poll(() => over).toBe(true);
    expect(text).toContain('event: ended');
    expect([hearing.size, tracked.size]).toEqual([0, 0]);
  });

  test('events: a client that goes away leaves nothing, and a session has eight streams at most', async () => {
    const open = Array.from({ length: 8 }, () => {
      const sent = openEvents();
      sent.on('error', () => {});
      sent.end();
      return sent;
    });
    await expect.poll(() => hearing.size).toBe(8);
    expect((await call('GET', 'events', COOKIE)).status).toBe(429);
    for (const sent of open) sent.destroy();
    await expect.poll(() => [hearing.size, tracked.size]).toEqual([0, 0]);
  });
});
