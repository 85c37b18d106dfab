// What the export promises whatever the destination: all of it, in order, once; repeats only after crashes; nothing left out
// without an event that says so; and no receiver holds up anything but itself.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DestinationSettings } from '../../src/audit/export/exports.ts';
import { until } from '../kit/arrivals.ts';
import { type House, type HttpReceiver, openHouse, type Post, seqsOf, startHttp, upTo } from './kit.ts';

let house: House;
let there: HttpReceiver;
const siem = (more: object = {}): DestinationSettings => ({
  id: 'siem',
  kind: 'http',
  url: `${there.url}/in`,
  authorization: 'Bearer token-of-the-siem',
  ca: null,
  from: 'start',
  ...more,
});
const OK = { status: 200 };
const seqs = (posts: readonly Post[] = there.posts): number[] => posts.flatMap(({ body }) => seqsOf(body));
const report = async (exports: ReturnType<House['gateway']>) => (await exports.report()).destinations[0];

beforeEach(async () => {
  house = await openHouse();
  there = await startHttp(() => OK);
});
afterEach(async () => {
  await house.close();
  await there.close().catch(() => undefined);
});

test('everything is sent, in order and once; the report says so', async () => {
  await house.acts(450);
  const exports = house.gateway(siem());
  await until(() => seqs().length >= 450, 15_000);
  await house.acts(3);
  await until(() => seqs().length >= 453, 15_000);
  expect(seqs()).toEqual(upTo(453));
  await until(async () => (await report(exports))?.lag === 0);
  expect(await report(exports)).toMatchObject({ id: 'siem', at: 453, sent: 453, skipped: 0, error: '', behind: false });
  expect(there.posts[0]?.headers.authorization).toBe('Bearer token-of-the-siem');
  expect(await house.redis.dump()).not.toContain('token-of-the-siem');
});

test('who begins now gets what comes from now on', async () => {
  await house.acts(5);
  const exports = house.gateway(siem({ from: 'now' }));
  await until(async () => (await report(exports))?.at === 5);
  await house.acts(2);
  await until(() => seqs().length === 2);
  expect(seqs()).toEqual([6, 7]);
});

test.each([
  ['busy', { status: 429, headers: { 'retry-after': '0' } }],
  ['away', { status: 503 }],
  ['a wrong token', { status: 401 }],
  ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }],
])('%s: it is tried again, nothing is left out, and the reason can be read', async (_what, reply) => {
  await house.acts(4);
  there.behave(() => (there.posts.length < 4 ? reply : OK));
  const exports = house.gateway(siem());
  await until(async () => (await report(exports))?.error === `answered ${reply.status}`);
  await until(async () => (await report(exports))?.lag === 0);
  expect(seqs(there.posts.slice(3))).toEqual(upTo(4));
  expect(await report(exports)).toMatchObject({ sent: 4, skipped: 0, error: '' });
});

test('a receiver that dies and comes back has all of it; one that answers too late gets it again', async () => {
  await house.acts(3);
  const exports = house.gateway(siem(), { timeout: 300 });
  await until(() => seqs().length === 3);
  await there.close();
  await house.acts(3);
  await until(async () => (await report(exports))?.error.startsWith('not reachable') === true);
  await there.again();
  await until(() => seqs().length === 6);
  expect(seqs()).toEqual(upTo(6));
  there.behave(() => null);
  await house.acts(1);
  await until(async () => (await report(exports))?.error === 'no answer in time');
  there.behave(() => OK);
  await until(async () => (await report(exports))?.lag === 0);
  expect(new Set(seqs().slice(6))).toEqual(new Set([7]));
});

test('one destination that is away holds up no other', async () => {
  const other = await startHttp(() => OK);
  there.behave(() => null);
  await house.acts(20);
  house.gateway([siem(), siem({ id: 'lake', url: `${other.url}/` })]);
  await until(() => seqs(other.posts).length === 20);
  expect(seqs(other.posts)).toEqual(upTo(20));
  await other.close();
});

