// The story of each grant: approvals of other people with other keys, no wider than what was asked and what those before them
// left, and acts that lie within what was approved: its actions, targets, uses and time, before it ended.
import { type Members, type SeenEvent, targetKeys, textOf } from './members.ts';
import type { Signature, Signers } from './signers.ts';

type Terms = { readonly minutes: number; readonly uses: number; readonly targets: readonly string[] | null };
type Story = {
  holder: string;
  console: string;
  actions: readonly string[] | null;
  /** the most that the next one may approve */
  most: Terms;
  readonly approvals: Map<string, Signature>;
  approved: boolean;
  over: string | null;
  /** the minutes run from the first use */
  byUse: boolean;
  /** ms; what was not told is not compared */
  from: number;
  until: number;
  /** acts that were not given back */
  used: number;
};

export type GrantChecks = {
  asked(event: SeenEvent): void;
  /** grant.step.approved and grant.approved. @returns what is wrong, in words, or null */
  approved(event: SeenEvent, signature: Signature): string | null;
  /** A rule approved it: nobody signed. */
  automatic(event: SeenEvent): void;
  /** denied, withdrawn, lapsed, ended */
  ended(event: SeenEvent): void;
  /** An act that rests on a grant. @returns all that is wrong */
  used(event: SeenEvent): string[];
  /** What became of the act of this number: a use may have been given back. */
  settled(intent: number, event: SeenEvent): void;
};

const ANY = 'any:*';
const NO_LIMIT: Terms = { minutes: Number.POSITIVE_INFINITY, uses: Number.POSITIVE_INFINITY, targets: null };

export function createGrantChecks(signers: Signers): GrantChecks {
  const stories = new Map<string, Story>();
  const acts = new Map<number, Story>();
  const storyOf = ({ facts }: SeenEvent): Story => {
    const id = textOf(facts.grant);
    let story = stories.get(id);
    if (!story) {
      const nothing = { holder: '', console: '', actions: null, most: NO_LIMIT, approved: false, over: null };
      const times = { byUse: false, from: 0, until: Number.POSITIVE_INFINITY, used: 0 };
      story = { ...nothing, ...times, approvals: new Map() };
      stories.set(id, story);
    }
    return story;
  };
  const narrow = (story: Story, terms: Members): void => {
    story.most = termsOf(terms, story.most);
    story.actions = actionsOf(terms) ?? story.actions;
    story.console = textOf(terms.console) || story.console;
    story.byUse = textOf(terms.clock) === '' ? story.byUse : terms.clock === 'first.use';
  };
  const begin = (story: Story, { fact }: SeenEvent): void => {
    story.approved = true;
    story.from = timeOf(fact.activeFrom) ?? story.from;
    story.until = timeOf(fact.activeUntil) ?? story.until;
  };

  return {
    asked(event) {
      const story = storyOf(event);
      story.holder = event.actor;
      story.console = event.console;
      narrow(story, event.facts);
    },

    approved(event, signature) {
      const { kind, actor } = event;
      const story = storyOf(event);
      const terms = signature.terms ?? {};
      if (kind === 'grant.approved') begin(story, event);
      if (story.over !== null) return `the request was ${story.over} before`;
      const holder = story.holder || textOf(terms.holder);
      if (holder === actor) return 'the holder approved the own request';
      if (holder !== textOf(terms.holder)) return 'the terms name another holder than the one who asked';
      if (story.approvals.has(actor)) return 'the same person approved twice';
      for (const other of story.approvals.values())
        if (other.key === signature.key || other.credential === signature.credential)
          return 'one key signed under two names';
      if (signers.owns(holder, signature)) return 'it was approved with a key of the holder';
      story.approvals.set(actor, signature);
      const { most } = story;
      const { minutes, uses, targets } = termsOf(terms, most);
      const wider = minutes > most.minutes || uses > most.uses || !within(targets, most.targets);
      narrow(story, terms);
      return wider ? 'it is wider than what was asked for or left' : null;
    },

    automatic(event) {
      begin(storyOf(event), event);
    },

    ended(event) {
      const story = storyOf(event);
      const because = textOf(event.facts.because);
      // The last use ends it, and may be given back when nothing was sent.
      if (event.kind === 'grant.ended' && because === 'uses') return;
      story.over ??= event.kind.slice('grant.'.length);
    },

    used({ seq, at, facts, actor, console }) {
      const story = stories.get(textOf(facts.grant));
      if (!story?.approved) return ['an act with a grant that nobody approved'];
      const found: string[] = [];
      if (story.over !== null)
        found.push(`an act with a grant that had ${story.over === 'ended' ? 'ended' : `been ${story.over}`}`);
      if (story.holder !== '' && actor !== story.holder) found.push('an act with somebody else’s grant');
      if (at < story.from || at >= story.until) found.push('an act with a grant outside of its time');
      // Its own minutes begin now; given back or not, they go on.
      else if (story.byUse) {
        story.byUse = false;
        if (story.most.minutes !== Number.POSITIVE_INFINITY) story.until = at + story.most.minutes * 60_000;
      }
      acts.set(seq, story);
      story.used += 1;
      if (story.used > story.most.uses) found.push('an act more than its grant was approved for');
      const named = actsOf(facts);
      const outside =
        (console !== '' && story.console !== '' && console !== story.console) ||
        named.some((name) => story.actions?.includes(name) === false) ||
        !within(targetKeys(facts.targets), story.most.targets);
      if (outside) found.push('an act outside of what its grant was approved for');
      return found;
    },

    settled(intent, { fact }) {
      const story = acts.get(intent);
      acts.delete(intent);
      if (story !== undefined && fact.refunded === true) story.used -= 1;
    },
  };
}

const timeOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);

/** Of a batch the acts in it: a grant names each of them. */
function actsOf({ acts, action }: Members): readonly string[] {
  if (Array.isArray(acts)) return acts.map(textOf);
  return textOf(action) === '' ? [] : [textOf(action)];
}

const actionsOf = ({ actions, action }: Members): readonly string[] | null => {
  const list = Array.isArray(actions) ? actions : typeof action === 'string' ? [action] : [];
  return list.length > 0 && list.every((name) => typeof name === 'string') ? (list as string[]) : null;
};

const termsOf = ({ minutes, uses, targets }: Members, before: Terms): Terms => ({
  minutes: typeof minutes === 'number' ? minutes : before.minutes,
  uses: typeof uses === 'number' ? uses : before.uses,
  targets: targetKeys(targets) ?? before.targets,
});

/** Whether every target is within the limits: itself, all of its kind, or anything. What was not told is not compared. */
function within(targets: readonly string[] | null, limits: readonly string[] | null): boolean {
  if (limits === null || targets === null) return true;
  const allowed = new Set(limits);
  return (
    allowed.has(ANY) || targets.every((key) => allowed.has(key) || allowed.has(`${key.slice(0, key.indexOf(':'))}:*`))
  );
}
