// From the journal to the receiver: told once, in bursts as one, at least once whatever dies, and a broken channel hurts only itself.
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NoticeReport } from '../../src/portal/contract/operate.ts';
import { until } from '../kit/arrivals.ts';
import { type House, openHouse } from './house.ts';
import { startMailServer, startReceiver } from './kit.ts';

let house: House;
const closing: (() => Promise<void>)[] = [];
const receiver = async (...args: Parameters<typeof startReceiver>) => {
  const one = await startReceiver(...args);
  closing.push(one.close);
  return one;
};
const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const hook = (url: string, id = 'siem') => ({ id, kind: 'webhook', url, secret: SECRET }) as const;
type Body = { data: { notices: { subject: { id: string }; event: string }[]; more: number } };
const subjectsOf = (body: string) => (JSON.parse(body) as Body).data.notices.map(({ subject }) => subject.id);

/** At once, so that a busy machine does not make bursts of one. */
const askMany = (count: number) =>
  Promise.all(
    Array.from({ length: count }, (_, index) => house.ask(`gra_${index}`, { actions: [`device.a${index}`] })),
  );

beforeEach(async () => {
  house = await openHouse();
});
afterEach(async () => {
  await house.close();
  for (const close of closing.splice(0)) await close();
});

describe('news', () => {
  test('are told, and what was before the first start is not', async () => {
    const there = await receiver();
    await house.ask('gra_old');
    house.gateway({ channels: [hook(there.url)] }).start();
    await house.settled();
    await house.ask('gra_new');
    await until(() => there.received.length === 1);
    await wait(300);
    expect(there.received.map(({ body }) => subjectsOf(body))).toEqual([['gra_new']]);
  });

  test('thirty asks at once are one message; the same asked again within minutes is not told again', async () => {
    const there = await receiver();
    house.gateway({ channels: [hook(there.url)], limits: { gather: 800 } }).start();
    await house.settled();
    await askMany(30);
    await until(() => there.received.length > 0);
    await house.ask('gra_again', { actions: ['device.a3'] });
    await wait(1600);
    expect(there.received.map(({ body }) => subjectsOf(body).length)).toEqual([30]);
  });

  test('the same asked again after an answer is a new question', async () => {
    const there = await receiver();
    house.gateway({ channels: [hook(there.url)] }).start();
    await house.settled();
    const first = await house.ask('gra_1');
    await until(() => there.received.length === 1);
    await house.ask('gra_2');
    house.grants.set('gra_1', { ...first, state: 'ended' });
    house.grants.set('gra_2', { ...first, id: 'gra_2', state: 'withdrawn' });
    await house.ask('gra_3');
    await until(() => there.received.length === 2);
    expect(there.received.map(({ body }) => subjectsOf(body))).toEqual([['gra_1'], ['gra_3']]);
  });

  test('a box that is full counts what does not fit', async () => {
    const there = await receiver();
    house.gateway({ channels: [hook(there.url)], limits: { gather: 600, box: 5 } }).start();
    await house.settled();
    await askMany(8);
    await until(() => there.received.length > 0);
    expect((there.json(0) as Body).data).toMatchObject({ more: 3 });
    expect((there.json(0) as Body).data.notices).toHaveLength(5);
  });

  test('after a message the next one waits, so that what comes meanwhile is one', async () => {
    const at: number[] = [];
    const there = await receiver((res) => {
      at.push(performance.now());
      res.writeHead(204).end();
    });
    house.gateway({ channels: [hook(there.url)], limits: { gather: 20, patience: 1 / 30 } }).start();
    await house.settled();
    await house.ask('gra_0');
    await until(() => at.length === 1);
    for (let index = 1; index < 5; index += 1) await house.ask(`gra_${index}`, { actions: [`device.a${index}`] });
    await until(() => at.length === 2);
    expect(there.received.map(({ body }) => subjectsOf(body).length)).toEqual([1, 4]);
    // A minute of patience, shortened thirty times.
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(1900);
  });

  test('a question that is answered while it gathers is not asked any more', async () => {
    const there = await receiver();
    house.gateway({ channels: [hook(there.url)], limits: { gather: 400 } }).start();
    await house.settled();
    const grant = await house.ask('gra_1');
    await house.ask('gra_2', { actions: ['device.lock'] });
    house.grants.set('gra_1', { ...grant, state: 'withdrawn' });
    await until(() => there.received.length > 0);
    expect(there.received.map(({ body }) => subjectsOf(body))).toEqual([['gra_2']]);
  });

  test('an alarm does not wait for its turn', async () => {
    const there = await receiver();
    house.gateway({ channels: [hook(there.url)], limits: { gather: 60_000 } }).start();
    await house.settled();
    const begun = performance.now();
    await house.append({
      kind: 'freeze.set',
      actor: 'p',
      actorName: 'Linus',
      facts: { freeze: 'frz_1', reason: 'odd' },
    });
    await until(() => there.received.length > 0);
    expect(performance.now() - begun).toBeLessThan(1500);
  });

  test('each address gets its own mail; the requester one about the answer, at the address of their login', async () => {
    const mails = await startMailServer();
    closing.push(mails.close);
    const channel = {
      id: 'mail',
      kind: 'email',
      smtp: `smtp://127.0.0.1:${mails.port}`,
      from: 'a@b.test',
      ca: null,
    } as const;
    const routes = (['approvers', 'requester'] as const).map((to) => ({ to, events: null, channels: ['mail'] }));
    const book = { groups: { 'mdm-approvers': ['grace@x.test', 'linus@x.test', 'ada@x.test'] }, operators: [] };
    house.gateway({ channels: [channel], routes, book, timeout: 3000 }).start();
    await house.settled();
    await house.redis.client.command('SET', house.redis.keys.mailOf('https://idp.test#ada'), 'ada@x.test');
    const grant = await house.ask('gra_1');
    await until(() => mails.mails.length === 2);
    house.grants.set('gra_1', { ...grant, state: 'denied', denyReason: 'No' });
    await house.append({ kind: 'grant.denied', actor: 'p', actorName: 'Grace', facts: { grant: 'gra_1' } });
    await until(() => mails.mails.length === 3);
    expect(mails.mails.map(({ to }) => to.join())).toEqual([expect.any(String), expect.any(String), 'ada@x.test']);
    expect(
      mails.mails
        .slice(0, 2)
        .map(({ to }) => to.join())
        .sort(),
    ).toEqual(['grace@x.test', 'linus@x.test']);
  });
});