describe('entries that the receiver refuses', () => {
  const refusing = (bad: readonly number[]) => (post: Post) =>
    seqsOf(post.body).some((seq) => bad.includes(seq)) ? { status: 400 } : OK;

  test('are found one by one and left out, and the journal says which; the others arrive once, in order', async () => {
    await house.acts(60);
    there.behave(refusing([17, 41]));
    const exports = house.gateway(siem());
    await until(async () => (await report(exports))?.at === 62, 15_000);
    const taken = there.posts.filter((post) => refusing([17, 41])(post).status === 200);
    expect(seqs(taken)).toEqual(upTo(62).filter((seq) => seq !== 17 && seq !== 41));
    expect(await report(exports)).toMatchObject({ sent: 60, skipped: 2 });
    const events = await house.redis.journalEvents();
    expect(events.filter(({ kind }) => kind === 'export.skipped').map(({ facts }) => facts)).toEqual([
      { destination: 'siem', from: 17, to: 17, count: 1, why: 'answered 400' },
      { destination: 'siem', from: 41, to: 41, count: 1, why: 'answered 400' },
    ]);
  });

  test('are left out no more when it refuses everything: then it is the receiver', async () => {
    await house.acts(30);
    there.behave(() => ({ status: 400 }));
    const exports = house.gateway(siem());
    await until(async () => (await report(exports))?.error.startsWith('it refuses everything') === true, 15_000);
    const stuck = await report(exports);
    expect(stuck?.skipped).toBe(3);
    there.behave(() => OK);
    await until(async () => (await report(exports))?.lag === 0, 15_000);
    expect(await report(exports)).toMatchObject({ at: 33, sent: 30, skipped: 3 });
  });

  test('that entries were left out is not told about itself without end', async () => {
    await house.acts(10);
    there.behave((post) =>
      /export\.skipped/.test(post.body) || refusing([5])(post).status === 400 ? { status: 400 } : OK,
    );
    const exports = house.gateway(siem());
    await until(async () => (await report(exports))?.lag === 0, 15_000);
    expect(await report(exports)).toMatchObject({ sent: 9, skipped: 2 });
    expect((await house.kinds()).filter((kind) => kind === 'export.skipped')).toHaveLength(1);
  });
});

test('entries that nobody has any more are a gap that the journal tells of', async () => {
  await house.acts(20);
  await house.redis.client.command('XTRIM', house.redis.keys.journal, 'MINID', '12-0');
  const exports = house.gateway(siem());
  await until(async () => (await report(exports))?.lag === 0);
  expect(seqs()).toEqual([12, 13, 14, 15, 16, 17, 18, 19, 20, 21]);
  const skipped = (await house.redis.journalEvents()).find(({ kind }) => kind === 'export.skipped');
  expect(skipped?.facts).toMatchObject({ from: 1, to: 11, count: 11 });
});

test('falling behind is told once, and catching up once', async () => {
  there.behave(() => ({ status: 503 }));
  await house.acts(30);
  const exports = house.gateway(siem(), { alarm: { entries: 10, after: 3_600_000 } });
  await until(async () => (await report(exports))?.behind === true);
  await until(() => there.posts.length > 5);
  expect(exports.state()).toMatchObject([{ id: 'siem', behind: true }]);
  there.behave(() => OK);
  await until(async () => (await report(exports))?.behind === false, 15_000);
  const kinds = (await house.kinds()).filter((kind) => kind.startsWith('export.'));
  expect(kinds).toEqual(['export.lagging', 'export.recovered']);
  await until(async () => (await report(exports))?.lag === 0);
  expect(seqs(there.posts).slice(-2)).toEqual([31, 32]);
});

test('two gateways: one sends, and when it stops the other goes on where it was', async () => {
  await house.acts(10);
  const first = house.gateway(siem(), { me: 'gw_1' });
  await until(() => seqs().length === 10);
  house.gateway(siem(), { me: 'gw_2', parts: await house.redis.replica() });
  await house.acts(10);
  await until(() => seqs().length === 20);
  await first.stop();
  await house.acts(10);
  await until(() => seqs().length === 30);
  expect(seqs()).toEqual(upTo(30));
});

test('a sender that was held up beyond its turn moves nothing any more', async () => {
  await house.acts(2);
  const { cursors } = house;
  expect(await cursors.lead('siem', 'gw_1', 60)).toBe(true);
  await until(() => cursors.lead('siem', 'gw_2', 5000));
  const step = { from: null, to: 2, sent: 2, skipped: 0, event: null };
  expect(await cursors.move('siem', 'gw_1', step)).toBe(false);
  expect(await cursors.move('siem', 'gw_2', { ...step, from: 1 })).toBe(false);
  expect(await cursors.move('siem', 'gw_2', step)).toBe(true);
  expect((await cursors.read('siem')).seq).toBe(2);
});

test('sent again from a number on: the journal tells who wanted it; a number that is not there is refused', async () => {
  await house.acts(5);
  const exports = house.gateway(siem());
  await until(async () => (await report(exports))?.lag === 0);
  const event = {
    kind: 'export.replayed',
    actor: null,
    actorName: 'op',
    facts: { destination: 'siem', from: 4 },
  } as const;
  expect(await house.cursors.replay('siem', 40, event)).toEqual({ head: 5 });
  expect(await house.cursors.replay('siem', 3, event)).toBeNull();
  await until(async () => (await report(exports))?.lag === 0);
  expect(seqs()).toEqual([1, 2, 3, 4, 5, 4, 5, 6]);
});

test('Redis away in the middle: it goes on by itself', async () => {
  await house.acts(5);
  const exports = house.gateway(siem());
  await until(() => seqs().length === 5);
  await house.redis.kill();
  await house.redis.restart();
  await until(
    async () =>
      (await house.acts(1).then(
        () => true,
        () => false,
      )) === true,
    15_000,
  );
  await until(async () => (await report(exports).catch(() => undefined))?.lag === 0, 15_000);
  expect([...new Set(seqs())]).toEqual(upTo(6));
});
