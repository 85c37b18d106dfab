// What can be checked inside the events of a journal: that each is canonical JSON of a known kind, that signatures hold
// and were made with the key that this person enrolled, and that every intent has its outcome.
import { EVENT_KINDS, type JournalEntry } from '../../kernel/auditEvent.ts';
import { canonicalJson, type Json } from '../../kernel/canonicalJson.ts';
import { type HoldTerms, holdChallenge } from '../../kernel/hold.ts';
import { sha256Base64url } from '../../kernel/ids.ts';
import { assertionFault, type Ceremony } from './evidence.ts';

export type UnsettledAct = {
  readonly seq: number;
  readonly at: number;
  readonly exchange: string;
  readonly actor: string;
  readonly title: string;
};

type Note = (seq: number, what: string) => void;
type Members = { readonly [name: string]: unknown };

const KINDS: ReadonlySet<string> = new Set(EVENT_KINDS);
const SIGNED: ReadonlySet<string> = new Set(['hold.signed', 'grant.approved', 'stepup.succeeded']);

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const membersOf = (value: unknown): Members | null =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Members) : null;

export function createEventChecks(fault: Note, warn: Note, ceremony?: Ceremony) {
  const open = new Map<number, UnsettledAct>();
  /** credential id -> the public key that passkey.enrolled told of, and whose it is */
  const enrolled = new Map<string, { publicKey: string; actor: string }>();
  const signedHolds = new Set<string>();
  const approvedGrants = new Set<string>();
  let signatures = 0;

  const read = (entry: JournalEntry): Members | null => {
    try {
      const value: unknown = JSON.parse(entry.event);
      if (canonicalJson(value as Json) !== entry.event) {
        fault(entry.seq, 'event: not in canonical form');
      }
      const event = membersOf(value);
      if (event && typeof event.kind === 'string' && membersOf(event.facts)) return event;
      fault(entry.seq, 'event: has no kind or no facts');
    } catch {
      fault(entry.seq, 'event: not canonical JSON');
    }
    return null;
  };

  const settle = (entry: JournalEntry, event: Members, facts: Members): void => {
    const exchange = textOf(event.exchange);
    const named = typeof facts.intent === 'number' ? facts.intent : null;
    const intent = named ?? [...open.values()].find((act) => act.exchange === exchange)?.seq;
    const act = intent === undefined ? undefined : open.get(intent);
    // A commit whose answer was lost is refused and still told of: nothing was sent, so no intent is missed.
    if (!act) (facts.sent === false ? warn : fault)(entry.seq, 'event: the outcome of an intent that is not there');
    else if (act.exchange !== exchange) fault(entry.seq, `event: the outcome names the intent of another exchange`);
    else open.delete(act.seq);
  };

  const signatureFault = (kind: string, event: Members, facts: Members): string | null => {
    const signed = membersOf(facts.signed) ?? facts;
    const evidence = membersOf(signed.evidence);
    const bound = kind === 'stepup.succeeded' ? null : textOf(signed.challenge);
    if (bound === '') return 'the event names no challenge';
    const wrong = assertionFault(evidence, bound, ceremony) ?? (bound === null ? null : termsFault(kind, event, facts));
    if (wrong !== null) return wrong;
    const key = enrolled.get(textOf(evidence?.credentialId));
    if (key && key.publicKey !== evidence?.publicKey) return 'another key than this passkey was enrolled with';
    if (key && key.actor !== event.actor) return 'this passkey belongs to somebody else';
    return null;
  };

  /** An act that names a hold or a grant must come after somebody signed the one and approved the other. */
  const checkGround = (entry: JournalEntry, facts: Members): void => {
    const hold = textOf(facts.hold);
    if (hold !== '' && !signedHolds.delete(hold)) {
      fault(entry.seq, 'event: an act with a hold that was not signed, or that an earlier act used');
    }
    const grant = textOf(facts.grant);
    if (grant !== '' && !approvedGrants.has(grant)) fault(entry.seq, 'event: an act with a grant that nobody approved');
  };

  return {
    see(entry: JournalEntry): void {
      const event = read(entry);
      const facts = membersOf(event?.facts);
      if (!event || !facts) return;
      const kind = textOf(event.kind);
      if (!KINDS.has(kind)) warn(entry.seq, `event: kind ${JSON.stringify(kind.slice(0, 60))} is not known here`);
      if (kind === 'act.intent') {
        checkGround(entry, facts);
        const { seq, at } = entry;
        const actor = textOf(event.actorName) || textOf(event.actor);
        open.set(seq, { seq, at, exchange: textOf(event.exchange), actor, title: textOf(facts.title) });
      } else if (kind === 'act.outcome') settle(entry, event, facts);
      else if (kind === 'passkey.enrolled') {
        const publicKey = textOf(facts.publicKey);
        if (publicKey) enrolled.set(textOf(facts.passkey), { publicKey, actor: textOf(event.actor) });
      } else if (SIGNED.has(kind) && (kind !== 'stepup.succeeded' || facts.evidence !== undefined)) {
        signatures += 1;
        const wrong = signatureFault(kind, event, facts);
        if (wrong !== null) fault(entry.seq, `evidence: ${wrong}`);
        if (kind === 'hold.signed') signedHolds.add(textOf(facts.hold));
        if (kind === 'grant.approved') approvedGrants.add(textOf(facts.grant));
      }
    },
    unsettled: (): UnsettledAct[] => [...open.values()],
    signatures: (): number => signatures,
  };
}

/** Whether the terms in the event are those that were signed, and are terms that may be signed by this person. */
function termsFault(kind: string, event: Members, facts: Members): string | null {
  const signed = membersOf(facts.signed) ?? facts;
  const terms = membersOf(signed.terms);
  if (!terms) return 'the event does not tell the terms that were signed';
  let digest: string;
  try {
    digest = kind === 'hold.signed' ? holdChallenge(terms as HoldTerms) : sha256Base64url(canonicalJson(terms as Json));
  } catch {
    return 'the terms cannot be read';
  }
  if (digest !== signed.challenge) return 'the challenge is not the digest of the terms';
  if (terms.id !== (kind === 'hold.signed' ? facts.hold : facts.grant)) return 'the terms are those of another number';
  if (kind === 'hold.signed') return null;
  if (terms.approver !== event.actor) return 'the terms name another approver';
  return terms.holder === terms.approver ? 'the holder approved the own request' : null;
}
