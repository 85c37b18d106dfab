// The settings of notices: which channels there are, and who is told of what over which. Addresses of channels are secrets.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { smtpOptions } from '../notices/channels/smtpOptions.ts';
import { NOTICE_EVENTS, type NoticeEvent } from '../notices/notice.ts';
import type { ChannelSettings } from '../notices/notices.ts';
import type { AddressBook, NoticeRoute } from '../notices/routes.ts';
import type { Finding } from './crossChecks.ts';
import { readSecret, secret } from './secrets.ts';

const id = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'channel id: lower-case letters, digits, dash; a letter first');
const ADDRESS = "[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?";
const address = z.string().regex(new RegExp(`^${ADDRESS}$`), 'write one mail address such as leads@example.com');
const from = z
  .string()
  .regex(
    new RegExp(`^(?:[A-Za-z0-9 .-]{1,60} <${ADDRESS}>|${ADDRESS})$`),
    'write an address such as Sallyport <sallyport@example.com>',
  );

const GROUPS_OF_EVENTS = ['grant.*', 'hold.*', 'freeze.*', 'policy.*', 'export.*'] as const;

const channel = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ id, kind: z.literal('email'), smtp: secret, from, ca: z.string().min(1).optional() }),
    z.strictObject({ id, kind: z.literal('slack'), url: secret }),
    z.strictObject({ id, kind: z.literal('teams'), url: secret }),
    z.strictObject({ id, kind: z.literal('webhook'), url: secret, secret }),
  ],
  { error: 'a channel is of the kind email, slack, teams or webhook' },
);

const route = z.strictObject({
  to: z.union([z.enum(['approvers', 'requester', 'operators']), z.array(z.string().min(1)).min(1)], {
    error: 'write approvers, requester, operators, or a list of groups such as [mdm-approvers]',
  }),
  events: z
    .array(
      z.enum([...NOTICE_EVENTS, ...GROUPS_OF_EVENTS], {
        error: `write events such as grant.asked or grant.*; there are ${NOTICE_EVENTS.join(', ')}`,
      }),
    )
    .min(1)
    .optional(),
  channels: z.array(z.string()).min(1),
});

export const Notices = z
  .strictObject({
    channels: z.array(channel).default([]),
    routes: z.array(route).default([]),
    /** mail addresses of groups of the IdP: it does not tell who is in them */
    addresses: z.record(z.string().min(1), z.array(address).min(1)).default({}),
    operators: z.array(address).default([]),
  })
  .prefault({});

export type NoticesSettings = z.infer<typeof Notices>;

/** What src/notices gets. */
export type NoticesConfig = {
  readonly channels: readonly ChannelSettings[];
  readonly routes: readonly NoticeRoute[];
  readonly book: AddressBook;
};

export function noticeFindings({ channels, routes, addresses, operators }: NoticesSettings): Finding[] {
  const findings: Finding[] = [];
  const add = (path: readonly (string | number)[], what: string) => findings.push({ path: ['notices', ...path], what });
  const kinds = new Map<string, string>();
  channels.forEach(({ id, kind }, index) => {
    if (kinds.has(id)) add(['channels', index, 'id'], `two channels are called ${id}: choose another id`);
    kinds.set(id, kind);
  });
  if (channels.length > 0 && routes.length === 0)
    add(['channels'], 'no route leads to them: add routes, or nobody is told');
  routes.forEach((one, index) => {
    for (const name of one.channels)
      if (!kinds.has(name))
        add(['routes', index, 'channels'], `there is no channel ${name}: name one of notices.channels`);
    if (!one.channels.some((name) => kinds.get(name) === 'email')) return;
    if (one.to === 'operators' && operators.length === 0)
      add(['routes', index, 'to'], 'nobody gets this mail: list addresses in notices.operators');
    if (one.to === 'approvers' && Object.keys(addresses).length === 0)
      add(['routes', index, 'to'], 'nobody gets this mail: list addresses of groups in notices.addresses');
    for (const group of typeof one.to === 'string' ? [] : one.to)
      if (!Object.hasOwn(addresses, group))
        add(['routes', index, 'to'], `nobody gets this mail: list addresses of ${group} in notices.addresses`);
  });
  return findings;
}

