// What a rule or a freeze is about, in plain words: "Acts that cannot be undone, on Example MDM".
import type { Selector } from '../kernel/accessRules.ts';
import type { Risk } from '../kernel/action.ts';
import { type ConsoleWords, inSentence } from './consoleWords.ts';

export type SelectorWords = {
  /** "Wipe devices, retire devices and 3 more" */
  acts(selector: Selector): string;
  /** the one console that it is about; null: several or all */
  console(selector: Selector): { readonly id: string; readonly name: string } | null;
  /** both: "Acts that cannot be undone, on every console" */
  whole(selector: Selector): string;
};

const SHOWN = 2;
const RISK_WORDS: { readonly [risk in Risk]: string } = {
  read: 'reads',
  low: 'small changes',
  high: 'changes that hurt until they are undone',
  destructive: 'acts that cannot be undone',
};

export function createSelectorWords(deps: {
  readonly words: Pick<ConsoleWords, 'describe'>;
  readonly consoles: readonly { readonly id: string; readonly name: string }[];
}): SelectorWords {
  const { words, consoles } = deps;
  const labelOf = (pattern: string, on: Selector): string => {
    if (pattern.endsWith('.*')) return `everything with ${pattern.slice(0, -2).replaceAll('_', ' ')}`;
    const known = consoles.filter(({ id }) => on.consoles.includes('*') || on.consoles.includes(id));
    for (const { id } of known) {
      const described = words.describe(id, pattern);
      if (described !== null) return inSentence(described.label);
    }
    return pattern;
  };
  const acts = (selector: Selector): string => {
    const { actions, risks } = selector;
    if (!actions.includes('*')) return upper(listed(actions.map((pattern) => labelOf(pattern, selector))));
    const acting = risks.filter((risk) => risk !== 'read');
    if (acting.length === 3) return 'Everything but reads';
    return upper(listed(acting.map((risk) => RISK_WORDS[risk])));
  };
  const where = ({ consoles: on }: Selector): string =>
    on.includes('*')
      ? 'on every console'
      : `on ${listed(on.map((id) => consoles.find((console) => console.id === id)?.name ?? id))}`;
  return {
    acts,
    console({ consoles: on }) {
      const [id, ...others] = on;
      if (id === undefined || others.length > 0 || id.includes('*')) return null;
      return { id, name: consoles.find((console) => console.id === id)?.name ?? id };
    },
    whole: (selector) => `${acts(selector)}, ${where(selector)}`,
  };
}

const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
function listed(all: readonly string[]): string {
  const distinct = [...new Set(all)];
  const shown = distinct.slice(0, distinct.length === SHOWN + 1 ? SHOWN + 1 : SHOWN);
  const rest = distinct.length - shown.length;
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
