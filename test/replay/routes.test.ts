// Rules about replays on the server: who may, what is told before anything leaves, where a window begins, what is said of damage.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Replay, ReplayRequests } from '../../src/portal/contract/replay.ts';
import { click, consolePage, type Event, meta, setText, whole } from './events.ts';
import { ask, type House, looks, opening, pageLine, SESSION, startHouse, T0 } from './kit.ts';

let house: House;
const call = (path: string, who = 'linus') =>
  ask(house, 'portal', `/api/sessions/${SESSION}/replay${path}`, {
    headers: who === '' ? {} : { cookie: `__Host-sallyport=${who}` },
  });
const eventsOf = async (page: string, query: string) => {
  const answer = await call(`/${page}/events?${query}`);
  expect(answer.status).toBe(200);
  const lines = (await answer.text()).trimEnd().split('\n');
  const { end } = JSON.parse(lines.at(-1) ?? '{}') as {
    end: { until: number; last: number; missing: number; faults: string[] };
  };
  return {
    events: lines.slice(0, -1).map((line) => JSON.parse(line) as { at: number; seq: number; event: Event }),
    end,
  };
};
const MINUTE = 60_000;

beforeAll(async () => {
  house = await startHouse();
  const { node, clock, button } = consolePage(5);
  const batches: Event[][] = [[meta(T0), whole(T0 + 5, node)]];
  // Ten minutes: a step a second, a whole look a minute, a click in the third.
  for (let second = 1; second <= 600; second += 1) {
    const at = T0 + second * 1000;
    const batch = [setText(at, clock, String(second))];
    if (second % 60 === 0) batch.push(meta(at + 1), whole(at + 2, node));
    if (second === 150) batch.push(click(at + 3, button));
    batches.push(batch);
  }
  house.record([
    pageLine('pag_1', T0, 'start'),
    ...looks('pag_1', batches),
    pageLine('pag_1', T0 + 10 * MINUTE, 'end'),
    pageLine('pag_2', T0 + 2 * MINUTE, 'start', {
      console: 'other',
      mode: 'exchanges',
      why: 'The page forbids scripts of others.',
    }),
    opening('exc_look', T0 + 500),
    opening('exc_wipe', T0 + 152_000, {
      ...{
        method: 'POST',
        target: '/devices/d-1/wipe',
        action: 'device.wipe',
        risk: 'destructive',
        title: 'Wipe 1 device: d-1',
      },
      ...{ page: 'pag_1', gesture: true, grant: 'gra_1', hold: 'hol_1' },
    }),
    opening('exc_script', T0 + 400_000, {
      ...{
        method: 'POST',
        target: '/devices/d-2/wipe',
        action: 'device.wipe',
        risk: 'destructive',
        title: 'Wipe 1 device: d-2',
      },
      ...{ verdict: 'refuse', reason: 'grant.required' },
    }),
    opening('exc_click', T0 + 153_000, {
      risk: 'high',
      action: 'device.lock',
      title: 'Lock 1 device: d-1',
      method: 'POST',
    }),
  ]);
  const entry = (seq: number, kind: string, at: number, actorName: string, facts: object) => ({
    ...{ seq, at, event: JSON.stringify({ kind, actor: 'i#x', actorName, facts }), digest: '', fact: '', hash: '' },
  });
  house.entries.push(
    entry(1, 'grant.approved', T0 + 100_000, 'Grace', { grant: 'gra_1' }),
    entry(2, 'hold.signed', T0 + 151_000, 'Ada', { hold: 'hol_1' }),
    entry(3, 'grant.ended', T0 + 200_000, 'Grace', { grant: 'gra_1' }),
  );
});
beforeEach(() => {
  Object.assign(house.state, { journalDown: false, may: true });
  house.told.length = 0;
  house.damaged.clear();
});
afterAll(() => house.close());

describe('the timeline', () => {
  test('shows pages, acts and refusals with those who signed and approved, in order of time', async () => {
    const replay = Replay.parse(await (await call('')).json());
    expect(replay.pages).toMatchObject([
      { id: 'pag_1', mode: 'dom', from: T0, to: T0 + 10 * MINUTE + 2 },
      { id: 'pag_2', mode: 'exchanges', why: 'The page forbids scripts of others.' },
    ]);
    expect(replay.marks.map(({ kind, exchange, by }) => [kind, exchange, by])).toEqual([
      ['approval', 'exc_wipe', 'Grace'],
      ['signature', 'exc_wipe', 'Ada'],
      ['act', 'exc_wipe', null],
      ['act', 'exc_click', null],
      ['refusal', 'exc_script', null],
    ]);
    expect(replay.origin).toBe(house.addresses.replay);
  });

  test('a request that no click or key came before is told from one that one did, whether its page said so or not', async () => {
    const { marks } = Replay.parse(await (await call('')).json());
    const gesture = (id: string) =>
      marks.find(({ exchange, kind }) => exchange === id && kind !== 'signature' && kind !== 'approval')?.gesture;
    expect([gesture('exc_wipe'), gesture('exc_click'), gesture('exc_script')]).toEqual([true, true, false]);
  });

  test('what a page does by itself is idle time; what the person does, and acts, are not', async () => {
    const { idle } = Replay.parse(await (await call('')).json());
    const isIdle = (second: number) =>
      idle.some(([from, to]) => from <= T0 + second * 1000 && T0 + second * 1000 <= to);
    expect([60, 250, 500].map(isIdle)).toEqual([true, true, true]);
    expect([1, 150, 152, 400].map(isIdle)).toEqual([false, false, false, false]);
  });

  test('requests are listed in order between two moments', async () => {
    const answer = await call(`/requests?from=${T0 + 150_000}&to=${T0 + 160_000}`);
    const { requests, more } = ReplayRequests.parse(await answer.json());
    expect(requests.map(({ id }) => id)).toEqual(['exc_wipe', 'exc_click']);
    expect(more).toBe(false);
  });
});

