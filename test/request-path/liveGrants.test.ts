// What runs and rests on a grant ends with it: transfers and sockets, within 100 ms, whoever ended it and however it is heard.
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { Grant } from '../../src/kernel/grant.ts';
import { ALLOW, anAction, COOKIE, deny, type Gate, HOST, requestText, startGate } from '../kit/gate.ts';

type Standing = Pick<Grant, 'state' | 'endedBecause' | 'activeUntil'>;
const ACTIVE: Standing = { state: 'active', endedBecause: null, activeUntil: Number.MAX_SAFE_INTEGER };

const http = createServer((_req, res) => {
  res.writeHead(200, { 'content-type': 'text/plain' });
  const timer = setInterval(() => res.write('more'), 5);
  res.on('close', () => clearInterval(timer));
});
const sockets = new WebSocketServer({ server: http });
let gate: Gate;
let grant: Standing | null;
let asked = 0;
let away = false;

beforeEach(async () => {
  grant = ACTIVE;
  asked = 0;
  away = false;
  if (!http.listening) await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  gate = await startGate({
    upstream: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    findGrant: async () => {
      asked += 1;
      if (away) throw new Error('away');
      return grant;
    },
    parts: {
      recognise: async ({ path, door }) => ({
        go: true,
        value: {
          action: anAction({
            name: 'device.secret',
            targets: [{ kind: 'device', id: path.slice(1) }],
            upgrade: door === 'upgrade',
          }),
          body: { mode: 'none', digest: '' },
        },
      }),
      // free: needs no grant
      decide: ({ facts, action }) => (facts.granted || action.targets[0]?.id === 'free' ? ALLOW : deny(['grant'])),
      activeGrants: async () => [
        {
          id: 'gra_1',
          state: 'active',
          holder: { id: 'idp#ada', name: 'ada' },
          console: 'acme',
          actions: ['device.secret'],
          targets: [{ kind: 'any', id: '*' }],
          usesLeft: 1,
          activeFrom: 0,
          activeUntil: Number.MAX_SAFE_INTEGER,
        } as unknown as Grant,
      ],
    },
  });
});
afterEach(async () => {
  await gate.close();
});
afterAll(() => {
  sockets.close();
  http.close();
});

/** A download under way. */
async function download(path = '/d-1') {
  const socket = connect(gate.port, '127.0.0.1');
  let ended: number | null = null;
  let got = 0;
  socket
    .on('error', () => undefined)
    .on('close', () => {
      ended = performance.now();
    });
  socket.on('data', (chunk) => {
    got += chunk.length;
  });
  socket.write(requestText(`GET ${path}`, [COOKIE]));
  await expect.poll(() => got).toBeGreaterThan(200);
  return { ended: () => ended, close: () => socket.destroy() };
}
async function socketTo(path = '/d-1') {
  const socket = new WebSocket(`ws://127.0.0.1:${gate.port}${path}`, {
    headers: { host: HOST, cookie: COOKIE.slice(8), origin: `http://${HOST}` },
  });
  let ended: number | null = null;
  socket
    .on('error', () => undefined)
    .on('close', () => {
      ended = performance.now();
    });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return { ended: () => ended, close: () => socket.terminate() };
}
const both = async () => [await download(), await socketTo()] as const;
async function endsWithin(things: readonly { ended(): number | null }[], since: number, ms: number): Promise<void> {
  await expect.poll(() => things.every((one) => one.ended() !== null), { timeout: 3000, interval: 2 }).toBe(true);
  expect(Math.max(...things.map((one) => one.ended() ?? 0)) - since).toBeLessThan(ms);
}
const CHANGE = { kind: 'grant', id: 'gra_1', holder: 'idp#ada', ended: true };

describe('what rests on a grant', () => {
  test('ends within 100 ms when the grant is ended; what does not rest on it goes on', async () => {
    const things = await both();
    const other = await download('/free');
    grant = { ...ACTIVE, state: 'ended', endedBecause: 'revoked' };
    const since = performance.now();
    gate.tell(CHANGE);
    await endsWithin(things, since, 100);
    await wait(50);
    expect(other.ended()).toBeNull();
    other.close();
  });

  test('ends when its time is over, without anybody saying so', async () => {
    grant = { ...ACTIVE, activeUntil: Date.now() + 400 };
    const things = await both();
    await wait(200);
    expect(things.map((one) => one.ended())).toEqual([null, null]);
    grant = { state: 'ended', endedBecause: 'time', activeUntil: Date.now() + 200 };
    await endsWithin(things, performance.now() + 200, 100);
  });

  test('goes on when its last use was what took it, and ends with the grant’s time', async () => {
    grant = { state: 'ended', endedBecause: 'uses', activeUntil: Date.now() + 500 };
    const things = await both();
    gate.tell(CHANGE);
    await wait(200);
    expect(things.map((one) => one.ended())).toEqual([null, null]);
    await endsWithin(things, performance.now() + 300, 150);
  });

  test('ends when the grant is unknown: the data was replaced', async () => {
    grant = null;
    const socket = connect(gate.port, '127.0.0.1');
    const closed = new Promise((resolve) => socket.on('error', () => undefined).on('close', resolve));
    socket.resume();
    socket.write(requestText('GET /d-1', [COOKIE]));
    await closed;
  });

  test('is looked at again when changes may have been missed', async () => {
    const things = await both();
    grant = { ...ACTIVE, state: 'ended', endedBecause: 'holder' };
    const since = performance.now();
    gate.tell({ kind: 'resync' });
    await endsWithin(things, since, 100);
  });

  test('a change of a grant that ended nothing ends nothing', async () => {
    const things = await both();
    gate.tell({ kind: 'grant', id: 'gra_1', holder: 'idp#ada' });
    gate.tell({ kind: 'grant', id: 'gra_other', holder: 'idp#ada', ended: true });
    await wait(100);
    expect(things.map((one) => one.ended())).toEqual([null, null]);
    for (const one of things) one.close();
  });

  test('ends when its grant cannot be asked for, again and again', async () => {
    const things = await both();
    away = true;
    gate.tell({ kind: 'resync' });
    await wait(300);
    expect(things.map((one) => one.ended())).toEqual([null, null]);
    await expect.poll(() => things.every((one) => one.ended() !== null), { timeout: 8000 }).toBe(true);
  }, 15_000);

  test('what has ended by itself is asked for no more', async () => {
    for (const one of await both()) one.close();
    await wait(50);
    const before = asked;
    gate.tell(CHANGE);
    gate.tell({ kind: 'resync' });
    await wait(50);
    expect(asked).toBe(before);
  });
});
