// Access through the portal's front door: everybody sees and does exactly what they may.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assertionFault } from '../../src/audit/verify/evidence.ts';
import type { Evidence } from '../../src/kernel/evidence.ts';
import { sha256Base64url } from '../../src/kernel/ids.ts';
import { GrantPage, GrantView } from '../../src/portal/contract/grants.ts';
import { ASK, lastProof } from './kit.ts';
import { type Body, ORIGIN, openPortal, type Person, type Portal } from './portal.ts';

/** As an auditor checks it, without us. */
const faultOf = (evidence: Evidence, { challenge, ...ceremony }: { challenge: string; origin: string; rpId: string }) =>
  assertionFault(evidence, challenge, ceremony);

let portal: Portal;
let ada: Person;
let grace: Person;
let linus: Person;
let olga: Person;
let mallory: Person;
beforeAll(async () => {
  portal = await openPortal();
  [ada, grace, linus] = [await portal.person('ada'), await portal.person('grace'), await portal.person('linus')];
  [olga, mallory] = [await portal.person('olga'), await portal.person('mallory')];
});
afterAll(() => portal.stop());

const { title: _title, ...asking } = ASK;
const ask = async (person: Person, change: object = {}): Promise<Body> => {
  const { status, body } = await person.post('/api/grants', { ...asking, ...change });
  expect(status, JSON.stringify(body)).toBe(201);
  GrantView.parse(body);
  return body;
};
const approve = async (
  person: Person,
  grant: Body,
  terms = { minutes: grant.askedMinutes, uses: grant.askedUses },
  sent: object = terms,
  mutation = {},
) => {
  const options = await person.post(`/api/grants/${grant.id}/approve/options`, terms);
  if (options.status !== 200) return options;
  const assertion = person.authenticator.get(options.body, mutation);
  return person.post(`/api/grants/${grant.id}/approve`, { ...sent, assertion });
};
const stateOf = async (id: string) => (await portal.world.grants.get(id))?.state;

test('ask, see it in the inbox, approve with a passkey, active: the whole way', async () => {
  const grant = await ask(ada, { minutes: 60, uses: 3 });
  expect(grant).toMatchObject({
    state: 'asked',
    mine: true,
    console: { id: 'acme', name: 'Acme MDM' },
    risk: 'destructive',
    effect: 'Erases everything on it.',
    title: 'device.wipe: 1 device',
    may: { approve: false, deny: false, withdraw: true, end: false },
    whyNot: null,
  });
  const inbox = GrantPage.parse((await grace.get('/api/grants?view=inbox')).body);
  const seen = inbox.grants.find(({ id }) => id === grant.id);
  expect(seen).toMatchObject({
    mine: false,
    may: { approve: true, deny: true, withdraw: false, end: false },
    whyNot: null,
  });
  const { status, body } = await approve(grace, grant, { minutes: 15, uses: 1 });
  expect(status).toBe(200);
  expect(GrantView.parse(body)).toMatchObject({
    state: 'active',
    minutes: 15,
    uses: 1,
    usesLeft: 1,
    decidedBy: { name: 'grace' },
    may: { approve: false, deny: false, withdraw: false, end: true },
    whyNot: 'This request was answered or taken back already.',
  });
  const mine = GrantPage.parse((await ada.get('/api/grants?view=mine')).body);
  expect(mine.grants[0]).toMatchObject({ id: grant.id, state: 'active', may: { end: true } });
});

test('the evidence in the journal verifies offline, over the challenge of the terms', async () => {
  const grant = await ask(ada);
  expect((await approve(grace, grant)).status).toBe(200);
  const { evidence, challenge } = await lastProof(portal.world.redis, 'grant.approved');
  expect(faultOf(evidence, { challenge, origin: ORIGIN, rpId: 'portal.localhost' })).toBeNull();
  const other = { challenge: `${challenge}x`, origin: ORIGIN, rpId: 'portal.localhost' };
  expect(faultOf(evidence, other)).not.toBeNull();
});

