// Acts of pages whose recorder is not heard: refused when they are dangerous, through whichever gateway they come.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PageLine } from '../../src/audit/recording/lines.ts';
import { createPageStore, type PageKey } from '../../src/audit/recording/pages.redis.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import type { Console, HeaderList, Recognised } from '../../src/kernel/exchange.ts';
import type { RecordedAs } from '../../src/kernel/facts.ts';
import { newId } from '../../src/kernel/ids.ts';
import { createPagesAlive, type PagesAlive } from '../../src/proxy/pagesAlive.ts';
import { ALLOW, aSession, deny, type Gate, requestText, startGate } from '../kit/gate.ts';
import { sendRaw } from '../kit/rawClient.ts';
import { OK, type RawUpstream, startRawUpstream } from '../kit/rawUpstream.ts';
import { type RedisParts, startRedis, type TestRedis } from '../kit/redis.ts';

const SILENT_AFTER = 1200;
let redis: TestRedis;
let told: PageLine[] = [];
const open: PagesAlive[] = [];

/** What one gateway knows of pages, beside others of the same deployment. */
function replica({ client, scripts, pulse }: RedisParts, wait = 600): PagesAlive {
  const store = createPageStore({ client, scripts, keys: redis.keys, keep: 60_000, silentAfter: SILENT_AFTER });
  const alive = createPagesAlive({
    store,
    tell: async (line) => void (line.session === session && told.push(line)),
    clock: systemClock,
    redisClock: pulse.clock,
    onError: (error) => console.error(error),
    limits: { silentAfter: SILENT_AFTER, sweepEvery: 100, wait },
  });
  open.push(alive);
  return alive;
}
let one: PagesAlive;
let two: PagesAlive;
beforeAll(async () => {
  redis = await startRedis({ commandTimeout: 3000 });
  one = replica(redis);
  two = replica(await redis.replica());
});
afterAll(async () => {
  for (const alive of open) alive.stop();
  await redis?.stop();
});
let session = '';
beforeEach(() => {
  session = newId('ses');
  told = [];
});

const CONSOLE = { id: 'acme', shim: true, record: 'dom' } as Console;
const speaker = (page = newId('pag'), doc = 'document-1') => ({ session, console: 'acme', page, doc });
const act = (alive: PagesAlive, headers: HeaderList = [], more: Partial<Recognised> = {}): Promise<RecordedAs> =>
  alive.recordedAs({
    ...{ console: CONSOLE, session: { ...aSession(), id: session }, headers, navigation: false, door: 'request' },
    ...more,
  } as Recognised);
const from = ({ page }: PageKey): HeaderList => [['x-sallyport-page', page]];
const until = (what: () => unknown) => expect.poll(what, { timeout: 8000, interval: 25 });

