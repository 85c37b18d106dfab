// Point 8: the life of a grant. Asked for by one person, approved by another with a passkey over exactly its terms, never
// widened, active from then on, and over by time, uses, revocation or its holder; each end closes the way at once.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RefusalProblem, ShimGrant } from '../../src/portal/contract/consolePages.ts';
import type { GrantPage, GrantView } from '../../src/portal/contract/grants.ts';
import type { Me } from '../../src/portal/contract/me.ts';
import { arrivals, nothingArrives } from '../kit/arrivals.ts';
import type { RequestOptions } from '../kit/authenticator.ts';
import { type PassTime, passTime } from '../kit/passTime.ts';
import { admin, approver, device, granted, type Person, person } from '../kit/people.ts';
import { type Stack, startStack } from '../kit/stack.ts';
import { openStream } from '../kit/streams.ts';
import type { Answer } from '../kit/userAgent.ts';

let stack: Stack;
let time: PassTime;
let ada: Person;
let olga: Person;
let grace: Person;
beforeAll(async () => {
  stack = await startStack();
  time = passTime(stack);
  ada = await admin(stack, 'ada');
  olga = await admin(stack, 'olga');
  grace = await approver(stack);
});
afterAll(async () => {
  await time.close();
  await stack.close();
});

let number = 0;
/** A device that no other test has touched. */
const fresh = () => {
  number += 1;
  return `d-02${String(number).padStart(2, '0')}`;
};
const asked = async (who: Person, asking: Parameters<Person['ask']>[0] = {}) => {
  const answer = await who.ask({ targets: [device(fresh())], ...asking });
  expect(answer.status).toBe(201);
  return answer.json<GrantView>();
};
const grantOf = async (who: Person, id: string) => (await who.read(`/api/grants/${id}`)).json<GrantView>();
const inbox = async (who: Person) => (await who.read('/api/grants?view=inbox')).json<GrantPage>().grants;
const problem = (answer: Answer) => {
  const { reason, detail } = answer.json<{ reason: string; detail?: string }>();
  return [answer.status, reason, detail];
};
const wipe = (id: string, hold?: string) =>
  ada.call('POST', `/api/devices/${id}/wipe`, {}, hold === undefined ? {} : { 'x-sallyport-hold': hold });
const reasonOf = async (id: string, hold?: string) =>
  (await nothingArrives(stack, () => wipe(id, hold))).json<RefusalProblem>().reason;
/** A grant that is active, and a signed hold that needs it. */
async function ready(asking: { uses?: number } = {}): Promise<{ id: string; grant: GrantView; hold: string }> {
  const id = fresh();
  const grant = await granted(ada, grace, { targets: [device(id)], uses: 3, ...asking });
  const { hold = '' } = (await wipe(id)).json<RefusalProblem>();
  expect((await ada.signHold(hold)).status).toBe(200);
  return { id, grant, hold };
}
const who = async (one: Person) => (await one.me()).person.id;

describe('asking', () => {
  test('tells the server’s own words for what will happen, and grants nothing yet', async () => {
    const id = fresh();
    const grant = await asked(ada, { targets: [device(id)], reason: '  Lost in a taxi  ', ticket: 'MDM-1' });
    expect(grant).toMatchObject({
      state: 'asked',
      mine: true,
      holder: { name: 'Ada Admin' },
      title: `Wipe 1 device: ${id}`,
      risk: 'destructive',
      reason: 'Lost in a taxi',
      ticket: 'MDM-1',
      askedMinutes: 15,
      askedUses: 1,
      minutes: null,
      usesLeft: null,
      activeUntil: null,
      may: { approve: false, deny: false, withdraw: true, end: false },
    });
    expect(grant.answerUntil - grant.askedAt).toBe(3_600_000);
    expect(await reasonOf(id)).toBe('grant.required');
  });
  test.each([
    ['no reason', { reason: '' }, 'reason'],
    ['a reason that says nothing', { reason: 'abc' }, 'reason'],
    ['no targets', { targets: [] }, 'targets'],
    ['an action that there is not', { action: 'device.explode' }, 'actions'],
    ['no time', { minutes: 0 }, 'minutes'],
    ['more than eight hours', { minutes: 481 }, 'minutes'],
    ['no use', { uses: 0 }, 'uses'],
    ['half a use', { uses: 1.5 }, 'uses'],
  ])('%s: input.invalid, and says where', async (_what, asking, at) => {
    const answer = await ada.ask({ targets: [device(fresh())], ...asking });
    expect(answer.json()).toMatchObject({ status: 400, reason: 'input.invalid', faults: [{ at }] });
  });
  test('from the page that was refused: the same, with what the console’s scripts may know and no more', async () => {
    const ask = {
      console: 'acme',
      actions: ['device.wipe'],
      targets: [device(fresh())],
      reason: 'Lost in a taxi',
      ticket: 'X-1',
      minutes: 5,
      uses: 1,
    };
    const shim = { 'x-sallyport-shim': '1' };
    const answer = await ada.agent.call(`${stack.addresses.console}/.sallyport/grants`, 'POST', ask, shim);
    expect(answer.status).toBe(201);
    const { id, ...rest } = answer.json<ShimGrant>();
    expect(rest.state).toBe('asked');
    expect(answer.text()).not.toContain('Lost in a taxi');
    expect(answer.text()).not.toContain('X-1');
    expect(await grantOf(grace, id)).toMatchObject({ reason: 'Lost in a taxi', ticket: 'X-1' });
  });
});

