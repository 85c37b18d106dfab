// The reserved prefix over plain http: who may call what, and what a foreign page, a form or a bad return path gets.
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Console } from '../../src/kernel/exchange.ts';
import type { Grant } from '../../src/kernel/grant.ts';
import type { Hold } from '../../src/kernel/hold.ts';
import type { Session } from '../../src/kernel/session.ts';
import { go, refuse, type Verdict } from '../../src/kernel/verdict.ts';
import type { Change } from '../../src/proxy/reserved/events.ts';
import { type AskTerms, createReserved } from '../../src/proxy/reserved/reserved.ts';

const ORIGIN = 'http://console.localhost:1';
const CONSOLE: Console = { id: 'mdm', name: 'Example MDM', origin: ORIGIN, upstream: '', pack: 'p', shim: true };
const TOKEN = 't'.repeat(43);
const session: Session = {
  ...{ id: 'ses_1', startedAt: 0, authenticatedAt: 0, absoluteUntil: 9e15, steppedUpAt: 5, epoch: 'e' },
  principal: { id: 'idp#ada', name: 'ada', groups: ['mdm-admins'] },
};
const hold: Hold = {
  ...{ id: 'hol_1', console: 'mdm', session: 'ses_1', action: 'a.b', method: 'POST', target: '/x', bodyDigest: '' },
  ...{ contentType: '', targets: [], expiresAt: 1000, state: 'waiting', title: 'T', effect: '' },
  ...{ principal: 'idp#ada', createdAt: 0, epoch: 'e' },
};
const grant: Grant = {
  ...{ id: 'gra_1', state: 'denied', console: 'mdm', action: 'device.wipe', title: 'Wipe 1 device: d-1', epoch: 'e' },
  ...{ holder: { id: 'idp#ada', name: 'ada' }, targets: [{ kind: 'device', id: 'd-1' }], reason: 'private words' },
  ...{ ticket: 'T-1', askedMinutes: 30, askedUses: 1, minutes: null, uses: null, usesLeft: null, askedAt: 1 },
  ...{ answerUntil: 2, decidedAt: 2, decidedBy: { id: 'idp#grace', name: 'grace' }, denyReason: 'no' },
  ...{ activeUntil: null, endedAt: null, endedBecause: null, endedBy: null },
};
const ASK = {
  ...{ console: 'mdm', action: 'device.wipe', targets: [{ kind: 'device', id: 'd-1' }] },
  ...{ reason: 'Lost in a taxi', ticket: '', minutes: 30, uses: 1 },
};

let found: () => Promise<Verdict<Session>>;
let mayAsk = true;
let entered: Verdict<{ session: string; returnTo: string }>;
let asked: AskTerms[] = [];
let ended: string[] = [];
let redeemed: unknown[][] = [];
let cancelled: string[] = [];
let outcome: 'done' | string = 'done';
const hearing = new Set<(change: Change) => void>();
const tracked = new Set<() => void>();
const logged: object[] = [];
const script = { url: '', digest: 'abc', plain: Buffer.from('plain'), zipped: Buffer.from('zipped') };

const reserved = createReserved({
  portalOrigin: 'http://portal.localhost:1',
  scripts: { 'shim.js': script, 'page.js': script },
  sessions: {
    find: (secret, origin) =>
      secret === TOKEN && origin === ORIGIN ? found() : Promise.resolve(refuse('session.missing', 'no cookie')),
    end: async (id) => {
      ended.push(id);
    },
  },
  enter: {
    async redeem(...args) {
      redeemed.push(args);
      return entered;
    },
    issueToken: async ({ id }, origin) => `token-of-${id}-${origin === ORIGIN}`,
  },
  grants: {
    async ask(_actor, ask) {
      asked.push(ask);
      return outcome === 'done' ? { done: true, grant } : { done: false, why: outcome };
    },
    get: async (id) =>
      id === 'gra_1' ? grant : id === 'gra_2' ? { ...grant, id, holder: { id: 'idp#eve', name: 'eve' } } : null,
  },
  holds: {
    get: async (id) => (id === 'hol_1' ? hold : id === 'hol_2' ? { ...hold, id, session: 'ses_2' } : null),
    async cancel(id) {
      cancelled.push(id);
      return { done: true };
    },
  },
  describe: (_console, action) => (action === 'device.wipe' ? { title: 'Wipe 1 device: d-1' } : null),
  may: () => mayAsk,
  events: {
    onChange(heard) {
      hearing.add(heard);
      return () => hearing.delete(heard);
    },
    track(_id, close) {
      tracked.add(close);
      return () => tracked.delete(close);
    },
  },
  clock: { now: () => 500 },
  log: { info: () => {}, warn: () => {}, error: (facts) => logged.push(facts) },
});
const server = createServer((req, res) => void reserved.handle(req, res, CONSOLE));
let port = 0;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  found = async () => go(session);
  mayAsk = true;
  outcome = 'done';
  entered = go({ session: 'ses_1', returnTo: '/devices?page=2' });
  asked = [];
  ended = [];
  redeemed = [];
  cancelled = [];
  logged.length = 0;
});

type Headers = Record<string, string>;
type Answer = { status: number; headers: Record<string, string | string[] | undefined>; text: string };
const COOKIE = { cookie: `a=b; __Host-sallyport=${TOKEN}` };
const OWN: Headers = {
  ...COOKIE,
  ...{ origin: ORIGIN, 'sec-fetch-site': 'same-origin', 'x-sallyport-shim': '1', 'content-type': 'application/json' },
};