describe('what is known of a page', () => {
  test('one replica hears its beats, the other judges its acts', async () => {
    const page = speaker();
    await one.start(page, '/devices');
    expect(await act(two, from(page))).toBe('page');
  });

  test('without a beat it falls silent, one replica says so once, and a beat brings it back', async () => {
    const page = speaker();
    await one.start(page, '/devices');
    await two.beat(page);
    await until(() => told.filter(({ what }) => what === 'silent').length).toBe(1);
    expect(await act(two, from(page))).toBe('silent');
    await one.beat(page);
    expect(await act(two, from(page))).toBe('page');
    expect(told.map(({ what }) => what)).toEqual(['start', 'silent', 'resumed']);
  });

  test('the first act may be faster than the first beat: it waits a moment', async () => {
    const page = speaker();
    const acting = act(two, from(page));
    await new Promise((resolve) => setTimeout(resolve, 150));
    await one.start(page, '/devices');
    expect(await acting).toBe('page');
  });

  test('a page that nobody ever heard of is silent, and is not waited for twice', async () => {
    expect(await act(one, from(speaker('pag_aaaaaaaaaaaaaaaaaaaaaa')))).toBe('silent');
    const at = performance.now();
    expect(await act(one, from(speaker('pag_aaaaaaaaaaaaaaaaaaaaaa')))).toBe('silent');
    expect(performance.now() - at).toBeLessThan(500);
  });

  test('pages of other sessions and consoles do not count', async () => {
    const page = speaker();
    await one.start(page, '/devices');
    expect(await act(one, from(page), { console: { ...CONSOLE, id: 'other' } })).toBe('silent');
    expect(await act(one, from(page), { session: aSession('ses_other') })).toBe('silent');
  });

  test('a client that never had a page is judged as ever; one whose pages are all gone is silent', async () => {
    expect(await act(one)).toBe('exchanges');
    const page = speaker();
    await one.start(page, '/devices');
    // A script that says nothing of a page, beside one; and a form, which cannot say it.
    expect(await act(one)).toBe('exchanges');
    expect(await act(one, [], { navigation: true })).toBe('page');
    expect(await act(one, [], { door: 'upgrade' })).toBe('page');
    await one.end(page);
    expect(await act(two)).toBe('silent');
    expect(await act(two, [], { navigation: true })).toBe('silent');
  });

  test('a beat that was on its way when the page ended does not bring it back; its return does', async () => {
    const page = speaker();
    await one.start(page, '/devices');
    await one.end(page);
    expect(await two.beat(page)).toBe(false);
    expect(await act(two, from(page))).toBe('silent');
    expect(await two.start(page, '/devices')).toBe(page.page);
    expect(await act(one, from(page))).toBe('page');
    expect(told.map(({ what }) => what)).toEqual(['start', 'end', 'resumed']);
  });

  test('another document cannot speak for a page: it gets a page of its own', async () => {
    const page = speaker();
    await one.start(page, '/devices');
    const copy = { ...page, doc: 'document-2' };
    const own = await two.start(copy, '/devices');
    expect(own).not.toBe(page.page);
    expect(await two.beat(copy)).toBe(false);
    await two.end(copy);
    expect(await act(one, from(page))).toBe('page');
  });

  test('a page that goes on with exchanges only is not silent, and says so', async () => {
    const page = speaker();
    await one.start(page, '/devices');
    expect(await two.exchangesOnly(page, 'too large')).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, SILENT_AFTER + 200));
    expect(await act(one, from(page))).toBe('exchanges');
    expect(told.at(-1)).toMatchObject({ mode: 'exchanges', why: 'too large' });
    const [fresh, back] = [speaker(), speaker(newId('pag'), 'document-2')];
    await one.start(back, '/users');
    for (const begins of [fresh, back]) {
      await one.start(begins, '/users', 'too much');
      expect(told.at(-1)).toMatchObject({ what: 'start', mode: 'exchanges', why: 'too much' });
      expect(await act(two, from(begins))).toBe('exchanges');
    }
  });

  test('a page that its own policy keeps silent is known: its forms are judged as exchanges', async () => {
    const seen = speaker();
    await one.start(seen, '/login');
    await one.end(seen);
    const blind = { session, console: 'acme', page: newId('pag') };
    one.served(blind, '/app', 'its policy');
    await until(() => told.length).toBe(3);
    expect(await act(two, from(blind))).toBe('exchanges');
    expect(await act(two, [], { navigation: true })).toBe('exchanges');
  });

  test('however many tabs there were, what is kept stays bounded, and live ones stay', async () => {
    const live = speaker();
    await one.start(live, '/');
    for (let at = 0; at < 130; at += 1) {
      const page = speaker();
      await one.start(page, '/');
      await one.end(page);
      if (at % 10 === 0) await one.beat(live);
    }
    const names = await redis.client.command('HLEN', redis.keys.pages(session, 'acme'));
    expect(Number(names)).toBeLessThanOrEqual(101);
    await one.beat(live);
    expect(await act(two, from(live))).toBe('page');
  });

  test('with Redis away nothing is guessed', async () => {
    const away = await redis.replica();
    const alive = replica(away);
    await away.client.close();
    await expect(act(alive, from(speaker()))).rejects.toMatchObject({ name: 'StateUnavailable' });
  });
});

describe('at the front door', () => {
  let upstream: RawUpstream;
  let gate: Gate | undefined;
  const told = { recorded: 'silent' as RecordedAs, decision: ALLOW };
  beforeAll(async () => {
    upstream = await startRawUpstream();
    gate = await startGate({
      upstream: upstream.origin,
      mode: 'observe',
      parts: { recordedAs: async () => told.recorded, decide: () => told.decision },
    });
  });
  afterAll(async () => {
    await gate?.close();
    await upstream?.close();
  });
  const send = async (line: string) => (await sendRaw(gate?.port ?? 0, requestText(line))).text;
  const wipe = () => send('POST /devices/d-1/wipe');

  test('a dangerous act of a silent page is refused before anything else is asked for, where policy is only observed too', async () => {
    for (const decision of [deny(['grant', 'stepup.bound']), ALLOW]) {
      told.decision = decision;
      const answer = await wipe();
      expect(answer).toContain('HTTP/1.1 403');
      expect(answer).toContain('"reason":"recording.silent"');
      expect(answer).toContain('Reload the page');
    }
    expect(upstream.requests).toEqual([]);
    expect(gate?.refusals.map(({ facts }) => facts.reason)).toEqual(['recording.silent', 'recording.silent']);
  });

  test('what is no danger goes through, and policy hears of the silence', async () => {
    told.decision = ALLOW;
    upstream.answer(OK);
    expect(await send('POST /things/1')).toContain('200 OK');
    expect(gate?.recordings.at(-1)?.opening.facts).toMatchObject({ recorded: 'silent' });
  });
});
