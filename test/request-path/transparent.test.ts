// The console works as if the gateway were not there, and nothing of the gateway's leaks to it or from it.
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { scriptNonce } from '../../src/proxy/forward/csp.ts';
import { placeFor } from '../../src/proxy/forward/inject.ts';
import { COOKIE, type Gate, HOST, requestText, startGate } from '../kit/gate.ts';
import { readSocket, sendRaw } from '../kit/rawClient.ts';
import { OK, type RawUpstream, startRawUpstream } from '../kit/rawUpstream.ts';

let upstream: RawUpstream;
let gate: Gate;

beforeAll(async () => {
  upstream = await startRawUpstream();
  gate = await startGate({ upstream: upstream.origin, shim: true });
});
afterEach(() => upstream.reset());
afterAll(async () => {
  await gate.close();
  await upstream.close();
});

const ORIGIN = `Origin: http://${HOST}`;
const get = (path: string, headers: readonly string[] = []) =>
  sendRaw(gate.port, requestText(`GET ${path}`, [COOKIE, ...headers]), 80);
const page = (path = '/') => get(path, ['Sec-Fetch-Mode: navigate', 'Accept: text/html', 'Accept-Encoding: gzip, br']);
const answerWith = (...headers: string[]) =>
  upstream.answer(`HTTP/1.1 200 OK\r\n${headers.map((line) => `${line}\r\n`).join('')}Content-Length: 2\r\n\r\nok`);

describe('the request as the console gets it', () => {
  test('our cookies stay here, whatever their spelling; the console’s own go up', async () => {
    upstream.answer(OK);
    await sendRaw(
      gate.port,
      requestText('GET /a', [
        `${COOKIE}; a="x; __Host-sallyport-hold=hol_1; b=2; __HOST-Sallyport-Handoff=s; =__Host-sallyport; sid=7`,
      ]),
      80,
    );
    expect(upstream.requests[0]?.header('cookie')).toBe('a="x; b=2; sid=7');
  });
  test('Host, Origin and Referer are the console’s own address', async () => {
    upstream.answer(OK);
    await get('/a', [ORIGIN, `Referer: http://${HOST}/devices?page=2`]);
    const [sent] = upstream.requests;
    expect(sent?.header('host')).toBe(`127.0.0.1:${upstream.port}`);
    expect(sent?.header('origin')).toBe(upstream.origin);
    expect(sent?.header('referer')).toBe(`${upstream.origin}/devices?page=2`);
    expect(sent?.header('x-forwarded-host')).toBe(HOST);
  });
  test('identity headers from outside do not go up', async () => {
    upstream.answer(OK);
    await get('/a', [
      'X-Forwarded-User: root',
      'Remote-User: root',
      'X-Gw-User: root',
      'X-Real-IP: 1.1.1.1',
      'Via: 1.1 x',
      'TE: trailers',
      'Proxy-Authorization: x',
    ]);
    expect(upstream.requests[0]?.text).not.toMatch(/root|1\.1\.1\.1|via|^te:|proxy-/im);
  });
  test('an upload is streamed with its own length, and its digest is kept', async () => {
    upstream.answer(OK);
    const bytes = 'x'.repeat(300_000);
    await sendRaw(
      gate.port,
      requestText('POST /upload', [COOKIE, ORIGIN, `Content-Length: ${bytes.length}`], bytes),
      200,
    );
    expect(upstream.requests[0]?.body.length).toBe(bytes.length);
    expect(gate.outcomes.at(-1)?.event.facts.bodyDigest).toMatch(/^[0-9a-f]{64}$/);
    expect(gate.recordings.at(-1)?.closing).toMatchObject({
      sent: bytes.length,
      received: 2,
      status: 200,
      end: 'done',
    });
  });
  test('an upload without a length is sent in chunks, on a connection that ends with it', async () => {
    upstream.answer(OK);
    await sendRaw(
      gate.port,
      requestText('POST /upload', [COOKIE, ORIGIN, 'Transfer-Encoding: chunked'], '3\r\nabc\r\n0\r\n\r\n'),
      200,
    );
    expect(upstream.requests[0]?.body.toString()).toBe('abc');
    expect(upstream.requests[0]?.header('connection')).toBe('close');
  });
});

