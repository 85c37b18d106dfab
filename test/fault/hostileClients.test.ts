// Clients that send too much, too little, or vanish, at the whole product: a clear 4xx or a closed socket, and nothing stays
// behind: no socket, no use of a grant, no line about something that nobody caught.
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RefusalProblem } from '../../src/portal/contract/consolePages.ts';
import type { GrantView } from '../../src/portal/contract/grants.ts';
import { until } from '../kit/arrivals.ts';
import { admin, approver, device, granted, type Person } from '../kit/people.ts';
import { type RawReply, sendRaw } from '../kit/rawClient.ts';
import { type House, startHouse, uncaught } from './house.ts';
import { journalOf, verified } from './journal.ts';

let house: House;
let ada: Person;
let grant: GrantView;
let before: number;
beforeAll(async () => {
  house = await startHouse({
    settings: 'redis: { commandTimeout: 1s }\nlimits: { requestHead: 1s, requestBody: 1s, upstream: 5s }\n',
  });
  ada = await admin(house, 'ada');
  grant = await granted(ada, await approver(house), { targets: [device('d-0142')], uses: 5 });
  expect((await ada.stepUp()).status).toBe(200);
  await until(() => house.gateway.sockets() > 0);
  await wait(200);
  before = house.gateway.sockets();
});
afterAll(() => house.close());

const host = (of: 'console' | 'portal') => new URL(house.addresses[of]).host;
/** A request of Ada's as a browser sends it, up to the blank line. */
const head = (line: string, more: string[] = [], of: 'console' | 'portal' = 'console') =>
  [
    line,
    `Host: ${host(of)}`,
    `Cookie: ${ada.agent.cookieHeader(host(of))}`,
    `Origin: ${house.addresses[of]}`,
    'Sec-Fetch-Mode: cors',
    'Sec-Fetch-Site: same-origin',
    ...more,
    '',
    '',
  ].join('\r\n');
const send = (text: string) => sendRaw(house.port, text, 400);
const json = (length: number | string) => ['Content-Type: application/json', `Content-Length: ${length}`];
const big = 'x'.repeat(20_000);
const acts = () => house.received.filter(({ target }) => /wipe|lock$/.test(target)).length;

