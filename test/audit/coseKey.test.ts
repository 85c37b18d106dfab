// Rules about public keys in evidence: one key has one reading, everything else is refused.
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readCoseKey } from '../../src/audit/verify/coseKey.ts';
import { readPublicKey } from '../../src/audit/verify/publicKey.ts';
import { newKey } from './journalKit.ts';

const { cose, spki } = newKey('ES256');
const [x, y] = [cose.subarray(8, 8 + 34), cose.subarray(43, 43 + 34)];
const bytes = (...parts: (number | Buffer)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : part)));

describe('a COSE key', () => {
  test.each(['ES256', 'EdDSA', 'RS256'] as const)('of %s is read as the key that it is', (algorithm) => {
    const key = newKey(algorithm);
    const read = readCoseKey(key.cose);
    expect(read.algorithm).toBe(algorithm);
    expect(read.key.export({ format: 'der', type: 'spki' })).toEqual(key.spki);
  });

  const broken: [name: string, key: Buffer, what: RegExp][] = [
    ['nothing', Buffer.alloc(0), /ends early/],
    ['no map', bytes(0x01), /not a small map/],
    ['one byte more', bytes(cose, 0x00), /more bytes after the end/],
    ['a map of indefinite length', bytes(0xbf, cose.subarray(1), 0xff), /not allowed/],
    ['a number not in its shortest form', bytes(0xa5, 0x18, 0x01, cose.subarray(2)), /shortest form/],
    ['a member twice', bytes(0xa6, 0x01, 0x02, cose.subarray(1)), /there twice/],
    ['a member that nobody knows', bytes(0xa6, 0x04, 0x01, cose.subarray(1)), /member 4 not known/],
    ['a text for a label', bytes(0xa5, 0x61, 0x61, cose.subarray(2)), /neither a number nor bytes/],
    ['another curve', bytes(cose.subarray(0, 6), 0x02, cose.subarray(7)), /P-256/],
    ['another algorithm', bytes(cose.subarray(0, 4), 0x27, cose.subarray(5)), /is not ES256/],
    ['a coordinate missing', bytes(0xa4, cose.subarray(1, 8), x), /member -3 is missing/],
    ['a short coordinate', bytes(cose.subarray(0, 8), 0x58, 31, x.subarray(3), 0x22, y), /wrong length/],
    ['a point that is not on the curve', bytes(cose.subarray(0, 8), x, 0x22, 0x58, 32, Buffer.alloc(32, 1)), /./],
  ];
  test.each(broken)('with %s is refused', (_name, key, what) => {
    expect(() => readCoseKey(key)).toThrow(what);
  });

  test('cut at any byte is refused', () => {
    for (let length = 0; length < cose.length; length += 1)
      expect(() => readCoseKey(cose.subarray(0, length))).toThrow();
  });
});

describe('an SPKI key', () => {
  test('of a kind that passkeys do not have is refused', () => {
    const der = { format: 'der', type: 'spki' } as const;
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export(der);
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export(der);
    for (const key of [p384, short]) expect(() => readPublicKey(key)).toThrow(/is not ES256/);
  });
  test('with bytes after its end is refused', () => {
    expect(readPublicKey(spki).algorithm).toBe('ES256');
    expect(() => readPublicKey(bytes(spki, 0))).toThrow();
  });
});
