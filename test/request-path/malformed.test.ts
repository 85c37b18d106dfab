// What can be read in two ways, what is no HTTP at all, bodies that are not what they should be: a clear answer, a closed connection, and a console that saw nothing.
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { COOKIE, type Gate, HOST, requestText, startGate } from '../kit/gate.ts';
import { problemsOf } from '../kit/problem.ts';
import { type RawReply, readSocket, replyOf, sendRaw } from '../kit/rawClient.ts';
import { OK, type RawUpstream, startRawUpstream } from '../kit/rawUpstream.ts';

let upstream: RawUpstream;
let gate: Gate;
beforeAll(async () => {
  upstream = await startRawUpstream();
  gate = await startGate({ upstream: upstream.origin, limits: { headers: 300, body: 300 } });
});
afterEach(() => upstream.reset());
afterAll(async () => {
  await gate.close();
  await upstream.close();
});

const ORIGIN = `Origin: http://${HOST}`;
const send = (line: string, headers?: readonly string[], body?: string): Promise<RawReply> =>
  sendRaw(gate.port, requestText(line, headers, body));
const expectProblem = problemsOf(() => upstream);

describe('a request that can be read in two ways is refused', () => {
  test.each([
    ['a dot segment', 'GET /a/../b'],
    ['an encoded dot segment', 'GET /a/%2e%2E/b'],
    ['a dot segment, half encoded', 'GET /a/.%2e/b'],
    ['an encoded slash', 'GET /a%2fb'],
    ['an encoded backslash', 'GET /a%5cb'],
    ['a backslash', 'GET /a\\b'],
    ['a double encoding', 'GET /a/%252e%252e/b'],
    ['a matrix parameter', 'GET /a;x=1/b'],
    ['an encoded matrix parameter', 'GET /a%3bx/b'],
    ['an empty segment', 'GET //a'],
    ['a control character', 'GET /a%00b'],
    ['an overlong encoding', 'GET /a/%c0%ae%c0%ae/b'],
    ['invalid UTF-8', 'GET /a/%ff'],
    ['a path outside ASCII', 'GET /a/%C3%A9'],
    ['a space that a server may trim', 'GET /a/wipe%20'],
    ['a dot that a server may trim', 'GET /a/wipe.'],
    ['a broken escape', 'GET /a/%zz'],
    ['a cut escape', 'GET /a/%4'],
    ['a fragment', 'GET /a#b'],
    ['an absolute target', `GET http://${HOST}/a`],
    ['a target of another host', 'GET http://169.254.169.254/x'],
    ['an asterisk', 'OPTIONS *'],
    ['an unknown method', 'PROPFIND /a'],
    ['TRACE', 'TRACE /a'],
    ['a method override in the query', 'GET /a?_method=DELETE'],
    ['a method override in the query, as a list', 'GET /a?_METHOD[]=DELETE'],
    ['a line feed in the query', 'GET /a?q=x%0Ay'],
  ])('%s: %s', async (_name, line) => {
    expectProblem(await send(line), 400, 'request.ambiguous');
  });

  test.each([
    ['an underscore in a header name', 'X_Gw_User: root'],
    ['a method override', 'X-HTTP-Method-Override: DELETE'],
    ['a rewritten URL', 'X-Original-URL: /admin'],
    ['another rewritten URL', 'X-Rewrite-URL: /admin'],
    ['a trailer announced', 'Trailer: x'],
    ['a hop-by-hop name of another header', 'Connection: close, X-Csrf-Token'],
    ['an unknown expectation', 'Expect: 200-ok'],
    ['a second Host', 'Host: other.test'],
    ['a second cookie header', 'Cookie: a=b'],
    ['a second Origin', `${ORIGIN}\r\n${ORIGIN}`],
    ['an upgrade to something else', 'Connection: upgrade\r\nUpgrade: h2c'],
    ['an upgrade header alone', 'Upgrade: websocket'],
    ['a length that may be octal', 'Content-Length: 04'],
    ['a transfer coding besides chunked', 'Transfer-Encoding: gzip, chunked'],
  ])('%s', async (_name, header) => {
    expectProblem(await send('GET /a', [COOKIE, header]), 400, 'request.ambiguous');
  });

  test('cookies that readers split differently, or more of them than browsers keep', async () => {
    expectProblem(await send('GET /a', [`Cookie: $Version=1; ${COOKIE.slice(8)}`]), 400, 'request.ambiguous');
    const many = Array.from({ length: 200 }, (_, at) => `c${at}=${at}`).join('; ');
    expectProblem(await send('GET /a', [`${COOKIE}; ${many}`]), 431, 'request.too_large');
  });

  test.each([
    ['an upgrade', 'GET /b HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket'],
    ['a CONNECT', 'CONNECT evil.test:443 HTTP/1.1'],
  ])('%s behind a request that is not answered yet ends the connection, not the gateway', async (_name, behind) => {
    const two = `${requestText('GET /a')}${behind}\r\nHost: ${HOST}\r\n${COOKIE}\r\n\r\n`;
    expect((await sendRaw(gate.port, two)).text).not.toContain('101');
    expect((await send('GET /missing', [])).status).toBe(401);
  });

  test('HTTP/1.0', async () => {
    expectProblem(
      await sendRaw(gate.port, `GET /a HTTP/1.0\r\nHost: ${HOST}\r\n${COOKIE}\r\n\r\n`),
      400,
      'request.ambiguous',
    );
  });
  test('no Host', async () => {
    expectProblem(await sendRaw(gate.port, `GET /a HTTP/1.1\r\n${COOKIE}\r\n\r\n`), 400, 'request.ambiguous');
  });
  test('CONNECT', async () => {
    expectProblem(await send(`CONNECT ${HOST}:80`), 400, 'request.ambiguous');
  });
  test('a POST dressed up as an upgrade', async () => {
    const reply = await send('POST /devices/1/wipe', [
      COOKIE,
      'Connection: upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
    ]);
    expectProblem(reply, 400, 'request.ambiguous');
  });
});

