// Passkeys of people, and what they sign. Guarantees: a challenge counts once, for 120 s, for the session, purpose and
// subject it was made for, and is used up before anything is verified; only the owner's passkeys count; the user is always
// verified; every change is one script with its audit event; assertions are kept as evidence.
import type { AuditEvent } from '../../kernel/auditEvent.ts';
import { canonicalJson, type Json } from '../../kernel/canonicalJson.ts';
import type { Evidence } from '../../kernel/evidence.ts';
import { newSecret, sha256Hex } from '../../kernel/ids.ts';
import type { Session } from '../../kernel/session.ts';
import { go, refuse, type Verdict } from '../../kernel/verdict.ts';
import type { RedisClient } from '../../redis/client.ts';
import type { Keys } from '../../redis/keys.ts';
import type { Pulse } from '../../redis/pulse.ts';
import { eventArgs, type Scripts } from '../../redis/scripts.ts';
import type { Once } from '../once.redis.ts';
import { readPasskey, type StoredPasskey, storedFields, userHandleOf, type View, viewOf } from './records.ts';
import { asAssertion } from './shapes.ts';
import {
  assertionOptions,
  CEREMONY_TIME,
  challengeOf,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RelyingParty,
  registrationOptions,
  verifyAssertion,
  verifyRegistration,
} from './verify.ts';

export type Purpose = 'stepup' | 'hold' | 'grant';
/** `subject`: the hold's or grant's id, or '' ; `challenge`: base64url, the digest that is signed; without it, random */
export type Ask = { readonly purpose: Purpose; readonly subject: string; readonly challenge?: string };

export type Passkeys = {
  list(person: string): Promise<View[]>;
  count(person: string): Promise<number>;
  /** Refusals: login.stale, passkey.limit */
  enrolOptions(session: Session): Promise<Verdict<PublicKeyCredentialCreationOptionsJSON>>;
  /** Refusals: passkey.refused, passkey.limit, session.revoked */
  enrol(session: Session, input: { name: string; credential: unknown }): Promise<Verdict<View>>;
  /** Refusal: passkey.unknown */
  rename(session: Session, id: string, name: string): Promise<Verdict<View>>;
  /** Refusals: passkey.unknown, stepup.required, session.revoked */
  remove(session: Session, id: string): Promise<Verdict<null>>;
  assertionOptions(session: Session, ask: Ask): Promise<PublicKeyCredentialRequestOptionsJSON>;
  /** Uses the challenge up, whatever comes of it. Refusal: passkey.refused. The caller files the evidence. */
  verifyAssertion(session: Session, ask: Ask & { readonly response: unknown }): Promise<Verdict<Evidence>>;
  /** A fresh step-up of this session. Refusals: passkey.refused, session.revoked */
  stepUp(session: Session, response: unknown): Promise<Verdict<{ steppedUpAt: number }>>;
};

export type PasskeysDeps = {
  readonly scripts: Scripts;
  readonly client: RedisClient;
  readonly keys: Keys;
  readonly once: Once;
  /** its clock is Redis's; `forget`, so that who has just stepped up is not asked again */
  readonly pulse: Pick<Pulse, 'clock' | 'forget'>;
  readonly rp: RelyingParty;
};

/** A login at the IdP (for enrolling) and a step-up (for removing) count as fresh for this long, ms. */
export const FRESH = 5 * 60_000;
const MOST = 20;

