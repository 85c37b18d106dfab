// A pack as it is used: checked, and compiled for finding. Made by loadPacks.ts and by nothing else.

import type { Risk, Target } from '../../kernel/action.ts';
import type { Allowances } from './encodedPlaces.ts';
import type { BodyFormat, EntryFormat, KindFormat, PackFormat } from './packFormat.ts';
import type { Questions } from './questions.ts';
import type { Found, SegmentTrie } from './segmentTrie.ts';
import type { Template } from './template.ts';
import type { Called, KindWords, TitleTemplate } from './title.ts';

export type EntryBody = Omit<BodyFormat, 'limit'> & { readonly limit: number };

/** What is read without case. */
export type Caseless = { readonly query: boolean; readonly keys: boolean; readonly values: boolean };

export type Entry = {
  readonly id: string;
  /** the first of its paths; all have the same methods */
  readonly template: Template;
  /** none: it tells of messages or operations */
  readonly templates: readonly Template[];
  readonly of: string | null;
  readonly action: string;
  readonly risk: Risk;
  readonly upgrade: boolean;
  readonly otherwise: boolean;
  readonly lane: 'admin' | 'device';
  /** null: all versions */
  readonly versions: readonly string[] | null;
  readonly headers: EntryFormat['headers'];
  readonly query: EntryFormat['query'];
  /** whether a request needs any header, or any query key, to be this entry */
  readonly asks: { readonly headers: boolean; readonly query: boolean };
  /** query keys that the entry speaks of, as written and folded */
  readonly queryNames: { readonly exact: ReadonlySet<string>; readonly folded: ReadonlySet<string> };
  /** null: no body may come */
  readonly body: EntryBody | null;
  /** place -> what it must have, in the form of `keyOf`: tells most entries of one path apart in one look-up each */
  readonly told: readonly (readonly [place: string, keys: ReadonlySet<string>])[];
  /** members of the body at the top that the entry speaks of, as written and folded */
  readonly bodyNames: { readonly exact: ReadonlySet<string>; readonly folded: ReadonlySet<string> };
  readonly targets: readonly (EntryFormat['targets'][number] & { readonly kind: string })[];
  readonly batch: EntryFormat['batch'] | null;
  readonly messages: EntryFormat['messages'] | null;
  readonly caseless: Caseless;
  readonly title: TitleTemplate;
  readonly effect: string;
  readonly redact: readonly string[];
  readonly volatile: readonly string[];
};

/** An entry that failed the check. It keeps owning its path, so that nothing else can be read into it. */
export type BrokenEntry = {
  readonly broken: string;
  readonly template: Template;
  readonly templates: readonly Template[];
};

/** An action as somebody asks for it, before there is a request. */
export type ActionWords = {
  readonly name: string;
  readonly risk: Risk;
  readonly effect: string;
  /** without targets: "Wipe devices" */
  readonly label: string;
  title(targets: readonly Target[], called?: Called): string;
};

export type Pack = {
  readonly id: string;
  readonly name: string;
  readonly kinds: Readonly<Record<string, KindFormat>>;
  readonly entries: readonly Entry[];
  readonly byId: ReadonlyMap<string, Entry>;
  readonly trie: SegmentTrie<Entry | BrokenEntry>;
  /** whether a path resembles one that only acts own: a GET of it is no harmless read */
  readonly resemblesAct: (segments: readonly string[]) => boolean;
  /** entry -> the entries that tell of its messages or operations */
  readonly parts: ReadonlyMap<string, readonly Found<Entry>[]>;
  /** what the canonicaliser lets through for this console and no other */
  readonly allowances: Allowances;
  readonly override: PackFormat['override'];
  readonly versions: PackFormat['versions'] | null;
  readonly unknownGet: 'read' | 'write';
  /** true: this console acts by messages on some socket, so no socket that nothing describes is harmless */
  readonly messages: boolean;
  readonly headIsGet: boolean;
  /** what of the console's answers is recorded; limit in bytes */
  readonly record: { readonly answers: 'all' | 'acts'; readonly limit: number };
  readonly actions: ReadonlyMap<string, ActionWords>;
  wordsOf(kind: string): KindWords;
  readonly questions: Questions;
  /** true: something could not be read at all, so it is not known what it would have owned; everything is refused */
  readonly broken: boolean;
};

export const isBroken = (owner: Entry | BrokenEntry): owner is BrokenEntry => 'broken' in owner;
