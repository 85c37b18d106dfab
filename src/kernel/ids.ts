// Chance comes in from here. Ids are opaque: 128 bits, base64url; secrets (cookies, codes, states) 256 bits.
import { createHash, hash, randomBytes, randomFillSync, timingSafeEqual } from 'node:crypto';

/** The kinds of id that people quote; the prefix tells which thing is meant. */
export type IdPrefix = 'ses' | 'exc' | 'gra' | 'hol' | 'evt' | 'cha' | 'pky' | 'not' | 'frz' | 'lho' | 'pag' | 'gw';

/** `newId('gra')` -> `gra_5Jm...`: a name, not a secret. */
export const newId = (prefix: IdPrefix): string => `${prefix}_${randomPart().toString('base64url')}`;

// Ids are drawn for every request; one call of the system for 256 of them instead of one each.
const pool = Buffer.alloc(4096);
let drawn = pool.length;
function randomPart(): Buffer {
  if (drawn === pool.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  drawn += 16;
  return pool.subarray(drawn - 16, drawn);
}

/** A bearer secret: 256 bits, base64url. Stored only as its digest. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

/** A symmetric key: 256 bits. */
export const newKey = (): Buffer => randomBytes(32);

// In one call: half the cost of a hash object for the short texts of every request.
export const sha256Hex = (data: string | Uint8Array): string => hash('sha256', data, 'hex');
export const sha256Base64url = (data: string | Uint8Array): string => hash('sha256', data, 'base64url');

/** Equality in constant time; both sides are hashed first, so lengths leak nothing. */
export const sameSecret = (a: string, b: string): boolean =>
  timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
