// Finds every entry whose path template a path matches. Bounded by segments, case-sensitive, no regular expressions; the
// work is bounded by the size of the pack, whatever a client sends (pitfalls 3, 5, 7, 34).

import { idsIn, isId } from './kinds.ts';
import type { KindFormat } from './packFormat.ts';
import type { TemplateSegment } from './template.ts';

export type Found<T> = { readonly owner: T; readonly captures: readonly string[] };

type Node<T> = {
  readonly literals: Map<string, Node<T>>;
  readonly captures: {
    readonly segment: TemplateSegment & { kind: string };
    readonly accepts: Accepts;
    next: Node<T>;
  }[];
  readonly owners: T[];
  readonly tails: T[];
};
type Accepts = (segment: string) => string | null;

export type SegmentTrie<T> = {
  add(segments: readonly TemplateSegment[], tail: boolean, owner: T): void;
  /** All owners of this very path; those of a `/**` only when nothing else owns it, whatever the method. */
  find(segments: readonly string[]): readonly Found<T>[];
};

const makeNode = <T>(): Node<T> => ({ literals: new Map(), captures: [], owners: [], tails: [] });
