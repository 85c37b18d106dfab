// A passkey assertion as it is kept in audit events: enough to check the signature again without Sallyport, with nothing
// but this file and node:crypto.
import { createHash, createPublicKey, verify } from 'node:crypto';

/** All members but the last two are base64url. */
export type Evidence = {
  readonly credentialId: string;
  /** SPKI, DER: what `createPublicKey({ format: 'der', type: 'spki' })` reads */
  readonly publicKey: string;
  readonly authenticatorData: string;
  readonly clientDataJSON: string;
  readonly signature: string;
  readonly userVerified: boolean;
  /** when it was verified, Redis clock, ms */
  readonly at: number;
};

const UP = 0x01;
const UV = 0x04;

/**
 * Checks an assertion offline (WebAuthn Level 3 section 7.2, steps that need no state).
 * @param expected challenge: base64url; origin and rpId: the portal's
 * @returns null when it holds, else what is wrong, in words
 */
export function evidenceFault(
  evidence: Evidence,
  expected: { readonly challenge: string; readonly origin: string; readonly rpId: string },
): string | null {
  try {
    const clientData = Buffer.from(evidence.clientDataJSON, 'base64url');
    const claims: unknown = JSON.parse(clientData.toString('utf8'));
    if (typeof claims !== 'object' || claims === null) return 'the client data is not an object';
    const { type, challenge, origin } = claims as Record<string, unknown>;
    if (type !== 'webauthn.get') return 'it is no assertion';
    if (challenge !== expected.challenge) return 'it was made for another challenge';
    if (origin !== expected.origin) return 'it was made on another origin';
    const data = Buffer.from(evidence.authenticatorData, 'base64url');
    if (!createHash('sha256').update(expected.rpId).digest().equals(data.subarray(0, 32)))
      return 'it was made for another relying party';
    const flags = data[32] ?? 0;
    if ((flags & UP) === 0 || (flags & UV) === 0) return 'the user was not verified';
    const key = createPublicKey({ key: Buffer.from(evidence.publicKey, 'base64url'), format: 'der', type: 'spki' });
    const signed = Buffer.concat([data, createHash('sha256').update(clientData).digest()]);
    const digest = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
    return verify(digest, signed, key, Buffer.from(evidence.signature, 'base64url')) ? null : 'the signature is wrong';
  } catch (error) {
    return `it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}
