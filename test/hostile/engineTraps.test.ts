// The traps of the engine (design, section 6), each with the same attack against twenty lines around httpxy and against us:
// there it works, here it does not.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { COOKIE, requestText } from '../kit/gate.ts';
import { readSocket, replyOf, sendRaw } from '../kit/rawClient.ts';
import { OK, type RawUpstream, startRawUpstream } from '../kit/rawUpstream.ts';

let upstream: RawUpstream;
let naive: Process;
let ours: Process;
type Process = { child: ChildProcess; port: number };

async function start(file: string): Promise<Process> {
  const child = fork(join(import.meta.dirname, file), [upstream.origin], { silent: true });
  const [port] = await once(child, 'message');
  return { child, port };
}
const alive = (gate: Process): boolean => gate.child.exitCode === null && gate.child.signalCode === null;

beforeAll(async () => {
  upstream = await startRawUpstream();
  ours = await start('gateProcess.ts');
});
beforeEach(async () => {
  naive = await start('naive.ts');
  upstream.answer(OK);
});
afterEach(() => {
  naive.child.kill();
  upstream.reset();
});
afterAll(async () => {
  ours.child.kill();
  await upstream.close();
});

const reached = (): string => upstream.requests.map(({ text }) => text).join('');
const clear = () => upstream.requests.splice(0);

describe('Expect: 100-continue switches off what is done in on.proxyReq', () => {
  const attack = requestText('GET /safe/a', [COOKIE, 'X-Gw-User: root', 'Expect: 100-continue']);
  test('httpxy lets a client name itself', async () => {
    await sendRaw(naive.port, attack);
    expect(upstream.requests[0]?.header('x-gw-user')).toBe('root');
  });
  test('ours sends neither the name nor the expectation', async () => {
    const reply = await sendRaw(ours.port, attack);
    expect(replyOf(reply.text.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '')).status).toBe(200);
    expect(upstream.requests).toHaveLength(1);
    expect(reached()).not.toMatch(/root|expect/i);
  });
  test('ours asks for the body only after the stages in front have passed, and then gets it', async () => {
    const body = requestText('POST /thing', [
      COOKIE,
      'Origin: http://console.test',
      'Content-Length: 2',
      'Expect: 100-continue',
    ]);
    expect((await sendRaw(ours.port, `${body}ab`)).text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
    expect(upstream.requests[0]?.body.toString()).toBe('ab');
    clear();
    const stranger = await sendRaw(
      ours.port,
      requestText('POST /thing', ['Content-Length: 2', 'Expect: 100-continue']),
    );
    expect(stranger.status).toBe(401);
    expect(stranger.text).not.toContain('100 Continue');
  });
});

describe('one Trailer header on a GET ends the process', () => {
  const attack = requestText('GET /safe/a', [COOKIE, 'Trailer: x']);
  test('httpxy dies', async () => {
    const exit = once(naive.child, 'exit');
    await sendRaw(naive.port, attack);
    await exit;
    expect(alive(naive)).toBe(false);
  });
  test('ours refuses and lives', async () => {
    expect((await sendRaw(ours.port, attack)).status).toBe(400);
    expect(alive(ours)).toBe(true);
    expect(upstream.requests).toEqual([]);
  });
});

describe('an upgrade goes past the gate', () => {
  const attack = requestText('GET /admin', [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  ]);
  test('httpxy forwards it for nobody', async () => {
    await sendRaw(naive.port, attack);
    expect(reached()).toContain('GET /admin');
  });
  test('ours answers 401', async () => {
    expect((await sendRaw(ours.port, attack)).status).toBe(401);
    expect(upstream.requests).toEqual([]);
  });
});

