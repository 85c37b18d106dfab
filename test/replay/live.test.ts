// Rules about a session that goes on: how a viewer follows it, which of its pages are open, and that what is new is read, not all anew.
import { expect, test } from 'vitest';
import { follow, pageAt, watchEvery } from '../../portal/src/features/replay/clock.ts';
import { createFeed } from '../../portal/src/features/replay/feed.ts';
import type { Command } from '../../portal/src/features/replay/protocol.ts';
import { Replay } from '../../src/portal/contract/replay.ts';
import { meta, whole } from './events.ts';
import { ask, looks, opening, pageLine, SESSION, startHouse, T0 } from './kit.ts';

test('who follows goes at the pace of life, waits at the end, and leaps when far behind; never back, never ahead', () => {
  const known = { from: 0, to: 100_000 };
  expect(follow(99_000, 500, known)).toBe(99_500);
  expect(follow(99_900, 500, known)).toBe(100_000);
  expect(follow(100_000, 500, known)).toBe(100_000);
  expect(follow(20_000, 16, known)).toBe(97_000);
  expect(follow(98_000, -5, known)).toBe(98_000);
});

test('a long session is read again less often, but never seldom', () => {
  const hours = (n: number) => watchEvery({ from: 0, to: n * 3_600_000 });
  expect([hours(0), hours(1), hours(8), hours(100)]).toEqual([3000, 3000, 12_000, 15_000]);
});

test('a quiet page of a session that goes on is still there; one that has ended is not', () => {
  const page = { id: 'p', console: 'mdm', url: '/', from: 0, to: 10, mode: 'dom', why: null, silent: [] } as const;
  const at = (open: boolean) => pageAt({ pages: [{ ...page, silent: [], open }], focus: [] }, 5000, null)?.id ?? null;
  expect([at(true), at(false)]).toEqual(['p', null]);
});

test('a page that grows is added to: only what follows the last that is known is read', async () => {
  const read: object[] = [];
  const sent: Command['kind'][] = [];
  const feed = createFeed({
    async source(_page, window) {
      read.push(window);
      const until = window.to;
      return `{"at":1000,"seq":0,"event":{}}\n${JSON.stringify({ end: { until, last: until, missing: 0, faults: [] } })}\n`;
    },
    send: ({ kind }) => void sent.push(kind),
    onEnd: () => undefined,
    onError: (error) => {
      throw error;
    },
  });
  feed.show({ page: 'p', until: 5000, at: 6000, speed: 1, playing: true });
  await expect.poll(() => sent).toEqual(['load']);
  // Nothing new: what there is goes on being shown, however late it is.
  feed.show({ page: 'p', until: 5000, at: 9000, speed: 1, playing: true });
  expect(feed.ahead(9000, 1)).toBe(true);
  feed.grow('p', 8000);
  expect(feed.ahead(9000, 1)).toBe(false);
  await expect.poll(() => sent).toEqual(['load', 'play', 'add']);
  expect(feed.ahead(9000, 1)).toBe(true);
  expect(read).toEqual([
    { from: 6000, to: 6000 },
    { from: 5000, to: 8000, after: 6000 },
  ]);
});

test('pages are open while nothing says that they ended or fell silent, and none is when the session has ended', async () => {
  const house = await startHouse();
  try {
    for (const [id, last] of [
      ['pag_open', 'resumed'],
      ['pag_silent', 'silent'],
      ['pag_ended', 'end'],
    ] as const)
      house.record([
        pageLine(id, T0, 'start'),
        ...looks(id, [[meta(T0), whole(T0 + 5, { type: 0, id: 1, childNodes: [] })]]),
        pageLine(id, T0 + 9000, last),
      ]);
    house.record([opening('exc_1', T0)]);
    const open = async () => {
      const answer = await ask(house, 'portal', `/api/sessions/${SESSION}/replay`, {
        headers: { cookie: '__Host-sallyport=linus' },
      });
      return Replay.parse(await answer.json()).pages.flatMap((page) => (page.open ? [page.id] : []));
    };
    expect(await open()).toEqual(['pag_open']);
    house.database.prepare('UPDATE sessions SET ended_at = last_at').run();
    expect(await open()).toEqual([]);
  } finally {
    await house.close();
  }
});
