// Messages of a console that acts over a socket: each is judged like a request, in its order; a refused one is dropped and
// the socket lives on.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { Question } from '../../src/kernel/facts.ts';
import type { Hold } from '../../src/kernel/hold.ts';
import { sha256Hex } from '../../src/kernel/ids.ts';
import { go, type Refusal, refuse, type Verdict } from '../../src/kernel/verdict.ts';
import { offerOf } from '../../src/proxy/decide/offer.ts';
import type { Known } from '../../src/proxy/stages/80-settle.ts';
import { ALLOW, aHold, anAction, aSession, deny, type Gate, type GateParts, HOST, startGate } from '../kit/gate.ts';

const http = createServer((_req, res) => res.end());
const sockets = new WebSocketServer({ server: http });
let arrived: string[] = [];
let told: { known: Known; refusal: Refusal }[] = [];
let gate: Gate;
const closings: (() => Promise<unknown> | unknown)[] = [];

const act = (text: string | null) => {
  if (text === null) return go(anAction({ name: 'unknown.write', risk: 'high', entry: null }));
  const { action, ids = [] } = JSON.parse(text) as { action: string; ids?: string[] };
  if (action === 'look') return go(anAction());
  if (action === 'odd') return refuse('body.unreadable', 'odd');
  const targets = ids.map((id) => ({ kind: 'device', id }));
  return go(anAction({ name: `device.${action}`, risk: 'high', targets, title: `${action} ${ids.join()}` }));
};
const decide = ({ action }: Question) => (action.name === 'unknown.write' ? deny([]) : ALLOW);

const start = async (parts: GateParts = {}): Promise<Gate> => {
  const started = await startGate({
    upstream: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    parts: {
      judgesMessages: () => true,
      recogniseMessage: (_upgrade, text) => act(text),
      decide,
      tellPage: async (known, refusal) => {
        told.push({ known, refusal });
      },
      ...parts,
    },
  });
  closings.push(started.close);
  return started;
};
async function open(at: Gate, secret = 'ada-secret') {
  const socket = new WebSocket(`ws://127.0.0.1:${at.port}/control.ashx?x=1`, {
    headers: {
      host: HOST,
      cookie: `__Host-sallyport=${secret}`,
      origin: `http://${HOST}`,
      'x-sallyport-hold': 'hol_early',
    },
  });
  const heard: string[] = [];
  socket.on('message', (data) => heard.push(data.toString()));
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  return { socket, heard, closed, say: (message: object) => socket.send(JSON.stringify(message)) };
}
const own = (at: Gate) => at.recordings.filter(({ opening }) => opening.method === 'MESSAGE');

beforeAll(async () => {
  sockets.on('connection', (socket) =>
    socket.on('message', (data) => {
      arrived.push(data.toString());
      socket.send(`heard ${data}`);
    }),
  );
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
});
beforeEach(async () => {
  arrived = [];
  told = [];
  gate = await start();
});
afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});
afterAll(() => {
  sockets.close();
  http.close();
});

describe('a message', () => {
  test('that changes something is in the journal before it is sent, with its outcome after, and has a recording', async () => {
    const order: string[] = [];
    const at = await start({
      commitAct: async ({ event }) => {
        await wait(20);
        order.push(`intent ${arrived.length} ${event.facts.method} ${event.facts.target}`);
        return go({ intent: 7 });
      },
      settleAct: async ({ intent, sent, event }) => {
        order.push(`outcome ${intent} ${sent} ${event.facts.end}`);
      },
    });
    const { say, heard, socket } = await open(at);
    say({ action: 'lock', ids: ['d-1'] });
    await expect.poll(() => heard.length).toBe(1);
    await expect.poll(() => order).toEqual(['intent 0 MESSAGE /control.ashx?x=1', 'outcome 7 true done']);
    expect(own(at)).toMatchObject([
      {
        opening: {
          method: 'MESSAGE',
          target: '/control.ashx?x=1',
          action: 'device.lock',
          targets: [{ kind: 'device', id: 'd-1' }],
          verdict: 'go',
          requestBody: {
            text: '{"action":"lock","ids":["d-1"]}',
            digest: sha256Hex('{"action":"lock","ids":["d-1"]}'),
          },
        },
        closing: { status: null, end: 'done', sent: 31 },
      },
    ]);
    socket.terminate();
  });
  test('that reads asks nobody and writes no intent', async () => {
    const at = await start({ commitAct: () => Promise.reject(new Error('a read was committed')) });
    const { say, heard, socket } = await open(at);
    say({ action: 'look' });
    await expect.poll(() => heard).toEqual(['heard {"action":"look"}']);
    expect(own(at)).toHaveLength(1);
    socket.terminate();
  });
  test('keeps its order, however long each takes to be judged', async () => {
    let times = 0;
    const at = await start({
      commitAct: async () => {
        times += 1;
        await wait(times % 2 === 0 ? 1 : 15);
        return go({ intent: times });
      },
    });
    const { say, socket } = await open(at);
    const ids = Array.from({ length: 20 }, (_, index) => `d-${index}`);
    for (const id of ids) say(id === 'd-3' ? { action: 'look' } : { action: 'lock', ids: [id] });
    await expect.poll(() => arrived.length, { timeout: 5000 }).toBe(20);
    expect(arrived.map((text) => JSON.parse(text).ids?.[0] ?? 'd-3')).toEqual(ids);
    socket.terminate();
  });
  test('is judged for the session as it is now, not as it was when the socket was opened', async () => {
    const seen: (number | null)[] = [];
    const at = await start({
      decide: ({ action, facts }) => {
        if (action.name === 'device.lock') seen.push(facts.stepUpAge);
        return ALLOW;
      },
    });
    const { say, socket } = await open(at);
    say({ action: 'lock', ids: ['d-1'] });
    await expect.poll(() => seen).toEqual([null]);
    at.sessions.set('ada-secret', { ...aSession(), steppedUpAt: Date.now() });
    say({ action: 'lock', ids: ['d-2'] });
    await expect.poll(() => seen.length).toBe(2);
    expect(seen[1]).toBeLessThan(5);
    at.sessions.delete('ada-secret');
    say({ action: 'look' });
    await expect.poll(() => told.map(({ refusal }) => refusal.reason)).toEqual(['session.revoked']);
    expect(arrived).toHaveLength(2);
    socket.terminate();
  });
});

