import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOnce } from '../../src/auth/once.redis.ts';
import { createSessions, type Sessions } from '../../src/auth/session/sessions.redis.ts';
import { type Ask, createPasskeys, type Passkeys } from '../../src/auth/webauthn/passkeys.redis.ts';
import { evidenceFault } from '../../src/kernel/evidence.ts';
import type { Session } from '../../src/kernel/session.ts';
import { type Authenticator, createAuthenticator, type Mutation } from '../kit/authenticator.ts';
import { startRedis, type TestRedis } from '../kit/redis.ts';

const ORIGIN = 'https://access.corp.test';
const RP = { id: 'access.corp.test', name: 'Sallyport', origin: ORIGIN };
const digestOf = (text: string) => createHash('sha256').update(text).digest('base64url');

let redis: TestRedis;
let sessions: Sessions;
let passkeys: Passkeys;
let people = 0;

beforeAll(async () => {
  redis = await startRedis();
  sessions = createSessions({ ...redis, limits: { idle: 3_600_000, absolute: 36_000_000 } });
  passkeys = createPasskeys({ ...redis, once: createOnce(redis), rp: RP });
});
afterAll(() => redis?.stop());

const signIn = (id: string, authenticatedAt = redis.pulse.clock.now()): Promise<Session> =>
  sessions.start({ principal: { id, name: `Person ${id}`, groups: [] }, authenticatedAt });

async function enrol(session: Session, authenticator: Authenticator, name = 'key', mutation: Mutation = {}) {
  const options = await passkeys.enrolOptions(session);
  if (!options.go) return options;
  return passkeys.enrol(session, { name, credential: authenticator.create(options.value, mutation) });
}

/** Somebody signed in, with one passkey. */
async function person(options: { counts?: boolean; backedUp?: boolean } = {}) {
  people += 1;
  const session = await signIn(`https://idp.test#p${people}`);
  const authenticator = createAuthenticator(ORIGIN, options);
  const enrolled = await enrol(session, authenticator);
  if (!enrolled.go) throw new Error(enrolled.detail);
  return { session, authenticator, passkey: enrolled.value };
}
type Someone = Awaited<ReturnType<typeof person>>;

const HOLD: Ask = { purpose: 'hold', subject: 'hol_1', challenge: digestOf('wipe d-0142') };
async function assert({ session, authenticator }: Someone, mutation: Mutation = {}, ask: Ask = HOLD) {
  const options = await passkeys.assertionOptions(session, ask);
  return passkeys.verifyAssertion(session, { ...ask, response: authenticator.get(options, mutation) });
}
const lastEvent = async () => (await redis.journalEvents()).at(-1);
const REFUSED = { go: false, reason: 'passkey.refused' };

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

