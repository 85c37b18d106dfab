// Point 3: the console works as if the gateway were not there. What comes through is held against what the console itself
// answers on its own port; what goes up, against the console's log.
import { createHash, randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arrivals } from '../kit/arrivals.ts';
import { admin, type Person } from '../kit/people.ts';
import { sendRaw } from '../kit/rawClient.ts';
import { consoleToken, type Stack, startStack } from '../kit/stack.ts';
import { type Answer, createUserAgent, type UserAgent } from '../kit/userAgent.ts';

let stack: Stack;
let console: string;
let upstream: string;
let ada: Person;
/** Somebody at the console's own port, without the gateway. */
let direct: UserAgent;
beforeAll(async () => {
  stack = await startStack();
  ({ console, upstream } = stack.addresses);
  ada = await admin(stack, 'ada');
  expect((await ada.stepUp()).status).toBe(200);
  direct = createUserAgent();
  await direct.submit(`${upstream}/login`, { next: '/', user: 'demo', password: 'demo' });
});
afterAll(() => stack.close());

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
const host = () => new URL(console).host;
const through = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  ada.agent.send(`${console}${path}`, { method, headers });
const both = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<[Answer, Answer]> =>
  Promise.all([through(path, headers, method), direct.send(`${upstream}${path}`, { method, headers })]);
const app = 'a-03';
/** Head lines of a request of Ada's, for a bare socket. */
const raw = (line: string, ...more: string[]) =>
  [
    `${line} HTTP/1.1`,
    `Host: ${host()}`,
    `Cookie: ${ada.agent.cookieHeader(host())}`,
    `Origin: ${console}`,
    'Sec-Fetch-Site: same-origin',
    'Sec-Fetch-Mode: cors',
    ...more,
    '',
    '',
  ].join('\r\n');

