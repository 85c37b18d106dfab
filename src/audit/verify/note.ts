// Opens a signed note (https://c2sp.org/signed-note) without trusting who wrote it. Written from the specification, not
// from the code that writes ours.
import { createHash, createPublicKey, verify } from 'node:crypto';

export type NoteKey = {
  readonly name: string;
  readonly id: string;
  readonly kind: 'log' | 'witness';
  readonly key: Buffer;
  /** as it was read */
  readonly text: string;
};

/** @param text `<name>+<hash>+<base64>` @returns null for anything else, also for a hash that is not the key's */
export function readNoteKey(text: string): NoteKey | null {
  const [, name = '', id = '', encoded = ''] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/u.exec(text.trim()) ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  const algorithm = bytes[0];
  if (name === '' || bytes.length !== 33 || (algorithm !== 1 && algorithm !== 4)) return null;
  const hash = createHash('sha256').update(`${name}\n`).update(bytes).digest('hex').slice(0, 8);
  return hash === id
    ? { name, id, kind: algorithm === 1 ? 'log' : 'witness', key: bytes.subarray(1), text: text.trim() }
    : null;
}

export type OpenedCheckpoint = {
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
  /** names of the keys whose signatures hold; witnesses with the time that they signed, ms */
  readonly signedBy: readonly { readonly name: string; readonly at: number | null }[];
};

/** @returns the checkpoint, or what is wrong with it. */
export function openCheckpoint(note: string, keys: readonly NoteKey[]): OpenedCheckpoint | string {
  const opened = openNote(note, keys);
  if (opened === NO_NOTE) return opened;
  const [origin = '', digits = '', encoded = ''] = note.split('\n');
  const root = Buffer.from(encoded, 'base64');
  if (origin === '' || !/^(0|[1-9]\d{0,15})$/.test(digits) || root.length !== 32) return 'it is not a checkpoint';
  return typeof opened === 'string' ? opened : { origin, size: Number(digits), root, signedBy: opened.signedBy };
}

const NO_NOTE = 'it is not a signed note';
type OpenedNote = { readonly text: string; readonly signedBy: OpenedCheckpoint['signedBy'] };

/** @returns the text and who signed it, or what is wrong. A signature of an unknown key is nobody's; one of a known key that fails is a fault. */
export function openNote(note: string, keys: readonly NoteKey[]): OpenedNote | string {
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) return NO_NOTE;
  const text = note.slice(0, end + 1);
  const signedBy: { name: string; at: number | null }[] = [];
  for (const line of note.slice(end + 2).split('\n')) {
    if (line === '') continue;
    const [, name = '', base64 = ''] = /^— ([^\s+]+) ([A-Za-z0-9+/=]+)$/u.exec(line) ?? [];
    const bytes = Buffer.from(base64, 'base64');
    if (name === '' || bytes.length < 5) return 'it has a line that is no signature';
    const id = bytes.subarray(0, 4).toString('hex');
    const key = keys.find((one) => one.name === name && one.id === id);
    if (key === undefined) continue;
    const at = signedAt(key, text, bytes.subarray(4));
    if (at === false) return `the signature of ${name} does not hold`;
    signedBy.push({ name, at });
  }
  return signedBy.length === 0 ? 'no key that is known has signed it' : { text, signedBy };
}

/** false: the signature does not hold. A witness's says when (https://c2sp.org/tlog-cosignature). */
function signedAt({ kind, key }: NoteKey, text: string, signature: Buffer): number | null | false {
  if (kind === 'log') return holds(key, text, signature) ? null : false;
  if (signature.length !== 72) return false;
  const seconds = signature.readBigUInt64BE(0);
  return holds(key, `cosignature/v1\ntime ${seconds}\n${text}`, signature.subarray(8)) ? Number(seconds) * 1000 : false;
}

function holds(raw: Buffer, text: string, signature: Buffer): boolean {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' });
  return verify(null, Buffer.from(text), key, signature);
}
