// The story of each grant: approvals of other people with other keys, no wider than what was asked and what those before them
// left, and acts that lie within what was approved, before it ended.
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
};

const ANY = 'any:*';
const NO_LIMIT: Terms = { minutes: Number.POSITIVE_INFINITY, uses: Number.POSITIVE_INFINITY, targets: null };

export function createGrantChecks(signers: Signers): GrantChecks {
  const stories = new Map<string, Story>();
  const storyOf = ({ facts }: SeenEvent): Story => {
    const id = textOf(facts.grant);
    let story = stories.get(id);
    if (!story) {
      const nothing = { holder: '', console: '', actions: null, most: NO_LIMIT, approved: false, over: null };
      story = { ...nothing, approvals: new Map() };
      stories.set(id, story);
    }
    return story;
  };
  const narrow = (story: Story, terms: Members): void => {
    story.most = termsOf(terms, story.most);
    story.actions = actionsOf(terms) ?? story.actions;
    story.console = textOf(terms.console) || story.console;
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
      if (kind === 'grant.approved') story.approved = true;
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
      storyOf(event).approved = true;
    },

    ended(event) {
      const story = storyOf(event);
      const because = textOf(event.facts.because);
      // The last use ends it, and may be given back when nothing was sent.
      if (event.kind === 'grant.ended' && because === 'uses') return;
      story.over ??= event.kind.slice('grant.'.length);
    },

    used({ facts, actor, console }) {
      const story = stories.get(textOf(facts.grant));
      if (!story?.approved) return ['an act with a grant that nobody approved'];
      const found: string[] = [];
      if (story.over !== null)
        found.push(`an act with a grant that had ${story.over === 'ended' ? 'ended' : `been ${story.over}`}`);
      if (story.holder !== '' && actor !== story.holder) found.push('an act with somebody else’s grant');
      const named = textOf(facts.action);
      const outside =
        (console !== '' && story.console !== '' && console !== story.console) ||
        (named !== '' && story.actions !== null && !story.actions.includes(named)) ||
        !within(targetKeys(facts.targets), story.most.targets);
      if (outside) found.push('an act outside of what its grant was approved for');
      return found;
    },
  };
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