const CASES: [string, () => string, number[]][] = [
  ['a header of 20 kB', () => head('GET /api/devices HTTP/1.1', [`X-Big: ${big}`]), [431]],
  [
    '300 headers',
    () =>
      head(
        'GET /api/devices HTTP/1.1',
        Array.from({ length: 300 }, (_, n) => `X-${n}: 1`),
      ),
    [431],
  ],
  ['a cookie of 20 kB', () => head('GET /api/devices HTTP/1.1', [`Cookie: a=${big}`]), [431]],
  ['a target of 20 kB', () => head(`GET /api/devices?q=${big} HTTP/1.1`), [431]],
  [
    'a 1 MB body where 8 kB may be',
    () => `${head('POST /api/devices/d-0142/wipe HTTP/1.1', json(1_000_000))}${'{'.repeat(70_000)}`,
    [413],
  ],
  [
    'the same in chunks',
    () =>
      `${head('POST /api/devices/d-0142/wipe HTTP/1.1', ['Content-Type: application/json', 'Transfer-Encoding: chunked'])}${`4000\r\n${'x'.repeat(0x4000)}\r\n`.repeat(20)}`,
    [413],
  ],
  ['a body that does not come', () => head('POST /api/devices/d-0142/wipe HTTP/1.1', json(50)), [408]],
  ['half a body', () => `${head('POST /api/devices/d-0142/lock HTTP/1.1', json(50))}{"message":`, [408]],
  ['half a head', () => head('POST /api/devices/d-0142/lock HTTP/1.1').slice(0, -4), [408]],
  [
    'chunks that are none',
    () =>
      `${head('POST /api/devices/d-0142/lock HTTP/1.1', ['Content-Type: application/json', 'Transfer-Encoding: chunked'])}ZZ\r\n{}\r\n0\r\n\r\n`,
    [400, 0],
  ],
  [
    'two lengths',
    () => `${head('POST /api/devices/d-0142/lock HTTP/1.1', [...json(2), 'Content-Length: 3'])}{}`,
    [400],
  ],
  [
    'length and chunks',
    () => `${head('POST /api/devices/d-0142/lock HTTP/1.1', [...json(2), 'Transfer-Encoding: chunked'])}0\r\n\r\n`,
    [400],
  ],
  ['no JSON', () => `${head('POST /api/devices/d-0142/wipe HTTP/1.1', json(5))}{"a":`, [400]],
  ['no HTTP', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', [400]],
  ['HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400]],
  [
    'an upgrade to nothing known',
    () => head('GET /ws/events HTTP/1.1', ['Upgrade: h2c', 'Connection: Upgrade']),
    [400, 403],
  ],
  ['to the portal: a header of 20 kB', () => head('GET /api/me HTTP/1.1', [`X-Big: ${big}`], 'portal'), [431]],
  [
    'to the portal: half a body',
    () => `${head('POST /api/grants HTTP/1.1', json(50), 'portal')}{"a":`,
    [0, 400, 403, 408],
  ],
  [
    'to the portal: 1 MB',
    () => `${head('POST /api/grants HTTP/1.1', json(1_000_000), 'portal')}${'x'.repeat(1_000_000)}`,
    [403, 413, 400],
  ],
];

test.each(CASES)('%s', async (_what, text, statuses) => {
  const arrived = acts();
  const reply: RawReply = await send(text());
  expect(statuses, reply.text.slice(0, 300)).toContain(reply.status);
  if (reply.status !== 0) expect(reply.header('content-type')).toMatch(/^application\/problem\+json/);
  expect(reply.text).not.toMatch(/node_modules|\.ts:\d+/);
  expect(acts()).toBe(arrived);
});

test('500 clients that vanish, at every stage of a request: all sockets are gone afterwards', {
  timeout: 60_000,
}, async () => {
  const body = '{"message":"gone"}';
  const lock = `${head('POST /api/devices/d-0142/lock HTTP/1.1', json(body.length))}${body}`;
  const download = head('GET /api/apps/a-01/download?size=50000000 HTTP/1.1');
  const upload = `${head('POST /api/apps HTTP/1.1', ['Content-Type: multipart/form-data; boundary=x', 'Content-Length: 5000000'])}--x\r\n`;
  const socket = head('GET /ws/events HTTP/1.1', [
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  ]);
  const stream = head('GET /api/stream HTTP/1.1', ['Accept: text/event-stream']);
  const texts = [lock, download, upload, socket, stream, head('GET /api/slow HTTP/1.1')];
  const vanish = (text: string, part: number, after: number): Promise<void> =>
    new Promise((done) => {
      const client: Socket = connect(house.port, '127.0.0.1', () => {
        client.write(text.slice(0, Math.ceil(text.length * part)), 'latin1');
        setTimeout(() => (after % 2 === 0 ? client.resetAndDestroy() : client.destroy()), after);
      });
      client.on('error', () => undefined);
      client.on('close', () => done());
      client.resume();
    });
  let most = 0;
  for (let round = 0; round < 10; round += 1) {
    const wave = Array.from({ length: 50 }, (_, n) =>
      vanish(texts[n % texts.length] ?? '', n % 5 === 0 ? 0.5 : n % 7 === 0 ? 0.99 : 1, (n * 7) % 60),
    );
    await wait(20);
    most = Math.max(most, house.gateway.sockets());
    await Promise.all(wave);
  }
  const since = performance.now();
  // Kept connections to the console for reads may stay: as many as there were, and a handful.
  await until(() => house.gateway.sockets() <= before + 8, 10_000);
  console.log(
    `500 clients vanished: ${before} sockets before, at most ${most}, ${house.gateway.sockets()} after ${Math.round(performance.now() - since)} ms`,
  );
  expect(most).toBeGreaterThan(before + 8);
});

test('grants and holds are unharmed, the journal is whole, nothing was left uncaught', async () => {
  const mine = (await ada.read('/api/grants?view=mine')).json<{ grants: GrantView[] }>().grants;
  expect(mine.find(({ id }) => id === grant.id)).toMatchObject({ state: 'active', usesLeft: 5 });
  const refused = (await ada.call('POST', '/api/devices/d-0142/wipe', { pin: '123456' })).json<RefusalProblem>();
  expect(refused).toMatchObject({ reason: 'stepup.required' });
  expect((await ada.signHold(refused.hold ?? '')).status).toBe(200);
  const done = await ada.call(
    'POST',
    '/api/devices/d-0142/wipe',
    { pin: '123456' },
    { 'x-sallyport-hold': refused.hold ?? '' },
  );
  expect(done.status).toBe(202);
  expect(house.received.filter(({ target }) => target.endsWith('/wipe'))).toHaveLength(1);
  const entries = await journalOf(house.redisSocket);
  const intents = entries.filter(({ kind, facts }) => kind === 'act.intent' && facts.action === 'device.wipe');
  expect(intents).toHaveLength(1);
  expect(await verified(house.dataDir)).toMatchObject({ code: 0, ok: true, faults: [], unsettled: [] });
  expect(house.gateway.alive()).toBe(true);
  expect(uncaught(house.gateway)).toEqual([]);
});
