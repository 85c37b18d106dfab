import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { readRange } from '../../demo/console/api/apps.ts';
import { readUpload } from '../../demo/console/api/multipart.ts';
import type { DemoConsole } from '../../demo/console/server.ts';
import { PUBLIC_ORIGIN, type SignedIn, signIn, startConsole } from './kit.ts';

const MEBIBYTE = 1_048_576;
let console_: DemoConsole;
let me: SignedIn;

beforeAll(async () => {
  console_ = await startConsole();
  me = await signIn(console_.origin);
});
afterAll(() => console_.close());

/** The raw answer, not unpacked as fetch would. */
function raw(path: string, headers: Record<string, string>, method = 'GET') {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: Buffer; hints: number }>(
    (resolve, reject) => {
      let hints = 0;
      const req = request(console_.origin + path, { method, headers: { cookie: me.cookie, ...headers } }, (res) => {
        const parts: Buffer[] = [];
        res.on('data', (part: Buffer) => parts.push(part));
        res.on('end', () =>
          resolve({ status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(parts), hints }),
        );
      });
      req.on('information', ({ statusCode }) => {
        if (statusCode === 103) hints += 1;
      });
      req.on('error', reject);
      req.end();
    },
  );
}

test('JSON and pages are gzipped when asked for and whole when not', async () => {
  for (const path of ['/api/devices', '/devices', '/assets/base.css']) {
    const packed = await raw(path, { 'accept-encoding': 'gzip' });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(packed.headers['content-length']).toBe(String(packed.body.length));
    const plain = await raw(path, { 'accept-encoding': 'gzip;q=0, identity' });
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(gunzipSync(packed.body).length).toBe(plain.body.length);
  }
});

test('an unchanged list and an unchanged asset answer 304, a changed list 200', async () => {
  for (const path of ['/api/devices?page=2', '/assets/base.js']) {
    const etag = (await raw(path, {})).headers.etag;
    const again = await raw(path, { 'if-none-match': String(etag) });
    expect([again.status, again.body.length]).toEqual([304, 0]);
    if (path.startsWith('/assets/')) continue;
    await me.act('PATCH', '/api/devices/d-0030', { name: 'Renamed' });
    expect((await raw(path, { 'if-none-match': String(etag) })).status).toBe(200);
  }
});

test('HEAD answers what GET would, without the body', async () => {
  for (const path of ['/', '/api/devices', '/api/apps/a-01/download?size=5000', '/api/stream']) {
    const head = await raw(path, {}, 'HEAD');
    expect([head.status, head.body.length]).toEqual([200, 0]);
  }
});

test('early hints come before the answer', async () => {
  const answer = await raw('/api/hints', {});
  expect([answer.status, answer.hints]).toEqual([200, 1]);
});

test('a range of a download is the same bytes as that part of the whole', async () => {
  const path = `/api/apps/a-01/download?size=${3 * MEBIBYTE + 7}`;
  const whole = await raw(path, {});
  expect(whole.body.length).toBe(3 * MEBIBYTE + 7);
  const start = MEBIBYTE - 3;
  const part = await raw(path, { range: `bytes=${start}-${2 * MEBIBYTE + 4}` });
  expect(part.status).toBe(206);
  expect(part.headers['content-range']).toBe(`bytes ${start}-${2 * MEBIBYTE + 4}/${3 * MEBIBYTE + 7}`);
  expect(part.body.equals(whole.body.subarray(start, 2 * MEBIBYTE + 5))).toBe(true);
  expect((await raw(path, { range: 'bytes=99999999-' })).status).toBe(416);
  expect((await raw(path, { range: 'bytes=0-9', 'if-range': '"old"' })).status).toBe(200);
});

test('ranges are read as RFC 9110 says', () => {
  expect(readRange('bytes=0-0', 10)).toEqual({ start: 0, end: 0 });
  expect(readRange('bytes=-3', 10)).toEqual({ start: 7, end: 9 });
  expect(readRange('bytes=8-99', 10)).toEqual({ start: 8, end: 9 });
  expect(readRange('bytes=10-', 10)).toBe('none');
  expect(readRange('bytes=5-2', 10)).toBeUndefined();
  expect(readRange('bytes=0-1,4-5', 10)).toBeUndefined();
});

