// What a policy can see of a question: the facts, groups and people that its text names. What no policy of a set names cannot
// change an answer, so it need not tell one kept answer from another. Read from the parsed policy; in doubt everything counts.

/** A number that is only compared with constants: which ones. `exact`: used in any other way. */
export type Cuts = readonly number[] | 'exact';

export type Mentions = {
  /** context members by name; null: the context is used as a whole, so every member counts */
  readonly facts: ReadonlyMap<string, Cuts> | null;
  readonly groups: ReadonlySet<string>;
  /** true: a single person is named somewhere */
  readonly person: boolean;
};

const COMPARISONS = new Set(['<', '<=', '>', '>=', '==', '!=']);

type Node = { readonly [member: string]: unknown };
const nodeOf = (value: unknown): Node | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Node) : null;

/** `context.name` -> name */
function factOf(value: unknown): string | null {
  const access = nodeOf(nodeOf(value)?.['.']);
  return isContext(access?.left) && typeof access?.attr === 'string' ? access.attr : null;
}
const isContext = (value: unknown): boolean => nodeOf(value)?.Var === 'context';
const constantOf = (value: unknown): number | null => {
  const constant = nodeOf(value)?.Value;
  return typeof constant === 'number' && Number.isInteger(constant) ? constant : null;
};

/** @param parsed a policy as Cedar's JSON */
export function mentionsOf(parsed: unknown): Mentions {
  const facts = new Map<string, Cuts>();
  const groups = new Set<string>();
  let person = false;
  let whole = false;

  const exact = (name: string): void => void facts.set(name, 'exact');
  const cut = (name: string, at: number): void => {
    const known = facts.get(name) ?? [];
    if (known !== 'exact') facts.set(name, [...known, at]);
  };

  const walk = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const one of value) walk(one);
      return;
    }
    const node = nodeOf(value);
    if (node === null) return;
    if (typeof node.type === 'string' && typeof node.id === 'string') {
      if (node.type === 'Group') groups.add(node.id);
      else if (node.type === 'Person') person = true;
    }
    if (node.Var === 'context') whole = true;
    for (const [operator, inner] of Object.entries(node)) {
      const sides = nodeOf(inner);
      if (sides !== null && COMPARISONS.has(operator)) {
        const [fact, constant] = [
          [factOf(sides.left), constantOf(sides.right)] as const,
          [factOf(sides.right), constantOf(sides.left)] as const,
        ].find(([name, at]) => name !== null && at !== null) ?? [null, null];
        if (fact !== null && constant !== null) {
          cut(fact, constant);
          continue;
        }
      }
      if (sides !== null && operator === 'has' && isContext(sides.left)) {
        const name = Array.isArray(sides.attr) ? sides.attr[0] : sides.attr;
        if (typeof name === 'string') {
          if (!facts.has(name)) facts.set(name, []);
          continue;
        }
      }
      const name = factOf({ [operator]: inner });
      if (name !== null) exact(name);
      else walk(inner);
    }
  };
  walk(parsed);
  return { facts: whole ? null : facts, groups, person };
}

/** What a whole set of policies can see. */
export function allMentions(each: Iterable<Mentions>): Mentions {
  const facts = new Map<string, Cuts>();
  const groups = new Set<string>();
  let person = false;
  let whole = false;
  for (const one of each) {
    for (const group of one.groups) groups.add(group);
    person ||= one.person;
    if (one.facts === null) whole = true;
    for (const [name, cuts] of one.facts ?? []) {
      const known = facts.get(name) ?? [];
      facts.set(name, known === 'exact' || cuts === 'exact' ? 'exact' : [...known, ...cuts]);
    }
  }
  for (const [name, cuts] of facts)
    if (cuts !== 'exact')
      facts.set(
        name,
        [...new Set(cuts)].sort((a, b) => a - b),
      );
  return { facts: whole ? null : facts, groups, person };
}

/**
 * The one number that stands for all numbers between the same two constants: no comparison with a constant can tell them
 * apart. A constant stands for itself.
 */
export function standIn(value: number, cuts: Cuts): number {
  if (cuts === 'exact') return value;
  let below: number | null = null;
  for (const at of cuts) {
    if (value === at) return value;
    if (value < at) return below === null ? at - 1 : below + 1;
    below = at;
  }
  return below === null ? 0 : below + 1;
}
