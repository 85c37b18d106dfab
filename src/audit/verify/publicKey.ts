// Reads a passkey's public key as evidence keeps it: SPKI in DER, or the COSE form that authenticators send. Both strict:
// bytes that are not exactly one key of one of the three kinds that Sallyport takes are an error.
import { createPublicKey, type KeyObject } from 'node:crypto';
import { type CoseAlgorithm, readCoseKey } from './coseKey.ts';

const DER_SEQUENCE = 0x30;
const LEAST_RSA_BITS = 2048;

/** @throws Error with the cause in words */
export function readPublicKey(bytes: Buffer): { algorithm: CoseAlgorithm; key: KeyObject } {
  // A COSE key is a CBOR map (first byte 0xa0 to 0xbf), so the first byte tells the two apart.
  if (bytes[0] !== DER_SEQUENCE) return readCoseKey(bytes);
  const key = createPublicKey({ key: bytes, format: 'der', type: 'spki' });
  if (!key.export({ format: 'der', type: 'spki' }).equals(bytes)) throw new Error('key: not in its one DER form');
  const { asymmetricKeyType: kind, asymmetricKeyDetails: details } = key;
  if (kind === 'ec' && details?.namedCurve === 'prime256v1') return { algorithm: 'ES256', key };
  if (kind === 'ed25519') return { algorithm: 'EdDSA', key };
  if (kind === 'rsa' && (details?.modulusLength ?? 0) >= LEAST_RSA_BITS) return { algorithm: 'RS256', key };
  throw new Error(`key: ${String(kind)} is not ES256, EdDSA or RS256`);
}
