// What the packs say in plain words of the actions of a console, before there is a request: for asks, approvals and signatures.
import { ANYTHING, type Risk, type Target } from '../kernel/action.ts';

/** What the pack says of an action of a console: its risk, its effect in one sentence, its label, and the console's name. */
export type Described = { readonly risk: Risk; readonly effect: string; readonly name: string; readonly label: string };
/** null: no pack knows the console or the action. */
export type Describe = (console: string, action: string) => Described | null;
/** The plain words of actions on these targets: "Wipe 1 device: d-0142", "Lock devices, wipe devices: 3 targets". */
export type TitleOf = (
  console: string,
  actions: readonly string[],
  targets: readonly Target[],
  called?: Called,
) => string;
/** What the console calls a target; null: not known. */
export type Called = (target: Target) => string | null;

type ActionWords = {
  readonly name: string;
  readonly risk: Risk;
  readonly effect: string;
  readonly label: string;
  title(targets: readonly Target[], called?: Called): string;
};

export type ConsoleWords = {
  readonly describe: Describe;
  readonly titleOf: TitleOf;
  /** everything that the console's pack has a name for */
  actionsOf(console: string): readonly ActionWords[];
};

/** @param deps.actionsOf the actions of a pack, by name */
/** What is done in the portal itself and may need access that somebody approves. */
const PORTAL_WORDS: ReadonlyMap<string, ActionWords> = new Map([
  [
    'recording.view',
    {
      name: 'recording.view',
      // As rules of approval see it: they do not speak of reads.
      risk: 'high',
      effect: 'Shows what other people did and saw. Every look is written down.',
      label: 'Look at recorded sessions',
      title: (targets) => {
        const sessions = targets.filter(({ kind }) => kind === 'session');
        const [one, ...more] = sessions;
        if (one === undefined) return 'Look at recorded sessions';
        return more.length === 0
          ? `Look at 1 recorded session: ${one.id}`
          : `Look at ${sessions.length} recorded sessions`;
      },
    },
  ],
]);

export function createConsoleWords(deps: {
  readonly consoles: readonly { readonly id: string; readonly name: string; readonly pack: string }[];
  readonly actionsOf: (pack: string) => ReadonlyMap<string, ActionWords>;
}): ConsoleWords {
  const consoles = new Map(deps.consoles.map(({ id, name, pack }) => [id, { name, actions: deps.actionsOf(pack) }]));
  consoles.set('portal', { name: 'Sallyport', actions: PORTAL_WORDS });
  const wordsOf = (console: string, action: string) => consoles.get(console)?.actions.get(action);
  return {
    describe(console, action) {
      const words = wordsOf(console, action);
      const name = consoles.get(console)?.name;
      if (!words || name === undefined) return null;
      return { risk: words.risk, effect: words.effect, label: words.label, name };
    },
    titleOf(console, actions, targets, called) {
      const [first = '', ...others] = actions;
      const anything = targets.some(({ kind }) => kind === ANYTHING.kind);
      if (others.length === 0 && (!anything || console === 'portal'))
        return wordsOf(console, first)?.title(targets, called) ?? first;
      const labels = actions.map((action) => wordsOf(console, action)?.label ?? action);
      const what = anything
        ? 'anything on this console'
        : `${targets.length} ${targets.length === 1 ? 'target' : 'targets'}`;
      return `${labels.map((label, i) => (i === 0 ? label : inSentence(label))).join(', ')}: ${what}`;
    },
    actionsOf: (console) => [...(consoles.get(console)?.actions.values() ?? [])],
  };
}

/** "Wipe devices" -> "wipe devices"; "SSO change" stays. */
export const inSentence = (label: string): string =>
  /^\p{Lu}\p{Ll}/u.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label;