describe('approvers', () => {
  test('see a new request live, and what they may do with it', async () => {
    const events = await openStream(grace.agent, `${stack.addresses.portal}/api/events`);
    await events.has('retry');
    const before = performance.now();
    const grant = await asked(ada);
    await events.has('event: grants', 1000);
    expect(performance.now() - before).toBeLessThan(1000);
    const seen = (await inbox(grace)).find(({ id }) => id === grant.id);
    expect(seen).toMatchObject({ mine: false, may: { approve: true, deny: true, withdraw: false }, whyNot: null });
    expect(events.text()).not.toContain(grant.id);
    events.close();
  });
  test('the one who asked hears of the answer live, in the portal and on the console’s page', async () => {
    const grant = await asked(ada);
    const [portal, page] = [
      await openStream(ada.agent, `${stack.addresses.portal}/api/events`),
      await openStream(ada.agent, `${stack.addresses.console}/.sallyport/events`),
    ];
    await portal.has('retry');
    expect((await grace.approve(grant.id)).status).toBe(200);
    await portal.has('event: grants', 1000);
    await page.has(`event: grant\ndata: {"id":"${grant.id}"}`, 1000);
    const state = await ada.agent.call(`${stack.addresses.console}/.sallyport/grants/${grant.id}`, 'GET');
    expect(state.json()).toMatchObject({ state: 'active', decidedBy: { name: 'Grace Approver' } });
    portal.close();
    page.close();
  });
  test('nobody else sees it: not another admin’s portal, not their stream', async () => {
    const mallory = await person(stack, 'mallory');
    const events = await openStream(mallory.agent, `${stack.addresses.portal}/api/events`);
    const hers = await openStream(grace.agent, `${stack.addresses.portal}/api/events`);
    await hers.has('retry');
    const grant = await asked(ada);
    await hers.has('event: grants');
    hers.close();
    expect(problem(await mallory.read(`/api/grants/${grant.id}`)).slice(0, 2)).toEqual([404, 'not.found']);
    expect(problem(await mallory.read('/api/grants?view=inbox')).slice(0, 2)).toEqual([403, 'forbidden']);
    expect(events.text()).not.toContain('grants');
    events.close();
  });
  test('the approval is active from its own moment on, for the minutes that were approved', async () => {
    const grant = await asked(ada);
    const active = (await grace.approve(grant.id)).json<GrantView>();
    expect(active).toMatchObject({
      state: 'active',
      minutes: 15,
      uses: 1,
      usesLeft: 1,
      decidedBy: { name: 'Grace Approver' },
    });
    expect((active.activeUntil ?? 0) - (active.decidedAt ?? 0)).toBe(15 * 60_000);
  });
  test('two approve at once: one of them did', async () => {
    const grant = await asked(ada);
    const answers = await Promise.all([grace.approve(grant.id), olga.approve(grant.id)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });
});

describe('own requests', () => {
  test('are approved by nobody of the same name: not by olga, who approves others', async () => {
    const grant = await asked(olga);
    const words = 'You cannot approve your own request.';
    const seen = (await inbox(olga)).find(({ id }) => id === grant.id);
    expect(seen).toMatchObject({ mine: true, may: { approve: false, deny: false }, whyNot: words });
    const terms = { minutes: 15, uses: 1 };
    expect(problem(await olga.post(`/api/grants/${grant.id}/approve/options`, terms))).toEqual([
      403,
      'forbidden',
      words,
    ]);
    const options = (await olga.post('/api/stepup/options')).json<RequestOptions>();
    const assertion = olga.authenticator.get(options);
    const forced = await olga.post(`/api/grants/${grant.id}/approve`, { ...terms, assertion });
    expect(problem(forced)).toEqual([403, 'forbidden', words]);
    expect((await olga.post(`/api/grants/${grant.id}/deny`, { reason: 'x' })).status).toBe(403);
    expect((await grantOf(olga, grant.id)).state).toBe('asked');
    // In another session neither.
    const again = await person(stack, 'olga', olga.authenticator);
    expect((await again.approve(grant.id)).status).toBe(403);
    expect((await grace.approve(grant.id)).status).toBe(200);
  });
  test('ada, who is no approver, approves nothing at all', async () => {
    const grant = await asked(olga);
    expect(problem(await ada.approve(grant.id)).slice(0, 2)).toEqual([404, 'not.found']);
    expect((await grantOf(olga, grant.id)).state).toBe('asked');
  });
});

describe('the approval', () => {
  test('may be narrower: fewer minutes, fewer uses', async () => {
    const grant = await asked(ada, { minutes: 60, uses: 5 });
    const active = (await grace.approve(grant.id, { minutes: 5, uses: 2 })).json<GrantView>();
    expect(active).toMatchObject({ minutes: 5, uses: 2, usesLeft: 2, askedMinutes: 60, askedUses: 5 });
    expect((active.activeUntil ?? 0) - (active.decidedAt ?? 0)).toBe(5 * 60_000);
  });
  test.each([
    ['more minutes', { minutes: 16, uses: 1 }],
    ['more uses', { minutes: 15, uses: 2 }],
    ['no minutes', { minutes: 0, uses: 1 }],
    ['a negative number', { minutes: 15, uses: -1 }],
  ])('is never wider: %s', async (_what, terms) => {
    const grant = await asked(ada);
    expect(problem(await grace.approve(grant.id, terms)).slice(0, 2)).toEqual([400, 'input.invalid']);
    expect((await grantOf(grace, grant.id)).state).toBe('asked');
  });
  test('counts for the terms that were signed: other ones need another signature', async () => {
    const grant = await asked(ada, { minutes: 60, uses: 5 });
    const options = await grace.post(`/api/grants/${grant.id}/approve/options`, { minutes: 5, uses: 1 });
    const assertion = grace.authenticator.get(options.json<RequestOptions>());
    const widened = await grace.post(`/api/grants/${grant.id}/approve`, { minutes: 60, uses: 5, assertion });
    expect(problem(widened).slice(0, 2)).toEqual([403, 'passkey.refused']);
    expect((await grantOf(grace, grant.id)).state).toBe('asked');
  });
  test('needs a passkey: without one, with another grant’s signature or an unverified user, nothing is approved', async () => {
    const [grant, other] = [await asked(ada), await asked(ada)];
    const terms = { minutes: 15, uses: 1 };
    const path = (id: string) => `/api/grants/${id}/approve`;
    expect((await grace.post(path(grant.id), terms)).json()).toMatchObject({ reason: 'input.invalid' });
    const options = async (id: string) => (await grace.post(`${path(id)}/options`, terms)).json<RequestOptions>();
    const foreign = grace.authenticator.get(await options(other.id));
    expect((await grace.post(path(grant.id), { ...terms, assertion: foreign })).status).toBe(403);
    const unverified = grace.authenticator.get(await options(grant.id), { userVerified: false });
    expect((await grace.post(path(grant.id), { ...terms, assertion: unverified })).status).toBe(403);
    expect((await grantOf(grace, grant.id)).state).toBe('asked');
    expect((await grace.approve(grant.id)).status).toBe(200);
  });
});

describe('it covers what was asked for and nothing more', () => {
  test('another device, more devices, another action: still refused', async () => {
    const [id, other] = [fresh(), fresh()];
    await granted(ada, grace, { targets: [device(id)], uses: 9 });
    expect(await reasonOf(id)).toBe('stepup.required');
    expect(await reasonOf(other)).toBe('grant.required');
    const bulk = (command: string, ids: string[]) =>
      nothingArrives(stack, () => ada.call('POST', '/api/devices/bulk', { command, ids }));
    expect((await bulk('wipe', [id, other])).json()).toMatchObject({ reason: 'grant.required' });
    expect((await bulk('retire', [id])).json()).toMatchObject({ reason: 'grant.required' });
    expect((await bulk('wipe', [id])).json()).toMatchObject({ reason: 'stepup.required' });
  });
  test('nobody else’s', async () => {
    const id = fresh();
    await granted(ada, grace, { targets: [device(id)] });
    const answer = await nothingArrives(stack, () => olga.call('POST', `/api/devices/${id}/wipe`, {}));
    expect(answer.json()).toMatchObject({ reason: 'grant.required' });
  });
});

describe('answered otherwise', () => {
  test('denied, with a reason that the one who asked reads', async () => {
    const grant = await asked(ada);
    expect(problem(await grace.post(`/api/grants/${grant.id}/deny`, { reason: ' ' })).slice(0, 2)).toEqual([
      400,
      'input.invalid',
    ]);
    const denied = await grace.post(`/api/grants/${grant.id}/deny`, { reason: 'Ask Marie first' });
    expect(denied.json()).toMatchObject({ state: 'denied', denyReason: 'Ask Marie first' });
    expect(await grantOf(ada, grant.id)).toMatchObject({
      state: 'denied',
      denyReason: 'Ask Marie first',
      decidedBy: { name: 'Grace Approver' },
    });
    expect(problem(await grace.approve(grant.id)).slice(0, 2)).toEqual([409, 'conflict']);
    expect(await reasonOf(grant.targets[0]?.id ?? '')).toBe('grant.required');
  });
  test('taken back by the one who asked, and by nobody else', async () => {
    const grant = await asked(ada);
    expect((await grace.post(`/api/grants/${grant.id}/withdraw`)).status).toBe(403);
    expect((await ada.post(`/api/grants/${grant.id}/withdraw`)).json()).toMatchObject({ state: 'withdrawn' });
    expect((await inbox(grace)).map(({ id }) => id)).not.toContain(grant.id);
    expect((await grace.approve(grant.id)).status).toBe(409);
  });
  test('not at all: it lapses, and cannot be approved late', async () => {
    const grant = await asked(ada);
    const options = await grace.post(`/api/grants/${grant.id}/approve/options`, { minutes: 15, uses: 1 });
    const assertion = grace.authenticator.get(options.json<RequestOptions>());
    await time.askLapses(grant.id, await who(ada));
    const late = await grace.post(`/api/grants/${grant.id}/approve`, { minutes: 15, uses: 1, assertion });
    expect(problem(late).slice(0, 2)).toEqual([409, 'conflict']);
    expect((await grantOf(ada, grant.id)).state).toBe('lapsed');
    expect((await inbox(grace)).map(({ id }) => id)).not.toContain(grant.id);
  });
});

describe('the end of it closes the way, signature or not', () => {
  test('by its time', async () => {
    const { id, grant, hold } = await ready();
    await time.grantEnds(grant.id, await who(ada));
    expect(await reasonOf(id, hold)).toBe('grant.required');
    expect(await grantOf(ada, grant.id)).toMatchObject({ state: 'ended', endedBecause: 'time' });
  });
  test('by its uses', async () => {
    const { id, grant, hold } = await ready({ uses: 1 });
    const [done, arrived] = await arrivals(stack, () => wipe(id, hold));
    expect([done.status, arrived.length]).toEqual([202, 1]);
    expect(await reasonOf(id)).toBe('grant.required');
    expect(await grantOf(ada, grant.id)).toMatchObject({ state: 'ended', endedBecause: 'uses', usesLeft: 0 });
  });
  test('by its holder', async () => {
    const { id, grant, hold } = await ready();
    expect((await ada.post(`/api/grants/${grant.id}/end`)).json()).toMatchObject({
      state: 'ended',
      endedBecause: 'holder',
    });
    expect(await reasonOf(id, hold)).toBe('grant.required');
  });
  test('by an approver, also another one than who approved', async () => {
    const { id, grant, hold } = await ready();
    expect((await olga.post(`/api/grants/${grant.id}/end`)).json()).toMatchObject({
      state: 'ended',
      endedBecause: 'revoked',
      endedBy: { name: 'Olga Operator' },
    });
    expect(await reasonOf(id, hold)).toBe('grant.required');
    expect((await ada.post(`/api/grants/${grant.id}/end`)).json()).toMatchObject({ status: 409, reason: 'conflict' });
  });
  test('by nobody who has no say in it', async () => {
    const { grant } = await ready();
    for (const one of [await person(stack, 'mallory'), await person(stack, 'linus')])
      expect([403, 404]).toContain((await one.post(`/api/grants/${grant.id}/end`)).status);
    expect((await grantOf(ada, grant.id)).state).toBe('active');
  });
  test('the reading of it keeps up: mine, inbox, all', async () => {
    const grant = await asked(ada);
    const mine = (await ada.read('/api/grants?view=mine')).json<GrantPage>().grants;
    expect(mine[0]).toMatchObject({ id: grant.id, state: 'asked' });
    expect(mine.every(({ mine: own }) => own)).toBe(true);
    expect((await ada.read('/api/grants?view=all')).status).toBe(403);
    const linus = await person(stack, 'linus');
    const all = (await linus.read('/api/grants?view=all')).json<GrantPage>().grants;
    expect(all.find(({ id }) => id === grant.id)?.may).toEqual({
      approve: false,
      deny: false,
      withdraw: false,
      end: false,
    });
  });
});

test('the portal offers to ask for just what a grant would make possible, by policy', async () => {
  const asksOf = async (who: Person) => (await who.read('/api/me')).json<Me>().consoles.flatMap(({ asks }) => asks);
  const offered = await asksOf(ada);
  expect(offered).toContainEqual({ action: 'device.wipe', label: 'Wipe devices' });
  expect(offered.map(({ action }) => action)).not.toContain('device.lock'); // a key is enough
  expect(offered.map(({ action }) => action)).not.toContain('device.read');
  expect(await asksOf(grace)).toEqual([]);
});
