// Reads access.yaml whole, or not at all: every fault at once, each with file, line and what to do. Nothing starts, and
// nothing is swapped in, on a file with a fault.
import { readFileSync } from 'node:fs';
import { isMap, isNode, LineCounter, parseDocument, visit } from 'yaml';
import type { AccessRules, Selector } from '../../kernel/accessRules.ts';
import { AccessFormat, accessRulesOf, contradictions, type Finding } from './format.ts';

export type AccessFault = {
  readonly file: string;
  readonly line: number;
  readonly column?: number;
  readonly what: string;
};

export class AccessFaults extends Error {
  override readonly name = 'AccessFaults';
  readonly faults: readonly AccessFault[];
  constructor(faults: readonly AccessFault[]) {
    super(faults.map(({ file, line, what }) => `${file}:${line}: ${what}`).join('\n'));
    this.faults = faults;
  }
}

/** What the rest of the configuration has: a rule for a console or an action that is not there would never apply. */
export type Known = { readonly consoles: readonly string[]; readonly actions: readonly string[] };

/**
 * @param known names that patterns must meet; without it they are not compared
 * @throws AccessFaults
 */
export function loadAccessRules(file: string, known?: Known): AccessRules {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/, .*$/, '') : 'unknown';
    throw new AccessFaults([{ file, line: 0, what: `cannot be read (${why}): check the path and who may read it` }]);
  }
  return readAccessRules(text, file, known);
}

/** @param file what faults call the text @throws AccessFaults */
export function readAccessRules(text: string, file: string, known?: Known): AccessRules {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  const faults: AccessFault[] = [];
  const faultAt = (offset: number, what: string) => {
    const { line, col } = lines.linePos(offset);
    faults.push({ file, line, column: col, what });
  };
  for (const { pos, message } of [...document.errors, ...document.warnings]) faultAt(pos[0], message);
  visit(document, {
    Alias(_key, { source, range }) {
      faultAt(range?.[0] ?? 0, `write it out: *${source} stands for something elsewhere`);
    },
  });
  if (faults.length > 0) throw new AccessFaults(faults);

  /** Where a member stands, or the nearest parent that does. */
  const offsetOf = (path: readonly PropertyKey[]): number => {
    for (let length = path.length; length >= 0; length -= 1) {
      const parent: unknown = length > 0 ? document.getIn(path.slice(0, length - 1), true) : null;
      const pair = isMap(parent) ? parent.items.find(({ key }) => String(key) === String(path[length - 1])) : undefined;
      if (pair && isNode(pair.key) && pair.key.range) return pair.key.range[0];
      const node = document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return node.range[0];
    }
    return 0;
  };
  const add = (path: readonly PropertyKey[], what: string) => {
    const where = path.map(String).join('.');
    faultAt(offsetOf(path), where === '' ? what : `${where}: ${what}`);
  };

  const parsed = AccessFormat.safeParse(document.toJS({ maxAliasCount: 0 }) ?? {});
  for (const issue of parsed.error?.issues ?? []) {
    if (issue.code === 'unrecognized_keys')
      for (const key of issue.keys) add([...issue.path, key], 'is not known here: check the spelling, or remove it');
    else if (document.getIn(issue.path, true) === undefined) add(issue.path, 'is missing: it has no default');
    else add(issue.path, issue.message);
  }
  if (!parsed.success) throw new AccessFaults(faults);
  const rules = accessRulesOf(parsed.data);
  for (const { path, what } of [...contradictions(parsed.data), ...(known ? strangers(rules, known) : [])])
    add(path, what);
  if (faults.length > 0) throw new AccessFaults(faults);
  return rules;
}

/** Patterns that meet nothing: misspelt, or of a console that is gone. */
function strangers({ approvals, budgets }: AccessRules, { consoles, actions }: Known): Finding[] {
  const findings: Finding[] = [];
  const meets = (pattern: string, names: readonly string[]): boolean =>
    pattern === '*' ||
    names.some((name) => (pattern.endsWith('.*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
  const look = (match: Selector, base: readonly (string | number)[]) => {
    match.consoles.forEach((pattern, index) => {
      if (!meets(pattern, consoles))
        findings.push({ path: [...base, 'for', 'consoles', index], what: `no console is called ${pattern}` });
    });
    match.actions.forEach((pattern, index) => {
      if (!meets(pattern, actions))
        findings.push({ path: [...base, 'for', 'actions', index], what: `no action is called ${pattern}` });
    });
  };
  approvals.forEach(({ match }, index) => {
    look(match, ['approvals', index]);
  });
  budgets.forEach(({ match }, index) => {
    look(match, ['budgets', index]);
  });
  return findings;
}
