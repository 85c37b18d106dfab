// Which keys recordings are written to and read with. Configured ones are taken as they are; without any, a key is made once and
// kept in `<data>/recording.key`, in the format of age-keygen: the first identity in it is the one that is written to, further
// ones are older keys that still read.
import { chmodSync, readFileSync } from 'node:fs';
import { link, mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { newId } from '../../kernel/ids.ts';
import { encryptTo, identitiesIn, newIdentity, recipientOf } from './age.ts';

export type RecordingKeys = {
  /** never empty */
  readonly recipients: readonly string[];
  /** null: recordings cannot be read here */
  readonly identities: readonly string[] | null;
};

export type GivenKeys = {
  readonly recipients: readonly string[];
  /** texts of key files */
  readonly identities: readonly string[];
};

export const keyFile = (data: string): string => join(data, 'recording.key');

/** @throws Error in words, when a key is none, or the file cannot be made */
export async function recordingKeys(data: string, given: GivenKeys): Promise<RecordingKeys> {
  let identities = given.identities.flatMap(identitiesIn);
  if (given.recipients.length === 0 && identities.length === 0) {
    identities = identitiesIn(await keyTextOf(data));
    if (identities.length === 0) throw new Error(`recordings: ${keyFile(data)} has no key in it`);
  }
  const [current] = identities;
  const recipients =
    given.recipients.length > 0 ? given.recipients : current === undefined ? [] : [await recipientOf(current)];
  encryptTo(recipients);
  for (const identity of identities) await recipientOf(identity);
  return { recipients, identities: identities.length > 0 ? identities : null };
}

/** To read with: what was given, else what is in the data folder; null when there is neither. @throws Error in words */
export async function readingKeys(data: string, given: readonly string[]): Promise<readonly string[] | null> {
  const texts = given.length > 0 ? given : [readOr(keyFile(data))].filter((text) => text !== null);
  const identities = texts.flatMap(identitiesIn);
  for (const identity of identities) await recipientOf(identity);
  return identities.length > 0 ? identities : null;
}

export async function keyText(): Promise<string> {
  const identity = await newIdentity();
  return `# Sallyport recordings\n# public key: ${await recipientOf(identity)}\n${identity}\n`;
}

async function keyTextOf(data: string): Promise<string> {
  const path = keyFile(data);
  const there = readOr(path);
  if (there !== null) return there;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // Written whole and then linked: of two that start at once, both take the one that came first.
  const beside = `${path}.${newId('gw')}`;
  const handle = await open(beside, 'w', 0o600);
  try {
    await handle.writeFile(await keyText());
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(beside, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(beside, { force: true });
  }
  chmodSync(path, 0o600);
  return readFileSync(path, 'utf8');
}

function readOr(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
