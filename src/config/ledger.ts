// The settings of the ledger: where it lives, who signs it, who watches it. Keys of a bucket and of the log are secrets.
import { resolve } from 'node:path';
import { z } from 'zod';
import { createNoteSigner } from '../audit/ledger/note.ts';
import type { StoreSettings } from '../audit/ledger/openStore.ts';
import type { PostSettings } from '../audit/ledger/post.ts';
import { readNoteKey } from '../audit/verify/note.ts';
import { readSecret, type SecretRef, secret } from './secrets.ts';
import { duration } from './units.ts';

const address = z.string().superRefine((text, context) => {
  const url = URL.parse(text);
  const here =
    url !== null && (['localhost', '127.0.0.1', '[::1]'].includes(url.hostname) || url.hostname.endsWith('.localhost'));
  if (
    !url ||
    (url.protocol !== 'https:' && !(url.protocol === 'http:' && here)) ||
    url.username !== '' ||
    url.search !== ''
  )
    context.addIssue({
      code: 'custom',
      message: 'write an address such as https://witness.example.com: https, no user, no query',
    });
});

const s3 = z.strictObject({
  endpoint: address,
  region: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .default('us-east-1'),
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{2,62}$/, 'write the name of a bucket'),
  prefix: z
    .string()
    .regex(/^(?:[A-Za-z0-9._-]+\/)*$/, 'write folders with a slash at the end, such as sallyport/main/')
    .default(''),
  accessKey: secret,
  secretKey: secret,
  /** Object Lock: nobody deletes it before; governance leaves a door for who has that right */
  lock: z.strictObject({ mode: z.enum(['governance', 'compliance']), days: z.int().min(1).max(36_500) }).optional(),
});
const store = z.union([z.strictObject({ folder: z.string().min(1) }), z.strictObject({ s3 })], {
  error: 'a store is {folder: path} or {s3: {endpoint, bucket, accessKey, secretKey}}',
});

const mail = z.strictObject({
  mail: z.strictObject({
    /** an e-mail channel of the notices */
    channel: z.string().min(1),
    to: z
      .array(z.email({ error: 'write one mail address such as audit@example.com' }))
      .min(1)
      .max(20),
    every: duration.prefault('24h'),
  }),
});

export const Ledger = z
  .strictObject({
    /** name of the log, in every checkpoint; without it the portal's host and the deployment */
    origin: z
      .string()
      .regex(/^[a-zA-Z0-9][a-zA-Z0-9./-]{0,199}$/, 'write a name such as access.example.com/main: no spaces, no plus')
      .optional(),
    /** PRIVATE+KEY+... as `sallyport ledger key --new` makes it; without it, one is made in the data folder */
    key: secret.optional(),
    /** without it, the folder ledger in the data folder */
    store: store.optional(),
    /** between two looks at the journal */
    every: duration.prefault('1s'),
    /** newest entries that stay in Redis too; older ones are in the ledger alone */
    keep: z.int().min(1000).max(100_000_000).default(100_000),
    /** who cosigns checkpoints (tlog-witness): their verifier keys and addresses */
    witnesses: z
      .array(z.strictObject({ key: z.string().min(1), url: address }))
      .max(16)
      .default([]),
    /** where checkpoints go as well, so that a ledger that was cut or rewritten is seen */
    post: z
      .array(
        z.union([z.strictObject({ webhook: z.strictObject({ url: secret, secret }) }), mail, ...store.options], {
          error: 'a destination is {webhook: {url, secret}}, {mail: {channel, to}}, {folder: path} or {s3: ...}',
        }),
      )
      .max(8)
      .default([]),
    /** between two checkpoints to the same destination or witness */
    postEvery: duration.prefault('1m'),
  })
  .prefault({});

export type LedgerSettings = z.infer<typeof Ledger>;

/** What the gateway gets. */
export type LedgerConfig = {
  readonly origin: string | null;
  readonly key: string | null;
  readonly store: StoreSettings;
  readonly every: number;
  readonly keep: number;
  readonly witnesses: readonly { readonly key: string; readonly url: string }[];
  readonly post: readonly PostSettings[];
  readonly postEvery: number;
};

/**
 * Reads the secrets. @param from the folder that relative paths start at @param data the data folder, absolute
 * @param mailChannels ids of e-mail channels @param fault hears what is wrong
 */
export function resolveLedger(
  settings: LedgerSettings,
  from: string,
  data: string,
  environment: { readonly [name: string]: string | undefined },
  mailChannels: readonly string[],
  fault: (path: readonly (string | number)[], what: string) => void,
): LedgerConfig {
  const value = (ref: SecretRef, what: string, ...path: (string | number)[]): string => {
    const found = readSecret(ref, what, from, environment);
    if ('value' in found) return found.value;
    fault(['ledger', ...path], found.fault);
    return '';
  };
  const storeOf = (given: NonNullable<LedgerSettings['store']>, ...path: (string | number)[]): StoreSettings =>
    'folder' in given
      ? { kind: 'folder', folder: resolve(from, given.folder) }
      : {
          ...given.s3,
          kind: 's3',
          endpoint: given.s3.endpoint.replace(/\/$/, ''),
          lock: given.s3.lock ?? null,
          accessKey: value(given.s3.accessKey, 'the access key of the bucket', ...path, 's3', 'accessKey'),
          secretKey: value(given.s3.secretKey, 'the secret key of the bucket', ...path, 's3', 'secretKey'),
        };
  const key = settings.key ? value(settings.key, 'the private key of the ledger', 'key') : null;
  if (key !== null && key !== '') {
    try {
      const { name } = createNoteSigner(key);
      if (settings.origin !== undefined && settings.origin !== name)
        fault(['ledger', 'origin'], `the key was made for ${name}: write that, or leave origin out`);
    } catch {
      fault(['ledger', 'key'], 'its value is no key of a ledger: make one with sallyport ledger key --new <name>');
    }
  }
  for (const [index, witness] of settings.witnesses.entries())
    if (readNoteKey(witness.key)?.kind !== 'witness')
      fault(
        ['ledger', 'witnesses', index, 'key'],
        'is no verifier key of a witness: <name>+<hash>+<base64>, as the witness shows it',
      );
  return {
    ...settings,
    origin: settings.origin ?? null,
    key,
    store: settings.store ? storeOf(settings.store, 'store') : { kind: 'folder', folder: resolve(data, 'ledger') },
    post: settings.post.map((one, index): PostSettings => {
      if ('mail' in one) {
        if (!mailChannels.includes(one.mail.channel))
          fault(
            ['ledger', 'post', index, 'mail', 'channel'],
            `there is no e-mail channel ${one.mail.channel}: name one of notices.channels`,
          );
        return { kind: 'mail', ...one.mail };
      }
      if (!('webhook' in one)) return { kind: 'store', store: storeOf(one, 'post', index) };
      const url = value(one.webhook.url, 'the address of the receiver', 'post', index, 'webhook', 'url');
      const key = value(one.webhook.secret, 'the secret that the receiver knows', 'post', index, 'webhook', 'secret');
      if (url !== '' && !address.safeParse(url.replace(/\?.*$/, '')).success)
        fault(['ledger', 'post', index, 'webhook', 'url'], 'its value is no https address');
      if (key !== '' && !/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/.test(key))
        fault(
          ['ledger', 'post', index, 'webhook', 'secret'],
          'its value is no secret of a webhook: whsec_ and 24 to 64 random bytes in base64',
        );
      return { kind: 'webhook', url, secret: key };
    }),
  };
}
