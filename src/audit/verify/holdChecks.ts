// The story of each exact request that was signed: who signed it, that approvers are other people with other keys, that all
// signed the same, and that an act which rested on it was that very request and had the signatures that it says it had.
import { type HoldTerms, holdChallenge } from '../../kernel/hold.ts';
import { factOf, type Members, membersOf, type SeenEvent, targetKeys, textOf } from './members.ts';
import type { Signature, Signers } from './signers.ts';

type Story = {
  /** whose request it is; '' until an event tells it */
  holder: string;
  /** the digest that all must sign; '' until it is known */
  challenge: string;
  terms: Members | null;
  signed: Signature | null;
  readonly approvals: Map<string, Signature>;
  over: 'used' | 'denied' | 'cancelled' | null;
  expiresAt: number;
};

export type HoldChecks = {
  created(event: SeenEvent): void;
  /** hold.signed and hold.approved, whose signature itself was checked. @returns what is wrong, in words, or null */
  signed(event: SeenEvent, signature: Signature): string | null;
  /** hold.denied and hold.cancelled */
  ended(event: SeenEvent): void;
  /** An act that rests on a hold. @returns all that is wrong */
  used(event: SeenEvent): string[];
};

/** Stories whose time is over by this much are forgotten: an act on one of them is a fault anyway. */
const FORGET_AFTER = 3_600_000;
const LOOK_EVERY = 10_000;

export function createHoldChecks(signers: Signers): HoldChecks {
  const stories = new Map<string, Story>();
  let made = 0;

  const forget = (now: number): void => {
    for (const [id, { expiresAt }] of stories) if (expiresAt > 0 && expiresAt < now - FORGET_AFTER) stories.delete(id);
  };
  const storyOf = (id: string): Story => {
    let story = stories.get(id);
    if (!story) {
      story = { holder: '', challenge: '', terms: null, signed: null, approvals: new Map(), over: null, expiresAt: 0 };
      stories.set(id, story);
    }
    return story;
  };

  return {
    created(event) {
      made += 1;
      if (made % LOOK_EVERY === 0) forget(event.at);
      const { facts, fact, session, console, actor } = event;
      const story = storyOf(textOf(facts.hold));
      const { expiresAt } = fact;
      story.holder = actor;
      story.expiresAt = typeof expiresAt === 'number' ? expiresAt : 0;
      // Journals of before told less: then the first signature says what all must sign.
      try {
        if (typeof facts.method === 'string' && story.expiresAt > 0)
          story.challenge = holdChallenge({
            ...facts,
            id: facts.hold,
            session,
            console,
            expiresAt,
          } as unknown as HoldTerms);
      } catch {
        story.challenge = '';
      }
    },

    signed({ kind, facts, actor, session }, signature) {
      const story = storyOf(textOf(facts.hold));
      const { terms } = signature;
      if (story.over !== null) return `it was ${story.over} before`;
      if (story.challenge !== '' && signature.challenge !== story.challenge)
        return 'not the request that waited was signed';
      story.challenge = signature.challenge;
      story.terms = terms;
      if (typeof terms?.expiresAt === 'number') story.expiresAt = terms.expiresAt;
      if (kind === 'hold.signed') {
        if (story.holder !== '' && story.holder !== actor) return 'somebody else signed in the place of its own person';
        if (terms && terms.session !== session) return 'it was signed in another session than it was made in';
        story.holder = actor;
        story.signed = signature;
        for (const [approver, other] of story.approvals)
          if (same(signature, other) || approver === actor) return 'an approver signed with the requester’s key';
        return null;
      }
      if (story.holder === actor) return 'the requester approved the own request';
      if (story.approvals.has(actor)) return 'the same person approved twice';
      const others = [...story.approvals.values(), ...(story.signed ? [story.signed] : [])];
      if (others.some((other) => same(signature, other))) return 'one key signed under two names';
      if (story.holder !== '' && signers.owns(story.holder, signature))
        return 'it was approved with a key of the requester';
      story.approvals.set(actor, signature);
      return null;
    },

    ended({ kind, facts }) {
      const story = storyOf(textOf(facts.hold));
      story.over ??= kind === 'hold.denied' ? 'denied' : 'cancelled';
    },

    used(event) {
      const id = textOf(event.facts.hold);
      const story = stories.get(id);
      if (!story || (story.signed === null && story.approvals.size === 0))
        return ['an act with a hold that was not signed'];
      if (story.over === 'used') return ['an act with a hold that an earlier act used'];
      if (story.over !== null) return [`an act with a hold that was ${story.over}`];
      story.over = 'used';
      return [...missing(event.facts, story), ...otherThanSigned(event, story)];
    },
  };
}

