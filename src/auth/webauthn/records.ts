// A passkey as it is stored in Redis, and back, and as its owner sees it. What cannot be read is no passkey.
import { createHash } from 'node:crypto';
import type { NewPasskey } from './verify.ts';

export type StoredPasskey = NewPasskey & {
  readonly owner: string;
  readonly name: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
};

/** What the owner sees. */
export type View = {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
  readonly backedUp: boolean;
};

export const viewOf = ({ id, name, createdAt, lastUsedAt, backedUp }: StoredPasskey): View => ({
  id,
  name,
  createdAt,
  lastUsedAt,
  backedUp,
});

/** The WebAuthn user handle of a person: no personal data in it (WebAuthn Level 3 section 14.6.1), the same every time. */
export const userHandleOf = (person: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(createHash('sha256').update(`sallyport.user.v1\n${person}`).digest());

/** Field, value, ... for the script that stores it. */
export const storedFields = (passkey: NewPasskey, owner: string, name: string): string[] => [
  ...['id', passkey.id, 'owner', owner, 'name', name, 'publicKey', passkey.publicKey, 'spki', passkey.spki],
  ...['counter', String(passkey.counter), 'transports', passkey.transports.join(' '), 'aaguid', passkey.aaguid],
  ...['backedUp', passkey.backedUp ? '1' : '0'],
];

/** @param fields what HGETALL answered: field, value, field, value... */
export function readPasskey(fields: readonly string[]): StoredPasskey | undefined {
  const row = new Map<string, string>();
  for (let i = 0; i + 1 < fields.length; i += 2) row.set(fields[i] ?? '', fields[i + 1] ?? '');
  const text = (name: string): string => row.get(name) ?? '';
  const counter = Number(text('counter') || 'none');
  const createdAt = Number(text('createdAt') || 'none');
  if (![counter, createdAt].every(Number.isSafeInteger)) return undefined;
  if ([text('id'), text('owner'), text('publicKey'), text('spki')].includes('')) return undefined;
  return {
    id: text('id'),
    owner: text('owner'),
    name: text('name'),
    publicKey: text('publicKey'),
    spki: text('spki'),
    counter,
    transports: text('transports').split(' ').filter(Boolean),
    aaguid: text('aaguid'),
    backedUp: text('backedUp') === '1',
    createdAt,
    lastUsedAt: row.has('lastUsedAt') ? Number(text('lastUsedAt')) : null,
  };
}
