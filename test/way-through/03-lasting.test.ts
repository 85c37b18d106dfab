// Point 3, what lasts: event streams and sockets, clients that are slow, and clients that leave in the middle.
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../kit/arrivals.ts';
import { admin, type Person } from '../kit/people.ts';
import { consoleToken, type Stack, startStack } from '../kit/stack.ts';
import { openSocket, openStream } from '../kit/streams.ts';
import { createUserAgent, type UserAgent } from '../kit/userAgent.ts';

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

describe('live', () => {
  test('an event stream comes as it is written', async () => {
    const stream = await openStream(ada.agent, `${console}/api/stream`);
    expect(stream.status).toBe(200);
    await stream.has('"type":"hello"', 1000);
    await stream.has('event: device', 5000);
    const before = performance.now();
    expect((await ada.call('POST', '/api/devices/d-0170/lock', { message: 'Now' })).status).toBe(202);
    await stream.has('d-0170', 1000);
    expect(performance.now() - before).toBeLessThan(1000);
    stream.close();
  });
  test('a socket, both ways, with the console’s events', async () => {
    const socket = await openSocket(ada.agent, `${console}/ws/events`);
    await until(() => socket.messages.some((text) => text.includes('"hello"')), 1000);
    socket.send('{"subscribe":"devices"}');
    await until(() => socket.messages.some((text) => text.includes('"subscribed"')), 1000);
    expect((await ada.call('POST', '/api/devices/d-0171/lock', { message: 'Now' })).status).toBe(202);
    await until(() => socket.messages.some((text) => text.includes('d-0171')), 1000);
    const sent = stack.received.findLast(({ kind }) => kind === 'message');
    expect(sent?.body.sha256).toBe(sha256('{"subscribe":"devices"}'));
    expect(stack.received.findLast(({ kind }) => kind === 'upgrade')?.cookieNames).toEqual(['acme_session']);
    socket.close();
  });
  test('a socket of a page of another origin is refused', async () => {
    await expect(openSocket(ada.agent, `${console}/ws/events`, 'https://evil.example')).rejects.toThrow('status 403');
  });
});

describe('slow and vanishing clients', () => {
  const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

  test('one that takes its time gets all of it', async () => {
    const size = 20_000_000;
    const wanted = await direct.send(`${upstream}/api/apps/${app}/download?size=${size}`);
    const socket = connect(stack.port, '127.0.0.1');
    const hash = createHash('sha256');
    let bytes = 0;
    let headed = false;
    socket.on('data', (chunk: Buffer) => {
      let body = chunk;
      if (!headed) {
        body = chunk.subarray(chunk.indexOf('\r\n\r\n') + 4);
        headed = true;
      }
      bytes += body.length;
      hash.update(body);
    });
    socket.write(raw(`GET /api/apps/${app}/download?size=${size}`, 'Connection: close'));
    await until(() => bytes > 0);
    for (let pauses = 0; pauses < 5; pauses += 1) {
      socket.pause();
      await wait(100);
      socket.resume();
      await wait(5);
    }
    await until(() => bytes >= size, 10_000);
    expect(bytes).toBe(size);
    expect(hash.digest('hex')).toBe(sha256(wanted.body));
    socket.destroy();
  });
  test('one that sends its body byte by byte is understood', async () => {
    const body = '{"message":"Slowly"}';
    const token = await consoleToken(stack, ada.agent);
    const socket = connect(stack.port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.write(
      raw(
        'POST /api/devices/d-0172/lock',
        'Content-Type: application/json',
        `X-Csrf-Token: ${token}`,
        `Content-Length: ${body.length}`,
      ),
    );
    for (const letter of body) {
      socket.write(letter);
      await wait(5);
    }
    await until(() => text.includes('\r\n\r\n'));
    expect(text).toMatch(/^HTTP\/1\.1 202 /);
    socket.destroy();
  });
  test('those that leave in the middle, up or down, leave nothing behind', async () => {
    const token = await consoleToken(stack, ada.agent);
    await wait(100);
    const before = sockets();
    const leave = async (text: string, when: (heard: number) => boolean) => {
      const socket = connect(stack.port, '127.0.0.1');
      let heard = 0;
      socket.on('error', () => undefined);
      socket.on('data', (chunk: Buffer) => {
        heard += chunk.length;
      });
      const mark = stack.received.length;
      socket.write(text);
      await until(() => when(heard) && stack.received.length > mark);
      socket.destroy();
    };
    const upload = raw(
      'POST /api/apps',
      'Content-Type: multipart/form-data; boundary=x',
      `X-Csrf-Token: ${token}`,
      'Content-Length: 1000000000',
    );
    const start = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.ipa"\r\n\r\n';
    for (let times = 0; times < 5; times += 1) {
      await leave(upload + start + 'x'.repeat(100_000), () => true);
      await leave(raw(`GET /api/apps/${app}/download?size=2000000000`), (heard) => heard > 100_000);
      await leave(raw('GET /api/slow?ms=60000'), () => true);
      await leave(raw('GET /api/stream'), (heard) => heard > 0);
    }
    const cut = () =>
      stack.received.filter(({ method, target, complete }) => method === 'POST' && target === '/api/apps' && !complete);
    await until(() => cut().length === 5);
    await until(() => sockets() <= before, 8000);
    expect(sockets()).toBeLessThanOrEqual(before);
    expect((await ada.call('GET', '/api/me')).status).toBe(200);
  });
});
