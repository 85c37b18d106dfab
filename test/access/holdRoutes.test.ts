// Signing one exact request in the portal: only its own person sees it, only its own session signs it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { evidenceFault } from '../../src/kernel/evidence.ts';
import { HoldView } from '../../src/portal/contract/holds.ts';
import { accessOn, commitOf, lastProof, requestOf, sleep } from './kit.ts';
import { ORIGIN, openPortal, type Person, type Portal } from './portal.ts';

let portal: Portal;
let ada: Person;
let grace: Person;
beforeAll(async () => {
  portal = await openPortal();
  [ada, grace] = [await portal.person('ada'), await portal.person('grace')];
});
afterAll(() => portal.stop());

const hold = async (person: Person, holds = portal.world.holds) => {
  const { session } = person;
  const made = await holds.create({
    ...requestOf(session),
    title: 'Wipe 1 device: d-0142',
    effect: 'Erases everything on it.',
    principal: session.principal.id,
  });
  if (made === null) throw new Error('no hold');
  return made;
};
const sign = async (person: Person, id: string, mutation = {}, by = person) => {
  const options = await person.post(`/api/holds/${id}/options`);
  if (options.status !== 200) return options;
  return person.post(`/api/holds/${id}/sign`, { assertion: by.authenticator.get(options.body, mutation) });
};

test('it says in plain words what will happen, is signed over its digest, and released once', async () => {
  const { id } = await hold(ada);
  const seen = HoldView.parse((await ada.get(`/api/holds/${id}`)).body);
  expect(seen).toMatchObject({
    state: 'waiting',
    title: 'Wipe 1 device: d-0142',
    effect: 'Erases everything on it.',
    risk: 'destructive',
    console: { id: 'acme', name: 'Acme MDM', origin: 'http://console.localhost:8080' },
    method: 'POST',
    target: '/api/devices/d-0142/wipe',
    targets: [{ kind: 'device', id: 'd-0142' }],
    grant: null,
  });
  const { status, body } = await sign(ada, id);
  expect([status, HoldView.parse(body).state]).toEqual([200, 'signed']);
  const { evidence, challenge } = await lastProof(portal.world.redis, 'hold.signed');
  expect(evidenceFault(evidence, { challenge, origin: ORIGIN, rpId: 'portal.localhost' })).toBeNull();
  expect((await sign(ada, id)).status).toBe(409);
  expect((await portal.world.acts.commit(commitOf(ada.session, { hold: id }))).go).toBe(true);
  expect((await ada.get(`/api/holds/${id}`)).body.state).toBe('used');
  expect((await sign(ada, id)).body.reason).toBe('hold.used');
});

test('it names the grant that the act will rest on', async () => {
  const grant = await portal.world.active(ada.session, grace.session);
  const { id } = await hold(ada);
  const { body } = await ada.get(`/api/holds/${id}`);
  expect(body.grant).toEqual({ id: grant.id, approver: 'grace', until: grant.activeUntil });
});

test('to anybody else it does not exist, and another session of the same person does not sign it', async () => {
  const { id } = await hold(ada);
  for (const path of ['options', 'sign', 'cancel'])
    expect((await grace.post(`/api/holds/${id}/${path}`, { assertion: { id: 'x' } })).status, path).toBe(404);
  expect((await grace.get(`/api/holds/${id}`)).status).toBe(404);
  const second = await portal.person('ada');
  expect((await second.get(`/api/holds/${id}`)).status).toBe(200);
  expect((await sign(second, id)).status).toBe(403);
  expect((await second.post(`/api/holds/${id}/cancel`)).status).toBe(403);
  expect((await ada.get(`/api/holds/${id}`)).body.state).toBe('waiting');
});

test('a passkey of somebody else, a broken signature or an assertion for another request signs nothing', async () => {
  const [first, other] = [await hold(ada), await hold(ada)];
  expect((await sign(ada, first.id, {}, ada)).status).toBe(200);
  const options = (await ada.post(`/api/holds/${other.id}/options`)).body;
  const foreign = grace.authenticator.get({ challenge: options.challenge });
  expect((await ada.post(`/api/holds/${other.id}/sign`, { assertion: foreign })).body.reason).toBe('passkey.refused');
  for (const mutation of [{ brokenSignature: true }, { userVerified: false }, { challenge: 'AAAA' }])
    expect((await sign(ada, other.id, mutation)).body.reason).toBe('passkey.refused');
  const third = await hold(ada);
  const forThird = (await ada.post(`/api/holds/${third.id}/options`)).body;
  const moved = await ada.post(`/api/holds/${other.id}/sign`, { assertion: ada.authenticator.get(forThird) });
  expect(moved.body.reason).toBe('passkey.refused');
  expect((await ada.get(`/api/holds/${other.id}`)).body.state).toBe('waiting');
});

test('cancelled is cancelled, expired is expired, and both say so', async () => {
  const { redis } = portal.world;
  const short = accessOn(redis, redis.keys, { holds: { lifetime: 200 } });
  const [dropped, late] = [await hold(ada), await hold(ada, short.holds)];
  expect((await ada.post(`/api/holds/${dropped.id}/cancel`)).body.state).toBe('cancelled');
  expect((await sign(ada, dropped.id)).status).toBe(409);
  await sleep(250);
  expect((await ada.get(`/api/holds/${late.id}`)).body.state).toBe('expired');
  expect((await sign(ada, late.id)).body.reason).toBe('hold.expired');
  expect((await ada.post(`/api/holds/${late.id}/cancel`)).body.reason).toBe('hold.expired');
});
