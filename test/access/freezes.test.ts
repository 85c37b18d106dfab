// Freezes: what they stop, who sets them, and that two different people must release them.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createFreezes, type Freezes } from '../../src/access/freezes/freezes.redis.ts';
import { whyNotRelease } from '../../src/access/freezes/release.ts';
import type { BudgetRule } from '../../src/kernel/accessRules.ts';
import { type Freeze, freezes as stops } from '../../src/kernel/freeze.ts';
import type { Session } from '../../src/kernel/session.ts';
import { budget, hit } from './budgetKit.ts';
import { checkChain, commitOf, openWorld, type World } from './kit.ts';

const rules: BudgetRule[] = [];
let world: World;
let freezes: Freezes;
let ada: Session;
let grace: Session;
let olga: Session;
beforeAll(async () => {
  world = await openWorld({ budgets: rules });
  freezes = createFreezes(world.redis);
  [ada, grace, olga] = [await world.login('ada'), await world.login('grace'), await world.login('olga')];
});
afterEach(async () => {
  rules.length = 0;
  await world.redis.client.command('DEL', world.redis.keys.freezes, world.redis.keys.freezeReleases);
  world.redis.pulse.forget();
  await checkChain(world.redis.client, world.redis.keys.journal);
});
afterAll(() => world.redis.stop());

const set = async (console: string | null, what: 'destructive' | 'acts' = 'acts'): Promise<Freeze> => {
  const outcome = await freezes.set(grace, { console, what, reason: 'A key was stolen' });
  if (!outcome.done) throw new Error(outcome.why);
  return outcome.freeze;
};
const commit = async (name: string, risk: 'read' | 'low' | 'high' | 'destructive', console = 'acme') => {
  const verdict = await world.acts.commit(commitOf(ada, { console, hits: [hit(['1'], 0, { name, risk })] }));
  return verdict.go ? 'go' : verdict.reason;
};
const lastKinds = async (count: number) => (await world.redis.journalKinds()).slice(-count);

test('a person freezes acts on one console or on all; reads go on', async () => {
  await set('acme');
  expect(await commit('device.lock', 'low')).toBe('lockdown.active');
  expect(await commit('device.lock', 'low', 'other')).toBe('go');
  expect(await commit('device.read', 'read')).toBe('go');
  await set(null, 'destructive');
  expect(await commit('device.wipe', 'destructive', 'other')).toBe('lockdown.active');
  expect(await commit('device.lock', 'high', 'other')).toBe('go');
  expect(await lastKinds(2)).toContain('act.intent');
});

test('a batch with one frozen part is frozen', async () => {
  await set(null, 'destructive');
  const hits = [
    hit([], 0, { name: 'bulk.envelope', risk: 'low' }),
    hit(['1'], 0, { name: 'device.lock', risk: 'low' }),
    hit(['1']),
  ];
  expect(await world.acts.commit(commitOf(ada, { hits }))).toMatchObject({ reason: 'lockdown.active' });
  expect((await world.acts.commit(commitOf(ada, { hits: hits.slice(0, 2) }))).go).toBe(true);
});

test('the script and the pure rule say the same of every pattern', async () => {
  const patterns = ['*', 'device.*', 'device.wipe', 'device', 'device.', '*.wipe', '.*', ''];
  const { client, keys } = world.redis;
  for (const actions of patterns)
    for (const consoles of ['*', 'acme', 'acm', 'acme.*'])
      for (const risks of [['destructive'], ['low', 'high'], []] as const) {
        const match = { actions: [actions], consoles: [consoles], risks };
        const freeze = { id: 'frz_x', match, budget: null, by: { id: 'g', name: '' }, reason: '', since: 1, epoch: '' };
        await client.command('HSET', keys.freezes, 'frz_x', JSON.stringify(freeze));
        for (const name of ['device.wipe', 'devices.wipe', 'device']) {
          const action = { name, risk: 'destructive' } as const;
          const expected = stops({ ...freeze, releases: [] }, 'acme', action) ? 'lockdown.active' : 'go';
          expect(await commit(name, 'destructive'), `${actions} ${consoles} ${risks}`).toBe(expected);
        }
      }
});

test('a freeze that cannot be read freezes every act', async () => {
  for (const text of ['{', '[]', '{"match":1}', '{"match":{"consoles":["*"],"actions":"*","risks":[]}}']) {
    await world.redis.client.command('HSET', world.redis.keys.freezes, 'frz_bad', text);
    expect(await commit('device.lock', 'low'), text).toBe('lockdown.active');
    expect(await commit('device.read', 'read')).toBe('go');
  }
});