/**
 * Reads the secrets. @param folder where relative paths start
 * @returns the channels whose secrets are sound; faults go to `fault`
 */
export function resolveNotices(
  { channels, routes, addresses, operators }: NoticesSettings,
  folder: string,
  environment: { readonly [name: string]: string | undefined },
  fault: (path: readonly (string | number)[], what: string) => void,
): NoticesConfig {
  const read = channels.map((one, index): ChannelSettings | null => {
    const valueAt = (member: 'url' | 'smtp' | 'secret', ref: z.infer<typeof secret>, what: string, check: Check) => {
      const found = readSecret(ref, what, folder, environment);
      const wrong = 'fault' in found ? found.fault : check(found.value);
      if (wrong === null && 'value' in found) return found.value;
      fault(['notices', 'channels', index, member], wrong ?? '');
      return null;
    };
    if (one.kind === 'email') {
      const smtp = valueAt('smtp', one.smtp, 'the address of the mail server', smtpFault);
      const ca = one.ca === undefined ? null : authority(resolve(folder, one.ca));
      if (typeof ca === 'object' && ca !== null) fault(['notices', 'channels', index, 'ca'], ca.fault);
      if (smtp === null || (typeof ca === 'object' && ca !== null)) return null;
      return { id: one.id, kind: one.kind, smtp, from: one.from, ca };
    }
    const url = valueAt('url', one.url, 'the address that the service gave', urlFault);
    if (one.kind !== 'webhook') return url === null ? null : { id: one.id, kind: one.kind, url };
    const key = valueAt('secret', one.secret, 'the secret that the receiver knows', keyFault);
    return url === null || key === null ? null : { id: one.id, kind: one.kind, url, secret: key };
  });
  return {
    channels: read.filter((one) => one !== null),
    routes: routes.map(({ to, events, channels: names }) => ({
      to,
      events: events === undefined ? null : eventsOf(events),
      channels: names,
    })),
    book: { groups: addresses, operators },
  };
}

type Check = (value: string) => string | null;

const eventsOf = (names: readonly string[]): NoticeEvent[] =>
  NOTICE_EVENTS.filter((event) => names.some((name) => name === event || name === event.replace(/\..*$/, '.*')));

/** What it says names nothing of the value: it is a secret. */
const urlFault: Check = (value) => {
  const url = URL.parse(value);
  if (!url || !['http:', 'https:'].includes(url.protocol)) return 'its value is no address: write https://...';
  if (url.username !== '' || url.password !== '') return 'its value names a user: such an address is not dialled';
  const here = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname) || url.hostname.endsWith('.localhost');
  return url.protocol === 'https:' || here ? null : 'its value is plain http: use https';
};

const smtpFault: Check = (value) => {
  try {
    smtpOptions(value, null, 1);
    return null;
  } catch {
    return 'its value is no address: write smtps://user:password@mail.example.com, special characters percent-encoded';
  }
};

/** Standard Webhooks 1.0: 24 to 64 bytes. */
const keyFault: Check = (value) => {
  const [, text = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(value) ?? [];
  const { length } = Buffer.from(text, 'base64');
  return length >= 24 && length <= 64
    ? null
    : 'its value is no secret of a webhook: whsec_ and 24 to 64 random bytes in base64';
};

function authority(file: string): string | { readonly fault: string } {
  try {
    const pem = readFileSync(file, 'utf8');
    new X509Certificate(pem);
    return pem;
  } catch {
    return { fault: 'the file cannot be read as a certificate (PEM): check the path and who may read it' };
  }
}
