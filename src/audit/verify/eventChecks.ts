// What can be checked inside the events of a journal: that each is canonical JSON of a known kind, that signatures hold and
// were made with the key that this person enrolled, that grants, holds and acts rest on them as they say, and that every
// intent has its outcome.
import { EVENT_KINDS, type JournalEntry } from '../../kernel/auditEvent.ts';
import { canonicalJson, type Json } from '../../kernel/canonicalJson.ts';
import type { Ceremony } from './evidence.ts';
import { createGrantChecks } from './grantChecks.ts';
import { createHoldChecks, seenOf } from './holdChecks.ts';
import { type Members, membersOf, type SeenEvent, textOf } from './members.ts';
import { createSigners } from './signers.ts';

export type UnsettledAct = {
  readonly seq: number;
  readonly at: number;
  readonly exchange: string;
  readonly actor: string;
  readonly title: string;
};

type Note = (seq: number, what: string) => void;

const KINDS: ReadonlySet<string> = new Set(EVENT_KINDS);

export function createEventChecks(fault: Note, warn: Note, ceremony?: Ceremony) {
  const open = new Map<number, UnsettledAct>();
  const signers = createSigners(ceremony);
  const holds = createHoldChecks(signers);
  const grants = createGrantChecks(signers);
  const unenrolled: { seq: number; what: string }[] = [];
  let signatures = 0;
  let automatic = 0;

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

  const settle = (seq: number, exchange: string, facts: Members): void => {
    const named = typeof facts.intent === 'number' ? facts.intent : null;
    const intent = named ?? [...open.values()].find((act) => act.exchange === exchange)?.seq;
    const act = intent === undefined ? undefined : open.get(intent);
    // A commit whose answer was lost is refused and still told of: nothing was sent, so no intent is missed.
    if (!act) (facts.sent === false ? warn : fault)(seq, 'event: the outcome of an intent that is not there');
    else if (act.exchange !== exchange) fault(seq, `event: the outcome names the intent of another exchange`);
    else open.delete(act.seq);
  };

  /** A signature, and what it may be counted for: only one fault an event, the first. */
  const checkSigned = (event: SeenEvent): void => {
    signatures += 1;
    const { fault: wrong, signature } = signers.check(event);
    // Counted for its hold or grant even when it is bad: the fault stands here, not at every act that follows.
    const misplaced =
      event.kind === 'stepup.succeeded'
        ? null
        : event.kind.startsWith('hold.')
          ? holds.signed(event, signature)
          : grants.approved(event, signature);
    const what = wrong ?? misplaced;
    if (what !== null) fault(event.seq, `evidence: ${what}`);
    if (!signers.enrolledBy(event.actor, signature))
      unenrolled.push({
        seq: event.seq,
        what: 'evidence: signed with a key whose enrolment by this person was not seen here',
      });
  };

  const intent = (event: SeenEvent, actorName: string, exchange: string): void => {
    const { seq, at, actor, facts } = event;
    for (const what of typeof facts.hold === 'string' ? holds.used(event) : []) fault(seq, `event: ${what}`);
    for (const what of typeof facts.grant === 'string' ? grants.used(event) : []) fault(seq, `event: ${what}`);
    open.set(seq, { seq, at, exchange, actor: actorName || actor, title: textOf(facts.title) });
  };

  const approved = (event: SeenEvent): void => {
    if (event.facts.automatic !== true || event.kind !== 'grant.approved') {
      checkSigned(event);
      return;
    }
    // Nobody may stand behind what nobody signed.
    if (event.actor !== '') fault(event.seq, 'event: somebody approved without a signature');
    automatic += 1;
    grants.automatic(event);
  };

  const checks: { readonly [kind: string]: (event: SeenEvent, whole: Members) => void } = {
    'act.intent': (event, whole) => intent(event, textOf(whole.actorName), textOf(whole.exchange)),
    'act.outcome': (event, whole) => {
      const { seq, facts } = event;
      settle(seq, textOf(whole.exchange), facts);
      if (typeof facts.intent === 'number') grants.settled(facts.intent, event);
    },
    'passkey.enrolled': signers.enrolled,
    'stepup.succeeded': (event) => (event.facts.evidence === undefined ? undefined : checkSigned(event)),
    'hold.created': holds.created,
    'hold.signed': checkSigned,
    'hold.approved': checkSigned,
    'hold.denied': holds.ended,
    'hold.cancelled': holds.ended,
    'grant.asked': grants.asked,
    'grant.step.approved': checkSigned,
    'grant.approved': approved,
    'grant.denied': grants.ended,
    'grant.withdrawn': grants.ended,
    'grant.lapsed': grants.ended,
    'grant.ended': grants.ended,
  };

  return {
    see(entry: JournalEntry): void {
      const event = read(entry);
      if (!event) return;
      const seen = seenOf(entry, event);
      const { kind, seq } = seen;
      if (!KINDS.has(kind)) warn(seq, `event: kind ${JSON.stringify(kind.slice(0, 60))} is not known here`);
      else if (Object.hasOwn(checks, kind)) checks[kind]?.(seen, event);
    },
    unsettled: (): UnsettledAct[] => [...open.values()],
    signatures: (): number => signatures,
    /** signatures with a key that this person did not enrol before, as far as these events tell */
    unenrolled: (): readonly { readonly seq: number; readonly what: string }[] => unenrolled,
    /** grants that a rule approved: nobody signed */
    automatic: (): number => automatic,
  };
}
