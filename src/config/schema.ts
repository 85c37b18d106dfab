// The shape of sallyport.yaml: the only list of settings there is. Unknown keys are faults. Nothing here can switch off
// authentication, audit or recording; a test compares the list of settings with the documented one.
import { isIP } from 'node:net';
import { z } from 'zod';
import { Export, type ExportConfig } from './export.ts';
import { Ledger, type LedgerConfig } from './ledger.ts';
import { Notices, type NoticesConfig } from './notices.ts';
import { Recordings, type RecordingsConfig } from './recordings.ts';
import { RetentionSettings } from './retention.ts';
import { secret } from './secrets.ts';
import { duration, size } from './units.ts';

const name = (what: string) =>
  z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, `${what}: lower-case letters, digits, dash; a letter first`);

/** `https://host[:port]`; plain http only for this machine, because cookies and passkeys need a secure context. */
const origin = z.string().superRefine((text, context) => {
  const url = URL.parse(text);
  if (!url || url.origin !== text) {
    context.addIssue({
      code: 'custom',
      message: 'write an origin such as https://mdm.example.com: no path, no slash at the end, lower case',
    });
  } else if (url.protocol !== 'https:' && !isThisMachine(url.hostname)) {
    context.addIssue({
      code: 'custom',
      message: 'use https: plain http is accepted only for localhost and names under .localhost',
    });
  }
});

const selector = z
  .string()
  .regex(
    /^[A-Za-z0-9 .#:()[\]=_*>+~|^$-]{1,200}$/,
    'write a CSS selector without commas and quotes, such as .recovery-key',
  );

const upstream = z.string().superRefine((text, context) => {
  const url = URL.parse(text);
  if (!url || url.origin !== text || !['http:', 'https:'].includes(url.protocol)) {
    context.addIssue({
      code: 'custom',
      message: 'write the address that the gateway dials, such as https://10.0.0.5:8443: no path, no slash at the end',
    });
  }
});

/** `10.0.0.0/8`, `2001:db8::/32`, or one address. */
const cidr = z.string().refine((text) => {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0 || address.includes('%')) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}, 'write an address such as 10.1.2.3 or a network such as 10.0.0.0/8');

const zone = z.string().refine((text) => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}, 'write a time zone such as Europe/Brussels or UTC');

export const isThisMachine = (host: string): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || host === '127.0.0.1' || host === '[::1]';

export const Settings = z.strictObject({
  deployment: name('deployment').default('main'),
  listen: z
    .strictObject({ host: z.string().min(1).default('127.0.0.1'), port: z.int().min(0).max(65535).default(8080) })
    .prefault({}),
  portal: z.strictObject({ origin }),
  /** where recorded pages are rebuilt; without it, the portal's host with `replay` as its first label */
  replay: z.strictObject({ origin: origin.optional() }).prefault({}),
  oidc: z.strictObject({
    issuer: z.string().superRefine((text, context) => {
      const url = URL.parse(text);
      if (!url) context.addIssue({ code: 'custom', message: 'write the issuer URL exactly as the IdP publishes it' });
      else if (url.protocol !== 'https:' && !isThisMachine(url.hostname))
        context.addIssue({ code: 'custom', message: 'use https: an issuer over plain http can be impersonated' });
    }),
    clientId: z.string().min(1),
    clientSecret: secret,
    groupsClaim: z.string().min(1).default('groups'),
    /** what the IdP says of the person's own device; without it policies see `unknown` */
    postureClaim: z.string().min(1).optional(),
    scopes: z.array(z.string().min(1)).default(['openid', 'profile', 'groups']),
  }),
  consoles: z
    .array(
      z.strictObject({
        id: name('console id').refine((id) => id !== 'portal', "portal is Sallyport's own: choose another id"),
        name: z.string().trim().min(1).max(80),
        origin,
        upstream,
        pack: name('pack'),
        shim: z.boolean().default(true),
        /** dom: what its pages look like is recorded too, where the shim is; exchanges: requests and answers only */
        record: z.enum(['dom', 'exchanges']).default('dom'),
        dom: z
          .strictObject({
            /** shown: what is typed is recorded, except into fields of passwords, codes and other secrets */
            inputs: z.enum(['masked', 'shown']).default('masked'),
            maskText: z.array(selector).max(100).default([]),
            /** exchanges: a page too big to be followed goes on with exchanges only, visibly */
            bigPages: z.enum(['exchanges', 'dom']).default('exchanges'),
            notice: z.boolean().default(false),
          })
          .prefault({}),
        /** observe: what policy refuses is written down and goes through; for the roll-out */
        mode: z.enum(['enforce', 'observe']).default('enforce'),
        /** of day and hour in policies */
        zone: zone.default('UTC'),
      }),
    )
    .min(1, 'name at least one console'),
  /** name -> addresses; policies ask for names */
  networks: z.record(name('network'), z.array(cidr).min(1)).default({}),
  /** whose X-Forwarded-For is believed */
  trustedProxies: z.array(cidr).default([]),
  redis: z
    .strictObject({
      url: z
        .string()
        .regex(/^rediss?:\/\//, 'write redis://host:port or rediss://host:port')
        .optional(),
      commandTimeout: duration.prefault('250ms'),
    })
    .prefault({}),
  data: z.string().min(1).default('data'),
  /** folders; without them, the ones that come with the product */
  policies: z.string().min(1).optional(),
  packs: z.string().min(1).optional(),
  /** file of approval rules and budgets; without it, the one that comes with the product */
  access: z.string().min(1).optional(),
  session: z.strictObject({ idle: duration.prefault('30m'), absolute: duration.prefault('10h') }).prefault({}),
  limits: z
    .strictObject({
      judgedBody: size.prefault('256KiB'),
      requestHead: duration.prefault('15s'),
      requestBody: duration.prefault('30s'),
      upstream: duration.prefault('60s'),
      freeSpace: size.prefault('64MiB'),
    })
    .prefault({}),
  /** the sealed form of the journal */
  ledger: Ledger,
  viewing: z
    .strictObject({
      /** required: whoever looks at a session says why, once for each login */
      reason: z.enum(['required', 'optional']).default('optional'),
    })
    .prefault({}),
  /** who can read recordings */
  recordings: Recordings,
  /** how long recordings are kept; without rules, for good */
  retention: RetentionSettings,
  /** without channels nobody is told anything outside the portal */
  notices: Notices,
  /** where the events of the journal go; without destinations nowhere */
  export: Export,
  /** without it there is no health listener */
  health: z.strictObject({ host: z.string().min(1).default('127.0.0.1'), port: z.int().min(1).max(65535) }).optional(),
  log: z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error']).default('info') }).prefault({}),
});

export type Settings = z.infer<typeof Settings>;

/** What the rest of the product gets: paths absolute, secrets read. */
export type Config = Omit<
  Settings,
  'oidc' | 'policies' | 'packs' | 'access' | 'notices' | 'export' | 'ledger' | 'replay' | 'recordings'
> & {
  readonly replay: { readonly origin: string };
  readonly ledger: LedgerConfig;
  readonly recordings: RecordingsConfig;
  readonly policies: string;
  readonly notices: NoticesConfig;
  readonly export: ExportConfig;
  readonly packs: string;
  readonly access: string;
  readonly oidc: Omit<Settings['oidc'], 'clientSecret'> & { readonly clientSecret: string };
};
