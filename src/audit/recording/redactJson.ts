// Takes secrets out of parsed JSON: members with a secret name at any depth, what a pack points at, values that stand beside the name
// of a secret, and what texts in it hold. Numbers keep the digits that they were sent with (a device id above 2^53 must not change in
// a recording).
import { isOpen } from './openJson.ts';
import { isQuiet } from './quietText.ts';
import { redactText, type TextRules } from './redactText.ts';
import { isSecretName } from './secretNames.ts';
import { REDACTED } from './secretShapes.ts';
import { namesSecret, namesSecretBeside, secretColumns } from './secretTables.ts';

/** What is encoded inside of a text is looked into so many times. */
export const LAYERS = 4;

/** Which members are secret besides those with a secret name. */
export type Redactions = {
  /** paths of decoded segments, from JSON pointers; `*` stands for any one member */
  readonly paths: readonly (readonly string[])[];
  /** lower-case field names, secret at any depth */
  readonly names: ReadonlySet<string>;
  /** what the paths end in: where none of these names stands, no path leads anywhere. null: a path may end at any name */
  readonly ends: ReadonlySet<string> | null;
};

const NO_MORE: Redactions = { paths: [], names: new Set(), ends: new Set() };

/** An entry of a pack has one list for all of its requests. */
const read = new WeakMap<readonly string[], Redactions>();

/** @param redact JSON pointers (they begin with `/`) and field names, as packs write them; it must not change afterwards */
export function readRedactions(redact: readonly string[]): Redactions {
  if (redact.length === 0) return NO_MORE;
  const known = read.get(redact);
  if (known !== undefined) return known;
  const paths = redact
    .filter((entry) => entry.startsWith('/'))
    .map((pointer) =>
      pointer
        .slice(1)
        .split('/')
        .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~')),
    );
  const ends = paths.map((path) => path.at(-1) ?? '');
  const made: Redactions = {
    paths,
    names: new Set(redact.filter((entry) => !entry.startsWith('/')).map((entry) => entry.toLowerCase())),
    ends: ends.some((end) => /^(\*|\d+)$/.test(end)) ? null : new Set(ends),
  };
  read.set(redact, made);
  return made;
}

export const isSecretField = (name: string, { names }: Redactions): boolean =>
  isSecretName(name) || (names.size > 0 && names.has(name.toLowerCase()));

/**
 * @returns the text as it came when nothing in it is secret; else with secrets replaced, and compact
 * @throws SyntaxError or RangeError when it is no JSON, or nested too deep
 */
export function redactJson(text: string, redactions: Redactions): string {
  const { isSecret, more } = textRules(redactions);
  const bare = /^\s*["\d-]/.test(text);
  const isOpenText = (one: string): boolean =>
    isQuiet(one, more) || (!namesSecret(one, isSecret) && redactNested(one, redactions) === one);
  if (!bare && isOpen(text, { isSecret, ends: redactions.ends, isOpenText })) {
    JSON.parse(text);
    return text;
  }
  const value = parseExactly(text);
  // A text or a number alone has no name that says what it is: some consoles answer a password like this.
  if (bare) return JSON.stringify(REDACTED);
  return JSON.stringify(createCleaning(redactions).clean(value, redactions.paths, LAYERS));
}

/** A form field's or string's value: whatever it holds that is secret goes. */
export function redactNested(text: string, redactions: Redactions): string {
  const rules = textRules(redactions);
  return isQuiet(text, rules.more) ? text : redactText(text, rules, LAYERS);
}

const rules = new WeakMap<Redactions, TextRules>();
function textRules(redactions: Redactions): TextRules {
  const known = rules.get(redactions);
  if (known !== undefined) return known;
  const made: TextRules = {
    isSecret: (name) => isSecretField(name, redactions),
    more: redactions.names.size > 0,
    json(text, layers) {
      const cleaning = createCleaning(redactions);
      try {
        const clean = cleaning.clean(parseExactly(text), redactions.paths, layers - 1);
        return cleaning.found() ? JSON.stringify(clean) : text;
      } catch {
        return null;
      }
    },
  };
  rules.set(redactions, made);
  return made;
}

function createCleaning(redactions: Redactions) {
  const text = textRules(redactions);
  const { isSecret } = text;
  let found = false;
  const gone = (value: unknown): unknown => {
    if (value === null) return null;
    found = true;
    return REDACTED;
  };

  function clean(value: unknown, paths: Redactions['paths'], layers: number): unknown {
    if (typeof value === 'string') {
      if (isQuiet(value, text.more)) return value;
      const kept = redactText(value, text, layers);
      if (kept !== value) found = true;
      return kept;
    }
    if (value === null || typeof value !== 'object' || isRawNumber(value)) return value;
    const inside = (name: string): Redactions['paths'] =>
      paths.length === 0
        ? paths
        : paths.filter(([first]) => first === name || first === '*').map((path) => path.slice(1));
    const member = (name: string, inner: unknown, secret: boolean): unknown => {
      const deeper = inside(name);
      if (secret || deeper.some((path) => path.length === 0)) return gone(inner);
      return clean(inner, deeper, layers);
    };
    if (Array.isArray(value)) {
      const columns = secretColumns(value, isSecret);
      return value.map((inner, index) => {
        if (columns !== null && index > 0 && Array.isArray(inner))
          return row(inner, columns, inside(String(index)), layers);
        // `["password", "x"]`: a list of names and values
        const before: unknown = index > 0 ? value[index - 1] : undefined;
        const named = typeof before === 'string' && typeof inner !== 'object' && namesSecret(before, isSecret);
        return member(String(index), inner, named);
      });
    }
    const beside = namesSecretBeside(value, isSecret);
    const columns = beside.columns;
    const pairs = Object.entries(value).map(([name, inner]) => {
      if (columns !== null && Array.isArray(inner) && inner.every(Array.isArray) && !isSecret(name))
        return [name, inner.map((one) => row(one, columns, [], layers))] as const;
      return [name, member(name, inner, isSecret(name) || beside.values.has(name))] as const;
    });
    // fromEntries defines own members, `__proto__` among them.
    return Object.fromEntries(pairs);
  }

  const row = (
    cells: readonly unknown[],
    columns: ReadonlySet<number>,
    paths: Redactions['paths'],
    layers: number,
  ): unknown[] => cells.map((cell, at) => (columns.has(at) ? gone(cell) : clean(cell, paths, layers)));

  return { clean, found: () => found };
}

/** ECMAScript "JSON.parse source text access", in V8 since 11.4; TypeScript's ES2024 library does not know it yet. */
const exact = JSON as unknown as {
  parse(text: string, reviver: (name: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): object;
  isRawJSON(value: unknown): boolean;
};
const isRawNumber = (value: unknown): boolean => exact.isRawJSON(value);

const parseExactly = (text: string): unknown =>
  exact.parse(text, (_name, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source ? exact.rawJSON(source) : value,
  );
