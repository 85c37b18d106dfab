// Point 4: passkeys. Enrolled after a fresh login only, always with the user verified, several a person, named, and taken
// away only with a step-up. What an authenticator or a browser answers wrongly enrols and proves nothing.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Passkey } from '../../src/portal/contract/passkeys.ts';
import { type CreationOptions, createAuthenticator, type Mutation, type RequestOptions } from '../kit/authenticator.ts';
import { type PassTime, passTime } from '../kit/passTime.ts';
import { type Person, person } from '../kit/people.ts';
import { choosePerson, type Stack, startStack } from '../kit/stack.ts';

let stack: Stack;
let time: PassTime;
let origin: string;
beforeAll(async () => {
  stack = await startStack();
  time = passTime(stack);
  origin = stack.addresses.portal;
});
afterAll(async () => {
  await time.close();
  await stack.close();
});

const MINUTE = 60_000;
const list = async (who: Person) => (await who.read('/api/passkeys')).json<Passkey[]>();
const problem = (answer: { json(): Record<string, unknown>; status: number }) => [answer.status, answer.json().reason];
const sessionOf = async (who: Person) => (await who.me()).session.id;

describe('enrolling', () => {
  test('asks for a verified user, and never for the same authenticator twice', async () => {
    const ada = await person(stack, 'ada');
    const options = (await ada.post('/api/passkeys/options')).json<Record<string, unknown>>();
    expect(options).toMatchObject({
      rp: { id: 'portal.localhost', name: 'Sallyport' },
      attestation: 'none',
      authenticatorSelection: { userVerification: 'required' },
      excludeCredentials: [],
    });
    expect((await ada.enrol('Laptop')).status).toBe(200);
    const again = (await ada.post('/api/passkeys/options')).json<CreationOptions>();
    expect(again.excludeCredentials?.map(({ id }) => id)).toEqual(ada.authenticator.credentials.map(({ id }) => id));
    expect(() => ada.authenticator.create(again)).toThrow(/InvalidStateError/);
  });

  test('needs a login of the last five minutes; signing in again is enough', async () => {
    const grace = await person(stack, 'grace');
    await time.loginWas(await sessionOf(grace), 5 * MINUTE + 2000);
    expect(problem(await grace.enrol())).toEqual([403, 'login.stale']);
    expect(await list(grace)).toEqual([]);
    await choosePerson(grace.agent, await grace.agent.visit(`${origin}/login?to=/passkeys&fresh=1`), 'grace');
    const { csrf } = await grace.me();
    const options = await grace.post('/api/passkeys/options', {}, { 'x-sallyport-csrf': csrf });
    expect(options.status).toBe(200);
  });

  test('without the page’s token, from another origin or without a session there are no options', async () => {
    const ada = await person(stack, 'ada');
    expect(problem(await ada.post('/api/passkeys/options', {}, { 'x-sallyport-csrf': '' }))).toEqual([403, 'csrf']);
    const foreign = await ada.post('/api/passkeys/options', {}, { origin: stack.addresses.console });
    expect(problem(foreign)).toEqual([403, 'csrf']);
    const bare = await ada.post('/api/passkeys/options', {}, { cookie: '' });
    expect(problem(bare)).toEqual([401, 'session.missing']);
  });

  const wrong: [string, Mutation][] = [
    ['the user was not verified', { userVerified: false }],
    ['nobody was present', { userPresent: false }],
    ['another challenge', { challenge: 'A'.repeat(43) }],
    ['the console’s origin', { origin: 'http://console.localhost:8080' }],
    ['another site', { origin: 'https://evil.example' }],
    ['another rp', { rpId: 'console.localhost' }],
    ['a page in a frame of another origin', { crossOrigin: true, topOrigin: 'https://evil.example' }],
    ['an assertion’s type', { type: 'webauthn.get' }],
    ['an algorithm that was not offered', { algorithm: -65535 }],
  ];
  test.each(wrong)('%s enrols nothing', async (_what, mutation) => {
    const olga = await person(stack, 'olga');
    const options = (await olga.post('/api/passkeys/options')).json<CreationOptions>();
    const credential = createAuthenticator(origin).create(options, mutation);
    expect(problem(await olga.post('/api/passkeys', { name: 'x', credential }))).toEqual([403, 'passkey.refused']);
    expect(await list(olga)).toEqual([]);
  });

  test('a challenge counts once, and for the session that asked for it', async () => {
    const [one, two] = [await person(stack, 'linus'), await person(stack, 'linus')];
    const options = (await one.post('/api/passkeys/options')).json<CreationOptions>();
    const credential = createAuthenticator(origin).create(options);
    expect(problem(await two.post('/api/passkeys', { name: 'x', credential }))).toEqual([403, 'passkey.refused']);
    expect((await one.post('/api/passkeys', { name: 'x', credential })).status).toBe(200);
    expect(problem(await one.post('/api/passkeys', { name: 'x', credential }))).toEqual([403, 'passkey.refused']);
    expect(await list(one)).toHaveLength(1);
  });

  test('somebody else’s passkey cannot be enrolled a second time', async () => {
    const [ada, olga] = [await person(stack, 'ada'), await person(stack, 'olga')];
    expect((await ada.enrol('Mine')).status).toBe(200);
    const [taken = { id: '' }] = ada.authenticator.credentials;
    const options = (await olga.post('/api/passkeys/options')).json<CreationOptions>();
    const credential = createAuthenticator(origin).create(options, { id: taken.id });
    expect(problem(await olga.post('/api/passkeys', { name: 'x', credential }))).toEqual([403, 'passkey.refused']);
  });

  test.each([
    ['empty', ' '],
    ['long', 'x'.repeat(61)],
  ])('a name that is %s is input.invalid', async (_what, name) => {
    const olga = await person(stack, 'olga');
    const options = (await olga.post('/api/passkeys/options')).json<CreationOptions>();
    const answer = await olga.post('/api/passkeys', { name, credential: createAuthenticator(origin).create(options) });
    expect(answer.json()).toMatchObject({ status: 400, reason: 'input.invalid', faults: [{ at: 'name' }] });
  });
});

