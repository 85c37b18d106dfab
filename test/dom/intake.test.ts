// What the gateway takes from a page's recorder: bounded, checked for shape, of the caller's own page only, each event once.

import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDomReader } from '../../src/audit/recording/domEvents.ts';
import { go } from '../../src/kernel/verdict.ts';
import { createPageCalls } from '../../src/proxy/reserved/pageCalls.ts';
import { createPageIntake } from '../../src/proxy/reserved/pageIntake.ts';
import { createRooms } from '../../src/proxy/rooms.ts';
import {
  type Answer,
  call,
  OWN,
  portOf,
  resetWorld,
  session,
  startServer,
  stopServer,
  world,
} from '../shim/reservedKit.ts';

beforeAll(startServer);
afterAll(stopServer);
let doc = '';
let made = 0;
beforeEach(() => {
  resetWorld();
  // What the gateway remembers of a page goes by its document.
  made += 1;
  doc = `document-${made}`;
});

const PAGE = `pag_${'a'.repeat(22)}`;
const event = (more: object = {}) => ({ type: 3, timestamp: 9000, data: { source: 0 }, ...more });
const batch = (first: number, events: unknown[] = [event()], more: object = {}) => ({
  ...{ first, from: 9000, to: 9000, events: JSON.stringify(events) },
  ...more,
});
const body = (batches: unknown[], more: object = {}) =>
  JSON.stringify({ page: PAGE, doc, now: 9900, batches, ...more });
const record = (text: string, headers = OWN): Promise<Answer> => call('POST', 'record', headers, text);
const say = (what: string, more: object = {}) =>
  call('POST', 'page', OWN, JSON.stringify({ what, page: PAGE, doc, ...more }));

function sendBytes(bytes: Buffer, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { port: portOf(), host: '127.0.0.1', method: 'POST', path: '/.sallyport/record', headers },
      (res) => {
        res.resume();
        resolve(res.statusCode ?? 0);
      },
    );
    sent.on('error', reject);
    sent.end(bytes);
  });
}

test('events are written as they came, with the session, the console and how the clocks differ', async () => {
  expect((await record(body([batch(0, [event(), event({ type: 2 })])]))).status).toBe(204);
  expect(world.dom).toEqual([
    {
      ...{ id: PAGE, session: 'ses_1', console: 'mdm', at: 10_000, offset: 100, first: 0, from: 9000, to: 9000 },
      events: JSON.stringify([event(), event({ type: 2 })]),
    },
  ]);
});

test('compressed ones too, and never more than was asked for', async () => {
  const headers = { ...OWN, 'content-encoding': 'gzip' };
  expect(await sendBytes(gzipSync(body([batch(0)])), headers)).toBe(204);
  expect(world.dom).toHaveLength(1);
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20), { level: 9 });
  expect(bomb.length).toBeLessThan(512 * 1024);
  expect(await sendBytes(bomb, headers)).toBe(400);
  expect(await sendBytes(Buffer.alloc(600 * 1024, 0x20), OWN)).toBe(413);
  expect(await sendBytes(Buffer.from(body([batch(1)])), { ...OWN, 'content-encoding': 'br' })).toBe(400);
  expect(world.dom).toHaveLength(1);
});

test.each([
  ['no JSON', '{'],
  ['no batches', body([])],
  ['no list', body([batch(0, {} as unknown as unknown[])])],
  ['an empty list', body([batch(0, [])])],
  ['no event', body([batch(0, [{ type: 9, timestamp: 1, data: {} }])])],
  ['an event of no time', body([batch(0, [{ type: 3, timestamp: '1', data: {} }])])],
  ['an event of nothing', body([batch(0, [{ type: 3, timestamp: 1, data: null }])])],
  ['events that are no JSON', body([batch(0, [], { events: '[{' })])],
  ['a number below none', body([batch(-1)])],
  ['a page that is none', body([batch(0)], { page: '../../x' })],
  ['a piece beyond the last', body([batch(0, [], { events: 'x', part: { at: 2, of: 2 } })])],
  ['something besides', body([batch(0)], { session: 'ses_2' })],
  ['one good batch and one bad', body([batch(0), batch(1, [7])])],
])('%s: nothing is written', async (_what, text) => {
  expect((await record(text)).status).toBe(400);
  expect(world.dom).toEqual([]);
});

