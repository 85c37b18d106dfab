// Lists of grants: whose, in which order, in pages.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ASK, accessOn, granted, openWorld, sleep, type World } from './kit.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.redis.stop());

test('mine is only mine, newest first, in pages; all is everybody’s; the inbox is what waits', async () => {
  const small = accessOn(world.redis, world.redis.keys, { grants: { pageSize: 3 } });
  const lister = await world.login('lister');
  const made: string[] = [];
  for (let i = 0; i < 7; i += 1) {
    made.push(granted(await small.grants.ask(lister, ASK)).id);
    await sleep(2);
  }
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof small.grants.listMine>> = await small.grants.listMine(
      lister.principal.id,
      cursor,
    );
    expect(page.grants.length).toBeLessThanOrEqual(3);
    seen.push(...page.grants.map(({ id }) => id));
    cursor = page.next;
  } while (cursor !== null);
  expect(seen).toEqual(made.toReversed());
  expect((await small.grants.all(null)).grants.map(({ id }) => id)).toEqual(made.toReversed().slice(0, 3));
  expect(await small.grants.listMine(lister.principal.id, 'gra_unknown')).toEqual({ grants: [], next: null });
  const waiting = (await small.grants.inbox()).map(({ id }) => id);
  expect(waiting.filter((id) => made.includes(id))).toEqual(made);
});
