// The whole story on the real stores: what grants, holds and freezes write into the journal is what people are told.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createJournal } from '../../src/audit/journal/journal.redis.ts';
import { createChannels, createNotices, type Notices } from '../../src/notices/notices.ts';
import { createOutbox } from '../../src/notices/outbox.redis.ts';
import { ASK, approve, evidenceOf, granted, keyOf, openWorld, RULE, requestOf, type World } from '../access/kit.ts';
import { until } from '../kit/arrivals.ts';
import { SOON } from './house.ts';
import { PORTAL, type Receiver, startReceiver } from './kit.ts';

let world: World;
let there: Receiver;
let notices: Notices;

const STEPS = [
  { groups: ['mdm-approvers'], count: 1 },
  { groups: ['mdm-leads'], count: 1 },
];

beforeAll(async () => {
  const rule = { ...RULE, steps: STEPS, remindAfter: 300, escalate: { after: 600, to: ['mdm-owners'] } };
  world = await openWorld({ approvals: [rule] });
  there = await startReceiver();
  const { redis, grants, holds, freezes } = world;
  const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
  notices = createNotices({
    outbox: createOutbox({ ...redis, keys: redis.keys, limits: { gather: 0, patience: 0 } }),
    journal: createJournal({ ...redis, keys: redis.keys }),
    channels: createChannels([{ id: 'siem', kind: 'webhook', url: there.url, secret }], {
      portalOrigin: PORTAL,
      clock: redis.pulse.clock,
    }),
    routes: (['approvers', 'requester', 'operators'] as const).map((to) => ({ to, events: null, channels: ['siem'] })),
    book: { groups: {}, operators: [] },
    grant: grants.get,
    hold: holds.get,
    freezeStands: async (id) => (await freezes.current()).some((freeze) => freeze.id === id),
    consoleName: (id) => `Console ${id}`,
    freezeGroups: () => ['mdm-approvers'],
    portalOrigin: PORTAL,
    me: 'gw_1',
    clock: redis.pulse.clock,
    onChange: (heard) => redis.pulse.onChange(() => heard()),
    onError: (error) => {
      throw error;
    },
    timing: SOON,
  });
  notices.start();
  await until(async () => (await redis.client.command('GET', redis.keys.noticesAt)) !== null);
});
afterAll(async () => {
  await notices?.stop();
  await world?.redis.stop();
  await there?.close();
});

type One = {
  event: string;
  for: string;
  groups: string[];
  headline: string;
  who: string;
  devices: string | null;
  link: string;
  why: string;
  where: string;
};
const all = (): One[] =>
  there.received.flatMap(({ body }) => (JSON.parse(body) as { data: { notices: One[] } }).data.notices);
/** Waits for the notice of this event about this thing. */
async function hears(event: string, id: string): Promise<One> {
  const find = () => all().find((one) => one.event === event && (id === '' || one.link.endsWith(id)));
  await until(() => find() !== undefined);
  const found = find();
  if (!found) throw new Error('gone');
  return found;
}

test('a grant: asked, reminded, escalated, first yes, second yes, revoked', async () => {
  const ada = await world.login('ada', []);
  const grace = await world.login('grace', ['mdm-approvers']);
  const lea = await world.login('lea', ['mdm-leads']);
  const { grants } = world;
  const asked = granted(await grants.ask(ada, ASK));
  expect(await hears('grant.asked', asked.id)).toMatchObject({
    ...{ for: 'approvers', groups: ['mdm-approvers'], who: 'ada', where: 'Console acme', why: ASK.reason },
    devices: '1 device: d-0142',
  });
  const sweeping = setInterval(() => void grants.sweep().catch(() => undefined), 100);
  try {
    expect(await hears('grant.reminded', asked.id)).toMatchObject({ groups: ['mdm-approvers'] });
    expect((await hears('grant.escalated', asked.id)).groups).toEqual(['mdm-owners']);
  } finally {
    clearInterval(sweeping);
  }
  const half = await approve(grants, asked, grace);
  expect(await hears('grant.step.approved', asked.id)).toMatchObject({
    for: 'approvers',
    headline: 'ada asks for access: grace approved, you are next',
  });
  const active = await approve(grants, half, lea);
  expect(await hears('grant.approved', asked.id)).toMatchObject({
    for: 'requester',
    headline: 'lea approved your access',
  });
  await grants.end(active.id, grace);
  expect(await hears('grant.ended', asked.id)).toMatchObject({ headline: 'grace ended your access' });
});

test('a grant that is denied', async () => {
  const ada = await world.login('bob', []);
  const grace = await world.login('grace', ['mdm-approvers']);
  const asked = granted(await world.grants.ask(ada, ASK));
  await world.grants.deny(asked.id, grace, 'Not this one');
  expect(await hears('grant.denied', asked.id)).toMatchObject({ for: 'requester', why: 'Not this one' });
});

test('a hold: asked, approved, denied', async () => {
  const ada = await world.login('ada', []);
  const grace = await world.login('grace', ['mdm-approvers']);
  const { holds } = world;
  const make = async () => {
    const hold = await holds.create({
      ...requestOf(ada),
      ...{ title: 'Wipe', effect: 'Erases', risk: 'destructive', principal: ada.principal },
      ...{
        needs: { signed: false, approvals: 2 },
        approvers: ['mdm-approvers'],
        rule: 'r',
        devices: 1,
        parameters: null,
      },
      ...{ names: { 'device:d-0142': 'iPhone of Ada' }, answerWithin: 60_000 },
    });
    if (hold === null) throw new Error('no hold');
    await holds.ask(hold.id, ada, { reason: 'Stolen today', ticket: '' });
    return hold;
  };
  const hold = await make();
  expect(await hears('hold.asked', hold.id)).toMatchObject({
    groups: ['mdm-approvers'],
    devices: '1 device: iPhone of Ada (d-0142)',
    why: 'Stolen today',
  });
  const { id } = hold;
  const outcome = await holds.approve(id, grace, evidenceOf(holds.challenge(hold), keyOf(grace)));
  expect(outcome.done).toBe(true);
  expect(await hears('hold.approved', id)).toMatchObject({
    for: 'requester',
    headline: 'grace signed your request: 1 of 2',
  });
  await holds.deny(id, grace, 'Wrong device');
  expect(await hears('hold.denied', id)).toMatchObject({ for: 'requester', why: 'Wrong device' });
});

test('a freeze: set, released by one, ended by the second', async () => {
  const people = await Promise.all(['linus', 'grace', 'olga'].map((name) => world.login(name, ['mdm-approvers'])));
  const [linus, grace, olga] = people;
  if (!linus || !grace || !olga) throw new Error('nobody');
  const outcome = await world.freezes.set(linus, { console: 'acme', what: 'destructive', reason: 'Odd acts' });
  if (!outcome.done) throw new Error(outcome.why);
  const id = outcome.freeze?.id ?? '';
  expect(await hears('freeze.set', '')).toMatchObject({
    headline: 'linus froze acts',
    where: 'Console acme',
    why: 'Odd acts',
  });
  await world.freezes.release(id, grace);
  expect(await hears('freeze.released', '')).toMatchObject({
    headline: 'grace released a freeze; a second person must agree',
  });
  await world.freezes.release(id, olga);
  expect(await hears('freeze.ended', '')).toMatchObject({ headline: 'olga ended a freeze: acts are possible again' });
  expect(all().filter(({ event }) => event === 'freeze.released')).toHaveLength(1);
});