const same = (a: Signature, b: Signature): boolean =>
  a.key !== '' && b.key !== '' && (a.key === b.key || a.credential === b.credential);

/** The signatures that the intent says the decision rested on; journals of before knew the own one only. */
function missing({ holdSigned, holdApprovals }: Members, story: Story): string[] {
  const found: string[] = [];
  if (holdSigned !== false && story.signed === null)
    found.push('an act with a hold that its own person had not signed');
  const needed = typeof holdApprovals === 'number' ? holdApprovals : 0;
  const had = story.approvals.size;
  if (had < needed) found.push(`an act that says ${needed} people approved it, and ${had} did`);
  if (holdSigned === false && needed < 1) found.push('an act with a hold that says it needed nobody');
  return found;
}

/** Where the act is another than was signed. Members that the intent does not tell are not compared. */
function otherThanSigned({ actor, session, console, at, facts }: SeenEvent, story: Story): string[] {
  const { terms } = story;
  if (!terms) return [];
  const differs = (name: string, told: unknown, of: unknown): string[] =>
    told === undefined || told === '' || told === of
      ? []
      : [`what was released is not what was signed: the ${name} differs`];
  const bytes = facts.signedDigest ?? facts.bodyDigest;
  const targets = targetKeys(facts.targets);
  return [
    ...(story.holder === '' ? [] : differs('person', actor, story.holder)),
    ...differs('session', session, terms.session),
    ...differs('console', console, terms.console),
    ...differs('action', facts.action, terms.action),
    ...differs('method', facts.method, terms.method),
    ...(typeof facts.target === 'string' && !fits(facts.target, textOf(terms.target)) ? differs('path', 1, 2) : []),
    ...(targets === null ? [] : differs('set of devices', targets.join('\n'), targetKeys(terms.targets)?.join('\n'))),
    // Without `signedDigest` members that change from try to try may stand in the bytes.
    ...('signedDigest' in facts ? differs('content', bytes, terms.bodyDigest) : []),
    ...(story.expiresAt > 0 && at >= story.expiresAt ? ['an act with a hold whose time was over'] : []),
  ];
}

const REDACTED = /\[redacted\]|%5Bredacted%5D/;

/** The intent's target is without secrets: compared up to the first one, and from there on not. */
function fits(told: string, signed: string): boolean {
  const secret = told.search(REDACTED);
  if (secret < 0) return told === signed;
  const query = told.indexOf('?');
  // A value in which a secret was found is written anew as a whole.
  const sure = query >= 0 && query < secret ? query + 1 : secret;
  return signed.startsWith(told.slice(0, sure));
}

/** The event of an entry, as the checks take it. */
export const seenOf = (
  entry: { readonly seq: number; readonly at: number; readonly fact: string },
  event: Members,
): SeenEvent => ({
  seq: entry.seq,
  at: entry.at,
  kind: textOf(event.kind),
  actor: textOf(event.actor),
  session: textOf(event.session),
  console: textOf(event.console),
  facts: membersOf(event.facts) ?? {},
  fact: factOf(entry.fact),
});