test('a freeze counts from the moment it is set, on every gateway, and is heard of', async () => {
  const other = createFreezes({ ...(await world.redis.replica()), keys: world.redis.keys });
  expect(await other.current()).toEqual([]);
  const heard: string[] = [];
  const stop = world.redis.pulse.onChange(({ kind }) => heard.push(kind));
  const freeze = await set('acme');
  expect(await commit('device.lock', 'low')).toBe('lockdown.active');
  await expect.poll(async () => (await other.current()).map(({ id }) => id)).toEqual([freeze.id]);
  expect(heard).toContain('freeze');
  stop();
});

test('the same freeze twice is one; an ended session sets none', async () => {
  const first = await set('acme');
  expect((await set('acme')).id).toBe(first.id);
  expect((await set('acme', 'destructive')).id).not.toBe(first.id);
  expect(await lastKinds(2)).toEqual(['freeze.set', 'freeze.set']);
  const gone = await world.login('gone');
  await world.endSession(gone);
  const refused = await freezes.set(gone, { console: null, what: 'acts', reason: 'x' });
  expect(refused).toEqual({ done: false, why: 'session.revoked' });
  expect(await freezes.release(first.id, gone)).toEqual({ done: false, why: 'session.revoked' });
});

test('words in a reason cannot make it look like another freeze', async () => {
  const tricky = '"match":{"consoles":["*"],"actions":["*"],"risks":["low","high","destructive"]},"budget":null';
  await freezes.set(grace, { console: 'small', what: 'destructive', reason: tricky });
  await set(null);
  expect((await freezes.current()).map(({ match }) => match.consoles)).toEqual([['small'], ['*']]);
  expect(await commit('device.lock', 'low')).toBe('lockdown.active');
});

describe('releasing', () => {
  test('one word is not enough, the same person’s second word neither; another person’s ends it', async () => {
    const { id } = await set('acme');
    const first = await freezes.release(id, grace);
    expect(first).toMatchObject({ done: true, freeze: { id, releases: [{ id: grace.principal.id, name: 'grace' }] } });
    expect(await commit('device.lock', 'low')).toBe('lockdown.active');
    const secondSession = await world.login('grace');
    for (const again of [grace, secondSession])
      expect(await freezes.release(id, again)).toEqual({ done: false, why: 'twice' });
    expect(await freezes.release(id, olga)).toEqual({ done: true, freeze: null });
    expect(await lastKinds(2)).toEqual(['freeze.released', 'freeze.ended']);
    expect(await commit('device.lock', 'low')).toBe('go');
    expect(await freezes.release(id, ada)).toEqual({ done: false, why: 'unknown' });
  });

  test('who tripped the breaker never releases it, from no session', async () => {
    rules.push(budget('tight', { devices: 1, freezeAt: 2 }));
    expect((await world.acts.commit(commitOf(ada, { hits: [hit(['1', '2'])] }))).go).toBe(false);
    const [freeze] = await freezes.current();
    const id = freeze?.id ?? '';
    for (const session of [ada, await world.login('ada')])
      expect(await freezes.release(id, session)).toEqual({ done: false, why: 'own' });
    expect(await freezes.release(id, olga)).toMatchObject({ done: true, freeze: { id } });
    expect(await freezes.release(id, ada)).toEqual({ done: false, why: 'own' });
    expect(await freezes.release(id, grace)).toEqual({ done: true, freeze: null });
    // released, it does not trip again at the next device
    expect(await commit('device.wipe', 'destructive')).toBe('go');
  });

  test('five people at once: two words, one end', async () => {
    const { id } = await set('acme');
    const people = await Promise.all([1, 2, 3, 4, 5].map((n) => world.login(`p${n}`)));
    const outcomes = await Promise.all([...people, ...people].map((one) => freezes.release(id, one)));
    expect(outcomes.filter((outcome) => outcome.done)).toHaveLength(2);
    const told = (await world.redis.journalEvents()).filter(({ facts }) => facts.freeze === id);
    expect(told.map(({ kind }) => kind)).toEqual(['freeze.set', 'freeze.released', 'freeze.released', 'freeze.ended']);
    const [one, two] = told.slice(1, 3).map(({ actor }) => actor);
    expect(one).not.toBe(two);
  });

  test('the pure rule says what the script says', async () => {
    const freeze = await set('acme');
    expect(whyNotRelease(freeze, '')).toBe('unknown');
    expect(whyNotRelease(freeze, grace.principal.id)).toBeNull();
    expect(whyNotRelease({ ...freeze, budget: 'b' }, grace.principal.id)).toBe('own');
    expect(whyNotRelease({ ...freeze, releases: [grace.principal] }, grace.principal.id)).toBe('twice');
  });
});
