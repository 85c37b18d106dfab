// What every OCSF event of ours has: class, activity, time, metadata, severity, status. OCSF is the Open Cybersecurity Schema
// Framework; this is version 1.5.0. Numbers and captions are the schema's; a test checks each mapped kind against it.
import type { JournalEntry } from '../../../kernel/auditEvent.ts';
import type { Json } from '../../../kernel/canonicalJson.ts';

export const OCSF_VERSION = '1.5.0';

export type Ocsf = { readonly [member: string]: Json };
export type Facts = { readonly [member: string]: unknown };

/** An event of the journal, read. Members that are not what they should be are as good as absent. */
export type ReadEvent = {
  readonly kind: string;
  readonly actor: string | null;
  readonly actorName: string | null;
  readonly session: string | null;
  readonly exchange: string | null;
  readonly console: string | null;
  readonly facts: Facts;
};

type Class = {
  readonly name: string;
  readonly category: number;
  readonly activities: { readonly [id: number]: string };
};
const IAM = 3;
const APPLICATION = 6;
const OTHER = { 0: 'Unknown', 99: 'Other' } as const;

export const CLASSES = {
  0: { name: 'Base Event', category: 0, activities: OTHER },
  2004: { name: 'Detection Finding', category: 2, activities: { ...OTHER, 1: 'Create', 2: 'Update', 3: 'Close' } },
  3001: {
    name: 'Account Change',
    category: IAM,
    activities: { ...OTHER, 10: 'MFA Factor Enable', 11: 'MFA Factor Disable' },
  },
  3002: { name: 'Authentication', category: IAM, activities: { ...OTHER, 1: 'Logon', 2: 'Logoff' } },
  3004: {
    name: 'Entity Management',
    category: IAM,
    activities: { ...OTHER, 1: 'Create', 2: 'Read', 3: 'Update', 4: 'Delete' },
  },
  3005: {
    name: 'User Access Management',
    category: IAM,
    activities: { ...OTHER, 1: 'Assign Privileges', 2: 'Revoke Privileges' },
  },
  6002: { name: 'Application Lifecycle', category: APPLICATION, activities: { ...OTHER, 3: 'Start', 4: 'Stop' } },
  6003: {
    name: 'API Activity',
    category: APPLICATION,
    activities: { ...OTHER, 1: 'Create', 2: 'Read', 3: 'Update', 4: 'Delete' },
  },
} as const satisfies { readonly [uid: number]: Class };

const CATEGORIES: { readonly [uid: number]: string } = {
  0: 'Uncategorized',
  2: 'Findings',
  [IAM]: 'Identity & Access Management',
  [APPLICATION]: 'Application Activity',
};
const SEVERITIES = ['Unknown', 'Informational', 'Low', 'Medium', 'High', 'Critical'] as const;
export type Severity = 1 | 2 | 3 | 4 | 5;
const STATUSES = { unknown: [0, 'Unknown'], success: [1, 'Success'], failure: [2, 'Failure'] } as const;

export type Made = {
  readonly class: keyof typeof CLASSES;
  readonly activity: number;
  /** for activity 99: the word of ours */
  readonly activityName?: string;
  readonly severity: Severity;
  readonly status: keyof typeof STATUSES;
  readonly message: string;
  /** members of the class; undefined ones are left out */
  readonly more: { readonly [member: string]: Json | undefined };
};

export type Product = { readonly version: string; readonly deployment: string };

/** Names one entry for ever, also when a journal begins anew at 1. */
export const uidOf = ({ deployment }: Product, { seq, hash }: JournalEntry): string =>
  `${deployment}:${seq}:${hash.slice(0, 16)}`;

export function ocsfEvent(entry: JournalEntry, event: ReadEvent, product: Product, made: Made, unmapped: Ocsf): Ocsf {
  const { name, category, activities }: Class = CLASSES[made.class];
  const activityName =
    made.activity === 99 && made.activityName ? made.activityName : (activities[made.activity] ?? 'Other');
  const [statusId, status] = STATUSES[made.status];
  // In findings and the like the actor is no member of the class but of the profile "host".
  const profiles = 'actor' in made.more && [0, 2004, 6002].includes(made.class) ? ['host'] : [];
  const correlation = event.exchange ?? text(event.facts.grant) ?? text(event.facts.hold) ?? event.session;
  return compact({
    activity_id: made.activity,
    activity_name: activityName,
    category_name: CATEGORIES[category] ?? 'Uncategorized',
    category_uid: category,
    class_name: name,
    class_uid: made.class,
    type_uid: made.class * 100 + made.activity,
    type_name: `${name}: ${activities[made.activity] ?? 'Other'}`,
    severity_id: made.severity,
    severity: SEVERITIES[made.severity],
    status_id: statusId,
    status,
    time: entry.at,
    message: made.message,
    metadata: compact({
      version: OCSF_VERSION,
      profiles: profiles.length > 0 ? profiles : undefined,
      product: { name: 'Sallyport', vendor_name: 'Sallyport', version: product.version },
      uid: uidOf(product, entry),
      sequence: entry.seq,
      event_code: event.kind,
      log_name: 'journal',
      log_provider: product.deployment,
      correlation_uid: correlation ?? undefined,
    }),
    ...compact(made.more),
    unmapped,
  });
}

/** A cut may go through a character that is two units long: receivers refuse the half of it, or put something else there. */
export const text = (value: unknown, longest = 2000): string | undefined =>
  typeof value === 'string' && value !== '' ? value.slice(0, longest).toWellFormed() : undefined;
export const number = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;
export const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];

export function compact(members: { readonly [member: string]: Json | undefined }): Ocsf {
  return Object.fromEntries(Object.entries(members).filter((pair): pair is [string, Json] => pair[1] !== undefined));
}

export const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;