describe('an assertion', () => {
  test('is taken once and gives evidence that holds without us', async () => {
    const someone = await person();
    const verdict = await assert(someone);
    if (!verdict.go) throw new Error(verdict.detail);
    const expected = { challenge: HOLD.challenge ?? '', origin: ORIGIN, rpId: RP.id };
    expect(verdict.value).toMatchObject({ credentialId: someone.passkey.id, userVerified: true });
    expect(evidenceFault(verdict.value, expected)).toBeNull();
    expect(evidenceFault(verdict.value, { ...expected, challenge: digestOf('wipe d-0143') })).toContain('challenge');
    expect(evidenceFault(verdict.value, { ...expected, origin: 'https://mdm.corp.test' })).toContain('origin');
    expect(evidenceFault(verdict.value, { ...expected, rpId: 'corp.test' })).toContain('relying party');
    const changed = { ...verdict.value, signature: `${verdict.value.signature.slice(0, -8)}AAAAAAAA` };
    expect(evidenceFault(changed, expected)).not.toBeNull();
    const [listed] = await passkeys.list(someone.session.principal.id);
    expect(listed?.lastUsedAt).toBe(verdict.value.at);
  });

  test.each<[string, Mutation]>([
    ['another challenge', { challenge: digestOf('wipe d-0143') }],
    ['no challenge', { challenge: '' }],
    ['another site', { origin: 'https://evil.test' }],
    ["a console's origin", { origin: 'https://mdm.corp.test' }],
    ['plain http', { origin: 'http://access.corp.test' }],
    ['another port', { origin: `${ORIGIN}:8443` }],
    ['an origin that only begins alike', { origin: `${ORIGIN}.evil.test` }],
    ['a frame', { crossOrigin: true }],
    ['a named frame', { topOrigin: 'https://mdm.corp.test' }],
    ['both', { crossOrigin: true, topOrigin: ORIGIN }],
    ['another ceremony', { type: 'webauthn.create' }],
    ['a payment', { type: 'payment.get' }],
    ['another relying party', { rpId: 'evil.test' }],
    ['the parent domain as relying party', { rpId: 'corp.test' }],
    ['no user verification', { userVerified: false }],
    ['no user presence', { userPresent: false }],
    ['no presence, no verification', { userPresent: false, userVerified: false }],
    ['a signature by another key', { foreignKey: true }],
    ['a broken signature', { brokenSignature: true }],
    ['the user handle of another person', { userHandle: digestOf('another') }],
    ['ids that differ', { rawId: 'AAAA' }],
    ['a passkey that nobody has', { id: digestOf('nobody') }],
    ['a type that is none', { credentialType: 'password' }],
    ['cut authenticator data', { authenticatorData: (data) => data.subarray(0, 36) }],
    [
      'authenticator data with more at its end',
      { authenticatorData: (data) => Buffer.concat([data, Buffer.from([1])]) },
    ],
    ['padded base64', { base64: true }],
    ['a doubled challenge', { clientDataText: (text) => text.replace('{', `{"challenge":"${digestOf('x')}",`) }],
    ['a doubled origin', { clientDataText: (text) => text.replace('}', ',"origin":"https://evil.test"}') }],
    ['client data that is a list', { clientDataText: (text) => `[${text}]` }],
    ['client data that is no JSON', { clientDataText: () => 'x' }],
    ['client data behind a byte order mark', { clientDataText: (text) => `\ufeff${text}` }],
  ])('is refused for %s, written down, and not noted as use of the passkey', async (_what, mutation) => {
    const someone = await person();
    expect(await assert(someone, mutation)).toMatchObject(REFUSED);
    expect(await lastEvent()).toMatchObject({ kind: 'stepup.failed', facts: { purpose: 'hold', subject: 'hol_1' } });
    expect((await passkeys.list(someone.session.principal.id))[0]?.lastUsedAt).toBeNull();
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['text', 'x'],
    ['a list', []],
    ['an empty object', {}],
    ['ids alone', { id: 'AA', rawId: 'AA', type: 'public-key' }],
    ['a response that is text', { id: 'AA', rawId: 'AA', type: 'public-key', response: 'x' }],
    ['numbers', { id: 1, rawId: 1, type: 'public-key', response: { clientDataJSON: 1 } }],
  ])('that is %s is refused', async (_what, response) => {
    const { session } = await person();
    expect(await passkeys.verifyAssertion(session, { ...HOLD, response })).toMatchObject(REFUSED);
    expect(await passkeys.stepUp(session, response)).toMatchObject(REFUSED);
  });

  test('is refused a second time, and of twenty at the same moment one is taken', async () => {
    const someone = await person({ counts: false });
    const options = await passkeys.assertionOptions(someone.session, HOLD);
    const response = someone.authenticator.get(options);
    const verdicts = await Promise.all(
      Array.from({ length: 20 }, () => passkeys.verifyAssertion(someone.session, { ...HOLD, response })),
    );
    expect(verdicts.filter((verdict) => verdict.go)).toHaveLength(1);
    expect(await passkeys.verifyAssertion(someone.session, { ...HOLD, response })).toMatchObject(REFUSED);
  });

  test('is refused for another purpose, another subject, another digest or another session', async () => {
    const someone = await person();
    const again = await signIn(someone.session.principal.id);
    const tries: [Session, Ask][] = [
      [someone.session, { ...HOLD, purpose: 'grant' }],
      [someone.session, { ...HOLD, subject: 'hol_2' }],
      [someone.session, { ...HOLD, challenge: digestOf('wipe d-0143') }],
      [again, HOLD],
    ];
    for (const [session, ask] of tries) {
      const response = someone.authenticator.get(await passkeys.assertionOptions(someone.session, HOLD));
      expect(await passkeys.verifyAssertion(session, { ...ask, response })).toMatchObject(REFUSED);
    }
    const response = someone.authenticator.get(await passkeys.assertionOptions(someone.session, HOLD));
    expect(await passkeys.stepUp(someone.session, response)).toMatchObject(REFUSED);
  });

  test('is refused from a passkey of another person, though that one is good', async () => {
    const victim = await person();
    const other = await person();
    const options = await passkeys.assertionOptions(victim.session, HOLD);
    const response = other.authenticator.get({ ...options, allowCredentials: [] });
    expect(await passkeys.verifyAssertion(victim.session, { ...HOLD, response })).toMatchObject(REFUSED);
  });

  test('is refused when its counter stands still or runs backwards, and the event says so', async () => {
    for (const counter of [1, 2]) {
      const someone = await person();
      expect((await assert(someone)).go).toBe(true);
      expect((await assert(someone)).go).toBe(true);
      expect(await assert(someone, { counter })).toMatchObject(REFUSED);
      expect((await lastEvent())?.facts.why).toMatch(/counter/i);
      expect(await assert(someone, { counter: 0 })).toMatchObject(REFUSED);
      expect((await assert(someone, { counter: 9 })).go).toBe(true);
    }
  });

  test('of a synced passkey, whose counter is always 0, is taken every time', async () => {
    const someone = await person({ counts: false, backedUp: true });
    for (let i = 0; i < 3; i += 1) expect((await assert(someone)).go).toBe(true);
  });

  test('is refused after 120 s, by the time stored with its challenge', async () => {
    const someone = await person();
    const response = someone.authenticator.get(await passkeys.assertionOptions(someone.session, HOLD));
    const [key] = ((await redis.client.command('KEYS', '*challenge*')) as string[]).slice(-1);
    if (!key) throw new Error('no challenge is kept');
    expect(Number(await redis.client.command('PTTL', key))).toBeLessThanOrEqual(120_000);
    for (const name of (await redis.client.command('KEYS', '*challenge*')) as string[])
      await redis.client.command('HSET', name, 'ends', String(redis.pulse.clock.now() - 1));
    expect(await passkeys.verifyAssertion(someone.session, { ...HOLD, response })).toMatchObject(REFUSED);
  });

  test('may come from two tabs: both random challenges are good, each once', async () => {
    const { session, authenticator } = await person();
    const ask: Ask = { purpose: 'stepup', subject: '' };
    const one = await passkeys.assertionOptions(session, ask);
    const two = await passkeys.assertionOptions(session, ask);
    expect(one.challenge).not.toBe(two.challenge);
    expect((await passkeys.stepUp(session, authenticator.get(one))).go).toBe(true);
    expect((await passkeys.stepUp(session, authenticator.get(two))).go).toBe(true);
    expect((await passkeys.stepUp(session, authenticator.get(one))).go).toBe(false);
  });

  test('of a signed digest needs new options to be made again', async () => {
    const someone = await person();
    const options = await passkeys.assertionOptions(someone.session, HOLD);
    expect(options).toMatchObject({ challenge: HOLD.challenge, userVerification: 'required', rpId: RP.id });
    const ask = { ...HOLD, response: someone.authenticator.get(options) };
    expect((await passkeys.verifyAssertion(someone.session, ask)).go).toBe(true);
    const second = { ...HOLD, response: someone.authenticator.get(options) };
    expect(await passkeys.verifyAssertion(someone.session, second)).toMatchObject(REFUSED);
    expect((await assert(someone)).go).toBe(true);
  });

  test('is refused from a passkey that was removed a second ago', async () => {
    const someone = await person();
    await enrol(someone.session, createAuthenticator(ORIGIN), 'spare');
    const options = await passkeys.assertionOptions(someone.session, HOLD);
    const response = someone.authenticator.get(options);
    await stepUp(someone);
    expect((await passkeys.remove(someone.session, someone.passkey.id)).go).toBe(true);
    expect(await passkeys.verifyAssertion(someone.session, { ...HOLD, response })).toMatchObject(REFUSED);
  });
});

