// Journals made by hand for the verifier's tests: chained exactly as JournalEntry says, with real signatures in them.
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { entryHash, FIRST_PREVIOUS } from '../../src/audit/verify/verifyJournal.ts';
import type { AuditEvent, JournalEntry } from '../../src/kernel/auditEvent.ts';
import { canonicalJson, type Json } from '../../src/kernel/canonicalJson.ts';
import { type HoldTerms, holdChallenge } from '../../src/kernel/hold.ts';
import { sha256Base64url, sha256Hex } from '../../src/kernel/ids.ts';

export const ORIGIN = 'https://access.example.com';
export const RP_ID = 'access.example.com';
export const T0 = 1_700_000_000_000;

export function chain(events: readonly AuditEvent[], start = T0): JournalEntry[] {
  let previous = FIRST_PREVIOUS;
  return events.map((event, index) => {
    const text = canonicalJson(event as unknown as Json);
    const entry = { seq: index + 1, at: start + index * 10, event: text, digest: sha256Hex(text), fact: '' };
    previous = entryHash(previous, entry);
    return { ...entry, hash: previous };
  });
}

/** Chains again from `from` on, as somebody would who may rewrite the store. */
export function rechain(entries: readonly JournalEntry[], renumber = false): JournalEntry[] {
  let previous = FIRST_PREVIOUS;
  return entries.map((entry, index) => {
    const seq = renumber ? index + 1 : entry.seq;
    const fresh = { ...entry, seq, digest: sha256Hex(entry.event) };
    previous = entryHash(previous, fresh);
    return { ...fresh, hash: previous };
  });
}

export type Algorithm = 'ES256' | 'EdDSA' | 'RS256';
export type TestKey = { algorithm: Algorithm; privateKey: KeyObject; spki: Buffer; cose: Buffer };

export function newKey(algorithm: Algorithm): TestKey {
  const { privateKey, publicKey } =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : algorithm === 'EdDSA'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = publicKey.export({ format: 'jwk' });
  const bytes = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url');
  const string = (value: Buffer): Buffer =>
    value.length < 24
      ? Buffer.concat([Buffer.from([0x40 + value.length]), value])
      : value.length < 256
        ? Buffer.concat([Buffer.from([0x58, value.length]), value])
        : Buffer.concat([Buffer.from([0x59, value.length >> 8, value.length & 255]), value]);
  const head = (...octets: number[]): Buffer => Buffer.from(octets);
  let cose = [
    head(0xa4, 0x01, 0x03, 0x03, 0x39, 0x01, 0x00, 0x20),
    string(bytes(jwk.n)),
    head(0x21),
    string(bytes(jwk.e)),
  ];
  if (algorithm === 'EdDSA') cose = [head(0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21), string(bytes(jwk.x))];
  if (algorithm === 'ES256') {
    const x = string(bytes(jwk.x));
    cose = [head(0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21), x, head(0x22), string(bytes(jwk.y))];
  }
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  return { algorithm, privateKey, spki, cose: Buffer.concat(cose) };
}

export type Assertion = {
  credentialId: string;
  publicKey: string;
  authenticatorData: string;
  clientDataJSON: string;
  signature: string;
  userVerified: boolean;
  at: number;
};

export function assertion(
  key: TestKey,
  challenge: string,
  more: { flags?: number; type?: string; origin?: string; rpId?: string; form?: 'spki' | 'cose' } = {},
): Assertion {
  const { flags = 0x05, type = 'webauthn.get', origin = ORIGIN, rpId = RP_ID, form = 'spki' } = more;
  const client = Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  const data = Buffer.concat([createHash('sha256').update(rpId).digest(), Buffer.from([flags, 0, 0, 0, 7])]);
  const signed = Buffer.concat([data, createHash('sha256').update(client).digest()]);
  return {
    credentialId: Buffer.from('credential').toString('base64url'),
    publicKey: key[form].toString('base64url'),
    authenticatorData: data.toString('base64url'),
    clientDataJSON: client.toString('base64url'),
    signature: sign(key.algorithm === 'EdDSA' ? null : 'sha256', signed, key.privateKey).toString('base64url'),
    userVerified: (flags & 4) !== 0,
    at: T0,
  };
}

export const ADA = 'https://idp.example.com#ada';
export const GRACE = 'https://idp.example.com#grace';

export const holdTerms = (id = 'hol_1'): HoldTerms => ({
  id,
  console: 'mdm',
  session: 'ses_1',
  action: 'device.wipe',
  method: 'POST',
  target: '/api/devices/d-0142/wipe',
  bodyDigest: sha256Hex(''),
  contentType: '',
  targets: [{ kind: 'device', id: 'd-0142' }],
  expiresAt: T0 + 300_000,
});

export const grantTerms = (approver = GRACE): { [name: string]: Json } => ({
  purpose: 'sallyport.grant.v1',
  id: 'gra_1',
  holder: ADA,
  console: 'mdm',
  action: 'device.wipe',
  targets: ['device:d-0142'],
  reason: 'Lost in a taxi',
  ticket: 'MDM-4711',
  minutes: 30,
  uses: 1,
  approver,
});

/** The whole story of one wipe: asked, approved, signed, done. */
export function wipeStory(key: TestKey, form: 'spki' | 'cose' = 'spki'): AuditEvent[] {
  const credential = { passkey: Buffer.from('credential').toString('base64url') };
  const terms = grantTerms();
  const grantChallenge = sha256Base64url(canonicalJson(terms));
  const hold = holdTerms();
  const signed = {
    terms: hold,
    challenge: holdChallenge(hold),
    evidence: assertion(key, holdChallenge(hold), { form }),
  };
  const approved = { terms, challenge: grantChallenge, evidence: assertion(key, grantChallenge, { form }) };
  const of = (kind: AuditEvent['kind'], actor: string | null, facts: AuditEvent['facts'], exchange?: string) => ({
    kind,
    actor,
    ...(exchange === undefined ? {} : { exchange }),
    session: 'ses_1',
    facts,
  });
  return [
    of('gateway.started', null, {}),
    of('login.succeeded', ADA, {}),
    of('grant.asked', ADA, { grant: 'gra_1' }),
    of('grant.approved', GRACE, { grant: 'gra_1', signed: approved as unknown as Json }),
    of('hold.created', ADA, { hold: 'hol_1' }),
    of('hold.signed', ADA, { hold: 'hol_1', signed: signed as unknown as Json, ...credential }),
    of('act.intent', ADA, { title: 'Wipe 1 device: d-0142', grant: 'gra_1', hold: 'hol_1' }, 'exc_1'),
    of('act.outcome', ADA, { intent: 7, sent: true, status: 200 }, 'exc_1'),
    of('request.refused', ADA, { reason: 'grant.required' }, 'exc_2'),
    of('session.ended', ADA, { because: 'logout' }),
  ];
}
