// A GET that no entry describes counts as harmless only when its path does not even resemble one that acts own: consoles
// differ in case, trailing slashes and suffixes such as `.json` (pitfalls 4, 5, 7).

import type { Template } from './template.ts';

type Node = { readonly literals: Map<string, Node>; any: Node | null; ends: boolean; tail: boolean };

/** @returns whether a path, by its segments, resembles one of the templates; its cost does not grow with their number */
export function createResemblance(actPaths: readonly Template[]): (segments: readonly string[]) => boolean {
  const makeNode = (): Node => ({ literals: new Map(), any: null, ends: false, tail: false });
  const root = makeNode();
  for (const template of actPaths) {
    let node = root;
    for (const segment of template.segments) {
      if ('literal' in segment && segment.literal === '') continue;
      if ('literal' in segment) {
        const key = segment.literal.toLowerCase();
        const next = node.literals.get(key) ?? makeNode();
        node.literals.set(key, next);
        node = next;
      } else {
        node.any ??= makeNode();
        node = node.any;
      }
    }
    if (template.tail) node.tail = true;
    else node.ends = true;
  }

  const walk = (node: Node, given: readonly string[], depth: number): boolean => {
    const text = given[depth];
    if (text === undefined) return node.ends;
    if (node.tail) return true;
    const last = depth === given.length - 1;
    for (const form of last ? withoutSuffixes(text) : [text]) {
      const next = node.literals.get(form);
      if (next !== undefined && walk(next, given, depth + 1)) return true;
    }
    return text !== '' && node.any !== null && walk(node.any, given, depth + 1);
  };

  return (segments) => {
    let length = segments.length;
    while (length > 0 && segments[length - 1] === '') length -= 1;
    return walk(
      root,
      segments.slice(0, length).map((segment) => segment.toLowerCase()),
      0,
    );
  };
}

/** `wipe.json.xml` -> itself, `wipe`, `wipe.json`. */
function withoutSuffixes(text: string): string[] {
  const forms = [text];
  for (let dot = text.indexOf('.'); dot >= 0; dot = text.indexOf('.', dot + 1)) forms.push(text.slice(0, dot));
  return forms;
}
