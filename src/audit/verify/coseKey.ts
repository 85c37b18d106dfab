// Reads a COSE public key (RFC 9052, RFC 9053, WebAuthn 6.5.1.1) into a node key object. Strict: only the three kinds of
// key that WebAuthn asks every authenticator for, only shortest encodings, no member twice, nothing after the map.
// Anything else is an error, never a guess: a key that two readers see differently proves nothing.
import { createPublicKey, type KeyObject } from 'node:crypto';

export type CoseAlgorithm = 'ES256' | 'EdDSA' | 'RS256';

/** @throws Error with the cause in words when the bytes are not exactly one key of a known kind */
export function readCoseKey(bytes: Uint8Array): { algorithm: CoseAlgorithm; key: KeyObject } {
  const members = readMap(bytes);
  const [kind, algorithm] = [members.get(1), members.get(3)];
  const expect = (allowed: readonly number[]): void => {
    for (const label of members.keys()) if (!allowed.includes(label)) throw new Error(`key: member ${label} not known`);
  };
  if (kind === 2 && algorithm === -7) {
    expect([1, 3, -1, -2, -3]);
    if (members.get(-1) !== 1) throw new Error('key: ES256 wants the curve P-256');
    const jwk = { kty: 'EC', crv: 'P-256', x: octets(members, -2, 32, 32), y: octets(members, -3, 32, 32) };
    return { algorithm: 'ES256', key: createPublicKey({ key: jwk, format: 'jwk' }) };
  }
  if (kind === 1 && algorithm === -8) {
    expect([1, 3, -1, -2]);
    if (members.get(-1) !== 6) throw new Error('key: EdDSA wants the curve Ed25519');
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: octets(members, -2, 32, 32) };
    return { algorithm: 'EdDSA', key: createPublicKey({ key: jwk, format: 'jwk' }) };
  }
  if (kind === 3 && algorithm === -257) {
    expect([1, 3, -1, -2]);
    const jwk = { kty: 'RSA', n: octets(members, -1, 256, 512), e: octets(members, -2, 3, 4) };
    return { algorithm: 'RS256', key: createPublicKey({ key: jwk, format: 'jwk' }) };
  }
  throw new Error(`key: kind ${String(kind)} with algorithm ${String(algorithm)} is not ES256, EdDSA or RS256`);
}

type Member = number | Uint8Array;

function octets(members: Map<number, Member>, label: number, least: number, most: number): string {
  const value = members.get(label);
  if (!(value instanceof Uint8Array)) throw new Error(`key: member ${label} is missing`);
  if (value.length < least || value.length > most) throw new Error(`key: member ${label} has a wrong length`);
  return Buffer.from(value).toString('base64url');
}

/** A CBOR map of integers to integers or byte strings, and nothing after it. */
function readMap(bytes: Uint8Array): Map<number, Member> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const head = (): { major: number; value: number } => {
    const first = view.getUint8(at);
    at += 1;
    const [major, info] = [first >> 5, first & 31];
    if (info < 24) return { major, value: info };
    if (info > 26) throw new Error('key: encoding not allowed');
    const size = 2 ** (info - 24);
    const value = size === 1 ? view.getUint8(at) : size === 2 ? view.getUint16(at) : view.getUint32(at);
    at += size;
    const shortest = size === 1 ? value > 23 : size === 2 ? value > 0xff : value > 0xffff;
    if (!shortest) throw new Error('key: a number is not in its shortest form');
    return { major, value };
  };
  const item = (): Member => {
    const { major, value } = head();
    if (major === 0) return value;
    if (major === 1) return -1 - value;
    if (major !== 2) throw new Error('key: neither a number nor bytes');
    if (at + value > bytes.length) throw new Error('key: ends early');
    at += value;
    return bytes.subarray(at - value, at);
  };
  try {
    const { major, value: size } = head();
    if (major !== 5 || size > 8) throw new Error('key: not a small map');
    const members = new Map<number, Member>();
    for (let count = 0; count < size; count += 1) {
      const label = item();
      if (typeof label !== 'number') throw new Error('key: a label is not a number');
      if (members.has(label)) throw new Error(`key: member ${label} is there twice`);
      members.set(label, item());
    }
    if (at !== bytes.length) throw new Error('key: more bytes after the end');
    return members;
  } catch (error) {
    throw error instanceof RangeError ? new Error('key: ends early') : error;
  }
}