describe('a broken channel', () => {
  test('slows nothing else', async () => {
    const silent = await receiver(() => undefined);
    const there = await receiver();
    house.gateway({ channels: [hook(silent.url, 'silent'), hook(there.url, 'well')], timeout: 3000 }).start();
    await house.settled();
    await house.ask('gra_1');
    const begun = performance.now();
    await until(() => there.received.length === 1);
    expect(performance.now() - begun).toBeLessThan(2000);
  });

  test('is tried again under the same id, what comes meanwhile gathers, and all is told when it is well', async () => {
    const there = await receiver((res, _received, count) => void res.writeHead(count < 3 ? 500 : 204).end());
    house.gateway({ channels: [hook(there.url)] }).start();
    await house.settled();
    await house.ask('gra_1');
    await until(() => there.received.length === 1);
    await house.ask('gra_2', { actions: ['device.lock'] });
    await house.ask('gra_3', { actions: ['device.lock2'] });
    await until(() => there.received.length === 4);
    const ids = there.received.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids.slice(0, 3)).size).toBe(1);
    expect(there.received.map(({ body }) => subjectsOf(body))).toEqual([
      ['gra_1'],
      ['gra_1'],
      ['gra_1'],
      ['gra_2', 'gra_3'],
    ]);
  });

  test('waits as long as the receiver asks for', async () => {
    const at: number[] = [];
    const there = await receiver((res, _received, count) => {
      at.push(performance.now());
      res.writeHead(count === 1 ? 429 : 204, { 'retry-after': '1' }).end();
    });
    house.gateway({ channels: [hook(there.url)] }).start();
    await house.settled();
    await house.ask('gra_1');
    await until(() => at.length === 2);
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(990);
  });

  test('leaves a dead letter: told to the journal once, listed without a secret, sent again by hand', async () => {
    let well = false;
    const there = await receiver((res) => void res.writeHead(well ? 204 : 500).end());
    const notices = house.gateway({ channels: [hook(there.url)] });
    notices.start();
    await house.settled();
    await house.ask('gra_1');
    const kinds = async () => (await house.redis.journalKinds()).filter((kind) => kind === 'notice.failed').length;
    await until(async () => (await kinds()) === 1);
    await wait(300);
    expect([there.received.length, await kinds()]).toEqual([3, 1]);
    const report = await notices.report();
    expect(NoticeReport.parse(report)).toEqual(report);
    expect(report).toMatchObject({
      channels: [{ id: 'siem', kind: 'webhook', sent: 0, waiting: 0, dead: 1 }],
      dead: [{ channel: 'siem', title: 'Ada asks for access', tries: 3, error: 'answered 500' }],
    });
    const failed = (await house.redis.journalEvents()).find(({ kind }) => kind === 'notice.failed');
    expect(failed?.facts).toMatchObject({ channel: 'siem', tries: 3, why: 'answered 500', subjects: ['gra_1'] });
    expect(await house.redis.dump()).not.toContain('canary');

    well = true;
    expect(await notices.retry('not_unknown')).toBe(false);
    expect(await notices.retry(report.dead[0]?.id ?? '')).toBe(true);
    await until(() => there.received.length === 4);
    await until(async () => (await notices.report()).channels[0]?.sent === 1);
    expect(await notices.report()).toMatchObject({ channels: [{ sent: 1, waiting: 0, dead: 0 }], dead: [] });
    expect(await notices.retry(report.dead[0]?.id ?? '')).toBe(false);
  });

  test('that refuses for good is not asked again', async () => {
    const there = await receiver((res) => void res.writeHead(404).end());
    const notices = house.gateway({ channels: [hook(there.url)] });
    notices.start();
    await house.settled();
    await house.ask('gra_1');
    await until(async () => (await notices.report()).dead.length === 1);
    await wait(200);
    expect(there.received).toHaveLength(1);
  });
});