describe('what is no HTTP gets a clear answer and a closed connection', () => {
  test.each([
    ['garbage', 'not http\r\n\r\n'],
    ['a folded header', `GET /a HTTP/1.1\r\nHost: ${HOST}\r\nX-A: b\r\n c\r\n\r\n`],
    [
      'both framings',
      `POST /a HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['two lengths', `POST /a HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc`],
    ['a bare line feed', `GET /a HTTP/1.1\nHost: ${HOST}\n\n`],
    ['space before the colon', `GET /a HTTP/1.1\r\nHost : ${HOST}\r\n\r\n`],
  ])('request.malformed or request.ambiguous: %s', async (_name, bytes) => {
    const reply = await sendRaw(gate.port, bytes);
    expect(reply.status).toBe(400);
    expect(reply.header('connection')).toBe('close');
    expect(reply.header('x-sallyport-refused')).toMatch(/^request\.(malformed|ambiguous)$/);
  });
  test('request.too_large: more than 100 headers', async () => {
    const many = Array.from({ length: 100 }, (_, at) => `X-H${at}: v`);
    expectProblem(await send('GET /a', [COOKIE, ...many]), 431, 'request.too_large');
  });
  test('request.too_large: headers of more bytes than the parser takes', async () => {
    const reply = await send('GET /a', [`X-Long: ${'x'.repeat(20_000)}`]);
    expect([reply.status, reply.header('x-sallyport-refused')]).toEqual([431, 'request.too_large']);
  });
  test('request.too_large: a target that is too long', async () => {
    expectProblem(await send(`GET /${'a'.repeat(9000)}`), 431, 'request.too_large');
  });
  test('request.timeout: headers that do not end', async () => {
    const reply = await sendRaw(gate.port, `GET /a HTTP/1.1\r\nHost: ${HOST}\r\n`);
    expect([reply.status, reply.header('x-sallyport-refused')]).toEqual([408, 'request.timeout']);
  });
  test('request.timeout: a body that does not come', async () => {
    expectProblem(await send('POST /a', [COOKIE, ORIGIN, 'Content-Length: 10'], 'abc'), 408, 'request.timeout');
  });
});

describe('the body', () => {
  test('body.too_large', async () => {
    expectProblem(await send('POST /a', [COOKIE, ORIGIN, `Content-Length: ${300 * 1024}`]), 413, 'body.too_large');
  });
  test('body.too_large: chunked, found out on the way', async () => {
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    const reply = await send('POST /a', [COOKIE, ORIGIN, 'Transfer-Encoding: chunked'], chunk.repeat(6));
    expectProblem(reply, 413, 'body.too_large');
    expect(reply.header('connection')).toBe('close');
  });
  test('body.unreadable: a body where none belongs', async () => {
    expectProblem(
      await send('POST /devices/1/wipe', [COOKIE, ORIGIN, 'Content-Length: 2'], '{}'),
      400,
      'body.unreadable',
    );
    expectProblem(
      await send('GET /a', [COOKIE, 'Transfer-Encoding: chunked'], '2\r\n{}\r\n0\r\n\r\n'),
      400,
      'body.unreadable',
    );
  });
  test('body.unreadable: compressed', async () => {
    expectProblem(
      await send('POST /a', [COOKIE, ORIGIN, 'Content-Encoding: gzip', 'Content-Length: 2'], 'xx'),
      400,
      'body.unreadable',
    );
  });
  test('body.unreadable: a trailer that changes the request', async () => {
    const reply = await send(
      'POST /a',
      [COOKIE, ORIGIN, 'Transfer-Encoding: chunked'],
      '2\r\n{}\r\n0\r\nX-Gw-User: root\r\n\r\n',
    );
    expectProblem(reply, 400, 'body.unreadable');
  });
  test('a body that ends early reaches nobody', async () => {
    const reply = await sendRaw(
      gate.port,
      requestText('POST /a', [COOKIE, ORIGIN, 'Transfer-Encoding: chunked'], '5\r\nab'),
    );
    expect([0, 408]).toContain(reply.status);
    expect(upstream.requests).toEqual([]);
  });
});

test('gateway.stopping: what comes while we drain is refused, what runs is let end', async () => {
  const own = await startGate({ upstream: upstream.origin, limits: { drain: 2000 } });
  upstream.answer((socket) => setTimeout(() => socket.write(OK), 300));
  const socket = connect(own.port, '127.0.0.1');
  const read = readSocket(socket, requestText('GET /slow'), 500);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const closing = own.close();
  socket.write(requestText('GET /next'));
  const [first = '', second = ''] = (await read).split(/(?=HTTP\/1\.1 503)/);
  expect(replyOf(first).status).toBe(200);
  expect(replyOf(second).header('x-sallyport-refused')).toBe('gateway.stopping');
  expect(upstream.requests.map(({ line }) => line)).toEqual(['GET /slow HTTP/1.1']);
  await closing;
});
