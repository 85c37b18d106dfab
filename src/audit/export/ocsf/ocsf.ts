// A journal entry as an OCSF event. Pure: the same entry gives the same event, so a receiver knows repeats by metadata.uid.
// What has no place in the class stands under `unmapped`. The journal holds no secrets; WebAuthn evidence stays with it, because
// it is long and says nothing to a SIEM. Entries that cannot be read, and kinds that this file does not know, become Base Events.
import type { JournalEntry } from '../../../kernel/auditEvent.ts';
import type { Json } from '../../../kernel/canonicalJson.ts';
import * as access from './access.ts';
import * as acts from './acts.ts';
import { compact, type Facts, type Made, type Ocsf, ocsfEvent, type Product, type ReadEvent, text } from './event.ts';
import { MOST_NAMED } from './people.ts';

const LONGEST = 2000;
const DEEPEST = 4;
const EVIDENCE: ReadonlySet<string> = new Set(['evidence', 'signed']);
const LOOKS =
  /^(?:access\.reviewed|sessions\.|recording\.(?:viewed|reasoned)|search\.|report\.|evidence\.|legalhold\.|retention\.|export\.replayed)/;

/** @param intent the entry that an `act.outcome` belongs to; null: none, or not there any more */
export function toOcsf(entry: JournalEntry, product: Product, intent: JournalEntry | null): Ocsf {
  const event = readEvent(entry.event);
  const about = intent === null ? null : readEvent(intent.event).facts;
  return ocsfEvent(entry, event, product, madeOf(event, about, product.version), unmappedOf(entry, event));
}

/** The number of the intent that an outcome rests on; null for every other event. */
export function intentOf(entry: JournalEntry): number | null {
  if (!entry.event.includes('"kind":"act.outcome"')) return null;
  const { kind, facts } = readEvent(entry.event);
  return kind === 'act.outcome' && Number.isSafeInteger(facts.intent) ? Number(facts.intent) : null;
}

function madeOf(event: ReadEvent, about: Facts | null, version: string): Made {
  const { kind } = event;
  if (kind === 'act.intent') return acts.intent(event);
  if (kind === 'act.outcome') return acts.outcome(event, about);
  if (kind === 'request.refused' || kind === 'request.observed') return acts.refused(event);
  if (kind === 'door.refused') return acts.door(event);
  if (LOOKS.test(kind)) return acts.look(event);
  if (kind === 'login.succeeded' || kind === 'login.failed') return access.login(event);
  if (kind === 'session.ended') return access.sessionEnded(event);
  if (kind === 'notice.failed' || kind.startsWith('export.')) return access.trouble(event);
  if (kind === 'epoch.renewed') return access.life(event, version);
  const [family] = kind.split('.');
  switch (family) {
    case 'stepup':
      return access.stepUp(event);
    case 'passkey':
      return access.passkey(event);
    case 'grant':
      return access.grant(event);
    case 'hold':
      return access.hold(event);
    case 'freeze':
      return access.freeze(event);
    case 'policy':
      return access.policy(event);
    case 'gateway':
      return access.life(event, version);
    default:
      return other(event);
  }
}

const other = (event: ReadEvent): Made => ({
  class: 0,
  activity: 99,
  activityName: event.kind,
  severity: 1,
  status: 'unknown',
  message: event.kind,
  more: {
    actor:
      event.actor === null ? undefined : { user: compact({ uid: event.actor, name: event.actorName ?? event.actor }) },
  },
});

/** Everything else that was written down, with the hashes that tie the copy to the ledger. */
function unmappedOf({ seq, digest, fact, hash }: JournalEntry, { console, facts }: ReadEvent): Ocsf {
  const kept = Object.entries(facts).filter(([name]) => !EVIDENCE.has(name));
  return compact({
    seq,
    digest,
    hash,
    fact: text(fact),
    console: console ?? undefined,
    facts: bounded(Object.fromEntries(kept), 0),
  });
}

/** The same, with long lists and texts cut and counted: the whole stands in the ledger. */
function bounded(value: unknown, depth: number): Json {
  if (typeof value === 'string')
    return value.length > LONGEST ? `${value.slice(0, LONGEST).toWellFormed()}... (${value.length} characters)` : value;
  if (value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)))
    return value;
  if (typeof value !== 'object' || depth >= DEEPEST) return '...';
  if (Array.isArray(value)) {
    const list = value.slice(0, MOST_NAMED).map((one) => bounded(one, depth + 1));
    return value.length > MOST_NAMED ? [...list, `... (${value.length} in all)`] : list;
  }
  const all = Object.entries(value);
  const members = all.slice(0, MOST_NAMED).map(([name, member]) => [name, bounded(member, depth + 1)] as const);
  return Object.fromEntries(all.length > MOST_NAMED ? [...members, ['...', `(${all.length} in all)`]] : members);
}

function readEvent(json: string): ReadEvent {
  let value: Facts = {};
  try {
    const read: unknown = JSON.parse(json);
    if (typeof read === 'object' && read !== null && !Array.isArray(read)) value = read as Facts;
  } catch {
    // an entry that is no event is exported as what it is: unreadable
  }
  const { facts } = value;
  return {
    kind: text(value.kind) ?? 'unreadable',
    actor: text(value.actor) ?? null,
    actorName: text(value.actorName) ?? null,
    session: text(value.session) ?? null,
    exchange: text(value.exchange) ?? null,
    console: text(value.console) ?? null,
    facts: typeof facts === 'object' && facts !== null && !Array.isArray(facts) ? (facts as Facts) : {},
  };
}