describe('a parser that hides headers past its limit still frames by them', () => {
  const inner = requestText('POST /safe/wipe', ['X-Gw-User: root']);
  const withHeaders = (count: number, behind = '') => {
    const many = Array.from({ length: count }, (_, at) => `h${at}:`);
    return requestText('GET /safe/a', [COOKIE, ...many, `Content-Length: ${inner.length}`], inner + behind);
  };
  test('httpxy looks at none of 500 headers', async () => {
    await sendRaw(naive.port, withHeaders(500));
    expect(upstream.requests.length).toBeGreaterThan(0);
  });
  test('ours refuses more than 100 and closes, whatever comes behind', async () => {
    for (const bytes of [withHeaders(100), withHeaders(500), withHeaders(1005), withHeaders(1005, 'more')]) {
      const reply = await sendRaw(ours.port, bytes);
      expect(reply.status).toBe(431);
      expect(reply.header('connection')).toBe('close');
      expect(reply.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    }
    expect(upstream.requests).toEqual([]);
  });
});

describe('a normalised path is judged, the raw one is sent', () => {
  const attack = requestText('GET /admin/%2e%2e/safe/a', [COOKIE]);
  test('httpxy sends what nobody judged', async () => {
    await sendRaw(naive.port, attack);
    expect(reached()).toContain('GET /admin/%2e%2e/safe/a');
  });
  test('ours refuses; and what it sends is what it judged', async () => {
    expect((await sendRaw(ours.port, attack)).status).toBe(400);
    expect(upstream.requests).toEqual([]);
    await sendRaw(ours.port, requestText('GET /s%61fe/%7ea', [COOKIE]));
    expect(upstream.requests[0]?.line).toBe('GET /safe/~a HTTP/1.1');
  });
});

describe('xfwd keeps the client’s own X-Forwarded-For', () => {
  const attack = requestText('GET /safe/a', [
    COOKIE,
    'X-Forwarded-For: 10.0.0.1',
    'X-Forwarded-Proto: https',
    'Forwarded: for=10.0.0.1',
  ]);
  test('httpxy passes the lie on', async () => {
    await sendRaw(naive.port, attack);
    expect(upstream.requests[0]?.header('x-forwarded-for')).toBe('10.0.0.1');
  });
  test('ours says what the socket says', async () => {
    await sendRaw(ours.port, attack);
    expect(upstream.requests[0]?.header('x-forwarded-for')).toBe('127.0.0.1');
    expect(upstream.requests[0]?.header('x-forwarded-proto')).toBe('http');
    expect(reached()).not.toContain('10.0.0.1');
  });
});

describe('a pooled socket hands one user’s stray answer to another', () => {
  const answer = (text: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
  /** One answer too many comes while the gateway is busy, after the next request already waits for it. */
  const attack = async (gate: Process, first: string, second: string): Promise<string> => {
    upstream.answer((socket, { line }) => {
      if (!line.includes('/safe/first')) return void socket.write(answer('own'));
      socket.write(answer('first'));
      setTimeout(() => socket.write(answer('stray')), 100);
    });
    // Both connections stand before the loop is blocked, so that the second request is read in the same turn as the stray.
    const next = connect(gate.port, '127.0.0.1');
    await once(next, 'connect');
    await readSocket(connect(gate.port, '127.0.0.1'), requestText('GET /safe/first', [first]), 40);
    gate.child.send(200);
    await new Promise((resolve) => setTimeout(resolve, 20));
    next.write(requestText('GET /safe/second', [second]));
    return new Promise((resolve) => {
      let text = '';
      next.on('data', (chunk) => {
        text += chunk.toString('latin1');
      });
      setTimeout(() => {
        next.destroy();
        resolve(text);
      }, 500);
    });
  };
  const BOB = 'Cookie: __Host-sallyport=bob-secret';
  test('httpxy gives bob what was ada’s', async () => {
    // A matter of milliseconds between two processes: on a busy machine the first try may miss it.
    await expect.poll(() => attack(naive, COOKIE, BOB), { timeout: 20_000, interval: 0 }).toContain('stray');
  });
  test('ours never shares a connection between sessions', async () => {
    expect(await attack(ours, COOKIE, BOB)).toMatch(/own$/);
    expect(new Set(upstream.requests.map(({ connection }) => connection)).size).toBe(2);
  });
  test('ours does not take it within one session either', async () => {
    expect(await attack(ours, COOKIE, COOKIE)).toMatch(/own$/);
  });
  test('ours keeps a quiet connection for the same session, and uses a fresh one for an act', async () => {
    upstream.answer(OK);
    for (const line of ['GET /a', 'GET /b', 'POST /devices/1/wipe'])
      await sendRaw(ours.port, requestText(line, [BOB, 'Origin: http://console.test']), 60);
    const [a, b, act] = upstream.requests;
    expect(a?.connection).toBe(b?.connection);
    expect(act?.connection).not.toBe(a?.connection);
    expect(act?.header('connection')).toBe('close');
  });
});
