import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assertionFault } from '../../src/audit/verify/evidence.ts';
import { createOnce } from '../../src/auth/once.redis.ts';
import { type Ask, createPasskeys } from '../../src/auth/webauthn/passkeys.redis.ts';
import type { Evidence } from '../../src/kernel/evidence.ts';
import type { Session } from '../../src/kernel/session.ts';
import { createAuthenticator, type Mutation } from '../kit/authenticator.ts';
import { startRedis, type TestRedis } from '../kit/redis.ts';
import { createPeople, digestOf, HOLD, ORIGIN, type People, REFUSED, RP } from './people.ts';

/** As an auditor checks it, without us. */
const faultOf = (evidence: Evidence, { challenge, ...ceremony }: { challenge: string; origin: string; rpId: string }) =>
  assertionFault(evidence, challenge, ceremony);

let redis: TestRedis;
let sessions: People['sessions'];
let passkeys: People['passkeys'];
let signIn: People['signIn'];
let person: People['person'];
let enrol: People['enrol'];
let assert: People['assert'];
let stepUp: People['stepUp'];
let lastEvent: People['lastEvent'];

beforeAll(async () => {
  redis = await startRedis({ commandTimeout: 5000 });
  ({ sessions, passkeys, signIn, person, enrol, assert, stepUp, lastEvent } = createPeople(redis));
});
afterAll(() => redis?.stop());

describe('an assertion', () => {
  test('is taken once and gives evidence that holds without us', async () => {
    const someone = await person();
    const verdict = await assert(someone);
    if (!verdict.go) throw new Error(verdict.detail);
    const expected = { challenge: HOLD.challenge ?? '', origin: ORIGIN, rpId: RP.id };
    expect(verdict.value).toMatchObject({ credentialId: someone.passkey.id, userVerified: true });
    expect(faultOf(verdict.value, expected)).toBeNull();
    expect(faultOf(verdict.value, { ...expected, challenge: digestOf('wipe d-0143') })).toContain('challenge');
    expect(faultOf(verdict.value, { ...expected, origin: 'https://mdm.corp.test' })).toContain('origin');
    expect(faultOf(verdict.value, { ...expected, rpId: 'corp.test' })).toContain('relying party');
    const changed = { ...verdict.value, signature: `${verdict.value.signature.slice(0, -8)}AAAAAAAA` };
    expect(faultOf(changed, expected)).not.toBeNull();
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

  test('of two with one counter at the same moment one is taken: the other may be a copy', async () => {
    const someone = await person();
    const answers = [];
    for (let i = 0; i < 2; i += 1) {
      const ask: Ask = { ...HOLD, challenge: digestOf(`act ${i}`) };
      const options = await passkeys.assertionOptions(someone.session, ask);
      answers.push({ ...ask, response: someone.authenticator.get(options, { counter: 5 }) });
    }
    const verdicts = await Promise.all(answers.map((ask) => passkeys.verifyAssertion(someone.session, ask)));
    expect(verdicts.filter((verdict) => verdict.go)).toHaveLength(1);
  });

  test('of a passkey that is removed while its signature is checked is refused', async () => {
    const someone = await person();
    const run: typeof redis.scripts.run = async (name, ...rest) => {
      if (name === 'usePasskey' || name === 'recordStepUp')
        await redis.client.command('DEL', redis.keys.passkey(someone.passkey.id));
      return redis.scripts.run(name, ...rest);
    };
    const racing = createPasskeys({ ...redis, scripts: { run }, once: createOnce(redis), rp: RP });
    const hold = someone.authenticator.get(await racing.assertionOptions(someone.session, HOLD));
    const ask: Ask = { purpose: 'stepup', subject: '' };
    const stepUpAnswer = someone.authenticator.get(await racing.assertionOptions(someone.session, ask));
    expect(await racing.verifyAssertion(someone.session, { ...HOLD, response: hold })).toMatchObject(REFUSED);
    expect((await lastEvent())?.facts.why).toContain('removed');
    expect(await racing.stepUp(someone.session, stepUpAnswer)).toMatchObject(REFUSED);
    expect((await sessions.get(someone.session.id))?.steppedUpAt).toBeNull();
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