describe('a refused message', () => {
  test('is not sent; the page is told, the socket stays open, and the next one goes on', async () => {
    const { say, socket, heard } = await open(gate);
    socket.send(Buffer.from([1, 2, 3]));
    say({ action: 'odd' });
    say({ action: 'look' });
    await expect.poll(() => heard).toEqual(['heard {"action":"look"}']);
    expect(arrived).toEqual(['{"action":"look"}']);
    expect(told.map(({ refusal, known }) => [refusal.reason, known.session?.id, known.action?.name])).toEqual([
      ['policy.forbidden', 'ses_ada', 'unknown.write'],
      ['body.unreadable', 'ses_ada', undefined],
    ]);
    expect(gate.refusals.map(({ facts }) => [facts.reason, facts.method])).toEqual([
      ['policy.forbidden', 'MESSAGE'],
      ['body.unreadable', 'MESSAGE'],
    ]);
    expect(own(gate).map(({ opening }) => [opening.verdict, opening.reason])).toEqual([
      ['refuse', 'policy.forbidden'],
      ['refuse', 'body.unreadable'],
      ['go', null],
    ]);
    socket.terminate();
  });
  test('of an act whose intent cannot be written is not sent', async () => {
    const at = await start({ commitAct: async () => refuse('journal.unavailable', 'away') });
    const { say, socket } = await open(at);
    say({ action: 'lock', ids: ['d-1'] });
    await expect.poll(() => told[0]?.refusal.reason).toBe('journal.unavailable');
    expect(arrived).toEqual([]);
    socket.terminate();
  });
});

const world = () => {
  const holds = new Map<string, Hold>();
  const parts: GateParts = {
    decide: ({ action, facts }) => (action.risk === 'read' || facts.signed ? ALLOW : deny(['stepup.bound'])),
    createHold: async (hold) => {
      const made = aHold(hold, { id: `hol_${holds.size}` });
      holds.set(made.id, made);
      return made;
    },
    checkHold: async (id, terms): Promise<Verdict<Hold>> => {
      const hold = holds.get(id);
      if (hold === undefined) return refuse('hold.unknown', id);
      if (hold.bodyDigest !== terms.bodyDigest || hold.method !== terms.method) return refuse('hold.mismatch', id);
      if (hold.state === 'used') return refuse('hold.used', id);
      return go(hold);
    },
    commitAct: async ({ hold }) => {
      const held = holds.get(hold?.id ?? '');
      if (held?.state !== 'ready') return refuse('hold.used', String(hold));
      holds.set(held.id, { ...held, state: 'used' });
      return go({ intent: 1 });
    },
  };
  const sign = (id: string) => {
    const hold = holds.get(id);
    if (hold === undefined) throw new Error(`no hold ${id}`);
    holds.set(id, { ...hold, state: 'ready', signedAt: 1 });
  };
  return { holds, parts, sign };
};
const offers = () => told.map(({ refusal }) => [refusal.reason, offerOf(refusal)?.hold]);