test('a page that the gateway does not know must begin anew', async () => {
  world.pageStands = false;
  expect((await record(body([batch(0)]))).status).toBe(404);
  expect((await say('beat')).status).toBe(404);
  expect(world.dom).toEqual([]);
});

test('what came already is not written twice; pieces of a long event follow each other', async () => {
  const piece = (at: number) =>
    batch(1, [], { events: at === 0 ? '[{"type":2,' : '"timestamp":1}]', part: { at, of: 2 } });
  await record(body([batch(0), piece(0)]));
  await record(body([batch(0), piece(0), piece(1)]));
  await record(body([piece(1), batch(2)]));
  expect(world.dom.map(({ first, part }) => [first, part?.at])).toEqual([
    [0, undefined],
    [1, 0],
    [1, 1],
    [2, undefined],
  ]);
});

test('from other sites, without a session, without the mark of our own script: refused', async () => {
  for (const wrong of [
    { origin: 'https://evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { 'x-sallyport-shim': '' },
  ])
    expect((await record(body([batch(0)]), { ...OWN, ...wrong })).status).toBe(403);
  expect((await record(body([batch(0)]), { ...OWN, cookie: '' })).status).toBe(401);
  expect((await call('GET', 'record', OWN)).status).toBe(405);
  expect(world.dom).toEqual([]);
});

test('when nothing can be written the page hears it, and may send it again', async () => {
  world.recorderAway = true;
  expect((await record(body([batch(0)]))).status).toBe(503);
  world.recorderAway = false;
  expect((await record(body([batch(0)]))).status).toBe(204);
  expect(world.dom).toHaveLength(1);
});

test('a page begins, goes on with exchanges only where the console allows it, and ends', async () => {
  world.startsAs = `pag_${'b'.repeat(22)}`;
  expect(JSON.parse((await say('start', { url: '/devices?token=x' })).text)).toEqual({ page: world.startsAs });
  expect((await say('exchanges', { why: 'too large' })).status).toBe(204);
  world.bigPages = 'dom';
  expect((await say('exchanges')).status).toBe(409);
  expect((await say('end')).status).toBe(204);
  expect((await say('explode')).status).toBe(400);
  expect(world.pages.map((said) => (said as { what: string }).what)).toEqual(['start', 'exchanges', 'end']);
});

test('a page that says too much goes on with exchanges only, and why; one that must be followed is refused', async () => {
  const said = () => world.pages as { what: string; why?: string }[];
  const as = (id: string) => {
    world.found = async () => go({ ...session, id });
    world.pages.length = 0;
  };
  /** Until it comes; room comes back with time, so how many calls that takes depends on how fast they are. */
  const floodUntil = async (come: (statuses: readonly number[]) => boolean) => {
    const statuses: number[] = [];
    while (!come(statuses) && statuses.length < 5000)
      statuses.push(...(await Promise.all(Array.from({ length: 50 }, () => say('beat')))).map(({ status }) => status));
    return new Set(statuses);
  };
  const why = 'the pages of this session say too much at a time';
  as('ses_loud');
  await floodUntil(() => said().some(({ what }) => what === 'exchanges'));
  expect(said().find(({ what }) => what === 'exchanges')?.why).toBe(why);
  expect(await floodUntil((statuses) => statuses.includes(429))).toContain(429);

  as('ses_starting');
  const starts = async () => (await Promise.all(Array.from({ length: 50 }, () => say('start', { url: '/' })))).length;
  while (!said().some((one) => one.why === why) && said().length < 5000) await starts();
  expect(said().findLast((one) => one.why === why)?.what).toBe('start');

  as('ses_followed');
  world.bigPages = 'dom';
  expect(await floodUntil((statuses) => statuses.includes(429))).toEqual(new Set([204, 429]));
  expect(said().every(({ what }) => what === 'beat')).toBe(true);
});

test('on a console whose pages are not recorded there is no intake', async () => {
  world.record = 'exchanges';
  expect((await record(body([batch(0)]))).status).toBe(404);
  expect((await say('start')).status).toBe(404);
});

test('a page may send much at once, and then only so much per second', () => {
  let now = 0;
  const intake = createPageIntake(() => now);
  const MIB = 1024 * 1024;
  let taken = 0;
  while (intake.fits('s', 'p', 2 * MIB)) taken += 2;
  expect(taken).toBe(48);
  now += 4000;
  expect(intake.fits('s', 'p', 2 * MIB)).toBe(true);
  expect(intake.fits('s', 'p', 2 * MIB)).toBe(false);
  expect(intake.fits('s', 'q', 2 * MIB)).toBe(true);
});

test('a script that begins page after page fills the disk no faster than four pages do; another session is not held up', () => {
  let now = 0;
  const intake = createPageIntake(() => now);
  const MIB = 1024 * 1024;
  const flood = (): number => {
    let taken = 0;
    for (let page = 0; page < 50; page += 1)
      while (intake.fits('ses_1', `ses_1 mdm ${now} ${page}`, 2 * MIB)) taken += 2;
    return taken;
  };
  expect(flood()).toBe(4 * 48);
  now += 10_000;
  expect(flood()).toBe(20);
  expect(intake.fits('ses_2', 'ses_2 mdm 1', 2 * MIB)).toBe(true);
});

test('the pages of a session say so much at once and per second, then are told of as not recorded, then not at all', () => {
  let now = 0;
  const calls = createPageCalls(() => now);
  const flood = (session: string, bytes: number) => {
    const counts = { fits: 0, over: 0, refused: 0 };
    for (let i = 0; i < 1000; i += 1) counts[calls.take(session, bytes)] += 1;
    return counts;
  };
  expect(flood('ses_1', 200)).toEqual({ fits: 200, over: 20, refused: 780 });
  expect(calls.take('ses_2', 200), 'another session is not held up').toBe('fits');
  now += 5000;
  expect(flood('ses_1', 200)).toEqual({ fits: 100, over: 5, refused: 895 });
  expect(flood('ses_3', 64 * 1024)).toMatchObject({ fits: 16, over: 20 });
  // A hundred tabs that beat every five seconds, for a minute.
  for (let tick = 0; tick < 1200; tick += 1) {
    now += 50;
    expect(calls.take('ses_4', 150)).toBe('fits');
  }
});

test('what each may send is kept for a bounded number of them', () => {
  const rooms = createRooms(() => 0, 1, 0, 2);
  for (const session of ['a', 'b', 'c']) expect(rooms.take(session, 1)).toBe(true);
  for (const session of ['b', 'c']) expect(rooms.take(session, 1)).toBe(false);
  expect(rooms.take('a', 1), 'forgotten, so all of its room again').toBe(true);
});

test('reading back: pieces are joined, what was sent twice is left out, what is damaged or missing is counted', () => {
  const reader = createDomReader();
  const line = (first: number, events: string, part?: { at: number; of: number }) => ({
    ...{ id: PAGE, at: 1, session: 's', console: 'c', first, events, from: 0, to: 0, offset: 5 },
    ...(part === undefined ? {} : { part }),
  });
  const of = (n: number) => JSON.stringify([event({ timestamp: n })]);
  expect(reader.take(line(0, of(1))).map(({ at, seq }) => [at, seq])).toEqual([[6, 0]]);
  expect(reader.take(line(0, of(1)))).toEqual([]);
  const long = of(2);
  expect(reader.take(line(1, long.slice(0, 9), { at: 0, of: 2 }))).toEqual([]);
  expect(reader.take(line(1, long.slice(0, 9), { at: 0, of: 2 }))).toEqual([]);
  expect(reader.take(line(1, long.slice(9), { at: 1, of: 2 })).map(({ seq }) => seq)).toEqual([1]);
  expect(reader.take(line(4, '[{"no":"time"},'))).toEqual([]);
  expect(reader.take(line(5, of(3))).map(({ seq }) => seq)).toEqual([5]);
  expect(reader.missing()).toBe(3);
});