async function stepUp({ session, authenticator }: Someone) {
  const options = await passkeys.assertionOptions(session, { purpose: 'stepup', subject: '' });
  return passkeys.stepUp(session, authenticator.get(options));
}

describe('a fresh step-up', () => {
  test('is noted at the session by Redis’s clock, heard of, and kept with its evidence', async () => {
    const someone = await person();
    const heard: unknown[] = [];
    const stop = redis.pulse.onChange((change) => heard.push(change));
    const verdict = await stepUp(someone);
    if (!verdict.go) throw new Error(verdict.detail);
    expect(Math.abs(verdict.value.steppedUpAt - redis.pulse.clock.now())).toBeLessThan(1000);
    await expect.poll(() => heard).toContainEqual({ kind: 'stepup', session: someone.session.id });
    stop();
    expect((await sessions.get(someone.session.id))?.steppedUpAt).toBe(verdict.value.steppedUpAt);
    expect(await lastEvent()).toMatchObject({
      kind: 'stepup.succeeded',
      session: someone.session.id,
      facts: { evidence: { credentialId: someone.passkey.id, userVerified: true } },
    });
  });

  test('counts for the session that made it only', async () => {
    const someone = await person();
    const other = await signIn(someone.session.principal.id);
    await stepUp(someone);
    expect((await sessions.get(other.id))?.steppedUpAt).toBeNull();
  });

  test('is refused when the session ended meanwhile', async () => {
    const someone = await person();
    const options = await passkeys.assertionOptions(someone.session, { purpose: 'stepup', subject: '' });
    await sessions.end(someone.session.id, { by: null, because: 'revoked' });
    const verdict = await passkeys.stepUp(someone.session, someone.authenticator.get(options));
    expect(verdict).toMatchObject({ go: false, reason: 'session.revoked' });
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