/** node's own client: it sends Origin, Sec-Fetch-Site and odd paths as they stand here. */
function call(method: string, path: string, headers: Headers = {}, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', method, path: `/.sallyport/${path}`, headers }, (res) => {
      let text = '';
      res.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
const reasonOf = ({ text }: Answer): string => JSON.parse(text).reason;

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
    expect([asked, ended, cancelled]).toEqual([[], [], []]);
  });

  test('two session cookies are refused, whichever would be right', async () => {
    const answer = await call('GET', 'me', { cookie: `__Host-sallyport=${TOKEN}; __Host-sallyport=other` });
    expect([answer.status, reasonOf(answer)]).toEqual([400, 'request.ambiguous']);
  });

  test('when it cannot be checked, nothing is served, and no inner word leaves', async () => {
    found = () => Promise.reject(Object.assign(new Error('redis at /secret/path'), { name: 'StateUnavailable' }));
    const gone = await call('GET', 'me', COOKIE);
    expect([gone.status, reasonOf(gone)]).toEqual([503, 'state.unavailable']);
    found = () => Promise.reject(new Error('a secret'));
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
    expect(ended).toEqual(['ses_1']);
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
    expect([asked, ended, cancelled]).toEqual([[], [], []]);
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
    expect(asked).toEqual([]);
  });

  test('a GET changes nothing: 405', async () => {
    for (const path of ['logout', 'grants', 'holds/hol_1/cancel'])
      expect((await call('GET', path, COOKIE)).status).toBe(405);
    expect(ended).toEqual([]);
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
    expect(asked).toEqual([{ ...ASK, title: 'Wipe 1 device: d-1' }]);
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
    ['an action that the pack does not know', { ...ASK, action: 'device.explode' }],
    ['a list', [ASK]],
    ['null', null],
  ])('%s is refused, and the fault is named', async (_what, body) => {
    const answer = await call('POST', 'grants', OWN, JSON.stringify(body));
    expect([answer.status, reasonOf(answer)]).toEqual([400, 'input.invalid']);
    expect(JSON.parse(answer.text).faults.length).toBeGreaterThan(0);
    expect(asked).toEqual([]);
  });

  test('what is not JSON, or not UTF-8, or too long, is refused', async () => {
    expect((await call('POST', 'grants', OWN, '{"console":')).status).toBe(400);
    expect((await call('POST', 'grants', OWN, '')).status).toBe(400);
    const long = await call('POST', 'grants', OWN, `${JSON.stringify(ASK)}${' '.repeat(70_000)}`);
    expect([long.status, reasonOf(long)]).toEqual([413, 'body.too_large']);
    expect(long.headers.connection).toBe('close');
    expect(asked).toEqual([]);
  });

  test('whom policy does not let ask is told so; too many open asks too', async () => {
    mayAsk = false;
    expect(reasonOf(await call('POST', 'grants', OWN, JSON.stringify(ASK)))).toBe('forbidden');
    expect(asked).toEqual([]);
    mayAsk = true;
    outcome = 'too.many';
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
    expect(cancelled).toEqual([]);
    expect((await call('POST', 'holds/hol_1/cancel', OWN, '{}')).status).toBe(204);
    expect(cancelled).toEqual(['hol_1']);
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
    const sent = request({ port, host: '127.0.0.1', path: '/.sallyport/events', headers: COOKIE }, (res) => {
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
    expect(text).not.toMatch(/_9|stepup|ended/);
    expect(tracked.size).toBe(1);
    found = async () => refuse('session.revoked', 'ended');
    for (const heard of hearing) heard({ kind: 'session', id: 'ses_1' });
    await expect.poll(() => over).toBe(true);
    expect(text).toContain('event: ended');
    expect([hearing.size, tracked.size]).toEqual([0, 0]);
  });

  test('events: a client that goes away leaves nothing, and a session has eight streams at most', async () => {
    const open = Array.from({ length: 8 }, () => {
      const sent = request({ port, host: '127.0.0.1', path: '/.sallyport/events', headers: COOKIE });
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

describe('coming in from the portal', () => {
  const HANDOFF = { cookie: '__Host-sallyport-handoff=secret.L2RldmljZXM' };

  test('code and cookie are exchanged for a session cookie of this origin', async () => {
    const answer = await call('GET', 'enter?code=abc', HANDOFF);
    expect(redeemed).toEqual([['abc', 'secret.L2RldmljZXM', 'mdm']]);
    expect([answer.status, answer.headers.location]).toEqual([302, '/devices?page=2']);
    expect(answer.headers['set-cookie']).toEqual([
      '__Host-sallyport=token-of-ses_1-true; Path=/; Secure; HttpOnly; SameSite=Lax',
      '__Host-sallyport-handoff=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0',
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
    entered = go({ session: 'ses_1', returnTo });
    const answer = await call('GET', 'enter?code=abc', HANDOFF);
    expect([answer.status, answer.headers.location]).toEqual([302, '/']);
    expect(answer.headers['set-cookie']).toHaveLength(2);
  });

  test('what cannot be redeemed gives a page, no session and no loop', async () => {
    entered = refuse('session.missing', 'the code was used');
    const answer = await call('GET', 'enter?code=abc', HANDOFF);
    expect(answer.status).toBe(400);
    expect(answer.headers.location).toBeUndefined();
    expect(String(answer.headers['set-cookie'])).not.toContain('__Host-sallyport=');
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    expect(answer.text).toContain('Sign in again');
    expect(answer.text).not.toContain('abc');
  });

  test('two codes, or two cookies, redeem nothing', async () => {
    expect((await call('GET', 'enter?code=a&code=b', HANDOFF)).status).toBe(400);
    const twice = { cookie: `${HANDOFF.cookie}; __Host-sallyport-handoff=other` };
    expect((await call('GET', 'enter?code=a', twice)).status).toBe(400);
    expect((await call('POST', 'enter?code=a', HANDOFF)).status).toBe(405);
    expect(redeemed).toEqual([]);
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