describe('the answer as the browser gets it', () => {
  test('redirects and addresses of the upstream become the console’s; others stay', async () => {
    answerWith(
      `Location: ${upstream.origin}/login?next=%2Fa%20b`,
      `Content-Location: //127.0.0.1:${upstream.port}/x`,
      `Refresh: 5; url=${upstream.origin}/y`,
    );
    const moved = await get('/a');
    expect(moved.header('location')).toBe(`http://${HOST}/login?next=%2Fa%20b`);
    expect(moved.header('content-location')).toBe(`http://${HOST}/x`);
    expect(moved.header('refresh')).toBe(`5; url=http://${HOST}/y`);
    for (const elsewhere of ['https://idp.example/login', '/relative', `${upstream.origin}0/x`]) {
      answerWith(`Location: ${elsewhere}`);
      expect((await get('/a')).header('location')).toBe(elsewhere);
    }
  });
  test('cookies: no Domain, none of our names, Secure only where it can come back', async () => {
    answerWith(
      'Set-Cookie: sid=1; Domain=.example.com; Path=/; Secure; HttpOnly',
      'Set-Cookie: __Host-sallyport=evil; Path=/; Secure',
      'Set-Cookie: =__Host-sallyport=evil',
      'Set-Cookie: __hOST-sallyport-hold=evil',
      'Set-Cookie: __Host-own=1; Path=/; Secure',
    );
    const { head } = await get('/a');
    expect(head.match(/set-cookie: .*/gi)).toEqual([
      'set-cookie: sid=1; Path=/; HttpOnly',
      'set-cookie: __Host-own=1; Path=/; Secure',
    ]);
  });
  test('powers over the whole origin are dropped, the rest is kept as it was', async () => {
    answerWith(
      'Clear-Site-Data: "*"',
      'Service-Worker-Allowed: /',
      'Strict-Transport-Security: max-age=1',
      'Alt-Svc: h3=":1"',
      'X-Accel-Redirect: /x',
      'X-Sallyport-Refused: no',
      'Access-Control-Allow-Origin: *',
      'Connection: X-Secret-Hop',
      'X-Secret-Hop: 1',
      'X-Own: yes',
      'ETag: "1"',
    );
    const { head } = await get('/a');
    expect(head).not.toMatch(
      /clear-site|service-worker|strict-transport|alt-svc|x-accel|x-sallyport|access-control|secret-hop/i,
    );
    expect(head).toMatch(/x-own: yes/i);
    expect(head).toMatch(/etag: "1"/i);
  });
  test('HEAD, 204, 304 and Range go through untouched', async () => {
    upstream.answer('HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n');
    const head = await sendRaw(gate.port, requestText('HEAD /a', [COOKIE]), 80);
    expect([head.status, head.header('content-length'), head.body]).toEqual([200, '1234', '']);
    upstream.answer('HTTP/1.1 204 No Content\r\n\r\n');
    expect((await get('/a')).status).toBe(204);
    upstream.answer('HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n');
    const same = await get('/a', ['If-None-Match: "1"']);
    expect([same.status, same.header('etag'), upstream.requests.at(-1)?.header('if-none-match')]).toEqual([
      304,
      '"1"',
      '"1"',
    ]);
    upstream.answer('HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\nab');
    const part = await get('/a', ['Range: bytes=0-1']);
    expect([part.status, part.header('content-range'), part.body]).toEqual([206, 'bytes 0-1/9', 'ab']);
  });
  test('a compressed answer is passed on as it is', async () => {
    upstream.answer('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x01\x02');
    const reply = await get('/a', ['Accept-Encoding: gzip']);
    expect([
      reply.header('content-encoding'),
      reply.body.length,
      upstream.requests[0]?.header('accept-encoding'),
    ]).toEqual(['gzip', 4, 'gzip']);
  });
  test('informational answers before the real one break nothing', async () => {
    upstream.answer(`HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n${OK}`);
    expect((await get('/a')).status).toBe(200);
  });
  test('a stream of events arrives as it is written', async () => {
    upstream.answer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n');
      setTimeout(() => socket.write('8\r\ndata: a\n\r\n'), 30);
    });
    const reply = await get('/events');
    expect(reply.status).toBe(200);
    expect(reply.body).toContain('data: a');
    expect(reply.body).not.toMatch(/0\r\n\r\n$/);
  });
  test('an answer that is cut in the middle does not look whole', async () => {
    upstream.answer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
      setTimeout(() => socket.destroy(), 30);
    });
    const reply = await get('/a');
    expect(reply.body).toContain('abc');
    expect(reply.body).not.toContain('0\r\n\r\n');
    await expect.poll(() => gate.recordings.at(-1)?.closing?.end).toBe('failed');
  });
  test('a read is asked again when the kept connection turns out to be closed', async () => {
    let served = 0;
    upstream.answer((socket) => {
      served += 1;
      if (served === 2) socket.destroy();
      else socket.write(OK);
    });
    expect((await get('/a')).status).toBe(200);
    expect((await get('/b')).status).toBe(200);
    expect(upstream.requests.map(({ line }) => line)).toEqual([
      'GET /a HTTP/1.1',
      'GET /b HTTP/1.1',
      'GET /b HTTP/1.1',
    ]);
  });
});

