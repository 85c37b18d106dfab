// A pack as it is used: checked, and compiled for finding. Made by loadPacks.ts and by nothing else.

import type { Risk, Target } from '../../kernel/action.ts';
import type { EntryFormat, KindFormat } from './packFormat.ts';
import type { SegmentTrie } from './segmentTrie.ts';
import type { Template } from './template.ts';
import type { KindWords, TitleTemplate } from './title.ts';

export type EntryBody = Omit<NonNullable<EntryFormat['body']>, 'limit'> & { readonly limit: number };

export type Entry = {
  readonly id: string;
  readonly template: Template;
  readonly action: string;
  readonly risk: Risk;
  readonly upgrade: boolean;
  readonly query: EntryFormat['query'];
  /** null: no body may come */
  readonly body: EntryBody | null;
  readonly targets: readonly (EntryFormat['targets'][number] & { readonly kind: string })[];
  readonly title: TitleTemplate;
  readonly effect: string;
  readonly redact: readonly string[];
  readonly volatile: readonly string[];
};

/** An entry that failed the check. It keeps owning its path, so that nothing else can be read into it. */
export type BrokenEntry = { readonly broken: string; readonly template: Template };

/** An action as somebody asks for it, before there is a request. */
export type ActionWords = {
  readonly name: string;
  readonly risk: Risk;
  readonly effect: string;
  title(targets: readonly Target[]): string;
};

export type Pack = {
  readonly id: string;
  readonly name: string;
  readonly kinds: Readonly<Record<string, KindFormat>>;
  readonly entries: readonly Entry[];
  readonly trie: SegmentTrie<Entry | BrokenEntry>;
  /** paths that only acts own; a GET that resembles one is no harmless read */
  readonly actPaths: readonly Template[];
  readonly actions: ReadonlyMap<string, ActionWords>;
  wordsOf(kind: string): KindWords;
  /** true: something could not be read at all, so it is not known what it would have owned; everything is refused */
  readonly broken: boolean;
};

export const isBroken = (owner: Entry | BrokenEntry): owner is BrokenEntry => 'broken' in owner;