describe('pages', () => {
  test.each(['/', '/devices', '/devices/d-0142', '/users', '/users/new', '/profiles', '/apps', '/events'])(
    '%s: the same page, with two scripts more',
    async (path) => {
      const [ours, theirs] = await Promise.all([
        ada.agent.visit(`${console}${path}`),
        direct.visit(`${upstream}${path}`),
      ]);
      expect([ours.status, theirs.status]).toEqual([200, 200]);
      const nonceOf = (answer: Answer) =>
        /'nonce-([^']+)'/.exec(String(answer.headers['content-security-policy']))?.[1] ?? '';
      const [added = '', ...others] =
        ours.text().match(/(?:<script src="\/\.sallyport\/(?:recorder|shim)\.js[^>]*><\/script>)+/g) ?? [];
      expect(others).toEqual([]);
      expect(added.match(/\/\.sallyport\/[a-z]+\.js/g)).toEqual(['/.sallyport/recorder.js', '/.sallyport/shim.js']);
      expect(nonceOf(ours)).not.toBe('');
      expect(added.split(` nonce="${nonceOf(ours)}"`)).toHaveLength(3);
      expect(ours.text().indexOf(added)).toBeLessThan(ours.text().search(/<script(?! src="\/\.sallyport)/));
      // Nonces, tokens and the clock differ from one answer to the next.
      const same = (answer: Answer) =>
        answer
          .text()
          .replace(added, '')
          .replaceAll(nonceOf(answer), 'NONCE')
          .replace(/(csrf[-_]token" (?:content|value)=")[^"]+/g, '$1')
          .replace(/\d+(?: [a-z]+)* ago|just now/g, 'AGO');
      expect(same(ours).length).toBeGreaterThan(1000);
      if (path !== '/') expect(same(ours)).toBe(same(theirs));
      // The page's own policy stays as strict as it was.
      const policy = (answer: Answer) =>
        String(answer.headers['content-security-policy']).replaceAll(nonceOf(answer), 'NONCE');
      for (const directive of policy(theirs)
        .split(';')
        .map((one) => one.trim())
        .filter(Boolean))
        expect(policy(ours)).toContain(directive);
    },
  );
  test('the script that was added is there, and so is every part of the page', async () => {
    const page = await ada.agent.visit(`${console}/devices/d-0142`);
    const parts = [...page.text().matchAll(/(?:src|href)="(\/(?:assets|\.sallyport)\/[^"]+)"/g)].map(
      ([, path = '']) => path,
    );
    expect(parts.length).toBeGreaterThan(3);
    for (const path of parts) expect([path, (await through(path)).status]).toEqual([path, 200]);
    for (const path of parts.filter((one) => one.startsWith('/assets'))) {
      const [ours, theirs] = await both(path);
      expect(sha256(ours.body)).toBe(sha256(theirs.body));
    }
  });
  test('redirects with the console’s own address lead to where people are', async () => {
    const answer = await ada.agent.send(`${console}/login?next=/users`, { navigate: true });
    expect([answer.status, answer.headers.location]).toEqual([302, `${console}/users`]);
    const there = await direct.send(`${upstream}/login?next=/users`, { navigate: true });
    expect(there.headers.location).toBe(`${upstream}/users`);
  });
});

describe('cookies are kept apart', () => {
  test('the console’s own works, ours never go up, whatever a page adds', async () => {
    expect([...ada.agent.cookiesOf(host()).keys()].sort()).toEqual(['__Host-sallyport', 'acme_session']);
    const cookie = `${ada.agent.cookieHeader(host())}; __Host-sallyport-hold=x; __Host-sallyport-handoff=y; theme=dark`;
    const [answer, [arrived]] = await arrivals(stack, () => through('/api/me', { cookie }));
    expect(answer.json()).toEqual({ user: 'demo', role: 'Administrator' });
    expect([...(arrived?.cookieNames ?? [])].sort()).toEqual(['acme_session', 'theme']);
  });
  test('of all requests of a whole page none carries a name of ours', async () => {
    const [, arrived] = await arrivals(stack, () => ada.agent.visit(`${console}/devices`));
    expect(arrived.length).toBeGreaterThan(0);
    for (const { headers, cookieNames } of stack.received.filter(({ headers: sent }) =>
      sent.some(([name]) => name.toLowerCase() === 'x-forwarded-host'),
    )) {
      expect(cookieNames.filter((name) => name.startsWith('__Host-sallyport'))).toEqual([]);
      expect(headers.filter(([name]) => /sallyport/i.test(name))).toEqual([]);
    }
  });
});

describe('changes', () => {
  test('a form with a CSRF token: its redirect, and the console’s own check of the token', async () => {
    const page = await ada.agent.visit(`${console}/users/new`);
    const csrf_token = /name="csrf_token" value="([^"]+)"/.exec(page.text())?.[1] ?? '';
    const fields = { name: 'Marie Curie', email: 'marie@acme.example', department: 'Engineering', role: 'Member' };
    const done = await ada.agent.submit(`${console}/users`, { csrf_token, ...fields });
    expect([done.status, new URL(done.url).pathname, new URL(done.url).origin]).toEqual([200, '/users', console]);
    const wrong = await ada.agent.submit(`${console}/users`, { csrf_token: 'x', ...fields });
    expect([wrong.status, wrong.headers['x-sallyport-refused']]).toEqual([403, undefined]);
  });
  test('fetch and XHR: the very bytes arrive, and the answer is the console’s', async () => {
    const body = '{ "name":  "Zoë’s \\u0069Pad" }';
    const [answer, [arrived]] = await arrivals(stack, async () =>
      ada.agent.send(`${console}/api/devices/d-0160`, {
        method: 'PATCH',
        body,
        headers: {
          'content-type': 'application/json',
          'x-requested-with': 'XMLHttpRequest',
          'x-csrf-token': await consoleToken(stack, ada.agent),
        },
      }),
    );
    expect(answer.json()).toMatchObject({ message: 'Renamed to Zoë’s iPad' });
    const patch = [arrived, ...stack.received.slice(-2)].find((one) => one?.method === 'PATCH');
    expect(patch?.body).toEqual({ size: Buffer.byteLength(body), sha256: sha256(body) });
    expect(patch?.headers.find(([name]) => name.toLowerCase() === 'origin')?.[1]).toBe(upstream);
  });
  test('an upload of some megabytes, byte for byte', async () => {
    const file = randomBytes(3_000_000);
    const body = Buffer.concat([
      Buffer.from(
        '--b0undary\r\nContent-Disposition: form-data; name="file"; filename="tool.ipa"\r\nContent-Type: application/octet-stream\r\n\r\n',
      ),
      file,
      Buffer.from('\r\n--b0undary--\r\n'),
    ]);
    const answer = await ada.agent.send(`${console}/api/apps`, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'multipart/form-data; boundary=b0undary',
        'x-csrf-token': await consoleToken(stack, ada.agent),
      },
    });
    expect([answer.status, answer.json<{ size: number; sha256: string }>()]).toMatchObject([
      201,
      { size: file.length, sha256: sha256(file) },
    ]);
    expect(stack.received.findLast(({ target }) => target === '/api/apps')?.body).toEqual({
      size: body.length,
      sha256: sha256(body),
    });
  });
});