describe('own requests', () => {
  test('olga, who approves others, cannot approve or deny her own, and is told why', async () => {
    const grant = await ask(olga);
    expect(grant).toMatchObject({
      may: { approve: false, deny: false, withdraw: true },
      whyNot: 'You cannot approve your own request.',
    });
    for (const call of [
      () => approve(olga, grant),
      () => olga.post(`/api/grants/${grant.id}/approve`, { minutes: 1, uses: 1, assertion: { id: 'x' } }),
      () => olga.post(`/api/grants/${grant.id}/deny`, { reason: 'no' }),
    ]) {
      const { status, body } = await call();
      expect(status).toBe(403);
      expect(body).toMatchObject({ reason: 'forbidden', detail: 'You cannot approve your own request.' });
    }
    const second = await portal.person('olga');
    expect((await approve(second, grant)).status).toBe(403);
    expect(await stateOf(grant.id)).toBe('asked');
    expect((await approve(grace, grant)).status).toBe(200);
  });
});

describe('signing', () => {
  test('the signature counts for the very terms that were shown: other ones need another', async () => {
    const grant = await ask(ada, { minutes: 60, uses: 5 });
    const terms = { minutes: 10, uses: 2 };
    for (const sent of [
      { minutes: 60, uses: 2 },
      { minutes: 10, uses: 5 },
      { minutes: 9, uses: 2 },
    ]) {
      const { status, body } = await approve(grace, grant, terms, sent);
      expect(status).toBe(403);
      expect(body.reason).toBe('passkey.refused');
    }
    expect(await stateOf(grant.id)).toBe('asked');
    expect((await approve(grace, grant, terms)).status).toBe(200);
  });

  test('wider terms get no challenge', async () => {
    const grant = await ask(ada);
    for (const terms of [
      { minutes: 31, uses: 1 },
      { minutes: 30, uses: 2 },
      { minutes: 0, uses: 1 },
      { minutes: 1.5, uses: 1 },
      { uses: 1 },
    ]) {
      const { status, body } = await grace.post(`/api/grants/${grant.id}/approve/options`, terms);
      expect(status, JSON.stringify(terms)).toBe(400);
      expect(body.reason).toBe('input.invalid');
    }
  });

  test('an assertion for another grant, by somebody else, replayed, or without the user, approves nothing', async () => {
    const [grant, twin] = [await ask(ada), await ask(ada)];
    const terms = { minutes: 30, uses: 1 };
    const send = (person: Person, id: string, assertion: object) =>
      person.post(`/api/grants/${id}/approve`, { ...terms, assertion });
    const options = async (person: Person, id: string) =>
      (await person.post(`/api/grants/${id}/approve/options`, terms)).body;
    const forTwin = grace.authenticator.get(await options(grace, twin.id));
    expect((await send(grace, grant.id, forTwin)).body.reason).toBe('passkey.refused');
    const olgas = olga.authenticator.get(await options(olga, grant.id));
    expect((await send(grace, grant.id, olgas)).body.reason).toBe('passkey.refused');
    const mutations = [{ userVerified: false }, { brokenSignature: true }, { origin: 'http://console.localhost:8080' }];
    for (const mutation of mutations)
      expect((await approve(grace, grant, terms, terms, mutation)).body.reason).toBe('passkey.refused');
    expect((await send(grace, grant.id, { id: 'x' })).status).toBe(403);
    expect(await stateOf(grant.id)).toBe('asked');
    expect(await stateOf(twin.id)).toBe('asked');
    const once = grace.authenticator.get(await options(grace, grant.id));
    expect((await send(grace, grant.id, once)).status).toBe(200);
    expect((await send(grace, grant.id, once)).status).toBe(409);
  });

  test('two approvers at once: one wins, the other hears that it was answered', async () => {
    const grant = await ask(ada);
    const answers = await Promise.all([approve(grace, grant), approve(olga, grant)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });
});

describe('who sees and does what', () => {
  test('ada neither reads nor answers others’ requests, and has no inbox', async () => {
    const grant = await ask(olga);
    for (const path of [`/api/grants/${grant.id}`]) expect((await ada.get(path)).status).toBe(404);
    for (const deed of ['approve/options', 'approve', 'deny', 'withdraw', 'end']) {
      const body = { minutes: 1, uses: 1, assertion: { id: 'x' }, reason: 'no' };
      expect((await ada.post(`/api/grants/${grant.id}/${deed}`, body)).status, deed).toBe(404);
      expect((await mallory.post(`/api/grants/${grant.id}/${deed}`, body)).status, deed).toBe(404);
    }
    for (const person of [ada, mallory]) {
      expect((await person.get('/api/grants?view=inbox')).status).toBe(403);
      expect((await person.get('/api/grants?view=all')).status).toBe(403);
      const { body } = await person.get('/api/grants');
      expect(GrantPage.parse(body).grants.every(({ mine }) => mine)).toBe(true);
    }
  });

  test('reviewers read all and change nothing', async () => {
    const grant = await ask(ada);
    const { body } = await linus.get('/api/grants?view=all');
    expect(GrantPage.parse(body).grants.map(({ id }) => id)).toContain(grant.id);
    expect((await linus.get(`/api/grants/${grant.id}`)).body.may).toEqual({
      approve: false,
      deny: false,
      withdraw: false,
      end: false,
    });
    expect((await linus.get('/api/grants?view=inbox')).status).toBe(403);
    for (const deed of ['approve/options', 'deny', 'withdraw', 'end'])
      expect(
        (await linus.post(`/api/grants/${grant.id}/${deed}`, { minutes: 1, uses: 1, reason: 'no' })).status,
        deed,
      ).toBe(403);
    expect((await linus.post('/api/grants', asking)).status).toBe(403);
    expect(await stateOf(grant.id)).toBe('asked');
  });

  test('mallory asks for nothing', async () => {
    const { status, body } = await mallory.post('/api/grants', asking);
    expect([status, body.reason]).toEqual([403, 'forbidden']);
  });

  test('without a session everything is 401', async () => {
    const nobody: Person = await portal.person('ada');
    await portal.sessions.end(nobody.session.id, { by: null, because: 'revoked' });
    await expect.poll(async () => (await nobody.get('/api/grants')).status).toBe(401);
    expect((await nobody.post('/api/grants', asking)).status).toBe(401);
    expect((await nobody.get('/api/holds/x')).status).toBe(401);
    expect((await nobody.get('/api/events')).status).toBe(401);
  });

  test('another origin or no token changes nothing', async () => {
    const before = (await portal.world.redis.journalKinds()).length;
    for (const headers of [
      { origin: 'http://console.localhost:8080' },
      { 'x-sallyport-csrf': '' },
      { 'sec-fetch-site': 'same-site' },
      { 'content-type': 'text/plain' },
    ])
      expect((await ada.post('/api/grants', asking, headers as never)).body.reason).toBe('csrf');
    expect((await portal.world.redis.journalKinds()).length).toBe(before);
  });
});

describe('input', () => {
  const wrong: [string, object][] = [
    ['an action that no pack knows', { actions: ['device.explode'] }],
    ['a console that is not there', { console: 'other' }],
    ['no reason', { reason: '' }],
    ['a reason of spaces', { reason: '         ' }],
    ['no targets', { targets: [] }],
    ['a target of a strange kind', { targets: [{ kind: '__proto__', id: 'x' }] }],
    ['too many targets', { targets: Array.from({ length: 501 }, (_, i) => ({ kind: 'device', id: `${i}` })) }],
    ['an action that is a path', { actions: ['../x'] }],
    ['zero minutes', { minutes: 0 }],
    ['half a minute', { minutes: 0.5 }],
    ['a day and more', { minutes: 1441 }],
    ['text for minutes', { minutes: '30' }],
    ['no uses', { uses: 0 }],
    ['a thousand uses', { uses: 1000 }],
  ];
  test.each(wrong)('%s is input.invalid, with where', async (_name, change) => {
    const { status, body } = await ada.post('/api/grants', { ...asking, ...change });
    expect([status, body.reason]).toEqual([400, 'input.invalid']);
    expect(body.faults.length).toBeGreaterThan(0);
  });

  test('a title that is sent along is not taken', async () => {
    expect((await ask(ada, { title: 'Read one harmless page', state: 'active', holder: 'x' })).title).toBe(
      'device.wipe: 1 device',
    );
  });

  test('hostile text comes back as it was, as data', async () => {
    const reason = '<script>alert(1)</script>\n\u202e"; FLUSHALL \u0000 {"kind":"x"}';
    expect((await ask(ada, { reason })).reason).toBe(reason);
  });

  test('a lone surrogate has no single encoding, and is refused', async () => {
    const { status, body } = await ada.post('/api/grants', { ...asking, reason: `lost \ud800 device` });
    expect([status, body.reason]).toEqual([400, 'input.invalid']);
  });

  test('strange ids and cursors are refused quietly', async () => {
    for (const id of ['x', '%00', '..%2f..', 'a'.repeat(300), '*'])
      expect((await grace.get(`/api/grants/${id}`)).status, id).toBe(404);
    expect((await grace.get('/api/grants?view=all&cursor=*')).status).toBe(400);
    expect((await grace.get('/api/grants?view=all&cursor=gra_no')).body).toEqual({ grants: [], next: null });
    expect((await grace.get('/api/grants?view=everything')).status).toBe(400);
    expect((await grace.get('/api/grants?view=all&view=mine')).status).toBe(400);
  });

  test('a denial needs a reason', async () => {
    const grant = await ask(ada);
    expect((await grace.post(`/api/grants/${grant.id}/deny`, { reason: ' ' })).status).toBe(400);
    const { status, body } = await grace.post(`/api/grants/${grant.id}/deny`, { reason: 'Call first' });
    expect([status, body.state, body.denyReason]).toEqual([200, 'denied', 'Call first']);
  });

  test('the twenty-first unanswered ask is a conflict', async () => {
    const busy = await portal.person('olga');
    for (let i = 0; i < 25; i += 1) await busy.post('/api/grants', asking);
    const { status, body } = await busy.post('/api/grants', asking);
    expect([status, body.reason]).toEqual([409, 'conflict']);
  });
});

test('ends: by the holder, by an approver; a withdrawal only by who asked', async () => {
  const holder = await portal.person('ada');
  const first = await ask(holder);
  await approve(grace, first);
  expect((await holder.post(`/api/grants/${first.id}/end`)).body).toMatchObject({
    state: 'ended',
    endedBecause: 'holder',
  });
  expect((await holder.post(`/api/grants/${first.id}/end`)).status).toBe(409);
  const second = await ask(holder);
  await approve(grace, second);
  expect((await olga.post(`/api/grants/${second.id}/end`)).body).toMatchObject({
    state: 'ended',
    endedBecause: 'revoked',
    endedBy: { name: 'olga' },
  });
  const third = await ask(holder);
  expect((await grace.post(`/api/grants/${third.id}/withdraw`)).status).toBe(403);
  expect((await holder.post(`/api/grants/${third.id}/withdraw`)).body.state).toBe('withdrawn');
});

test('Redis gone: 503 and nothing decided; back again: the request still waits', async () => {
  const grant = await ask(ada);
  await portal.world.redis.kill();
  const { status, body } = await grace.post(`/api/grants/${grant.id}/deny`, { reason: 'no' });
  expect([status, body.reason]).toEqual([503, 'state.unavailable']);
  await portal.world.redis.restart();
  await expect.poll(async () => (await grace.get(`/api/grants/${grant.id}`)).status, { timeout: 10_000 }).toBe(200);
  expect(await stateOf(grant.id)).toBe('asked');
});

describe('what does not come from the portal’s page', () => {
  test('no Origin, no token, or the token of somebody else changes nothing', async () => {
    const grant = await ask(ada);
    const before = (await portal.world.redis.journalKinds()).length;
    const foreign = sha256Base64url(`${grace.secret}\ncsrf`);
    for (const headers of [{ origin: undefined }, { 'x-sallyport-csrf': undefined }, { 'x-sallyport-csrf': foreign }]) {
      const { status, body } = await ada.post(`/api/grants/${grant.id}/withdraw`, {}, headers as never);
      expect([status, body.reason]).toEqual([403, 'csrf']);
    }
    expect((await portal.world.redis.journalKinds()).length).toBe(before);
  });

  test('a body that is too large, broken, or no object is refused', async () => {
    const huge = await ada.post('/api/grants', { ...asking, reason: 'x'.repeat(70_000) });
    expect([huge.status, huge.body.reason]).toEqual([413, 'body.too_large']);
    const broken = await ada.post('/api/grants', '{"console":');
    expect([broken.status, broken.body.reason]).toEqual([400, 'body.unreadable']);
    for (const body of ['[]', '[{}]']) expect((await ada.post('/api/grants', body)).status, body).toBe(400);
  });

  test('names of any script come back as they were', async () => {
    const reason = 'Verloren im Zug: Gerät von Zoë 👩🏽‍💻 — 紛失 — فُقد';
    const targets = [{ kind: 'device', id: 'Zoës iPad 📱' }];
    const body = await ask(ada, { reason, targets });
    expect(body).toMatchObject({ reason, targets });
  });
});