describe('the shim in the page', () => {
  const html =
    '<!doctype html><!-- <head> --><html lang="a>b"><head data-x=">"><title>t</title></head><body></body></html>';
  const answerPage = (...headers: string[]) =>
    upstream.answer(
      `HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nETag: "1"\r\n${headers.map((line) => `${line}\r\n`).join('')}Content-Length: ${html.length}\r\n\r\n${html}`,
    );
  test('is put first into the head, with the nonce of the page’s own policy', async () => {
    answerPage("Content-Security-Policy: default-src 'none'; script-src 'nonce-abc123=='");
    const reply = await page();
    expect(reply.body).toContain(
      '<head data-x=">"><script src="/.sallyport/shim.js" nonce="abc123=="></script><title>',
    );
    expect(reply.header('content-security-policy')).toBe("default-src 'none'; script-src 'nonce-abc123=='");
    expect([reply.header('content-length'), reply.header('etag')]).toEqual([undefined, undefined]);
    expect(upstream.requests[0]?.header('accept-encoding')).toBe('identity');
  });
  test('is not put in where the policy does not let it, nor into what is no page', async () => {
    answerPage("Content-Security-Policy: script-src 'sha256-abc'");
    expect((await page()).body).toBe(html);
    answerPage();
    expect((await get('/fragment', ['Sec-Fetch-Mode: cors'])).body).toBe(html);
    answerPage('Content-Encoding: gzip');
    expect((await page()).body).toBe(html);
  });
  test.each([
    [[], null],
    [["script-src 'self'"], null],
    [["default-src 'self'; script-src 'nonce-a'"], 'a'],
    [["script-src 'self' 'strict-dynamic'"], false],
    [["script-src 'nonce-a', script-src 'nonce-b'"], false],
    [["script-src 'nonce-a'", "script-src 'nonce-b' 'nonce-a'"], 'a'],
    [["script-src 'nonce-a'", "script-src 'self'"], 'a'],
    [["default-src 'none'"], false],
    [["script-src-elem 'nonce-e'; script-src 'none'"], 'e'],
    [["script-src 'nonce-\"><b'"], false],
    [["style-src 'none'"], null],
  ])('policy %j -> %j', (policies, nonce) => {
    expect(scriptNonce(policies)).toBe(nonce);
  });
  test.each([
    ['<title>x', 0],
    ['<!doctype html><p>', 15],
    ['<html><header>', 6],
    ['<html><he', null],
    ['<!-- <head>', null],
    ['<html a=">"><HEAD>x', 18],
    ['\xef\xbb\xbf<head>x', 9],
  ])('the place in %j is %j', (text, at) => {
    expect(placeFor(text)).toBe(at);
  });
  test('a page that comes byte by byte gets it just the same', async () => {
    upstream.answer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n');
      for (const [at, character] of [...html].entries()) setTimeout(() => socket.write(character), at);
      setTimeout(() => socket.end(), html.length + 20);
    });
    expect((await page()).body.replaceAll(/\r\n[0-9a-f]+\r\n|^[0-9a-f]+\r\n/g, '')).toContain(
      '"><script src="/.sallyport/shim.js"></script><title>',
    );
  });
});

