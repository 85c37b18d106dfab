// Finds every entry whose path template a path matches. Bounded by segments, no regular expressions; the work is bounded by
// the templates that share their beginning with the path, not by the size of the pack (pitfalls 3, 5, 7, 34).

import { idsIn } from './kinds.ts';
import type { KindFormat } from './packFormat.ts';
import { type Capture, namesOf, type Template, type TemplateSegment } from './template.ts';

/** `captures`: what stood in the captured places, in order; `names`: what these places are called. */
export type Found<T> = { readonly owner: T; readonly captures: readonly string[]; readonly names: readonly string[] };

export type SegmentTrie<T> = {
  add(template: Template, owner: T): void;
  /** All owners of this very path; those of a `/**` only when nothing else owns it, whatever the method. */
  find(segments: readonly string[]): readonly Found<T>[];
};

type Placed<T> = { readonly owner: T; readonly names: readonly string[] };
type Node<T> = {
  readonly literals: Map<string, Node<T>>;
  readonly captures: { readonly capture: Capture; readonly kind: KindFormat; readonly next: Node<T> }[];
  readonly owners: Placed<T>[];
  readonly tails: Placed<T>[];
};

/** Slashes, backslashes and percent signs come only through an encoding that an entry allows for one place. */
const WEIRD = /[/\\%]/;
export const isWeird = (segment: string): boolean => WEIRD.test(segment);

/**
 * @param options caseless: literals are compared without case
 * @throws RangeError on `add` for a kind that is not in `kinds`: templates are checked before they come here
 */
export function createSegmentTrie<T>(
  kinds: Readonly<Record<string, KindFormat>>,
  options: { readonly caseless?: boolean } = {},
): SegmentTrie<T> {
  const makeNode = (): Node<T> => ({ literals: new Map(), captures: [], owners: [], tails: [] });
  const root = makeNode();
  const fold = (text: string): string => (options.caseless === true ? text.toLowerCase() : text);

  function step(node: Node<T>, segment: TemplateSegment): Node<T> {
    if ('literal' in segment) {
      const next = node.literals.get(fold(segment.literal)) ?? makeNode();
      node.literals.set(fold(segment.literal), next);
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
    const weird = segments.some(isWeird);
    const walk = (node: Node<T>, depth: number, captures: readonly string[]): void => {
      const segment = segments[depth];
      if (segment === undefined) {
        for (const { owner, names } of node.owners) exact.push({ owner, captures, names });
        return;
      }
      // What stands below a `/**` may be anything but an empty segment.
      if (node.tails.length > 0 && !weird && segments.slice(depth).every((one) => one !== ''))
        for (const { owner, names } of node.tails) below.push({ owner, captures, names });
      const literal = node.literals.get(fold(segment));
      if (literal !== undefined) walk(literal, depth + 1, captures);
      for (const { capture, kind, next } of node.captures) {
        if (capture.encoded === null && weird && isWeird(segment)) continue;
        const inner = captured(capture, segment, options.caseless);
        if (inner !== null && idsIn(kind, inner, capture.list ? ',' : undefined) !== null)
          walk(next, depth + 1, [...captures, inner]);
      }
    };
    walk(root, 0, []);
    return exact.length > 0 ? exact : below;
  }

  return {
    add(template, owner) {
      const node = template.segments.reduce(step, root);
      (template.tail ? node.tails : node.owners).push({ owner, names: namesOf(template) });
    },
    find,
  };
}

const sameCapture = (a: Capture, b: Capture): boolean =>
  a.kind === b.kind && a.before === b.before && a.after === b.after && a.list === b.list && a.encoded === b.encoded;

/** What stands between the literal parts around a capture; null when they are not there. */
export function captured(
  { before, after }: Pick<Capture, 'before' | 'after'>,
  segment: string,
  caseless = false,
): string | null {
  if (segment.length <= before.length + after.length) return null;
  const same = (a: string, b: string) => (caseless ? a.toLowerCase() === b.toLowerCase() : a === b);
  if (!same(segment.slice(0, before.length), before)) return null;
  const end = segment.length - after.length;
  return same(segment.slice(end), after) ? segment.slice(before.length, end) : null;
}