test('an upload is read the same however the network cuts it', async () => {
  const content = Buffer.from('one\r\n--Boundar\r\n--Boundary-not\r\ntwo');
  const form = Buffer.concat([
    Buffer.from('--BoundaryX\r\nContent-Disposition: form-data; name="name"\r\n\r\nMy app\r\n'),
    Buffer.from(
      '--BoundaryX\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\nContent-Type: x/y\r\n\r\n',
    ),
    content,
    Buffer.from('\r\n--BoundaryX--\r\n'),
  ]);
  for (const step of [1, 2, 7, 64, form.length]) {
    const upload = await readUpload(
      'multipart/form-data; boundary=BoundaryX',
      (async function* () {
        for (let at = 0; at < form.length; at += step) yield form.subarray(at, at + step);
      })(),
    );
    expect(upload.fields.get('name')).toBe('My app');
    expect(upload.file).toEqual({
      filename: 'a.bin',
      size: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
    });
  }
});

test('a large upload is digested with flat memory', async () => {
  const total = 512 * MEBIBYTE;
  const piece = Buffer.alloc(MEBIBYTE, 0x61);
  const expected = createHash('sha256');
  const head = Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="big.ipa"\r\n\r\n');
  const before = process.memoryUsage.rss();
  let highest = before;
  const req = request(`${console_.origin}/api/apps`, {
    method: 'POST',
    headers: { cookie: me.cookie, 'x-csrf-token': me.csrf, 'content-type': 'multipart/form-data; boundary=b' },
  });
  const answered = once(req, 'response');
  await pipeline(async function* () {
    yield head;
    for (let sent = 0; sent < total; sent += MEBIBYTE) {
      expected.update(piece);
      highest = Math.max(highest, process.memoryUsage.rss());
      yield piece;
    }
    yield Buffer.from('\r\n--b--\r\n');
  }, req);
  const [res] = (await answered) as [IncomingMessage];
  expect(res.statusCode).toBe(201);
  const answer: unknown = JSON.parse(Buffer.concat(await res.toArray()).toString());
  expect(answer).toMatchObject({ name: 'big.ipa', size: total, sha256: expected.digest('hex') });
  expect(highest - before).toBeLessThan(total / 2);
  expect(console_.log.at(-1)).toMatchObject({ body: { size: total + head.length + 9 }, complete: true });
}, 15_000);

test('an upload that is cut short is refused', async () => {
  const answer = await fetch(`${console_.origin}/api/apps`, {
    method: 'POST',
    headers: { cookie: me.cookie, 'x-csrf-token': me.csrf, 'content-type': 'multipart/form-data; boundary=b' },
    body: '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nabc',
  });
  expect(answer.status).toBe(400);
});

function openSocket(headers: Record<string, string>): Promise<WebSocket | number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${console_.origin.replace('http', 'ws')}/ws/events`, { headers });
    socket.on('open', () => resolve(socket));
    socket.on('unexpected-response', (_req, res) => {
      res.resume();
      resolve(res.statusCode ?? 0);
    });
    socket.on('error', reject);
  });
}

test('the socket needs a session and a page of this console', async () => {
  expect(await openSocket({})).toBe(401);
  expect(await openSocket({ cookie: me.cookie, origin: 'http://evil.example' })).toBe(403);
  expect(console_.log.at(-1)).toMatchObject({ kind: 'upgrade', target: '/ws/events', status: 403 });
});

test('socket and stream tell of a change at once, and both end at logout', async () => {
  const guest = await signIn(console_.origin);
  const socket = await openSocket({ cookie: guest.cookie, origin: PUBLIC_ORIGIN });
  if (typeof socket === 'number') throw new Error(`refused with ${socket}`);
  const messages: { type: string; device?: string }[] = [];
  socket.on('message', (data) => messages.push(JSON.parse(String(data)) as { type: string }));
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  socket.send('{"subscribe":"devices"}');
  const stream = await guest.get('/api/stream');
  expect(stream.headers.get('content-type')).toContain('text/event-stream');
  const streamed = stream.text();

  await expect.poll(() => messages.some(({ type }) => type === 'subscribed')).toBe(true);
  expect(console_.log.filter(({ kind }) => kind === 'message').at(-1)).toMatchObject({ body: { size: 23 } });
  await guest.act('POST', '/api/devices/d-0200/lock', {});
  const told = () => messages.some(({ type, device }) => type === 'device.lock' && device === 'd-0200');
  await expect.poll(told).toBe(true);
  await expect.poll(() => messages.some(({ type }) => type === 'device.checkin'), { timeout: 4000 }).toBe(true);

  const out = await fetch(`${console_.origin}/logout`, {
    method: 'POST',
    headers: { cookie: guest.cookie },
    body: new URLSearchParams({ csrf_token: guest.csrf }),
    redirect: 'manual',
  });
  expect(out.status).toBe(303);
  expect(await closed).toBe(4001);
  expect(await streamed).toContain('event: device\ndata: {"type":"device.lock"');
  expect((await guest.get('/api/me')).status).toBe(401);
});