describe('several gateways', () => {
  test('tell everything once', async () => {
    const there = await receiver();
    const others = await Promise.all([house.redis.replica(), house.redis.replica()]);
    house.gateway({ channels: [hook(there.url)], me: 'gw_0', limits: { gather: 10 } }).start();
    for (const [index, parts] of others.entries())
      house.gateway({ channels: [hook(there.url)], me: `gw_${index + 1}`, limits: { gather: 10 } }, parts).start();
    await house.settled();
    const wanted = Array.from({ length: 40 }, (_, index) => `gra_${index}`);
    for (const id of wanted) {
      await house.ask(id, { actions: [`device.${id}`] });
      await wait(10);
    }
    const told = () => there.received.flatMap(({ body }) => subjectsOf(body));
    await until(() => told().length >= 40);
    await wait(500);
    expect(told().sort()).toEqual(wanted.sort());
  });

  test('two that both believe it is their turn still tell everything once', async () => {
    const there = await receiver();
    const parts = await house.redis.replica();
    // The same name: each takes the other's turn for its own.
    for (const own of [house.redis, parts])
      house.gateway({ channels: [hook(there.url)], me: 'gw_same', limits: { gather: 10 } }, own).start();
    await house.settled();
    const wanted = Array.from({ length: 40 }, (_, index) => `gra_${index}`);
    await Promise.all(wanted.map((id) => house.ask(id, { actions: [`device.${id}`] })));
    const told = () => there.received.flatMap(({ body }) => subjectsOf(body));
    await until(() => told().length >= 40);
    await wait(500);
    expect(told().sort()).toEqual(wanted.sort());
  });
});

describe('Redis', () => {
  test('away and back: nothing is lost', async () => {
    const there = await receiver();
    house.gateway({ channels: [hook(there.url)], limits: { gather: 600 } }).start();
    await house.settled();
    await house.ask('gra_1');
    await house.redis.kill();
    await wait(400);
    expect(there.received).toEqual([]);
    await house.redis.restart();
    await until(() => there.received.length === 1, 10_000);
    expect(subjectsOf(there.received[0]?.body ?? '')).toEqual(['gra_1']);
    expect(house.errors.length).toBeGreaterThan(0);
  });

  test('emptied: it begins anew, with what comes then', async () => {
    const there = await receiver();
    house.gateway({ channels: [hook(there.url)] }).start();
    await house.settled();
    await house.redis.flush();
    await until(async () => (await house.redis.client.command('GET', house.redis.keys.noticesAt)) !== null);
    await house.settled();
    await house.ask('gra_1');
    await until(() => there.received.length === 1);
  });
});
