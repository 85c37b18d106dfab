// A console that acts over a WebSocket, through the whole product: its messages are recognised by a pack, refused, told to
// the page, signed with a passkey over their very bytes, released once, recorded and in the journal.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import type { RefusalProblem } from '../../src/portal/contract/consolePages.ts';
import type { HoldView } from '../../src/portal/contract/holds.ts';
import type { ExchangePage } from '../../src/portal/contract/sessions.ts';
import { until } from '../kit/arrivals.ts';
import { approver, granted, type Person, person } from '../kit/people.ts';
import { openConsole, type Stack, startStack } from '../kit/stack.ts';
import { openSocket, openStream, type Socket, type Stream } from '../kit/streams.ts';

const PACK = `format: 1
pack: mesh
name: Mesh
kinds:
  device: { id: word, prefix: node-, max: 20 }
entries:
  - { id: login-page, request: GET /login, action: console.read }
  - { id: login, request: 'POST /login', action: console.login, body: { type: form, fields: [next, user, password] } }
  - id: control
    request: GET /control
    upgrade: true
    action: console.read
    messages: { plain: [ping] }
  - { id: nodes, of: control, action: device.read, body: { type: json, where: { /action: nodes } } }
  - id: lock
    of: control
    action: device.lock
    body: { type: json, where: { /action: lock }, fields: [password] }
    targets: [{ kind: device, json: /ids/* }]
    redact: [/password]
  - id: run
    of: control
    action: script.run
    body: { type: json, where: { /action: run }, fields: [text] }
    targets: [{ kind: device, json: /ids/* }]
`;

const http = createServer((_req, res) => res.end('<!doctype html><title>Mesh</title>'));
const sockets = new WebSocketServer({ server: http, path: '/control' });
let arrived: string[] = [];
let stack: Stack;
let where: Stack;
let packs: string;
let ada: Person;
let grace: Person;
let socket: Socket;
let events: Stream;

beforeAll(async () => {
  packs = mkdtempSync(join(tmpdir(), 'mesh-packs-'));
  cpSync('config/packs/vocabulary.yaml', join(packs, 'vocabulary.yaml'));
  cpSync('config/packs/acme-mdm', join(packs, 'acme-mdm'), { recursive: true });
  mkdirSync(join(packs, 'mesh'));
  writeFileSync(join(packs, 'mesh/pack.yaml'), PACK);
  sockets.on('connection', (own) =>
    own.on('message', (data) => {
      arrived.push(String(data));
      own.send(`done ${data}`);
    }),
  );
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const upstream = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  stack = await startStack(
    `packs: ${JSON.stringify(packs)}\n`,
    (port) =>
      `  - { id: mesh, name: Mesh, origin: "http://mesh.localhost:${port}", upstream: "${upstream}", pack: mesh }\n`,
  );
  where = { ...stack, addresses: { ...stack.addresses, console: `http://mesh.localhost:${stack.port}` } };
  ada = await person(where, 'ada');
  await ada.enrol();
  await openConsole(where, ada.agent, 'ada');
  grace = await approver(stack);
});
beforeEach(async () => {
  arrived = [];
  socket = await openSocket(ada.agent, `${where.addresses.console}/control`);
  events = await openStream(ada.agent, `${where.addresses.console}/.sallyport/events`);
  return () => {
    socket.close();
    events.close();
  };
});
afterAll(async () => {
  await stack.close();
  sockets.close();
  http.close();
  rmSync(packs, { recursive: true });
});

const say = (message: object) => socket.send(JSON.stringify(message));
/** The refusals that the page heard of. */
const told = (stream = events): RefusalProblem[] =>
  [...stream.text().matchAll(/event: refused\ndata: (.*)\n\n/g)].map(([, data = '']) => JSON.parse(data));
async function refusal(count = 1): Promise<RefusalProblem> {
  await until(() => told().length >= count);
  const problem = told()[count - 1];
  if (problem === undefined) throw new Error('no refusal');
  return problem;
}
const heard = (text: string) => until(() => socket.messages.includes(`done ${text}`));