describe('having several', () => {
  let grace: Person;
  beforeEach(async () => {
    grace = await person(stack, 'grace');
  });

  test('each has a name, each of them proves who she is, nobody else sees them', async () => {
    const second = createAuthenticator(origin, { counts: false, backedUp: true });
    await grace.enrol('Security key');
    const options = (await grace.post('/api/passkeys/options')).json<CreationOptions>();
    await grace.post('/api/passkeys', { name: ' Phone ', credential: second.create(options) });
    const passkeys = await list(grace);
    expect(passkeys.map(({ name, backedUp }) => [name, backedUp])).toEqual([
      ['Security key', false],
      ['Phone', true],
    ]);
    expect((await grace.me()).passkeys).toBe(2);
    expect((await grace.stepUp()).status).toBe(200);
    const other = await grace.post('/api/stepup/options');
    expect((await grace.post('/api/stepup', { assertion: second.get(other.json<RequestOptions>()) })).status).toBe(200);
    expect((await list(grace)).every(({ lastUsedAt }) => lastUsedAt !== null)).toBe(true);
    expect((await list(await person(stack, 'mallory'))).length).toBe(0);
  });

  test('renaming one; not somebody else’s', async () => {
    const [first = { id: '' }] = await list(grace);
    const renamed = await grace.post(`/api/passkeys/${first.id}/rename`, { name: 'Blue key' });
    expect(renamed.json()).toMatchObject({ id: first.id, name: 'Blue key' });
    expect((await list(grace))[0]?.name).toBe('Blue key');
    const mallory = await person(stack, 'mallory');
    expect(problem(await mallory.post(`/api/passkeys/${first.id}/rename`, { name: 'Mine' }))).toEqual([
      404,
      'passkey.unknown',
    ]);
    expect((await list(grace))[0]?.name).toBe('Blue key');
  });

  test('removing one needs a fresh step-up of this session; then it proves nothing any more', async () => {
    await grace.enrol('To be lost');
    const before = await list(grace);
    const lost = before.find(({ name }) => name === 'To be lost') ?? { id: '' };
    expect(problem(await grace.post(`/api/passkeys/${lost.id}/remove`))).toEqual([403, 'stepup.required']);
    expect((await grace.stepUp()).status).toBe(200);
    await time.stepUpWas(await sessionOf(grace), 5 * MINUTE + 2000);
    expect(problem(await grace.post(`/api/passkeys/${lost.id}/remove`))).toEqual([403, 'stepup.required']);
    expect(await list(grace)).toHaveLength(before.length);

    expect((await grace.stepUp()).status).toBe(200);
    const mallory = await person(stack, 'mallory');
    expect((await mallory.post(`/api/passkeys/${lost.id}/remove`)).status).toBe(404);
    expect((await grace.post(`/api/passkeys/${lost.id}/remove`)).status).toBe(204);
    expect(await list(grace)).toHaveLength(before.length - 1);
    const options = (await grace.post('/api/stepup/options')).json<RequestOptions>();
    expect(options.allowCredentials?.some(({ id }) => id === lost.id)).toBe(false);
    const assertion = grace.authenticator.get({ ...options, allowCredentials: [{ id: lost.id }] });
    expect(problem(await grace.post('/api/stepup', { assertion }))).toEqual([403, 'passkey.refused']);
  });
});

