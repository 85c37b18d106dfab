// The brake through the portal's front door: who sees it, who sets it, who ends it, and with what.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BudgetRule } from '../../src/kernel/accessRules.ts';
import { BudgetList, FreezeList, FreezeView } from '../../src/portal/contract/freezes.ts';
import { commitOf, WIPE } from './kit.ts';
import { openPortal, type Person, type Portal } from './portal.ts';

const BUDGET: BudgetRule = {
  id: 'wipes-an-hour',
  match: { consoles: ['*'], actions: ['device.wipe'], risks: ['destructive'] },
  per: 'admin',
  devices: 2,
  window: 3_600_000,
  freezeAt: 3,
  ask: 'the on-call lead',
};
let portal: Portal;
let ada: Person;
let grace: Person;
let olga: Person;
let linus: Person;
beforeAll(async () => {
  portal = await openPortal({ budgets: [BUDGET, { ...BUDGET, id: 'wipes-here', per: 'console', freezeAt: null }] });
  [ada, grace] = [await portal.person('ada'), await portal.person('grace')];
  [olga, linus] = [await portal.person('olga'), await portal.person('linus')];
});
afterAll(() => portal.stop());

const freeze = { console: 'acme', what: 'destructive', reason: 'A stolen phone' };
const list = async (person: Person) => FreezeList.parse((await person.get('/api/freezes')).body);

describe('freezing and releasing', () => {
  beforeEach(async () => {
    for (const person of [grace, olga]) await portal.stepUp(person);
    for (const { id } of await list(grace))
      for (const person of [grace, olga]) await person.post(`/api/freezes/${id}/release`);
    expect(await list(grace)).toEqual([]);
  });

  test('everybody is told in plain words what is frozen, by whom and why', async () => {
    const { status, body } = await grace.post('/api/freezes', freeze);
    expect(status).toBe(201);
    expect(FreezeView.parse(body)).toMatchObject({
      title: 'Acts that cannot be undone, on Acme MDM',
      console: { id: 'acme', name: 'Acme MDM' },
      by: { name: 'grace' },
      budget: null,
      reason: 'A stolen phone',
      releases: [],
      may: { release: true },
      whyNot: null,
    });
    for (const person of [ada, linus]) {
      const [seen] = await list(person);
      expect(seen).toMatchObject({ id: body.id, may: { release: false }, whyNot: null });
    }
  });

  test('the whole product: everything but reads, on every console', async () => {
    const { body } = await grace.post('/api/freezes', { console: null, what: 'acts', reason: 'We are under attack' });
    expect(body).toMatchObject({ title: 'Everything but reads, on every console', console: null });
  });

  test('two different people end it; one alone does not, however often', async () => {
    const { id } = (await grace.post('/api/freezes', freeze)).body;
    const first = FreezeView.parse((await grace.post(`/api/freezes/${id}/release`)).body);
    expect(first).toMatchObject({ may: { release: false }, releases: [{ name: 'grace' }] });
    const again = await grace.post(`/api/freezes/${id}/release`);
    expect([again.status, again.body.detail]).toEqual([
      409,
      'You have released this already. Somebody else must, too.',
    ]);
    const second = FreezeView.parse((await olga.post(`/api/freezes/${id}/release`)).body);
    expect(second.releases.map(({ name }) => name)).toEqual(['grace', 'olga']);
    expect(second.may.release).toBe(false);
    expect(await list(ada)).toEqual([]);
    expect((await olga.post(`/api/freezes/${id}/release`)).status).toBe(404);
  });

  test('both at once end it once', async () => {
    const { id } = (await grace.post('/api/freezes', freeze)).body;
    const answers = await Promise.all([grace, olga].map((person) => person.post(`/api/freezes/${id}/release`)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await list(ada)).toEqual([]);
    const ends = (await portal.world.redis.journalEvents()).filter(
      ({ kind, facts }) => kind === 'freeze.ended' && facts.freeze === id,
    );
    expect(ends).toHaveLength(1);
  });

  test('the same freeze set twice is one', async () => {
    const ids = (await Promise.all([1, 2].map(() => grace.post('/api/freezes', freeze)))).map(({ body }) => body.id);
    expect(new Set(ids).size).toBe(1);
  });

  test('a reason is needed, and a console that is there', async () => {
    const { body } = await grace.post('/api/freezes', { ...freeze, reason: ' ' });
    expect(body.faults).toEqual([{ at: 'reason', what: 'Say in a few words why' }]);
    const other = await grace.post('/api/freezes', { ...freeze, console: 'nowhere' });
    expect([other.status, other.body.faults]).toEqual([
      400,
      [{ at: 'console', what: 'There is no such console: choose one from the list' }],
    ]);
    expect((await grace.post('/api/freezes', { ...freeze, what: 'reads' })).status).toBe(400);
  });

  test('the one whose acts tripped a breaker is told that others must release it', async () => {
    const { session } = olga;
    const commit = (device: string) =>
      portal.world.acts.commit(commitOf(session, { hits: [{ ...WIPE, devices: [`device:${device}`] }] }));
    for (const device of ['d-1', 'd-2', 'd-3']) await commit(device);
    const [seen] = await list(olga);
    expect(seen).toMatchObject({
      title: 'Wipe devices, on Acme MDM',
      budget: 'wipes-an-hour',
      by: { id: 'https://idp.test#olga' },
      may: { release: false },
      whyNot: 'Your own acts tripped this. Two other people must release it.',
    });
    const { status, body } = await olga.post(`/api/freezes/${seen?.id}/release`);
    expect([status, body.reason]).toEqual([403, 'forbidden']);
    const lena = await portal.person('lena');
    await portal.stepUp(lena);
    for (const person of [grace, lena])
      expect((await person.post(`/api/freezes/${seen?.id}/release`)).status).toBe(200);
    const { body: budgets } = await olga.get('/api/budgets');
    expect(BudgetList.parse(budgets)).toEqual([
      expect.objectContaining({
        id: 'wipes-an-hour',
        per: 'admin',
        title: 'Wipe devices',
        used: 2,
        devices: 2,
        windowMinutes: 60,
      }),
      expect.objectContaining({ id: 'wipes-here.acme', console: { id: 'acme', name: 'Acme MDM' } }),
    ]);
  });
});

test('without a fresh step-up nothing is frozen and nothing released', async () => {
  const late = await portal.person('grace');
  const { status, body } = await late.post('/api/freezes', freeze);
  expect([status, body.reason]).toEqual([403, 'stepup.required']);
  await portal.stepUp(olga);
  const { id } = (await olga.post('/api/freezes', freeze)).body;
  expect((await late.post(`/api/freezes/${id}/release`)).body.reason).toBe('stepup.required');
  await portal.stepUp(late);
  expect((await late.post(`/api/freezes/${id}/release`)).status).toBe(200);
});

test('people without the right change nothing, however fresh their passkey', async () => {
  for (const person of [ada, linus]) {
    await portal.stepUp(person);
    expect((await person.post('/api/freezes', freeze)).body.reason).toBe('forbidden');
    expect((await person.post('/api/freezes/frz_x/release')).body.reason).toBe('forbidden');
  }
  await portal.stepUp(grace);
  expect((await grace.post('/api/freezes/frz_x/release')).status).toBe(404);
});

test('whoever enters no console has no budgets', async () => {
  expect((await linus.get('/api/budgets')).body).toEqual([]);
  const uses = BudgetList.parse((await ada.get('/api/budgets')).body);
  expect(uses.map(({ per, used }) => [per, used])).toEqual([
    ['admin', 0],
    ['console', 2],
  ]);
});