describe('messages of a socket', () => {
  test('pass when they read, and when nobody needs to look at them', async () => {
    say({ action: 'nodes' });
    socket.send('ping');
    await heard('ping');
    expect(arrived).toEqual(['{"action":"nodes"}', 'ping']);
  });

  test('that nobody described are refused, and the page and nobody else hears why', async () => {
    const other = await person(where, 'ada', ada.authenticator);
    await openConsole(where, other.agent, 'ada');
    const elsewhere = await openStream(other.agent, `${where.addresses.console}/.sallyport/events`);
    say({ action: 'explode', ids: ['node-1'] });
    socket.send('{"action":"nodes","action":"run"}');
    say({ action: 'nodes' });
    await heard('{"action":"nodes"}');
    expect(arrived).toEqual(['{"action":"nodes"}']);
    await refusal(2);
    expect(told().map(({ reason, console, remedies }) => [reason, console?.id, remedies])).toEqual([
      ['policy.forbidden', 'mesh', []],
      ['body.unreadable', 'mesh', undefined],
    ]);
    expect(told(elsewhere)).toEqual([]);
    elsewhere.close();
  });

  test('that change something ask for a passkey, and go on after it on the same socket', async () => {
    const lock = { action: 'lock', ids: ['node-1', 'node-2'], password: 'hunter2' };
    say(lock);
    expect(await refusal()).toMatchObject({
      reason: 'stepup.required',
      remedies: ['stepup.fresh'],
      action: { name: 'device.lock', title: 'Lock 2 devices: node-1, node-2' },
      portal: stack.addresses.portal,
    });
    expect((await ada.stepUp()).status).toBe(200);
    say(lock);
    await heard(JSON.stringify(lock));
    expect(arrived).toHaveLength(1);
  });

  test('that cannot be undone are released once by access and a signature over these very bytes', async () => {
    const run = { action: 'run', ids: ['node-7'], text: 'reboot' };
    const device = { kind: 'device', id: 'node-7' };
    say(run);
    expect((await refusal()).reason).toBe('grant.required');
    await granted(ada, grace, { console: 'mesh', action: 'script.run', targets: [device], uses: 5 });
    say(run);
    const { hold = '', reason } = await refusal(2);
    expect(reason).toBe('stepup.required');
    expect((await ada.read(`/api/holds/${hold}`)).json<HoldView>()).toMatchObject({
      method: 'MESSAGE',
      target: '/control',
      action: 'script.run',
      title: 'Run a script on 1 device: node-7',
    });
    expect((await ada.signHold(hold)).status).toBe(200);
    say({ ...run, text: 'erase' });
    expect((await refusal(3)).hold).not.toBe(hold);
    say(run);
    await heard(JSON.stringify(run));
    say(run);
    expect((await refusal(4)).reason).toBe('stepup.required');
    expect(arrived).toEqual([JSON.stringify(run)]);
    expect((await ada.read(`/api/holds/${hold}`)).json<HoldView>().state).toBe('used');
  });

  test('are in the recording: what they were, what became of them, and no secret', async () => {
    const linus = await person(stack, 'linus');
    const session = (await ada.me()).session.id;
    let rows: ExchangePage['exchanges'] = [];
    await until(async () => {
      const answer = await linus.read(`/api/sessions/${session}/exchanges?kind=all`);
      rows = answer.json<ExchangePage>().exchanges.filter(({ method }) => method === 'MESSAGE');
      // The index comes after: it is waited for until the last of them is in it.
      return rows.filter(({ action }) => action === 'script.run').length >= 5;
    });
    const is = (action: string, verdict: string) =>
      rows.filter((row) => row.action === action && row.verdict === verdict).length;
    expect([is('device.read', 'go'), is('device.lock', 'go'), is('script.run', 'go')]).toEqual([2, 1, 1]);
    expect([is('device.lock', 'refuse'), is('script.run', 'refuse')]).toEqual([1, 4]);
    const lock = rows.find(({ action, verdict }) => action === 'device.lock' && verdict === 'go');
    const shown = (await linus.read(`/api/sessions/${session}/exchanges/${lock?.id}`)).text();
    expect(shown).toContain('node-2');
    expect(shown).not.toContain('hunter2');
  });

  test('go through no other door: a socket that nobody described is refused', async () => {
    await expect(openSocket(ada.agent, `${where.addresses.console}/Control`)).rejects.toThrow('403');
    await expect(openSocket(ada.agent, `${where.addresses.console}/control/`)).rejects.toThrow('403');
    await expect(openSocket(ada.agent, `${where.addresses.console}/other`)).rejects.toThrow('403');
  });

  test('end with the session', async () => {
    const other = await person(where, 'ada', ada.authenticator);
    await openConsole(where, other.agent, 'ada');
    const own = await openSocket(other.agent, `${where.addresses.console}/control`);
    await other.agent.call(`${where.addresses.console}/.sallyport/logout`, 'POST', {}, { 'x-sallyport-shim': '1' });
    await until(() => own.endedAt() !== undefined);
  });
});
