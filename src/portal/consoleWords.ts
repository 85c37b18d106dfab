// What the packs say in plain words of an action of a console, before there is a request: for asks, approvals and signatures.
import type { Risk, Target } from '../kernel/action.ts';
import type { Describe, TitleOf } from './grantView.ts';

type ActionWords = {
  readonly name: string;
  readonly risk: Risk;
  readonly effect: string;
  readonly label: string;
  title(targets: readonly Target[]): string;
};

export type ConsoleWords = {
  readonly describe: Describe;
  readonly titleOf: TitleOf;
  /** everything that the console's pack has a name for */
  actionsOf(console: string): readonly ActionWords[];
};

/** @param deps.actionsOf the actions of a pack, by name */
export function createConsoleWords(deps: {
  readonly consoles: readonly { readonly id: string; readonly name: string; readonly pack: string }[];
  readonly actionsOf: (pack: string) => ReadonlyMap<string, ActionWords>;
}): ConsoleWords {
  const consoles = new Map(deps.consoles.map(({ id, name, pack }) => [id, { name, actions: deps.actionsOf(pack) }]));
  const wordsOf = (console: string, action: string) => consoles.get(console)?.actions.get(action);
  return {
    describe(console, action) {
      const words = wordsOf(console, action);
      const name = consoles.get(console)?.name;
      return words && name !== undefined ? { risk: words.risk, effect: words.effect, name } : null;
    },
    titleOf: (console, action, targets) => wordsOf(console, action)?.title(targets) ?? action,
    actionsOf: (console) => [...(consoles.get(console)?.actions.values() ?? [])],
  };
}
