// Checks again, without us, a WebAuthn assertion that stands in an event: that the key in the evidence made the signature,
// with the user verified, over exactly the challenge that the event names (WebAuthn 7.2). It trusts nothing that the
// gateway concluded (`userVerified` in the evidence is only compared, never believed).
import { createHash, verify as verifySignature } from 'node:crypto';
import { readPublicKey } from './publicKey.ts';

const FLAGS = 32;
const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;

/** Where assertions must have been made: the portal. Left out when the reader does not know it. */
export type Ceremony = { readonly origin: string; readonly rpId: string };

/**
 * @param evidence the member of the event, as it came out of the journal
 * @param challenge the digest that must have been signed, base64url; null: a random one that nobody kept
 * @param ceremony the portal's origin and relying party id, to be compared too
 * @returns what is wrong, in words; null: it holds
 */
export function assertionFault(evidence: unknown, challenge: string | null, ceremony?: Ceremony): string | null {
  if (evidence === null || typeof evidence !== 'object') return 'there is no evidence';
  const member = (name: string): Buffer => {
    const text = (evidence as Record<string, unknown>)[name];
    if (typeof text !== 'string' || text === '') throw new Error(`${name} is missing`);
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.toString('base64url') !== text) throw new Error(`${name} is not base64url`);
    return bytes;
  };
  try {
    const [publicKey, authenticatorData] = [member('publicKey'), member('authenticatorData')];
    const [clientDataJSON, signature] = [member('clientDataJSON'), member('signature')];
    member('credentialId');
    const client: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(clientDataJSON));
    if (client === null || typeof client !== 'object') return 'clientDataJSON is not an object';
    const { type, challenge: signed, origin } = client as { type?: unknown; challenge?: unknown; origin?: unknown };
    if (type !== 'webauthn.get') return 'the signature was made for another ceremony';
    if (challenge !== null && signed !== challenge)
      return 'the signature is over another challenge than the event says';
    if (ceremony && origin !== ceremony.origin) return 'the signature was made on another origin';
    if (authenticatorData.length < 37) return 'authenticatorData is too short';
    if (ceremony && !authenticatorData.subarray(0, 32).equals(createHash('sha256').update(ceremony.rpId).digest())) {
      return 'the signature was made for another relying party';
    }
    const flags = authenticatorData[FLAGS] ?? 0;
    if ((flags & USER_PRESENT) === 0) return 'nobody touched the authenticator';
    if ((flags & USER_VERIFIED) === 0) return 'the authenticator did not verify the user';
    if ((evidence as { userVerified?: unknown }).userVerified === false) return 'the evidence says: user not verified';
    const { algorithm, key } = readPublicKey(publicKey);
    const data = Buffer.concat([authenticatorData, createHash('sha256').update(clientDataJSON).digest()]);
    // ES256 signatures are ASN.1 DER in WebAuthn (6.5.5), which is node's default.
    const valid = verifySignature(algorithm === 'EdDSA' ? null : 'sha256', data, key, signature);
    return valid ? null : 'the signature does not fit the key';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
