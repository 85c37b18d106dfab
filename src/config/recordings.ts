// The settings of recordings: who can read them. Without any, a key is made in the data folder at the first start.
import { z } from 'zod';
import { type ReadSecret, readSecret, type SecretRef, secret } from './secrets.ts';

export const Recordings = z
  .strictObject({
    /** age recipients; each of them can read what is recorded from now on */
    recipients: z
      .array(z.string().regex(/^age1[02-9ac-hj-np-z]{58}$/, 'write an age recipient: age1 and 58 more characters'))
      .default([]),
    /** texts of age key files; without one, recordings are written here and cannot be read here */
    identity: z.union([secret, z.array(secret).min(1)]).optional(),
  })
  .prefault({});

export type RecordingsConfig = { readonly recipients: readonly string[]; readonly identities: readonly string[] };

export function resolveRecordings(
  { recipients, identity }: z.infer<typeof Recordings>,
  from: string,
  environment: { readonly [name: string]: string | undefined },
  fault: (path: readonly (string | number)[], what: string) => void,
): RecordingsConfig {
  const refs: readonly SecretRef[] = identity === undefined ? [] : Array.isArray(identity) ? identity : [identity];
  const identities: string[] = [];
  for (const [index, ref] of refs.entries()) {
    const path = ['recordings', 'identity', ...(Array.isArray(identity) ? [index] : [])];
    const read: ReadSecret = readSecret(ref, 'a key as `sallyport recordings keygen` prints it', from, environment);
    if ('fault' in read) fault(path, read.fault);
    else if (!/^AGE-SECRET-KEY-1[A-Z0-9]{58}$/m.test(read.value))
      fault(path, 'has no age key in it: AGE-SECRET-KEY-1...');
    else identities.push(read.value);
  }
  return { recipients, identities };
}
