// The access review: who had which access over a period, and what of it nobody used.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReviewQuery } from '../../src/access/grants/review.redis.ts';
import type { Grant } from '../../src/kernel/grant.ts';
import type { Session } from '../../src/kernel/session.ts';
import { ASK, actEvent, commitOf, granted, openWorld, type World } from './kit.ts';

let world: World;
let ada: Session;
let olga: Session;
let grace: Session;
beforeAll(async () => {
  world = await openWorld({ grants: { pageSize: 3, openAsks: 1000 } });
  [ada, olga, grace] = [await world.login('ada'), await world.login('olga'), await world.login('grace')];
});
afterAll(() => world.redis.stop());

const DAY = 24 * 3_600_000;
const now = () => Math.floor(world.redis.pulse.clock.now());
/** As if it had been so long ago. */
async function older(grant: Grant, ms: number): Promise<void> {
  const { client, keys } = world.redis;
  const fields = ['askedAt', 'answerUntil', 'activeFrom', 'activeUntil', 'endedAt', 'decidedAt'] as const;
  const stored = await world.grants.get(grant.id);
  for (const field of fields) {
    const at = stored?.[field];
    if (typeof at === 'number') await client.command('HSET', keys.grant(grant.id), field, at - ms);
  }
  for (const key of [keys.grants, keys.grantsOf(grant.holder.id)])
    await client.command('ZADD', key, grant.askedAt - ms, grant.id);
}
const all = async (query: Partial<ReviewQuery> = {}) => {
  const whole: ReviewQuery = { from: now() - DAY, to: now() + 1000, ...query };
  const rows = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof world.grants.review>> = await world.grants.review(whole, cursor);
    expect(page.rows.length).toBeLessThanOrEqual(3);
    rows.push(...page.rows);
    cursor = page.next;
  } while (cursor !== null);
  const filed = [];
  for await (const row of world.grants.reviewAll(whole)) filed.push(row.grant.id);
  expect(filed, 'pages and file tell the same').toEqual(rows.map(({ grant }) => grant.id));
  return rows;
};

test('used and unused, counted in uses that reached the console; a use that was given back counts for nothing', async () => {
  const used = await world.active(ada, grace, { uses: 3 });
  const unused = await world.active(ada, grace, { uses: 3 });
  const returned = await world.active(ada, grace, { uses: 3 });
  for (const grant of [used, used, returned]) {
    const commit = commitOf(ada, { grant: grant.id });
    const verdict = await world.acts.commit(commit);
    if (!verdict.go) throw new Error(verdict.reason);
    const { exchange } = commit;
    const event = actEvent('act.outcome', ada, exchange);
    const sent = grant === used;
    await world.acts.settle({
      exchange,
      intent: verdict.value.intent,
      grant: grant.id,
      sent,
      status: sent ? 200 : null,
      event,
    });
  }
  const rows = await all();
  const row = (grant: Grant) => rows.find(({ grant: { id } }) => id === grant.id);
  expect(row(used)).toMatchObject({ used: 2, unused: false, grant: { lastUsedAt: expect.any(Number) } });
  expect(row(unused)).toMatchObject({ used: 0, unused: true });
  expect(row(returned)).toMatchObject({ used: 0, unused: true });
});

test('what was never given is in it, and is not "unused"', async () => {
  const denied = granted(await world.grants.ask(ada, ASK));
  await world.grants.deny(denied.id, grace, 'no');
  const later = await world.active(ada, grace, { startAt: now() + 3_600_000 });
  const rows = await all();
  expect(rows.find(({ grant }) => grant.id === denied.id)).toMatchObject({ unused: false, grant: { state: 'denied' } });
  expect(rows.find(({ grant }) => grant.id === later.id)?.unused).toBe(false);
  await world.grants.end(later.id, ada);
  expect((await all()).find(({ grant }) => grant.id === later.id)?.unused, 'ended before its start').toBe(false);
});

test('newest first, in pages, of one person, of one console, with sums over all of it', async () => {
  const begin = now() - 1;
  for (let i = 0; i < 8; i += 1) {
    const holder = i % 2 === 0 ? ada : olga;
    granted(await world.grants.ask(holder, { ...ASK, console: i < 4 ? 'acme' : 'fleet' }));
  }
  const rows = await all({ from: begin });
  const times = rows.map(({ grant }) => grant.askedAt);
  expect(times).toEqual(times.toSorted((a, b) => b - a));
  const recent = rows.filter(({ grant }) => grant.askedAt >= begin);
  expect(recent).toHaveLength(8);
  const olgas = await all({ person: olga.principal.id });
  expect(olgas.map(({ grant }) => grant.holder.name)).toEqual(['olga', 'olga', 'olga', 'olga']);
  expect(await all({ console: 'fleet' })).toHaveLength(4);
  expect(await all({ console: 'fleet', person: olga.principal.id })).toHaveLength(2);
  expect(await all({ person: 'https://idp.test#nobody' })).toEqual([]);
  const sums = await world.grants.reviewSums({ from: begin - DAY, to: now() + 1000 });
  expect(sums).toEqual({ asked: 13, approved: 4, denied: 1, unused: 2, automatic: 0 });
});

