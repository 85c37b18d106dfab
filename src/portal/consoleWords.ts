// What the packs say in plain words of an action of a console, before there is a request: for asks, approvals and signatures.
import type { Target } from '../kernel/action.ts';
import type { Describe, Described, TitleOf } from './grantView.ts';

export type ConsoleWords = { readonly describe: Describe; readonly titleOf: TitleOf };

type ActionWords = {
  readonly risk: Described['risk'];
  readonly effect: string;
  title(targets: readonly Target[]): string;
};

/** @param action what a pack says of an action; null: it knows none of that name */
export function createConsoleWords(deps: {
  readonly consoles: readonly { readonly id: string; readonly name: string; readonly pack: string }[];
  readonly action: (pack: string, name: string) => ActionWords | null;
}): ConsoleWords {
  const consoles = new Map(deps.consoles.map((console) => [console.id, console]));
  const wordsOf = (id: string, name: string) => {
    const console = consoles.get(id);
    const words = console && deps.action(console.pack, name);
    return console && words ? { console, words } : null;
  };
  return {
    describe(console, action) {
      const found = wordsOf(console, action);
      return found && { risk: found.words.risk, effect: found.words.effect, name: found.console.name };
    },
    titleOf: (console, action, targets) => wordsOf(console, action)?.words.title(targets) ?? action,
  };
}