describe('windows of a page', () => {
  test('begin with the last whole look before the moment, and its size', async () => {
    const { events, end } = await eventsOf('pag_1', `from=${T0 + 150_000}&to=${T0 + 160_000}`);
    expect(events.slice(0, 2).map(({ event }) => event.type)).toEqual([4, 2]);
    expect(events[1]?.at).toBe(T0 + 120_002);
    expect(events.at(-1)?.at).toBe(T0 + 160_000);
    expect(end).toMatchObject({ until: T0 + 160_000, missing: 0, faults: [] });
  });

  test('go on where the one before ended, without a gap and nothing twice', async () => {
    const first = await eventsOf('pag_1', `from=${T0 + 150_000}&to=${T0 + 160_000}`);
    const second = await eventsOf('pag_1', `from=${first.end.until}&to=${T0 + 190_000}&after=${first.end.last}`);
    expect(second.events[0]?.seq).toBe(first.end.last + 1);
    expect(second.events.at(-1)?.at).toBe(T0 + 190_000);
  });

  test('a damaged chunk is said, and the rest is shown', async () => {
    house.damaged.add(5);
    const { events, end } = await eventsOf('pag_1', `from=${T0 + 90_000}&to=${T0 + 330_000}`);
    expect(end.faults).toEqual(['A piece of this recording is damaged.']);
    expect(end.missing).toBeGreaterThan(0);
    expect(events.at(-1)?.at).toBe(T0 + 330_000);
  });

  test('a look that is nested beyond all measure is left out and said', async () => {
    const at = T0 + 20 * MINUTE;
    const depth = 200_000;
    const node = `${'{"type":2,"id":2,"tagName":"b","attributes":{},"childNodes":['.repeat(depth)}${']}'.repeat(depth)}`;
    const events = `[{"type":2,"data":{"node":${node}},"timestamp":${at}},{"type":4,"data":{},"timestamp":${at + 1}}]`;
    const [line] = looks('pag_deep', [[meta(at)]]);
    house.record([pageLine('pag_deep', at, 'start'), { ...line, events } as typeof line & object]);
    const { end, events: found } = await eventsOf('pag_deep', `from=${at}&to=${at + 1000}`);
    expect(found.map(({ event }) => event.type)).toEqual([4]);
    expect(end.faults).toEqual(['A part of this page could not be read: it is nested too deeply.']);
  });

  test('a page that was never recorded is not there', async () => {
    expect((await call(`/pag_x/events?from=${T0}&to=${T0 + 1000}`)).status).toBe(404);
    expect((await call(`/pag_1/events?from=x&to=1`)).status).toBe(400);
  });

  test('without the key nothing is shown, and the timeline says so', async () => {
    const blind = await startHouse(false);
    try {
      blind.record([opening('exc_look', T0 + 500), pageLine('pag_1', T0, 'start')]);
      const headers = { cookie: '__Host-sallyport=linus' };
      const base = `/api/sessions/${SESSION}/replay`;
      const window = await ask(blind, 'portal', `${base}/pag_1/events?from=${T0}&to=${T0 + 1000}`, { headers });
      expect([window.status, ((await window.json()) as { detail: string }).detail]).toEqual([
        404,
        'This gateway has no key to read recordings with.',
      ]);
      expect(await (await ask(blind, 'portal', base, { headers })).json()).toMatchObject({ readable: false });
    } finally {
      await blind.close();
    }
  });
});

describe('viewing', () => {
  test('is for people with the right only', async () => {
    for (const path of ['', `/requests?from=${T0}&to=${T0 + 1}`, `/pag_1/events?from=${T0}&to=${T0 + 1}`]) {
      expect((await call(path, '')).status).toBe(401);
      house.state.may = false;
      expect((await call(path)).status).toBe(403);
      house.state.may = true;
    }
    expect(house.told).toEqual([]);
  });

  test('is in the journal before anything leaves: the timeline, and a page once an hour for each viewer', async () => {
    await call('', 'grace');
    expect(house.told.at(-1)).toMatchObject({
      kind: 'recording.viewed',
      actor: 'i#grace',
      facts: { viewed: SESSION, what: 'replay' },
    });
    const window = `/pag_1/events?from=${T0}&to=${T0 + 1000}`;
    for (const who of ['olga', 'olga', 'oscar']) await call(window, who);
    expect(house.told.slice(1).map(({ actor, facts }) => [actor, facts.what, facts.page])).toEqual([
      ['i#olga', 'page', 'pag_1'],
      ['i#oscar', 'page', 'pag_1'],
    ]);
  });

  test('shows nothing when the journal cannot be written', async () => {
    house.state.journalDown = true;
    for (const path of ['', `/requests?from=${T0}&to=${T0 + 1}`, `/pag_1/events?from=${T0}&to=${T0 + 1}`]) {
      const answer = await call(path, 'newcomer');
      expect(answer.status, path).toBe(503);
      expect(await answer.json()).toMatchObject({ reason: 'journal.unavailable' });
    }
  });
});
