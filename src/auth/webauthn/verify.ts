// The only importer of @simplewebauthn/server. That library throws for some failures and answers `verified: false` for
// others, does not compare the answer's id with the passkey that it is given, and looks at crossOrigin only half (design,
// section 6): here all of it is one verdict, null for no.
import { createPublicKey, type JsonWebKey } from 'node:crypto';
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { decodeCredentialPublicKey } from '@simplewebauthn/server/helpers';
import { asAssertion, asRegistration, clientDataOf } from './shapes.ts';

export type { PublicKeyCredentialCreationOptionsJSON, PublicKeyCredentialRequestOptionsJSON };

export type RelyingParty = {
  /** the portal's full host name; never a parent domain, which consoles would share (pitfalls 30) */
  readonly id: string;
  readonly name: string;
  /** the portal's origin: the only one where ceremonies count */
  readonly origin: string;
};

export type NewPasskey = {
  readonly id: string;
  /** COSE key, base64url */
  readonly publicKey: string;
  /** the same key as SPKI DER, base64url, for evidence */
  readonly spki: string;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly backedUp: boolean;
  readonly aaguid: string;
};

export type KnownPasskey = { readonly id: string; readonly publicKey: string; readonly counter: number };

export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };
const no = (why: string): Checked<never> => ({ ok: false, why });

/** ES256, EdDSA, RS256 (COSE numbers): what authenticators have and node:crypto verifies. */
const ALGORITHMS = [-7, -8, -257];
export const CEREMONY_TIME = 120_000;

export function registrationOptions(
  rp: RelyingParty,
  asked: {
    challenge: string;
    user: { handle: Uint8Array<ArrayBuffer>; name: string; displayName: string };
    exclude: readonly { id: string; transports: readonly string[] }[];
  },
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  return generateRegistrationOptions({
    rpName: rp.name,
    rpID: rp.id,
    userID: asked.user.handle,
    userName: asked.user.name,
    userDisplayName: asked.user.displayName,
    challenge: new Uint8Array(Buffer.from(asked.challenge, 'base64url')),
    timeout: CEREMONY_TIME,
    attestationType: 'none',
    excludeCredentials: asked.exclude.map(({ id, transports }) => ({ id, transports: [...transports] })),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
    supportedAlgorithmIDs: ALGORITHMS,
  });
}

export function assertionOptions(
  rp: RelyingParty,
  asked: { challenge: string; allow: readonly { id: string; transports: readonly string[] }[] },
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  return generateAuthenticationOptions({
    rpID: rp.id,
    challenge: new Uint8Array(Buffer.from(asked.challenge, 'base64url')),
    allowCredentials: asked.allow.map(({ id, transports }) => ({ id, transports: [...transports] })),
    userVerification: 'required',
    timeout: CEREMONY_TIME,
  });
}

/** The challenge that a ceremony's answer names, before anything is checked; null when there is none to read. */
export function challengeOf(response: unknown): string | null {
  const answer = asAssertion(response) ?? asRegistration(response);
  return (answer && clientDataOf(answer.response.clientDataJSON)?.challenge) ?? null;
}

/** @param challenge base64url, taken from Redis by the caller: this function does not know whether it was used */
export async function verifyRegistration(
  rp: RelyingParty,
  challenge: string,
  response: unknown,
): Promise<Checked<NewPasskey>> {
  const answer = asRegistration(response);
  if (!answer) return no('the answer has not the shape of a registration');
  const fault = clientDataFault(rp, challenge, answer.response.clientDataJSON, 'webauthn.create');
  if (fault) return no(fault);
  try {
    const result = await verifyRegistrationResponse({
      response: answer as RegistrationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: rp.origin,
      expectedRPID: rp.id,
      requireUserPresence: true,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    });
    if (result.verified !== true) return no('the attestation does not hold');
    const { credential, credentialBackedUp, aaguid, userVerified } = result.registrationInfo;
    if (credential.id !== answer.id) return no('the answer names another passkey than the authenticator');
    if (userVerified !== true) return no('the user was not verified');
    return {
      ok: true,
      value: {
        id: credential.id,
        publicKey: Buffer.from(credential.publicKey).toString('base64url'),
        spki: spkiOf(credential.publicKey),
        counter: credential.counter,
        transports: answer.response.transports,
        backedUp: credentialBackedUp,
        aaguid,
      },
    };
  } catch (error) {
    return no(words(error));
  }
}

/** @param passkey the stored one whose owner was checked by the caller */
export async function verifyAssertion(
  rp: RelyingParty,
  challenge: string,
  passkey: KnownPasskey,
  response: unknown,
): Promise<Checked<{ counter: number; backedUp: boolean }>> {
  const answer = asAssertion(response);
  if (!answer) return no('the answer has not the shape of an assertion');
  if (answer.id !== passkey.id) return no('the answer names another passkey');
  const fault = clientDataFault(rp, challenge, answer.response.clientDataJSON, 'webauthn.get');
  if (fault) return no(fault);
  try {
    const result = await verifyAuthenticationResponse({
      response: answer as AuthenticationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: rp.origin,
      expectedRPID: rp.id,
      requireUserVerification: true,
      credential: {
        id: passkey.id,
        publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')),
        counter: passkey.counter,
      },
    });
    if (result.verified !== true) return no('the signature is wrong');
    const { newCounter, userVerified, credentialBackedUp } = result.authenticationInfo;
    if (userVerified !== true) return no('the user was not verified');
    return { ok: true, value: { counter: newCounter, backedUp: credentialBackedUp } };
  } catch (error) {
    return no(words(error));
  }
}

function clientDataFault(rp: RelyingParty, challenge: string, encoded: string, type: string): string | null {
  const data = clientDataOf(encoded);
  if (!data) return 'the client data cannot be read for certain';
  if (data.type !== type) return 'the ceremony is of another type';
  if (data.challenge !== challenge) return 'it answers another challenge';
  if (data.origin !== rp.origin) return 'it comes from another origin';
  // The portal is never framed: a ceremony in a frame is somebody else's page around ours.
  if (data.crossOrigin !== undefined && data.crossOrigin !== false) return 'it comes from a frame';
  if (data.topOrigin !== undefined) return 'it comes from a frame';
  return null;
}

/** Library messages quote what the client sent; the log gets them short and without line breaks. */
const words = (error: unknown): string =>
  (error instanceof Error ? error.message : 'unknown').replace(/[^\x20-\x7e]/g, ' ').slice(0, 160);

/** COSE (RFC 9052) to SPKI, for the three algorithms that are offered. @throws Error for any other */
function spkiOf(publicKey: Uint8Array<ArrayBuffer>): string {
  const cose = decodeCredentialPublicKey(publicKey) as unknown as Map<number, unknown>;
  const member = (label: number): string => {
    const value = cose.get(label);
    if (!(value instanceof Uint8Array)) throw new Error('the public key lacks a member');
    return Buffer.from(value).toString('base64url');
  };
  let jwk: JsonWebKey;
  const algorithm = cose.get(3);
  if (algorithm === -7) jwk = { kty: 'EC', crv: 'P-256', x: member(-2), y: member(-3) };
  else if (algorithm === -8) jwk = { kty: 'OKP', crv: 'Ed25519', x: member(-2) };
  else if (algorithm === -257) jwk = { kty: 'RSA', n: member(-1), e: member(-2) };
  else throw new Error('the public key is of an algorithm that was not offered');
  return createPublicKey({ key: jwk, format: 'jwk' }).export({ format: 'der', type: 'spki' }).toString('base64url');
}
