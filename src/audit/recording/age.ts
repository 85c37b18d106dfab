// The only importer of age-encryption: recordings are encrypted to age recipients, so that whoever writes them need not be able
// to read them, and the `age` command reads what is written here (docs/recording-format.md). Identities never appear in errors.
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';

/** A key that nobody has: recordings stay closed. */
export class CannotDecrypt extends Error {
  override readonly name = 'CannotDecrypt';
}

export type Encrypt = (bytes: Uint8Array) => Promise<Uint8Array>;
export type Decrypt = (bytes: Uint8Array) => Promise<Uint8Array>;

/** @param recipients `age1...`, at least one; each of them can decrypt alone @throws Error naming one that is none */
export function encryptTo(recipients: readonly string[]): Encrypt {
  if (recipients.length === 0) throw new Error('recordings: name at least one recipient');
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch {
      throw new Error(`recordings: ${recipient.slice(0, 100)} is no age recipient`);
    }
  }
  return (bytes) => encrypter.encrypt(bytes);
}

/** @param identities `AGE-SECRET-KEY-1...`; the first that fits is used @throws Error when one is no identity */
export function decryptWith(identities: readonly string[]): Decrypt {
  const decrypter = new Decrypter();
  for (const identity of identities) {
    try {
      decrypter.addIdentity(identity);
    } catch {
      throw new Error('recordings: what was given as an identity is no age identity');
    }
  }
  return async (bytes) => {
    try {
      return await decrypter.decrypt(bytes);
    } catch (error) {
      throw new CannotDecrypt(error instanceof Error ? error.message : String(error));
    }
  };
}

export const newIdentity = (): Promise<string> => generateX25519Identity();

/** @throws Error when it is no identity */
export async function recipientOf(identity: string): Promise<string> {
  try {
    return await identityToRecipient(identity);
  } catch {
    throw new Error('recordings: what was given as an identity is no age identity');
  }
}

/** The identities of a key file as age-keygen writes it: one a line, comments left out. */
export const identitiesIn = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
