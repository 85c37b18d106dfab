import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuthenticator, type Mutation } from '../kit/authenticator.ts';
import { startRedis, type TestRedis } from '../kit/redis.ts';
import { createPeople, digestOf, ORIGIN, type People, REFUSED } from './people.ts';

let redis: TestRedis;
let sessions: People['sessions'];
let passkeys: People['passkeys'];
let signIn: People['signIn'];
let person: People['person'];
let enrol: People['enrol'];
let stepUp: People['stepUp'];
let lastEvent: People['lastEvent'];

beforeAll(async () => {
  redis = await startRedis({ commandTimeout: 5000 });
  ({ sessions, passkeys, signIn, person, enrol, stepUp, lastEvent } = createPeople(redis));
});
afterAll(() => redis?.stop());

describe('enrolling a passkey', () => {
  test('asks for a verified user, a discoverable passkey, and none that is there already', async () => {
    const { session, passkey } = await person();
    const options = await passkeys.enrolOptions(session);
    expect(options).toMatchObject({
      go: true,
      value: {
        rp: { id: 'access.corp.test' },
        attestation: 'none',
        authenticatorSelection: { userVerification: 'required', residentKey: 'preferred' },
        excludeCredentials: [{ id: passkey.id, type: 'public-key' }],
      },
    });
    if (!options.go) throw new Error('no options');
    expect(options.value.pubKeyCredParams.map(({ alg }) => alg)).toEqual([-7, -8, -257]);
    expect(Buffer.from(options.value.challenge, 'base64url')).toHaveLength(32);
    expect(JSON.stringify(options.value.user.id)).not.toContain('idp.test');
  });

  test('gives a passkey under its name, written down in the same step', async () => {
    const { session, passkey } = await person({ backedUp: true });
    expect(passkey).toMatchObject({ name: 'key', lastUsedAt: null, backedUp: true });
    expect(await passkeys.list(session.principal.id)).toEqual([passkey]);
    expect(await passkeys.count(session.principal.id)).toBe(1);
    expect(await lastEvent()).toMatchObject({
      kind: 'passkey.enrolled',
      actor: session.principal.id,
      session: session.id,
      facts: { passkey: passkey.id, name: 'key' },
    });
  });

  test('works several times a person, up to twenty', async () => {
    const { session } = await person();
    for (let i = 0; i < 19; i += 1) expect((await enrol(session, createAuthenticator(ORIGIN), `k${i}`)).go).toBe(true);
    expect(await enrol(session, createAuthenticator(ORIGIN))).toMatchObject({ go: false, reason: 'passkey.limit' });
    expect(await passkeys.count(session.principal.id)).toBe(20);
  });

  test('needs a login at the IdP within five minutes', async () => {
    const now = redis.pulse.clock.now();
    const stale = await signIn('https://idp.test#stale', now - 301_000);
    expect(await passkeys.enrolOptions(stale)).toMatchObject({ go: false, reason: 'login.stale' });
    expect(await passkeys.enrolOptions(await signIn('https://idp.test#stale', 0))).toMatchObject({
      reason: 'login.stale',
    });
    expect((await passkeys.enrolOptions(await signIn('https://idp.test#stale', now - 290_000))).go).toBe(true);
  });

  test.each<[string, Mutation]>([
    ['another challenge', { challenge: digestOf('x') }],
    ['another origin', { origin: 'https://mdm.corp.test' }],
    ['plain http', { origin: 'http://access.corp.test' }],
    ['another relying party', { rpId: 'corp.test' }],
    ['another ceremony', { type: 'webauthn.get' }],
    ['a frame', { crossOrigin: true }],
    ['a named frame', { topOrigin: 'https://mdm.corp.test' }],
    ['no user verification', { userVerified: false }],
    ['no user presence', { userPresent: false }],
    ['an algorithm that was not offered', { algorithm: -36 }],
    ['ids that differ', { rawId: 'AAAA' }],
    ['a type that is none', { credentialType: 'password' }],
    ['padded base64', { base64: true }],
    ['cut authenticator data', { authenticatorData: (data) => data.subarray(0, 60) }],
    ['a doubled challenge', { clientDataText: (text) => text.replace('{', '{"challenge":"AAAA",') }],
  ])('is refused for %s', async (_what, mutation) => {
    const session = await signIn('https://idp.test#hostile');
    expect(await enrol(session, createAuthenticator(ORIGIN), 'x', mutation)).toMatchObject(REFUSED);
    expect(await passkeys.count(session.principal.id)).toBe(0);
  });

  test('is refused with the challenge of another session, of an assertion, or used before', async () => {
    const one = await signIn('https://idp.test#double');
    const two = await signIn('https://idp.test#double');
    const authenticator = createAuthenticator(ORIGIN);
    const options = await passkeys.enrolOptions(one);
    if (!options.go) throw new Error('no options');
    const credential = authenticator.create(options.value);
    expect(await passkeys.enrol(two, { name: 'x', credential })).toMatchObject(REFUSED);
    expect((await passkeys.enrol(one, { name: 'x', credential })).go).toBe(true);
    expect(await passkeys.enrol(one, { name: 'x', credential })).toMatchObject(REFUSED);
    const { challenge } = await passkeys.assertionOptions(one, { purpose: 'stepup', subject: '' });
    const other = createAuthenticator(ORIGIN).create({ ...options.value, challenge });
    expect(await passkeys.enrol(one, { name: 'x', credential: other })).toMatchObject(REFUSED);
  });

  test('is refused when the credential id belongs to anybody already', async () => {
    const { passkey, session } = await person();
    const thief = await signIn('https://idp.test#thief');
    expect(await enrol(thief, createAuthenticator(ORIGIN), 'x', { id: passkey.id })).toMatchObject(REFUSED);
    expect(await passkeys.list(session.principal.id)).toHaveLength(1);
    expect(await passkeys.list(thief.principal.id)).toHaveLength(0);
  });

  test('is refused when the session ended meanwhile', async () => {
    const session = await signIn('https://idp.test#gone');
    const options = await passkeys.enrolOptions(session);
    if (!options.go) throw new Error('no options');
    await sessions.end(session.id, { by: null, because: 'revoked' });
    const credential = createAuthenticator(ORIGIN).create(options.value);
    expect(await passkeys.enrol(session, { name: 'x', credential })).toMatchObject({ reason: 'session.revoked' });
  });
});

