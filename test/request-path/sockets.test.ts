// WebSockets through the gate: the same stages, both sides spoken, every message seen, ended with the session.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { COOKIE, type Gate, HOST, requestText, startGate } from '../kit/gate.ts';
import { sendRaw } from '../kit/rawClient.ts';
import { startRawUpstream } from '../kit/rawUpstream.ts';

const http = createServer((_req, res) => res.end());
const consoleSockets = new WebSocketServer({
  server: http,
  handleProtocols: (offered) => (offered.has('v2') ? 'v2' : false),
});
let gate: Gate;
let upgrades: { url: string | undefined; headers: Record<string, unknown> }[] = [];

beforeAll(async () => {
  consoleSockets.on('headers', (lines) =>
    lines.push('Set-Cookie: ws=1; Domain=example.com; Path=/', 'Set-Cookie: __Host-sallyport=evil; Path=/'),
  );
  consoleSockets.on('connection', (socket, req) => {
    upgrades.push({ url: req.url, headers: req.headers });
    socket.send('welcome');
    socket.on('message', (data, isBinary) => {
      const text = data.toString();
      if (text === 'bye') socket.close(4001, 'as you wish');
      else if (text === 'drop') socket.terminate();
      else socket.send(isBinary ? data : `echo ${text}`, { binary: isBinary });
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  gate = await startGate({ upstream: `http://127.0.0.1:${(http.address() as AddressInfo).port}` });
});
beforeEach(() => {
  upgrades = [];
});
afterAll(async () => {
  await gate.close();
  consoleSockets.close();
  http.close();
});

type Opened = { socket: WebSocket; messages: string[]; closed: Promise<number>; cookies: string[] };
function open(
  path: string,
  {
    headers = {},
    protocols = [],
    secret = 'ada-secret',
    at = gate,
  }: { headers?: Record<string, string>; protocols?: string[]; secret?: string; at?: Gate } = {},
): Promise<Opened> {
  const socket = new WebSocket(`ws://127.0.0.1:${at.port}${path}`, protocols, {
    headers: { host: HOST, cookie: `__Host-sallyport=${secret}; own=1`, origin: `http://${HOST}`, ...headers },
  });
  const messages: string[] = [];
  let cookies: string[] = [];
  socket.on('message', (data) => messages.push(data.toString()));
  socket.on('upgrade', (answer) => {
    cookies = answer.headers['set-cookie'] ?? [];
  });
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve({ socket, messages, closed, cookies }));
    socket.on('error', reject);
  });
}
const ORIGIN = `Origin: http://${HOST}`;
const UPGRADE = [
  'Connection: keep-alive, Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
];

describe('a socket', () => {
  test('carries messages both ways, the first ones too, and each is recorded', async () => {
    const { socket, messages, closed } = await open('/live?x=1');
    socket.send('hello');
    socket.send(Buffer.from([1, 2, 3]));
    await expect.poll(() => messages.length).toBe(3);
    expect(messages.slice(0, 2)).toEqual(['welcome', 'echo hello']);
    socket.close();
    await closed;
    await expect.poll(() => gate.recordings.at(-1)?.closing?.end).toBe('done');
    expect(gate.recordings.at(-1)).toMatchObject({
      opening: { door: 'upgrade', target: '/live?x=1' },
      messages: expect.arrayContaining([
        { from: 'console', size: 7, text: 'welcome' },
        { from: 'client', size: 5, text: 'hello' },
        { from: 'client', size: 3, text: null },
      ]),
      closing: { status: 101, sent: 8 },
    });
  });
  test('goes up with what was judged and without our cookies; the sub-protocol and cookies come back', async () => {
    const { socket, cookies } = await open('/live', { protocols: ['v1', 'v2'], headers: { 'x-gw-user': 'root' } });
    expect(socket.protocol).toBe('v2');
    expect(upgrades[0]).toMatchObject({ url: '/live', headers: { cookie: 'own=1', origin: gate.console.upstream } });
    expect(JSON.stringify(upgrades[0])).not.toContain('root');
    expect(cookies).toEqual(['ws=1; Path=/']);
    expect(socket.extensions).toBe('');
    socket.terminate();
  });
  test('closes with the console’s code, and breaks when the console breaks', async () => {
    const first = await open('/live');
    first.socket.send('bye');
    expect(await first.closed).toBe(4001);
    const second = await open('/live');
    second.socket.send('drop');
    expect(await second.closed).toBe(1006);
  });
  test('of a client that vanishes ends at the console too', async () => {
    const { socket } = await open('/live');
    socket.terminate();
    await expect.poll(() => consoleSockets.clients.size).toBe(0);
    await expect.poll(() => gate.live.size()).toBe(0);
  });
  test('with a message that is too long is closed', async () => {
    const { socket, closed } = await open('/live');
    socket.send('x'.repeat(65 * 1024));
    expect([1009, 1006]).toContain(await closed);
  });
  test('whose session ends is closed on both sides within 100 ms', async () => {
    const { closed } = await open('/live', { secret: 'bob-secret' });
    const from = performance.now();
    gate.tell({ kind: 'session', id: 'ses_bob' });
    expect([1008, 1006]).toContain(await closed);
    expect(performance.now() - from).toBeLessThan(100);
    await expect.poll(() => consoleSockets.clients.size).toBe(0);
  });
  test('that cannot be recorded is closed, and the message does not go on', async () => {
    const deaf = await startGate({
      upstream: gate.console.upstream,
      parts: {
        openRecording: async () => ({
          message: ({ from }) => {
            if (from === 'client') throw new Error('disk full');
          },
          close: async () => undefined,
        }),
      },
    });
    const { socket, messages, closed } = await open('/live', { at: deaf });
    await expect.poll(() => messages.length).toBe(1);
    socket.send('secret act');
    expect(await closed).toBe(1011);
    expect(messages).toEqual(['welcome']);
    await deaf.close();
  });
});

describe('an upgrade is refused', () => {
  test('from another origin, or of another version', async () => {
    await expect(open('/live', { headers: { origin: 'http://evil.test' } })).rejects.toThrow('403');
    const old = UPGRADE.map((line) => line.replace('Version: 13', 'Version: 8'));
    expect((await sendRaw(gate.port, requestText('GET /live', [COOKIE, ...old]))).status).toBe(400);
    expect(upgrades).toEqual([]);
  });
  test('without the Origin that every browser sends', async () => {
    for (const origin of [[], ['Origin: null'], ['Origin: http://portal.test']]) {
      const reply = await sendRaw(gate.port, requestText('GET /live', [COOKIE, ...origin, ...UPGRADE]));
      expect([reply.status, reply.header('x-sallyport-refused')]).toEqual([403, 'origin.foreign']);
    }
    expect(upgrades).toEqual([]);
  });
  test('with a target that a URL parser would write otherwise, and with a broken key', async () => {
    for (const [line, key] of [
      ["GET /live?q='x'", UPGRADE[3]],
      ['GET /live', 'Sec-WebSocket-Key: short'],
    ]) {
      const reply = await sendRaw(
        gate.port,
        requestText(line ?? '', [COOKIE, ORIGIN, ...UPGRADE.slice(0, 3), key ?? '']),
      );
      expect([reply.status, reply.header('x-sallyport-refused')]).toEqual([400, 'request.ambiguous']);
    }
    expect(upgrades).toEqual([]);
  });
  test('by the console in plain HTTP: the browser hears it', async () => {
    const upstream = await startRawUpstream();
    upstream.answer('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
    const own = await startGate({ upstream: upstream.origin });
    const reply = await sendRaw(own.port, requestText('GET /live', [COOKIE, ORIGIN, ...UPGRADE]));
    expect([reply.status, reply.body, reply.header('connection')]).toEqual([403, 'no', 'close']);
    upstream.answer((socket) => socket.destroy());
    expect(
      (await sendRaw(own.port, requestText('GET /live', [COOKIE, ORIGIN, ...UPGRADE]))).header('x-sallyport-refused'),
    ).toBe('upstream.failed');
    await own.close();
    await upstream.close();
  });
});
