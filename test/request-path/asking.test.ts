// Names that the gateway asks the console for, so that people decide on more than ids. The console may answer whatever it
// likes: late, long, no JSON, with words that turn lines around. Nothing of that may do anything.
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ALLOW, deny, requestText } from '../kit/gate.ts';
import { sendRaw } from '../kit/rawClient.ts';
import { OK } from '../kit/rawUpstream.ts';
import { answers, json, ORIGIN, send, startWorld, stopWorld, title, world } from './askingKit.ts';

beforeEach(startWorld);
afterEach(stopWorld);

describe('names', () => {
  test('stand in the title and the targets of the refusal and in the hold, always with the id', async () => {
    answers(() => json({ device: { name: 'iPad of Marie' }, seen: '2026-03-01T10:22:33Z' }));
    const { problem } = await send('POST /wipe/d-1');
    expect(problem).toMatchObject({
      action: { title: 'Wipe 1 device: iPad of Marie (d-1)' },
      targets: [{ kind: 'device', id: 'd-1', name: 'iPad of Marie, last seen 2026-03-01 10:22 UTC' }],
    });
    expect(world.holds).toMatchObject([
      {
        title: 'Wipe 1 device: iPad of Marie (d-1)',
        names: { 'device:d-1': 'iPad of Marie, last seen 2026-03-01 10:22 UTC' },
        devices: 1,
      },
    ]);
  });

  test('are asked for as the person, on a connection of their own, without what is ours', async () => {
    answers(() => json({ name: 'a' }));
    await send('POST /wipe/d-1', '', [
      'Authorization: Bearer ada',
      'X-CSRF-Token: t',
      'X-Sallyport-Hold: hol_9',
      'Referer: http://x.test/?secret',
      'User-Agent: ua',
    ]);
    const [asked] = world.upstream.requests;
    expect(asked?.line).toBe('GET /api/devices/d-1 HTTP/1.1');
    expect(asked?.header('cookie')).toBe('console=ada-at-the-console');
    expect(asked?.header('authorization')).toBe('Bearer ada');
    expect(asked?.header('accept')).toBe('application/json');
    expect(asked?.text).not.toMatch(/sallyport|csrf|referer|hol_9|secret/i);
    expect(asked?.header('connection')).toBe('close');
    expect(world.upstream.requests).toHaveLength(1);
  });

  test('are written down like any exchange, as asked by the gateway, before they are asked for', async () => {
    let before = -1;
    answers(() => {
      before = world.gate.recordings.length;
      return json({ name: 'a' }, 'Set-Cookie: sid=stolen\r\n');
    });
    await send('POST /wipe/d-1');
    expect(before).toBe(1);
    expect(world.gate.recordings).toMatchObject([
      {
        opening: {
          by: 'gateway',
          session: 'ses_ada',
          method: 'GET',
          target: '/api/devices/d-1',
          action: 'device.read',
          verdict: 'go',
        },
        closing: { status: 200, end: 'done' },
      },
      { opening: { method: 'POST', verdict: 'refuse', reason: 'stepup.required' } },
    ]);
    expect(world.gate.intents).toEqual([]);
  });

  test('are kept for the session, and nobody else’s', async () => {
    answers(() => json({ name: 'a' }));
    await send('POST /wipe/d-1');
    await send('POST /wipe/d-1');
    expect(world.upstream.requests).toHaveLength(1);
    await sendRaw(world.gate.port, requestText('POST /wipe/d-1', ['Cookie: __Host-sallyport=bob-secret', ORIGIN]));
    expect(world.upstream.requests).toHaveLength(2);
  });

  test('are asked for twenty of many, four at a time', async () => {
    let now = 0;
    let most = 0;
    answers((_request, socket) => {
      now += 1;
      most = Math.max(most, now);
      setTimeout(() => {
        now -= 1;
        socket.write(json({ name: 'n' }));
      }, 20);
      return undefined;
    });
    const ids = Array.from({ length: 60 }, (_, index) => `d-${index}`);
    const { problem } = await send('POST /wipe', JSON.stringify({ ids }));
    expect(world.upstream.requests).toHaveLength(20);
    expect(most).toBe(4);
    expect(problem?.targets.filter(({ name }) => name === 'n')).toHaveLength(20);
    expect(problem?.action.title).toMatch(/^Wipe 60 devices: n \(d-0\), n \(d-1\), n \(d-10\) and 57 more$/);
  });

  test('a flood of refusals asks a bounded number; the rest keeps its ids', async () => {
    answers(() => json({ name: 'a' }));
    const wipe = async (round: number) => {
      const ids = Array.from({ length: 20 }, (_, index) => `d-${round}-${index}`);
      const { problem } = await send('POST /wipe', JSON.stringify({ ids }));
      return problem?.targets.filter(({ name }) => name === 'a').length ?? 0;
    };
    let named = 0;
    for (let round = 0; round < 11; round += 1) named += await wipe(round);
    expect(named).toBe(200);
    expect(world.upstream.requests).toHaveLength(200);
    expect(await wipe(0), 'what was told is known').toBe(20);
    world.now += 1000;
    expect(await wipe(11)).toBe(10);
  });

  test('are not asked for when policy lets the act through, or when nothing would help', async () => {
    world.decide = () => ALLOW;
    world.upstream.answer(OK);
    await send('POST /wipe/d-1');
    expect(world.upstream.requests.map(({ line }) => line)).toEqual(['POST /wipe/d-1 HTTP/1.1']);
    world.decide = () => deny([]);
    await send('POST /wipe/d-2');
    expect(world.upstream.requests).toHaveLength(1);
  });

  test('are not told to who may not look at devices', async () => {
    world.decide = () => deny(['stepup.bound']);
    answers(() => json({ name: 'secret name' }));
    expect((await send('POST /wipe/d-1')).problem?.action.title).toBe('Wipe 1 device: d-1');
    expect(world.upstream.requests).toEqual([]);
  });

  const PLAIN = 'Wipe 1 device: d-1';
  test.each([
    ['an error', 'HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n', PLAIN],
    [
      'a redirect, which is not followed',
      'HTTP/1.1 302 Go\r\nLocation: /api/devices/d-2\r\nContent-Length: 0\r\n\r\n',
      PLAIN,
    ],
    ['HTML', 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 14\r\n\r\n{"name":"evil"}', PLAIN],
    ['no content type', 'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"name":"evil"}', PLAIN],
    ['half a JSON', 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{"name":', PLAIN],
    [
      'JSON that is no UTF-8',
      'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"name":"\xff"}',
      PLAIN,
    ],
    ['a coded body', json({ name: 'evil' }, 'Content-Encoding: gzip\r\n'), PLAIN],
    ['a length said twice', json({ name: 'evil' }, 'Content-Length: 15\r\n'), PLAIN],
    ['a list where an object should be', json([{ name: 'evil' }]), PLAIN],
    ['a name that is an object', json({ name: { toString: 'evil' } }), PLAIN],
    ['an empty name', json({ name: ' \u200b\u202e ' }), PLAIN],
    ['an inherited member', json({ device: '__proto__' }), PLAIN],
    ['a number for a name', json({ name: 42 }), 'Wipe 1 device: 42 (d-1)'],
    ['line ends and controls', json({ name: 'a\r\nX: y\u0000\u001b[31mb' }), 'Wipe 1 device: a X: y [31mb (d-1)'],
    ['bidirectional words', json({ name: 'iPad \u202e0-d\u202c\u2066x\u2069' }), 'Wipe 1 device: iPad 0-d x (d-1)'],
    [
      'a name that plays another device',
      json({ name: 'iPad (d-9999), 2 devices: x' }),
      'Wipe 1 device: iPad [d-9999], 2 devices: x (d-1)',
    ],
    [
      'markup stays text',
      json({ name: '<img src=x onerror=alert(1)>' }),
      'Wipe 1 device: <img src=x onerror=alert[1]> (d-1)',
    ],
    ['piled marks', json({ name: `a${'\u0301'.repeat(50)}b` }), 'Wipe 1 device: a\u0301\u0301b (d-1)'],
    ['an endless name', json({ name: 'x'.repeat(5000) }), `Wipe 1 device: ${'x'.repeat(77)}... (d-1)`],
  ])('%s', async (_name, answer, expected) => {
    expect(await title(answer)).toBe(expected);
  });

  test('an answer without end is given up at a mebibyte', async () => {
    let sent = 0;
    const big = 'x'.repeat(64 * 1024);
    const told = await title((_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{"name":"');
      const more = (): void => {
        if (socket.destroyed) return;
        sent += big.length;
        socket.write(big, () => setImmediate(more));
      };
      more();
      return undefined;
    });
    expect(told).toBe(PLAIN);
    expect(sent).toBeLessThan(16 * 1024 * 1024);
    expect(world.gate.recordings[0]?.closing).toMatchObject({ end: 'aborted' });
  });

  const slowly: Record<string, (socket: Socket) => void> = {
    'never answers': () => undefined,
    'answers a byte and no more': (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{');
    },
    'hangs up': (socket) => {
      socket.destroy();
    },
  };
  test.each(Object.entries(slowly))(
    'a console that %s holds the refusal up for two seconds at most',
    async (_name, answer) => {
      const since = performance.now();
      const told = await title((_request, socket): undefined => {
        answer(socket);
      });
      expect(told).toBe(PLAIN);
      expect(performance.now() - since).toBeLessThan(2200);
      // and is not asked again for the next refusal
      const before = world.upstream.requests.length;
      await send('POST /wipe/d-1');
      expect(world.upstream.requests.length).toBe(before);
    },
    20_000,
  );
});