describe('a message that needs a signature', () => {
  test('is offered once, released once by the same bytes on the same socket, and by no others', async () => {
    const { holds, parts, sign } = world();
    const at = await start(parts);
    const first = await open(at);
    const second = await open(at);
    const wipe = { action: 'wipe', ids: ['d-1'] };
    first.say(wipe);
    first.say(wipe);
    await expect.poll(offers).toEqual([
      ['stepup.required', 'hol_0'],
      ['hold.unsigned', 'hol_0'],
    ]);
    expect(holds.get('hol_0')).toMatchObject({
      method: 'MESSAGE',
      target: '/control.ashx?x=1',
      bodyDigest: sha256Hex(JSON.stringify(wipe)),
      contentType: 'application/json',
      targets: [{ kind: 'device', id: 'd-1' }],
    });
    sign('hol_0');
    first.say({ action: 'wipe', ids: ['d-2'] });
    second.say(wipe);
    await expect.poll(() => offers().length).toBe(4);
    expect(arrived).toEqual([]);
    first.say(wipe);
    await expect.poll(() => arrived).toEqual([JSON.stringify(wipe)]);
    first.say(wipe);
    await expect.poll(() => offers().at(-1)?.[0]).toBe('stepup.required');
    await wait(20);
    expect(arrived).toHaveLength(1);
    expect(holds.get('hol_0')?.state).toBe('used');
    first.socket.terminate();
    second.socket.terminate();
  });
});

describe('a message that others must sign too', () => {
  test('waits for all of them under one number, goes once, and only with the bytes that were signed', async () => {
    const { holds, parts, sign } = world();
    const at = await start({
      ...parts,
      decide: ({ action, facts }) => {
        if (action.risk === 'read' || (facts.signed && facts.approvals >= 1)) return ALLOW;
        const own = facts.signed ? [] : (['stepup.bound'] as const);
        return deny([...own, ...(facts.approvals >= 1 ? [] : (['approval'] as const))], 1);
      },
    });
    const { say, socket } = await open(at);
    const wipe = { action: 'wipe', ids: ['d-1'] };
    say(wipe);
    await expect.poll(offers).toEqual([['approval.required', 'hol_0']]);
    expect(holds.get('hol_0')).toMatchObject({ needs: { signed: true, approvals: 1 }, approvers: ['mdm-approvers'] });
    sign('hol_0');
    say(wipe);
    await expect.poll(offers).toEqual([
      ['approval.required', 'hol_0'],
      ['approval.required', 'hol_0'],
    ]);
    const held = holds.get('hol_0');
    if (held === undefined) throw new Error('no hold');
    holds.set('hol_0', { ...held, approvals: [{ by: { id: 'idp#grace', name: 'grace' }, at: 1 }] });
    say({ action: 'wipe', ids: ['d-2'] });
    await expect.poll(() => offers().at(-1)).toEqual(['approval.required', 'hol_1']);
    expect(arrived).toEqual([]);
    say(wipe);
    await expect.poll(() => arrived).toEqual([JSON.stringify(wipe)]);
    say(wipe);
    await expect.poll(() => offers().at(-1)).toEqual(['approval.required', 'hol_2']);
    expect(arrived).toHaveLength(1);
    socket.terminate();
  });
});

describe('a socket', () => {
  test('whose message cannot be recorded is closed, and the message does not go on', async () => {
    const at = await start({
      openRecording: async ({ method }) => {
        if (method === 'MESSAGE') throw new Error('disk full');
        return { message: () => undefined, close: async () => undefined };
      },
    });
    const { say, closed } = await open(at);
    say({ action: 'lock', ids: ['d-1'] });
    expect([1011, 1006]).toContain(await closed);
    expect(arrived).toEqual([]);
    expect(at.outcomes.map(({ sent }) => sent)).toEqual([false]);
  });
  test('whose session ends while a message is judged sends it nowhere', async () => {
    let release = (): void => undefined;
    const at = await start({
      commitAct: () => new Promise((resolve) => (release = () => resolve(go({ intent: 1 })))),
    });
    const { say, closed } = await open(at, 'bob-secret');
    say({ action: 'lock', ids: ['d-1'] });
    say({ action: 'lock', ids: ['d-2'] });
    await wait(50);
    at.tell({ kind: 'session', id: 'ses_bob' });
    expect([1008, 1006]).toContain(await closed);
    release();
    await expect.poll(() => at.outcomes.map(({ sent }) => sent)).toEqual([false]);
    await wait(30);
    expect(arrived).toEqual([]);
  });
  test('whose client floods it is read no faster than its messages are judged', async () => {
    let open_ = 0;
    let most = 0;
    const at = await start({
      commitAct: async () => {
        open_ += 1;
        most = Math.max(most, open_);
        await wait(1);
        open_ -= 1;
        return go({ intent: 1 });
      },
    });
    const { say, socket } = await open(at);
    for (let index = 0; index < 300; index += 1) say({ action: 'lock', ids: [`d-${index}`] });
    await expect.poll(() => arrived.length, { timeout: 10_000 }).toBe(300);
    expect(most).toBe(1);
    socket.close();
    await expect.poll(() => sockets.clients.size).toBe(0);
  });
});