export function createPasskeys({ scripts, client, keys, once, pulse, rp }: PasskeysDeps): Passkeys {
  const load = async (id: string): Promise<StoredPasskey | undefined> => {
    const fields = await client.command('HGETALL', keys.passkey(id));
    return Array.isArray(fields) ? readPasskey(fields.map(String)) : undefined;
  };
  const all = async (person: string): Promise<StoredPasskey[]> => {
    const ids = await client.command('SMEMBERS', keys.passkeysOf(person));
    const found = await Promise.all((Array.isArray(ids) ? ids.map(String) : []).map(load));
    const own = found.flatMap((passkey) => (passkey?.owner === person ? [passkey] : []));
    return own.sort((a, b) => a.createdAt - b.createdAt);
  };
  const message = (person: string) => canonicalJson({ kind: 'passkey', person });
  const event = (session: Session, kind: AuditEvent['kind'], facts: AuditEvent['facts']): AuditEvent => ({
    kind,
    actor: session.principal.id,
    actorName: session.principal.name,
    session: session.id,
    facts,
  });

  // The marker's name holds the challenge and the session, its value what it was made for: nothing else can be asked of it.
  const marker = (challenge: string, session: Session) => keys.challenge(sha256Hex(`${challenge}\n${session.id}`));
  const meant = (purpose: string, subject: string) => canonicalJson({ purpose, subject });
  const putChallenge = (challenge: string, session: Session, purpose: string, subject: string) =>
    once.put(marker(challenge, session), meant(purpose, subject), CEREMONY_TIME);
  /** The challenge that this answer uses up; null when it is none that waits for just this. */
  const takeChallenge = async (session: Session, purpose: string, subject: string, response: unknown) => {
    const challenge = challengeOf(response);
    if (challenge === null) return null;
    return (await once.take(marker(challenge, session))) === meant(purpose, subject) ? challenge : null;
  };

  const refused = async (session: Session, { purpose, subject }: Ask, why: string): Promise<Verdict<never>> => {
    const facts = { purpose, subject, why };
    await scripts.run('appendEvent', [], eventArgs(event(session, 'stepup.failed', facts)));
    return refuse('passkey.refused', why);
  };

  type Asserted = { evidence: Evidence; id: string; counter: number; backedUp: boolean };
  /** Everything but the marks in Redis: a reason in words, or what was asserted. */
  const check = async (session: Session, ask: Ask, response: unknown): Promise<string | Asserted> => {
    const challenge = await takeChallenge(session, ask.purpose, ask.subject, response);
    if (challenge === null) return 'no such challenge waits: unknown, used, too old, or made for something else';
    if (ask.challenge !== undefined && ask.challenge !== challenge) return 'it signs something else';
    const answer = asAssertion(response);
    if (!answer) return 'the answer has not the shape of an assertion';
    const passkey = await load(answer.id);
    if (!passkey || passkey.owner !== session.principal.id) return 'the passkey is not one of this person';
    const handle = answer.response.userHandle;
    if (handle !== undefined && handle !== Buffer.from(userHandleOf(session.principal.id)).toString('base64url'))
      return 'the passkey was made for another person';
    const checked = await verifyAssertion(rp, challenge, passkey, answer);
    if (!checked.ok) return checked.why;
    const { authenticatorData, clientDataJSON, signature } = answer.response;
    const evidence: Evidence = {
      credentialId: passkey.id,
      publicKey: passkey.spki,
      ...{ authenticatorData, clientDataJSON, signature },
      userVerified: true,
      at: pulse.clock.now(),
    };
    return { evidence, id: passkey.id, ...checked.value };
  };
  const marks = (session: Session, { counter, backedUp }: Asserted) => [
    session.principal.id,
    String(counter),
    backedUp ? '1' : '0',
  ];
  const MARK_FAULTS: Record<string, string> = {
    unknown: 'the passkey was removed a moment ago',
    counter: 'the counter ran backwards: the passkey may have been copied',
  };

  return {
    list: async (person) => (await all(person)).map(viewOf),
    count: async (person) => Number(await client.command('SCARD', keys.passkeysOf(person))),

    async enrolOptions(session) {
      if (pulse.clock.now() - session.authenticatedAt > FRESH)
        return refuse('login.stale', 'the login is older than 5 minutes');
      const { id, name } = session.principal;
      const have = await all(id);
      if (have.length >= MOST) return refuse('passkey.limit', `${MOST} passkeys already`);
      const challenge = newSecret();
      await putChallenge(challenge, session, 'enrol', id);
      const user = { handle: userHandleOf(id), name, displayName: name };
      return go(await registrationOptions(rp, { challenge, user, exclude: have }));
    },

    async enrol(session, { name, credential }) {
      const owner = session.principal.id;
      const challenge = await takeChallenge(session, 'enrol', owner, credential);
      if (challenge === null) return refuse('passkey.refused', 'no such challenge waits');
      const checked = await verifyRegistration(rp, challenge, credential);
      if (!checked.ok) return refuse('passkey.refused', checked.why);
      const { id, aaguid, backedUp, spki } = checked.value;
      const enrolled = event(session, 'passkey.enrolled', { passkey: id, name, aaguid, backedUp, publicKey: spki });
      const [outcome, at] = await scripts.run(
        'enrolPasskey',
        [keys.passkey(id), keys.passkeysOf(owner), keys.session(session.id)],
        [String(MOST), ...eventArgs(enrolled), message(owner), id, ...storedFields(checked.value, owner, name)],
      );
      if (outcome === 'gone') return refuse('session.revoked', 'the session ended meanwhile');
      if (outcome === 'full') return refuse('passkey.limit', `${MOST} passkeys already`);
      if (outcome !== 'enrolled') return refuse('passkey.refused', `the passkey is ${outcome}`);
      return go({ id, name, createdAt: Number(at), lastUsedAt: null, backedUp });
    },

    async rename(session, id, name) {
      const owner = session.principal.id;
      const [outcome] = await scripts.run(
        'renamePasskey',
        [keys.passkey(id)],
        [owner, name, ...eventArgs(event(session, 'passkey.renamed', { passkey: id, name })), message(owner)],
      );
      const passkey = outcome === 'renamed' ? await load(id) : undefined;
      return passkey ? go(viewOf(passkey)) : refuse('passkey.unknown', 'no such passkey of this person');
    },

    async remove(session, id) {
      const owner = session.principal.id;
      const removed = event(session, 'passkey.removed', { passkey: id });
      const [outcome] = await scripts.run(
        'removePasskey',
        [keys.passkey(id), keys.passkeysOf(owner), keys.session(session.id)],
        [owner, id, String(FRESH), ...eventArgs(removed), message(owner)],
      );
      if (outcome === 'removed') return go(null);
      if (outcome === 'stepup') return refuse('stepup.required', 'no step-up within 5 minutes');
      if (outcome === 'gone') return refuse('session.revoked', 'the session ended meanwhile');
      return refuse('passkey.unknown', 'no such passkey of this person');
    },

    async assertionOptions(session, { purpose, subject, challenge = newSecret() }) {
      const allow = await all(session.principal.id);
      await putChallenge(challenge, session, purpose, subject);
      return assertionOptions(rp, { challenge, allow });
    },

    async verifyAssertion(session, { response, ...ask }) {
      const asserted = await check(session, ask, response);
      if (typeof asserted === 'string') return refused(session, ask, asserted);
      const [outcome, at] = await scripts.run('usePasskey', [keys.passkey(asserted.id)], marks(session, asserted));
      if (outcome !== 'used') return refused(session, ask, MARK_FAULTS[outcome] ?? outcome);
      return go({ ...asserted.evidence, at: Number(at) });
    },

    async stepUp(session, response) {
      const ask: Ask = { purpose: 'stepup', subject: '' };
      const asserted = await check(session, ask, response);
      if (typeof asserted === 'string') return refused(session, ask, asserted);
      const facts: { [key: string]: Json } = { passkey: asserted.id, evidence: asserted.evidence };
      const [outcome, at] = await scripts.run(
        'recordStepUp',
        [keys.passkey(asserted.id), keys.session(session.id)],
        [
          ...[...marks(session, asserted), ...eventArgs(event(session, 'stepup.succeeded', facts))],
          canonicalJson({ kind: 'stepup', session: session.id }),
        ],
      );
      if (outcome === 'gone') return refuse('session.revoked', 'the session ended meanwhile');
      if (outcome !== 'stepped') return refused(session, ask, MARK_FAULTS[outcome] ?? outcome);
      pulse.forget();
      return go({ steppedUpAt: Number(at) });
    },
  };
}