test('a period has what waited or gave access within it, whenever it was asked for', async () => {
  const over = await world.active(olga, grace);
  await world.grants.end(over.id, olga);
  await older(over, 10 * DAY);
  const lasting = await world.active(olga, grace, { startAt: now() + 20 * DAY });
  await older(lasting, 20 * DAY);
  const within = async (from: number, to: number) =>
    (await all({ from: now() - from, to: now() - to, person: olga.principal.id })).map(({ grant }) => grant.id);
  expect(await within(11 * DAY, 9 * DAY)).toEqual([over.id, lasting.id]);
  expect(await within(9 * DAY, 8 * DAY), 'asked before, still there').toEqual([lasting.id]);
  expect(await within(30 * DAY, 21 * DAY)).toEqual([]);
  expect(await world.grants.review({ from: 0, to: now() }, 'gra_unknown')).toEqual({ rows: [], next: null });
});

test('what was over is kept for 400 days after the asking, then forgotten; what still gives something never is', async () => {
  const [year, over, given] = [
    await world.active(olga, grace),
    await world.active(olga, grace),
    await world.active(olga, grace),
  ];
  for (const grant of [year, over]) await world.grants.end(grant.id, olga);
  await older(year, 399 * DAY);
  await older(over, 401 * DAY);
  // As no grant can be, so that nothing but its state keeps it.
  const { client, keys } = world.redis;
  for (const key of [keys.grants, keys.grantsOf(olga.principal.id)])
    await client.command('ZADD', key, given.askedAt - 401 * DAY, given.id);
  await world.grants.sweep();
  expect(await world.grants.get(over.id)).toBeNull();
  for (const key of [keys.grants, keys.grantsOf(olga.principal.id)]) {
    expect(await client.command('ZSCORE', key, over.id), key).toBeNull();
    for (const { id } of [year, given]) expect(await client.command('ZSCORE', key, id), key).not.toBeNull();
  }
  expect((await world.grants.get(year.id))?.state).toBe('ended');
  expect((await world.grants.get(given.id))?.state).toBe('active');
  await world.grants.end(given.id, olga);
  await world.grants.sweep();
  expect(await world.grants.get(given.id)).toBeNull();
});

test('a year of history does not slow down what waits, what is active, a page, or a week’s review', async () => {
  const { client, keys } = world.redis;
  const pattern = (await client.command('HGETALL', keys.grant((await all())[0]?.grant.id ?? ''))) as string[];
  const fields = Array.isArray(pattern) ? pattern : Object.entries(pattern as Record<string, string>).flat();
  for (let piece = 0; piece < 20; piece += 1) {
    const made: Promise<unknown>[] = [];
    for (let i = 0; i < 250; i += 1) {
      const id = `gra_old${piece}x${i}`;
      const at = now() - 40 * DAY - (piece * 250 + i) * 60_000;
      made.push(
        client.command('HSET', keys.grant(id), ...fields, 'id', id, 'state', 'ended', 'askedAt', at, 'endedAt', at + 1),
      );
      made.push(client.command('ZADD', keys.grants, at, id));
      made.push(client.command('ZADD', keys.grantsOf(ada.principal.id), at, id));
    }
    await Promise.all(made);
  }
  const commands = async (run: () => Promise<unknown>): Promise<number> => {
    const count = async () =>
      Number(/total_commands_processed:(\d+)/.exec(String(await client.command('INFO', 'stats')))?.[1]);
    const before = await count();
    await run();
    return (await count()) - before;
  };
  // Counted, not timed: the poll adds a few. 5,000 old grants would be 5,000 commands.
  expect(await commands(() => world.grants.inbox())).toBeLessThan(100);
  expect(await commands(() => world.grants.activeFor(ada.principal.id))).toBeLessThan(50);
  expect(await commands(() => world.grants.listMine(ada.principal.id, null))).toBeLessThan(50);
  expect(await commands(() => world.grants.sweep(true))).toBeLessThan(200);
  expect(await commands(() => world.grants.review({ from: now() - 7 * DAY, to: now() }, null))).toBeLessThan(300);
});