describe('where requests go', () => {
  test('the portal and the reserved prefix are answered here, with the same strictness', async () => {
    expect((await sendRaw(gate.port, 'GET /x HTTP/1.1\r\nHost: portal.test\r\n\r\n', 80)).body).toContain('the portal');
    expect((await sendRaw(gate.port, 'GET /x/%2e%2e/y HTTP/1.1\r\nHost: portal.test\r\n\r\n', 80)).status).toBe(400);
    expect((await get('/.sallyport/me')).body).toContain('reserved');
    expect((await get('/%2esallyport/me')).body).toContain('reserved');
    expect((await get('/.sallyport%2fme')).status).toBe(400);
    upstream.answer(OK);
    expect((await get('/.SALLYPORT/me')).body).toBe('ok');
  }, 10_000);
});

describe('clients that vanish or dawdle', () => {
  const settled = () => new Promise((resolve) => setTimeout(resolve, 150));
  test('a client that leaves before the answer takes the upstream’s connection with it', async () => {
    upstream.answer(() => undefined);
    const socket = connect(gate.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(requestText('POST /devices/1/wipe', [COOKIE, ORIGIN]));
    await settled();
    const before = upstream.connections();
    socket.destroy();
    await settled();
    expect(upstream.connections()).toBe(before - 1);
    expect(gate.live.size()).toBe(0);
    expect(gate.outcomes.at(-1)).toMatchObject({ sent: true });
  });
  test('a client that leaves in the middle of an upload does not make it look whole', async () => {
    upstream.answer(OK);
    const socket = connect(gate.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(requestText('POST /upload', [COOKIE, ORIGIN, 'Content-Length: 1000'], 'x'.repeat(10)));
    await settled();
    socket.destroy();
    await settled();
    expect(upstream.requests).toEqual([]);
    expect(gate.live.size()).toBe(0);
  });
  test('a client that takes nothing is given up', async () => {
    const impatient = await startGate({ upstream: upstream.origin, limits: { stall: 200 } });
    upstream.answer((socket) =>
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n${'x'.repeat(30_000_000)}`),
    );
    const socket = connect(impatient.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.pause();
    socket.write(requestText('GET /large'));
    await expect.poll(() => impatient.recordings[0]?.closing?.end, { timeout: 5000 }).toBe('aborted');
    expect(impatient.live.size()).toBe(0);
    socket.destroy();
    await impatient.close();
  });
  test('when a session ends, what runs for it ends within 100 ms, and its connections go', async () => {
    upstream.answer((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n'));
    const closed = readSocket(
      connect(gate.port, '127.0.0.1'),
      requestText('GET /events', ['Cookie: __Host-sallyport=bob-secret']),
      5000,
    );
    await settled();
    const from = performance.now();
    gate.tell({ kind: 'session', id: 'ses_bob' });
    await closed;
    expect(performance.now() - from).toBeLessThan(100);
    await settled();
    expect(gate.live.size()).toBe(0);
  });
  test('a missed message is made up for by asking again', async () => {
    upstream.answer((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n'));
    const closed = readSocket(
      connect(gate.port, '127.0.0.1'),
      requestText('GET /events', ['Cookie: __Host-sallyport=bob-secret']),
      5000,
    );
    await settled();
    gate.sessions.delete('bob-secret');
    const from = performance.now();
    gate.tell({ kind: 'resync' });
    await closed;
    expect(performance.now() - from).toBeLessThan(100);
  });
});