describe('removing and renaming', () => {
  test('a passkey is removed only with a step-up of the last five minutes, and written down', async () => {
    const someone = await person();
    const { session, passkey } = someone;
    expect(await passkeys.remove(session, passkey.id)).toMatchObject({ go: false, reason: 'stepup.required' });
    await stepUp(someone);
    const old = String(redis.pulse.clock.now() - 301_000);
    await redis.client.command('HSET', redis.keys.session(session.id), 'steppedUpAt', old);
    expect(await passkeys.remove(session, passkey.id)).toMatchObject({ go: false, reason: 'stepup.required' });
    expect(await passkeys.count(session.principal.id)).toBe(1);
    await stepUp(someone);
    expect((await passkeys.remove(session, passkey.id)).go).toBe(true);
    expect(await passkeys.list(session.principal.id)).toEqual([]);
    expect(await lastEvent()).toMatchObject({ kind: 'passkey.removed', facts: { passkey: passkey.id } });
    expect(await passkeys.remove(session, passkey.id)).toMatchObject({ go: false, reason: 'passkey.unknown' });
  });

  test('nobody removes or renames a passkey of somebody else', async () => {
    const victim = await person();
    const thief = await person();
    await stepUp(thief);
    const { id } = victim.passkey;
    expect(await passkeys.remove(thief.session, id)).toMatchObject({ go: false, reason: 'passkey.unknown' });
    expect(await passkeys.rename(thief.session, id, 'mine')).toMatchObject({ go: false, reason: 'passkey.unknown' });
    expect(await passkeys.list(victim.session.principal.id)).toEqual([victim.passkey]);
  });

  test('a passkey is renamed by its owner, and written down', async () => {
    const { session, passkey } = await person();
    expect(await passkeys.rename(session, passkey.id, 'Blue key')).toEqual({
      go: true,
      value: { ...passkey, name: 'Blue key' },
    });
    expect(await lastEvent()).toMatchObject({ kind: 'passkey.renamed', facts: { name: 'Blue key' } });
  });
});
