// A gate whose pack asks its console for names and numbers, in front of a console that answers what a test tells it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Decision, Question } from '../../src/kernel/facts.ts';
import type { NewHold } from '../../src/kernel/hold.ts';
import { createAskConsole } from '../../src/proxy/asking/askConsole.ts';
import { createCounts } from '../../src/proxy/asking/counts.ts';
import { createNames } from '../../src/proxy/asking/names.ts';
import { createGatherFacts, type FactParts } from '../../src/proxy/facts/gather.ts';
import { createLocalTime } from '../../src/proxy/facts/localTime.ts';
import { createEngine } from '../../src/proxy/forward/engine.ts';
import { loadPacks } from '../../src/proxy/recognise/loadPacks.ts';
import { createRecogniser } from '../../src/proxy/recognise/recognise.ts';
import { ALLOW, aHold, COOKIE, deny, type Gate, HOST, requestText, startGate } from '../kit/gate.ts';
import { sendRaw } from '../kit/rawClient.ts';
import { type RawRequest, type RawUpstream, startRawUpstream } from '../kit/rawUpstream.ts';

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

export const world = {} as {
  upstream: RawUpstream;
  gate: Gate;
  holds: NewHold[];
  questions: Question[];
  decide: (question: Question) => Decision;
  /** ms, of the clock of what was asked */
  now: number;
};

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

export async function startWorld(): Promise<void> {
  world.holds = [];
  world.questions = [];
  world.now = 0;
  world.decide = ({ action }) => (action.risk === 'read' ? ALLOW : deny(['stepup.bound']));
  world.upstream = await startRawUpstream();
  const packs = byPack();
  const recogniser = createRecogniser(packs);
  const clock = { now: () => Date.now() };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const redactBody = () => ({ text: null, note: null });
  const facts: FactParts = {
    frozen: async () => false,
    budgetOf: async () => 'open',
    recordedAs: async () => 'exchanges',
    networksOf: () => [],
    localTime: createLocalTime(),
    clock,
  };
  const noted = (question: Question) => {
    world.questions.push(question);
    return world.decide(question);
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
    world.gate.recordings.push(recorded);
    return {
      message: () => undefined,
      close: async (closing) => {
        recorded.closing = closing;
      },
    };
  };
  const packOf = (pack: string) => packs.all.get(pack);
  world.gate = await startGate({
    upstream: world.upstream.origin,
    parts: {
      recognise: recogniser.recognise,
      decide: noted,
      withNames: createNames({ ask, packOf }, () => world.now).withNames,
      withDevices: createCounts({ ask, packOf }),
      createHold: async (hold) => {
        world.holds.push(hold);
        return aHold(hold);
      },
    },
  });
}

export async function stopWorld(): Promise<void> {
  await world.gate.close();
  await world.upstream.close();
}

export const json = (value: unknown, more = '') => {
  const body = JSON.stringify(value);
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n${more}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
};
export const answers = (answer: (request: RawRequest, socket: Socket) => string | undefined) =>
  world.upstream.answer((socket, request) => {
    const text = answer(request, socket);
    if (text !== undefined) socket.write(text);
  });
export const ORIGIN = `Origin: http://${HOST}`;
const LOGIN = `${COOKIE}; console=ada-at-the-console`;
export const send = async (line: string, body = '', headers: string[] = []) => {
  const head = [
    LOGIN,
    ORIGIN,
    ...headers,
    ...(body === '' ? [] : ['Content-Type: application/json', `Content-Length: ${body.length}`]),
  ];
  const reply = await sendRaw(world.gate.port, requestText(line, head, body));
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
export const title = async (answer: string | ((request: RawRequest, socket: Socket) => string | undefined)) => {
  answers(typeof answer === 'string' ? () => answer : answer);
  return (await send('POST /wipe/d-1')).problem?.action.title;
};
export const devices = (name: string) => world.questions.findLast(({ action }) => action.name === name)?.action.devices;
