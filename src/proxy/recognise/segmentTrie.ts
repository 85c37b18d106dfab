// Finds every entry whose path template a path matches. Bounded by segments, case-sensitive, no regular expressions; the
// work is bounded by the size of the pack, whatever a client sends (pitfalls 3, 5, 7, 34).

import { idsIn } from './kinds.ts';
import type { KindFormat } from './packFormat.ts';
import type { TemplateSegment } from './template.ts';

/** `captures`: what stood in the captured places, in order. */
export type Found<T> = { readonly owner: T; readonly captures: readonly string[] };

export type SegmentTrie<T> = {
  add(template: { readonly segments: readonly TemplateSegment[]; readonly tail: boolean }, owner: T): void;
  /** All owners of this very path; those of a `/**` only when nothing else owns it, whatever the method. */
  find(segments: readonly string[]): readonly Found<T>[];
};

type Capture = Extract<TemplateSegment, { kind: string }>;
type Node<T> = {
  readonly literals: Map<string, Node<T>>;
  readonly captures: { readonly capture: Capture; readonly kind: KindFormat; readonly next: Node<T> }[];
  readonly owners: T[];
  readonly tails: T[];
};

/** @throws RangeError on `add` for a kind that is not in `kinds`: templates are checked before they come here */
export function createSegmentTrie<T>(kinds: Readonly<Record<string, KindFormat>>): SegmentTrie<T> {
  const makeNode = (): Node<T> => ({ literals: new Map(), captures: [], owners: [], tails: [] });
  const root = makeNode();

  function step(node: Node<T>, segment: TemplateSegment): Node<T> {
    if ('literal' in segment) {
      const next = node.literals.get(segment.literal) ?? makeNode();
      node.literals.set(segment.literal, next);
      return next;
    }
    const known = node.captures.find(({ capture }) => sameCapture(capture, segment));
    if (known !== undefined) return known.next;
    const kind = kinds[segment.kind];
    if (kind === undefined) throw new RangeError(`no kind ${segment.kind}`);
    const next = makeNode();
    node.captures.push({ capture: segment, kind, next });
    return next;
  }

  function find(segments: readonly string[]): readonly Found<T>[] {
    const exact: Found<T>[] = [];
    const below: Found<T>[] = [];
    const walk = (node: Node<T>, depth: number, captures: readonly string[]): void => {
      const segment = segments[depth];
      if (segment === undefined) {
        for (const owner of node.owners) exact.push({ owner, captures });
        return;
      }
      // What stands below a `/**` may be anything but an empty segment.
      if (node.tails.length > 0 && segments.slice(depth).every((one) => one !== ''))
        for (const owner of node.tails) below.push({ owner, captures });
      const literal = node.literals.get(segment);
      if (literal !== undefined) walk(literal, depth + 1, captures);
      for (const { capture, kind, next } of node.captures) {
        const inner = captured(capture, segment);
        if (inner !== null && idsIn(kind, inner) !== null) walk(next, depth + 1, [...captures, inner]);
      }
    };
    walk(root, 0, []);
    return exact.length > 0 ? exact : below;
  }

  return {
    add({ segments, tail }, owner) {
      const node = segments.reduce(step, root);
      (tail ? node.tails : node.owners).push(owner);
    },
    find,
  };
}

const sameCapture = (a: Capture, b: Capture): boolean =>
  a.kind === b.kind && a.before === b.before && a.after === b.after;

/** What stands between the literal parts around a capture; null when they are not there. */
export function captured(capture: Capture, segment: string): string | null {
  const { before, after } = capture;
  if (segment.length <= before.length + after.length) return null;
  if (!segment.startsWith(before) || !segment.endsWith(after)) return null;
  return segment.slice(before.length, segment.length - after.length);
}
