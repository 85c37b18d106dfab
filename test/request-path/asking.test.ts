// What the gateway asks the console by itself: names for the people who decide, numbers for policy and budgets. The console may
// answer whatever it likes: late, long, no JSON, with words that turn lines around. Nothing of that may do anything.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WHOLE_FLEET } from '../../src/kernel/action.ts';
import type { Decision, Question } from '../../src/kernel/facts.ts';
import { createAskConsole } from '../../src/proxy/asking/askConsole.ts';
import { createCounts } from '../../src/proxy/asking/counts.ts';
import { createNames } from '../../src/proxy/asking/names.ts';
import type { NewHold } from '../../src/proxy/decide/heldRequest.ts';
import { createGatherFacts, type FactParts } from '../../src/proxy/facts/gather.ts';
import { createLocalTime } from '../../src/proxy/facts/localTime.ts';
import { createEngine } from '../../src/proxy/forward/engine.ts';
import { loadPacks } from '../../src/proxy/recognise/loadPacks.ts';
import { createRecogniser } from '../../src/proxy/recognise/recognise.ts';
import { ALLOW, aHold, COOKIE, deny, type Gate, HOST, requestText, startGate } from '../kit/gate.ts';
import { sendRaw } from '../kit/rawClient.ts';
import { OK, type RawRequest, type RawUpstream, startRawUpstream } from '../kit/rawUpstream.ts';

const VOCABULARY = `
kinds:
  device: { one: device, many: devices }
  group: { one: group, many: groups, devices: true }
  label: { one: label, many: labels, devices: true }
actions:
  device.read: { risk: read, title: Look, effect: Nothing. }
  device.wipe: { risk: destructive, title: 'Wipe {count device}: {list device}', effect: Erases. }
  device.move: { risk: high, title: 'Move {count device}', effect: Moves., into: true }
  group.wipe: { risk: destructive, title: 'Wipe everything in {list group}', effect: Erases. }
  group.update: { risk: low, title: 'Rename {list group}', effect: Easily undone. }
  unknown.read: { risk: read, title: Unknown, effect: Nothing. }
  unknown.write: { risk: high, title: Unknown, effect: Unknown. }
`;
const PACK = `format: 1
pack: test
name: Test
kinds:
  device: { id: word }
  group: { id: digits }
  label: { id: digits }
names:
  device: { get: '/api/devices/{id}', name: [/device/name, /name], seen: /seen }
  group: { get: '/api/groups/{id}', name: /name }
counts:
  group: { get: '/api/groups/{id}', number: /size }
  all device: { get: '/api/devices', list: '', most: 4 }
entries:
  - { id: list, request: GET /api/devices, action: device.read }
  - { id: one, request: 'GET /api/devices/{device}', action: device.read }
  - { id: group, request: 'GET /api/groups/{group}', action: device.read }
  - { id: wipe, request: 'POST /wipe/{device}', action: device.wipe, targets: [{ path: device }] }
  - { id: many, request: POST /wipe, action: device.wipe, body: { type: json }, targets: [{ kind: device, json: /ids/* }] }
  - { id: all, request: POST /wipe-all, action: device.wipe, targets: [{ all: device }] }
  - { id: wipe-group, request: 'POST /groups/{group}/wipe', action: group.wipe, targets: [{ path: group }] }
  - { id: wipe-label, request: 'POST /labels/{label}/wipe', action: group.wipe, targets: [{ path: label }] }
  - { id: rename, request: 'POST /groups/{group}/name', action: group.update, targets: [{ path: group }] }
  - { id: move, request: 'POST /move/{group}/{device}', action: device.move, targets: [{ path: group }, { path: device }] }
`;

let upstream: RawUpstream;
let gate: Gate;
let holds: NewHold[];
let questions: Question[];
let decide: (question: Question) => Decision;

