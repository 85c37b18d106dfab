// What an action of a pack is called before there is a request: for the form that asks for access, and for its approver.

import type { Target } from '../../kernel/action.ts';
import { RISKS } from './checkEntry.ts';
import type { ActionWords, Entry } from './pack.ts';
import type { PackFormat, Vocabulary } from './packFormat.ts';
import {
  type Called,
  fillTitle,
  type KindWords,
  labelOf,
  needsRequest,
  parseTitle,
  type TitleTemplate,
} from './title.ts';

/** One for each action that an entry of the pack names; its risk is the highest among them. */
export function createActions(
  entries: readonly Entry[],
  pack: PackFormat,
  vocabulary: Vocabulary,
  kinds: ReadonlySet<string>,
  wordsOf: (kind: string) => KindWords,
): ReadonlyMap<string, ActionWords> {
  const actions = new Map<string, ActionWords>();
  for (const name of new Set(entries.map((entry) => entry.action))) {
    const own = entries.filter((entry) => entry.action === name);
    const risk = RISKS.findLast((one) => own.some((entry) => entry.risk === one)) ?? 'destructive';
    const words = { ...vocabulary.actions[name], ...pack.words[name] };
    const title = titleOf([words.title, vocabulary.actions[name]?.title, name], kinds);
    actions.set(name, {
      name,
      risk,
      effect: words.effect ?? '',
      label: labelOf(title, wordsOf),
      title: (targets: readonly Target[], called?: Called) => fillTitle(title, targets, wordsOf, () => null, called),
    });
  }
  return actions;
}

/** The first that can be filled without a request. */
function titleOf(candidates: readonly (string | undefined)[], kinds: ReadonlySet<string>): TitleTemplate {
  for (const candidate of candidates) {
    const title = candidate === undefined ? '' : parseTitle(candidate, kinds);
    if (typeof title !== 'string' && !needsRequest(title)) return title;
  }
  return [];
}