describe('answers', () => {
  test.each(['/api/devices?size=100', '/api/users?search=', '/api/profiles', '/api/apps', '/api/me'])(
    '%s: the same',
    async (path) => {
      const [ours, theirs] = await both(path);
      expect([ours.status, ours.text()]).toEqual([theirs.status, theirs.text()]);
      const own = ({ headers }: Answer) =>
        Object.fromEntries(
          ['content-type', 'etag', 'cache-control', 'vary', 'content-length', 'x-content-type-options'].map((name) => [
            name,
            headers[name],
          ]),
        );
      expect(own(ours)).toEqual(own(theirs));
    },
  );
  test('errors of the console are its own', async () => {
    const [ours, theirs] = await both('/api/devices/d-9999');
    expect([ours.status, ours.text(), ours.headers['x-sallyport-refused']]).toEqual([404, theirs.text(), undefined]);
  });
  test('gzip stays gzip, byte for byte', async () => {
    const [ours, theirs] = await both('/api/users?search=', { 'accept-encoding': 'gzip, br' });
    expect(ours.headers['content-encoding']).toBe('gzip');
    expect(ours.headers['content-length']).toBe(theirs.headers['content-length']);
    expect(sha256(ours.body)).toBe(sha256(theirs.body));
    expect(gunzipSync(ours.body).length).toBeGreaterThan(ours.body.length);
  });
  test('a page that is asked for packed comes as a page that can be read', async () => {
    const answer = await ada.agent.send(`${console}/devices`, {
      navigate: true,
      headers: { 'accept-encoding': 'gzip, deflate, br, zstd' },
    });
    const text = answer.headers['content-encoding'] === 'gzip' ? gunzipSync(answer.body).toString() : answer.text();
    expect(text).toContain('/.sallyport/shim.js');
    expect(text).toContain('</html>');
  });
  test('304 for what the browser has', async () => {
    const { etag = '' } = (await through('/api/users?search=')).headers;
    const [answer, [arrived]] = await arrivals(stack, () => through('/api/users?search=', { 'if-none-match': etag }));
    expect([answer.status, answer.body.length, answer.headers.etag, arrived?.status]).toEqual([304, 0, etag, 304]);
  });
  test('HEAD: the head of the GET, no body', async () => {
    for (const path of ['/api/users?search=', `/api/apps/${app}/download?size=100000`]) {
      const [ours, theirs] = await both(path, {}, 'HEAD');
      expect([ours.status, ours.body.length]).toEqual([200, 0]);
      expect(ours.headers['content-length']).toBe(theirs.headers['content-length']);
      expect(Number(ours.headers['content-length'])).toBeGreaterThan(0);
    }
    const page = await ada.agent.send(`${console}/devices`, { method: 'HEAD', navigate: true });
    expect([page.status, page.body.length]).toEqual([200, 0]);
  });
  test.each(['bytes=0-99', 'bytes=1000-1999', 'bytes=-500', 'bytes=99000-', 'bytes=200000-', 'bytes=0-0,5-6'])(
    'Range: %s',
    async (range) => {
      const [ours, theirs] = await both(`/api/apps/${app}/download?size=100000`, { range });
      expect([ours.status, sha256(ours.body)]).toEqual([theirs.status, sha256(theirs.body)]);
      for (const name of ['content-range', 'content-length', 'accept-ranges', 'etag', 'content-disposition'])
        expect([name, ours.headers[name]]).toEqual([name, theirs.headers[name]]);
    },
  );
  test('If-Range that does not fit gives the whole', async () => {
    const answer = await through(`/api/apps/${app}/download?size=1000`, { range: 'bytes=0-9', 'if-range': '"other"' });
    expect([answer.status, answer.body.length]).toEqual([200, 1000]);
  });
  test.each([
    '50%25',
    'Zo%C3%AB',
    'a%2Fb',
    'a;b',
    '..',
    '%2e%2e',
    "o'neil",
    '{x}',
    '[1]',
    'a=b=c',
    'x\\y',
    '//x',
    '%3b',
  ])('a search for %s means the same', async (text) => {
    const line = `GET /api/devices?search=${text}`;
    const { port, host: theirHost } = new URL(upstream);
    const cookie = `Cookie: ${direct.cookieHeader(theirHost)}`;
    const [ours, theirs] = await Promise.all([
      sendRaw(stack.port, raw(line, 'Connection: close')),
      sendRaw(
        Number(port),
        [`${line} HTTP/1.1`, `Host: ${theirHost}`, cookie, 'Connection: close', '', ''].join('\r\n'),
      ),
    ]);
    expect([ours.status, ours.body]).toEqual([200, theirs.body]);
    expect(stack.received.some(({ target }) => target === `/api/devices?search=${text}`)).toBe(true);
  });
  test('requests that are sent one behind the other are answered in that order', async () => {
    const paths = ['/api/me', '/api/slow?ms=60', '/api/profiles'];
    const text = paths.map((path, at) => raw(`GET ${path}`, ...(at === 2 ? ['Connection: close'] : []))).join('');
    const reply = await sendRaw(stack.port, text, 2000);
    expect(reply.text.match(/"user"|"waited"|"profiles"/g)).toEqual(['"user"', '"waited"', '"profiles"']);
  });
  test('an upload that waits for a word gets it once; one without a length arrives whole', async () => {
    const token = await consoleToken(stack, ada.agent);
    const body = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.ipa"\r\n\r\nPK\r\n--x--\r\n';
    const head = ['Content-Type: multipart/form-data; boundary=x', `X-Csrf-Token: ${token}`];
    const waits = raw('POST /api/apps', ...head, 'Expect: 100-continue', `Content-Length: ${body.length}`);
    const answer = (await sendRaw(stack.port, waits + body)).text;
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 201']);
    const chunked = raw('POST /api/apps', ...head, 'Transfer-Encoding: chunked');
    const chunks = `${body.length.toString(16)}\r\n${body}\r\n0\r\nX-User: root\r\n\r\n`;
    expect((await sendRaw(stack.port, chunked + chunks)).status).toBe(201);
    const arrived = stack.received.findLast(({ target }) => target === '/api/apps');
    expect([arrived?.body, arrived?.trailers]).toEqual([{ size: body.length, sha256: sha256(body) }, []]);
  });
  test('early hints before the answer do not disturb it', async () => {
    const reply = await sendRaw(stack.port, raw('GET /api/hints', 'Connection: close'));
    const final = reply.text.slice(reply.text.lastIndexOf('HTTP/1.1 '));
    expect(final).toMatch(/^HTTP\/1\.1 200 /);
    expect(final).toContain('{"hinted":true}');
    // Whatever stands before it is an informational answer and nothing else.
    expect(reply.text.slice(0, reply.text.lastIndexOf('HTTP/1.1 '))).toMatch(/^(HTTP\/1\.1 103 [\s\S]*\r\n\r\n)?$/);
  });
  test('trailers of a request are refused', async () => {
    const reply = await sendRaw(
      stack.port,
      `${raw('POST /api/devices/d-0142/lock', 'Content-Type: application/json', 'Transfer-Encoding: chunked', 'Trailer: X-Extra').trimEnd()}\r\n\r\n2\r\n{}\r\n0\r\nX-Extra: 1\r\n\r\n`,
    );
    expect([reply.status, reply.header('x-sallyport-refused')]).toEqual([400, 'request.ambiguous']);
  });
});