const byPack = () => {
  const dir = mkdtempSync(join(tmpdir(), 'asks-'));
  mkdirSync(join(dir, 'test'));
  writeFileSync(join(dir, 'vocabulary.yaml'), VOCABULARY);
  writeFileSync(join(dir, 'test/pack.yaml'), PACK);
  try {
    return loadPacks(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
};

beforeEach(async () => {
  holds = [];
  questions = [];
  decide = ({ action }) => (action.risk === 'read' ? ALLOW : deny(['stepup.bound']));
  upstream = await startRawUpstream();
  const packs = byPack();
  const recogniser = createRecogniser(packs);
  const clock = { now: () => Date.now() };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const redactBody = () => ({ text: null, note: null });
  const facts: FactParts = {
    frozen: async () => false,
    budgetOf: async () => 'open',
    networksOf: () => [],
    localTime: createLocalTime(),
    clock,
  };
  const noted = (question: Question) => {
    questions.push(question);
    return decide(question);
  };
  const ask = createAskConsole({
    engine: createEngine(),
    live: { add: () => () => undefined },
    recognise: recogniser.recognise,
    allowancesOf: recogniser.allowances,
    gatherFacts: createGatherFacts(facts),
    decide: noted,
    openRecording: (opening) => openRecording(opening),
    redactBody,
    moreHeaders: () => [],
    clock,
    log,
  });
  const openRecording: Parameters<typeof createAskConsole>[0]['openRecording'] = async (opening) => {
    const recorded: Gate['recordings'][number] = { opening, closing: null, messages: [] };
    gate.recordings.push(recorded);
    return {
      message: () => undefined,
      close: async (closing) => {
        recorded.closing = closing;
      },
    };
  };
  const packOf = (pack: string) => packs.all.get(pack);
  gate = await startGate({
    upstream: upstream.origin,
    parts: {
      recognise: recogniser.recognise,
      decide: noted,
      withNames: createNames({ ask, packOf }).withNames,
      withDevices: createCounts({ ask, packOf }),
      createHold: async (hold) => {
        holds.push(hold);
        return aHold(hold);
      },
    },
  });
});
afterEach(async () => {
  await gate.close();
  await upstream.close();
});

const json = (value: unknown, more = '') => {
  const body = JSON.stringify(value);
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n${more}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
};
const answers = (answer: (request: RawRequest, socket: Socket) => string | undefined) =>
  upstream.answer((socket, request) => {
    const text = answer(request, socket);
    if (text !== undefined) socket.write(text);
  });
const ORIGIN = `Origin: http://${HOST}`;
const LOGIN = `${COOKIE}; console=ada-at-the-console`;
const send = async (line: string, body = '', headers: string[] = []) => {
  const head = [
    LOGIN,
    ORIGIN,
    ...headers,
    ...(body === '' ? [] : ['Content-Type: application/json', `Content-Length: ${body.length}`]),
  ];
  const reply = await sendRaw(gate.port, requestText(line, head, body));
  return {
    status: reply.status,
    problem:
      reply.status === 403
        ? (JSON.parse(Buffer.from(reply.body, 'latin1').toString()) as {
            action: { title: string };
            targets: { id: string; name?: string }[];
          })
        : null,
  };
};
const title = async (answer: string | ((request: RawRequest, socket: Socket) => string | undefined)) => {
  answers(typeof answer === 'string' ? () => answer : answer);
  return (await send('POST /wipe/d-1')).problem?.action.title;
};
const devices = (name: string) => questions.findLast(({ action }) => action.name === name)?.action.devices;

describe('names', () => {
  test('stand in the title and the targets of the refusal and in the hold, always with the id', async () => {
    answers(() => json({ device: { name: 'iPad of Marie' }, seen: '2026-03-01T10:22:33Z' }));
    const { problem } = await send('POST /wipe/d-1');
    expect(problem).toMatchObject({
      action: { title: 'Wipe 1 device: iPad of Marie (d-1)' },
      targets: [{ kind: 'device', id: 'd-1', name: 'iPad of Marie, last seen 2026-03-01 10:22 UTC' }],
    });
    expect(holds).toMatchObject([
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
    const [asked] = upstream.requests;
    expect(asked?.line).toBe('GET /api/devices/d-1 HTTP/1.1');
    expect(asked?.header('cookie')).toBe('console=ada-at-the-console');
    expect(asked?.header('authorization')).toBe('Bearer ada');
    expect(asked?.header('accept')).toBe('application/json');
    expect(asked?.text).not.toMatch(/sallyport|csrf|referer|hol_9|secret/i);
    expect(asked?.header('connection')).toBe('close');
    expect(upstream.requests).toHaveLength(1);
  });

  test('are written down like any exchange, as asked by the gateway, before they are asked for', async () => {
    let before = -1;
    answers(() => {
      before = gate.recordings.length;
      return json({ name: 'a' }, 'Set-Cookie: sid=stolen\r\n');
    });
    await send('POST /wipe/d-1');
    expect(before).toBe(1);
    expect(gate.recordings).toMatchObject([
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
    expect(gate.intents).toEqual([]);
  });

  test('are kept for the session, and nobody else’s', async () => {
    answers(() => json({ name: 'a' }));
    await send('POST /wipe/d-1');
    await send('POST /wipe/d-1');
    expect(upstream.requests).toHaveLength(1);
    await sendRaw(gate.port, requestText('POST /wipe/d-1', ['Cookie: __Host-sallyport=bob-secret', ORIGIN]));
    expect(upstream.requests).toHaveLength(2);
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
    expect(upstream.requests).toHaveLength(20);
    expect(most).toBe(4);
    expect(problem?.targets.filter(({ name }) => name === 'n')).toHaveLength(20);
    expect(problem?.action.title).toMatch(/^Wipe 60 devices: n \(d-0\), n \(d-1\), n \(d-10\) and 57 more$/);
  });

  test('are not asked for when policy lets the act through, or when nothing would help', async () => {
    decide = () => ALLOW;
    upstream.answer(OK);
    await send('POST /wipe/d-1');
    expect(upstream.requests.map(({ line }) => line)).toEqual(['POST /wipe/d-1 HTTP/1.1']);
    decide = () => deny([]);
    await send('POST /wipe/d-2');
    expect(upstream.requests).toHaveLength(1);
  });

  test('are not told to who may not look at devices', async () => {
    decide = () => deny(['stepup.bound']);
    answers(() => json({ name: 'secret name' }));
    expect((await send('POST /wipe/d-1')).problem?.action.title).toBe('Wipe 1 device: d-1');
    expect(upstream.requests).toEqual([]);
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
    expect(gate.recordings[0]?.closing).toMatchObject({ end: 'aborted' });
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
      const before = upstream.requests.length;
      await send('POST /wipe/d-1');
      expect(upstream.requests.length).toBe(before);
    },
    20_000,
  );
});

describe('numbers', () => {
  test('a group counts what the console says, and the policy decides on that', async () => {
    answers(() => json({ name: 'Sales', size: 321 }));
    const { problem } = await send('POST /groups/7/wipe');
    expect(devices('group.wipe')).toBe(321);
    expect(problem).toMatchObject({ devices: 321, action: { title: 'Wipe everything in Sales (7)' } });
    expect(holds[0]?.devices).toBe(321);
    expect(gate.recordings.at(-1)?.opening.devices).toBe(321);
  });

  test('is asked anew each time: what was small may have grown', async () => {
    let size = 2;
    answers(() => json({ size }));
    await send('POST /groups/7/wipe');
    size = 5000;
    await send('POST /groups/7/wipe');
    expect(devices('group.wipe')).toBe(5000);
  });

  test.each([
    ['a negative number', { size: -1 }],
    ['a broken number', { size: 1.5 }],
    ['a huge number', { size: 1e300 }],
    ['a number with words', { size: '12 devices' }],
    ['no number', {}],
    ['null', { size: null }],
  ])('%s is the whole fleet', async (_name, answer) => {
    answers(() => json(answer));
    await send('POST /groups/7/wipe');
    expect(devices('group.wipe')).toBe(WHOLE_FLEET);
  });

  test('a console that does not answer means the whole fleet', async () => {
    answers((_request, socket): undefined => {
      socket.destroy();
    });
    await send('POST /groups/7/wipe');
    expect(devices('group.wipe')).toBe(WHOLE_FLEET);
  });

  test('groups that the pack cannot ask for are the whole fleet', async () => {
    await send('POST /labels/7/wipe');
    expect(devices('group.wipe')).toBe(WHOLE_FLEET);
    expect(upstream.requests).toEqual([]);
  });

  test('all devices count by a list that is whole; one as long as a page is not believed', async () => {
    answers(() => json([1, 2, 3]));
    await send('POST /wipe-all');
    expect(devices('device.wipe')).toBe(3);
    answers(() => json([1, 2, 3, 4]));
    await send('POST /wipe-all');
    expect(devices('device.wipe')).toBe(WHOLE_FLEET);
  });

  test('where devices go to is not what is hit', async () => {
    await send('POST /move/7/d-1');
    expect(questions.findLast(({ action }) => action.name === 'device.move')?.action.devices).toBeUndefined();
  });

  test('what is easily undone is not counted', async () => {
    answers(() => json({ name: 'Sales', size: 9 }));
    await send('POST /groups/7/name');
    expect(questions.find(({ action }) => action.name === 'group.update')?.action.devices).toBeUndefined();
  });
});
