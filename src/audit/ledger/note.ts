// Signed notes (https://c2sp.org/signed-note) with Ed25519, and the checkpoint in one (https://c2sp.org/tlog-checkpoint).
// A note's text ends with a line feed; then an empty line; then one line for each signature: `— <name> <base64>`.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

const ED25519 = Buffer.of(1);
const COSIGNATURE = Buffer.of(4);
/** An Ed25519 key in DER is this and then its 32 bytes (RFC 8410). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

export type NoteSigner = {
  readonly name: string;
  /** `<name>+<hash>+<base64>`: what everybody may know, as Go's sumdb/note writes it */
  readonly verifierKey: string;
  /** the same of all its keys: while one follows another, both sign; the newest first */
  readonly verifierKeys: readonly string[];
  /** The lines of all its keys. */
  sign(text: string): string;
  /** Whether one of its keys made one of these lines under this text. */
  signed(text: string, lines: readonly string[]): boolean;
};

const NAME = /^[^\s+]{1,200}$/u;

const keyHash = (name: string, key: Buffer): Buffer =>
  createHash('sha256').update(`${name}\n`).update(key).digest().subarray(0, 4);

const rawPublic = (key: KeyObject): Buffer =>
  createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(SPKI.length);

/**
 * A new private key in the text form of Go's note: `PRIVATE+KEY+<name>+<hash>+<base64 of the seed>`.
 * @param of a log, or a witness that cosigns (another kind of signature, so another number in front of the key)
 */
export function newNoteKey(name: string, of: 'log' | 'witness' = 'log'): string {
  if (!NAME.test(name)) throw new Error('a key name has no spaces and no plus sign');
  const { privateKey } = generateKeyPairSync('ed25519');
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(PKCS8.length);
  const kind = of === 'log' ? ED25519 : COSIGNATURE;
  const hash = keyHash(name, Buffer.concat([kind, rawPublic(privateKey)]));
  return `PRIVATE+KEY+${name}+${hash.toString('hex')}+${Buffer.concat([kind, seed]).toString('base64')}`;
}

/** @throws for anything but a private key as `newNoteKey` writes it; the error never shows it */
function openKey(privateKey: string, kind: Buffer) {
  const [, name = '', hash = '', encoded = ''] =
    /^PRIVATE\+KEY\+([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/u.exec(privateKey.trim()) ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length !== 33 || bytes[0] !== kind[0]) throw new Error('this is not a private note key');
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, bytes.subarray(1)]), format: 'der', type: 'pkcs8' });
  const known = Buffer.concat([kind, rawPublic(key)]);
  const id = keyHash(name, known);
  if (id.toString('hex') !== hash) throw new Error('this private note key is damaged: its hash is another one');
  return { name, id, key, verifierKey: `${name}+${hash}+${known.toString('base64')}` };
}

const line = (name: string, ...parts: Buffer[]): string => `— ${name} ${Buffer.concat(parts).toString('base64')}\n`;

/** More than the one that goes and the one that comes nobody needs. */
const MOST_KEYS = 4;

/**
 * @param privateKeys one a line: one, or the new one and below it the one that it follows
 * @throws for anything but private keys of one log
 */
export function createNoteSigner(privateKeys: string): NoteSigner {
  const keys = privateKeys
    .trim()
    .split(/\s*\n\s*/)
    .map((one) => openKey(one, ED25519));
  const name = keys[0]?.name ?? '';
  const verifierKeys = keys.map((key) => key.verifierKey);
  const [verifierKey = ''] = verifierKeys;
  if (keys.some((key) => key.name !== name)) throw new Error('these private note keys are of different logs');
  if (new Set(verifierKeys).size < keys.length || keys.length > MOST_KEYS)
    throw new Error('these are too many private note keys, or one is there twice');
  const lines = (text: string): string[] => {
    if (!text.endsWith('\n')) throw new Error('the text of a note ends with a line feed');
    return keys.map(({ id, key }) => line(name, id, sign(null, Buffer.from(text), key)));
  };
  return {
    name,
    verifierKey,
    verifierKeys,
    sign: (text) => lines(text).join(''),
    // Ed25519 signatures are the same each time: a key made this very line or did not make it.
    signed: (text, there) => lines(text).some((one) => there.includes(one)),
  };
}

export type Cosigner = {
  readonly name: string;
  readonly verifierKey: string;
  /** The line for this text (https://c2sp.org/tlog-cosignature, v1). @param at ms; the signature says seconds */
  cosign(text: string, at: number): string;
};

/** @throws for anything but a witness's private key */
export function createCosigner(privateKey: string): Cosigner {
  const { name, id, key, verifierKey } = openKey(privateKey, COSIGNATURE);
  return {
    name,
    verifierKey,
    cosign(text, at) {
      const seconds = Math.floor(at / 1000);
      const time = Buffer.alloc(8);
      time.writeBigUInt64BE(BigInt(seconds));
      return line(name, id, time, sign(null, Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`), key));
    },
  };
}

export type Checkpoint = {
  readonly origin: string;
  /** entries in the log */
  readonly size: number;
  readonly root: Buffer;
};

export const checkpointText = ({ origin, size, root }: Checkpoint): string =>
  `${origin}\n${size}\n${root.toString('base64')}\n`;

/** The whole signed checkpoint. @param more lines of witnesses that have cosigned it */
export const signedCheckpoint = (checkpoint: Checkpoint, signer: NoteSigner, more: readonly string[] = []): string => {
  const text = checkpointText(checkpoint);
  return `${text}\n${signer.sign(text)}${more.join('')}`;
};

/** The parts of a signed checkpoint; verifies nothing. @throws for anything else */
export function readCheckpoint(
  note: string,
): Checkpoint & { readonly text: string; readonly signatures: readonly string[] } {
  const split = note.lastIndexOf('\n\n');
  const text = note.slice(0, split + 1);
  const [origin = '', size = '', root = ''] = text.split('\n');
  const hash = Buffer.from(root, 'base64');
  if (split < 0 || origin === '' || !/^(0|[1-9]\d{0,15})$/.test(size) || hash.length !== 32)
    throw new Error('this is not a checkpoint');
  const signatures = note
    .slice(split + 2)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => `${line}\n`);
  return { origin, size: Number(size), root: hash, text, signatures };
}