describe('proving', () => {
  const wrong: [string, Mutation][] = [
    ['the user was not verified', { userVerified: false }],
    ['nobody was present', { userPresent: false }],
    ['another challenge', { challenge: 'A'.repeat(43) }],
    ['the console’s origin', { origin: 'http://console.localhost:8080' }],
    ['another rp', { rpId: 'console.localhost' }],
    ['a page in a frame of another origin', { crossOrigin: true, topOrigin: 'https://evil.example' }],
    ['a key that nobody enrolled', { foreignKey: true }],
    ['a broken signature', { brokenSignature: true }],
    ['a registration’s type', { type: 'webauthn.create' }],
    ['somebody else’s user handle', { userHandle: Buffer.from('somebody').toString('base64url') }],
    ['an id that is not the raw id', { rawId: 'A'.repeat(43) }],
    ['cut authenticator data', { authenticatorData: (data) => data.subarray(0, 30) }],
  ];
  test.each(wrong)('%s proves nothing', async (_what, mutation) => {
    const ada = await person(stack, 'ada');
    await ada.enrol();
    const options = (await ada.post('/api/stepup/options')).json<RequestOptions>();
    const [own = { id: '' }] = ada.authenticator.credentials;
    const assertion = ada.authenticator.get({ ...options, allowCredentials: [own] }, mutation);
    expect(problem(await ada.post('/api/stepup', { assertion }))).toEqual([403, 'passkey.refused']);
    expect((await ada.me()).session.steppedUpAt).toBeNull();
  });

  test('an answer counts once and for its own session; a counter that runs backwards is a copy', async () => {
    const ada = await person(stack, 'ada');
    await ada.enrol();
    const other = await person(stack, 'ada', ada.authenticator);
    const allowed = { allowCredentials: ada.authenticator.credentials.map(({ id }) => ({ id })) };
    const options = (await ada.post('/api/stepup/options')).json<RequestOptions>();
    const assertion = ada.authenticator.get({ ...options, ...allowed });
    expect(problem(await other.post('/api/stepup', { assertion }))).toEqual([403, 'passkey.refused']);
    expect((await ada.post('/api/stepup', { assertion })).status).toBe(200);
    expect(problem(await ada.post('/api/stepup', { assertion }))).toEqual([403, 'passkey.refused']);
    const copy = (await ada.post('/api/stepup/options')).json<RequestOptions>();
    const old = ada.authenticator.get({ ...copy, ...allowed }, { counter: 1 });
    expect(problem(await ada.post('/api/stepup', { assertion: old }))).toEqual([403, 'passkey.refused']);
  });

  test('somebody else’s passkey is not mine', async () => {
    const [ada, mallory] = [await person(stack, 'ada'), await person(stack, 'mallory')];
    await ada.enrol();
    const options = (await mallory.post('/api/stepup/options')).json<RequestOptions>();
    const allowed = ada.authenticator.credentials.map(({ id }) => ({ id }));
    const assertion = ada.authenticator.get({ ...options, allowCredentials: allowed });
    expect(problem(await mallory.post('/api/stepup', { assertion }))).toEqual([403, 'passkey.refused']);
  });
});
