// Takes secrets out of parsed JSON: members with a secret name at any depth, and what a pack points at. Numbers keep the
// digits that they were sent with (a device id above 2^53 must not change in a recording).
import { isSecretName } from './secretNames.ts';

export const REDACTED = '[redacted]';
/** JSON inside a JSON string is looked into so many times. */
const NESTED = 3;

/** Which members are secret besides those with a secret name. */
export type Redactions = {
  /** paths of decoded segments, from JSON pointers; `*` stands for any one member */
  readonly paths: readonly (readonly string[])[];
  /** lower-case field names, secret at any depth */
  readonly names: ReadonlySet<string>;
};

const NO_MORE: Redactions = { paths: [], names: new Set() };

/** @param redact JSON pointers (they begin with `/`) and field names, as packs write them */
export function readRedactions(redact: readonly string[]): Redactions {
  if (redact.length === 0) return NO_MORE;
  const pointers = redact.filter((entry) => entry.startsWith('/'));
  return {
    paths: pointers.map((pointer) =>
      pointer
        .slice(1)
        .split('/')
        .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~')),
    ),
    names: new Set(redact.filter((entry) => !entry.startsWith('/')).map((entry) => entry.toLowerCase())),
  };
}

export const isSecretField = (name: string, { names }: Redactions): boolean =>
  isSecretName(name) || names.has(name.toLowerCase());

/** @returns the text with secrets replaced, compact; @throws SyntaxError or RangeError when it is no JSON, or nested too deep */
export function redactJson(text: string, redactions: Redactions): string {
  return JSON.stringify(clean(parseExactly(text), redactions, redactions.paths, NESTED));
}

/** A form field's or string's value: when it is itself a JSON object or list, its secrets go too. */
export function redactNested(text: string, redactions: Redactions, nested = NESTED): string {
  if (nested === 0 || !/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.stringify(clean(parseExactly(text), redactions, redactions.paths, nested - 1));
  } catch {
    return text;
  }
}

function clean(value: unknown, redactions: Redactions, paths: Redactions['paths'], nested: number): unknown {
  if (typeof value === 'string') return redactNested(value, redactions, nested);
  if (value === null || typeof value !== 'object' || isRawNumber(value)) return value;
  const inside = (name: string): Redactions['paths'] =>
    paths.filter(([first]) => first === name || first === '*').map((path) => path.slice(1));
  const member = (name: string, inner: unknown, secret: boolean): unknown => {
    const deeper = inside(name);
    if (secret || deeper.some((path) => path.length === 0)) return inner === null ? null : REDACTED;
    return clean(inner, redactions, deeper, nested);
  };
  if (Array.isArray(value)) return value.map((inner, index) => member(String(index), inner, false));
  const pairs = Object.entries(value).map(([name, inner]) => {
    return [name, member(name, inner, isSecretField(name, redactions))] as const;
  });
  // fromEntries defines own members, `__proto__` among them.
  return Object.fromEntries(pairs);
}

/** ECMAScript "JSON.parse source text access", in V8 since 11.4; TypeScript's ES2024 library does not know it yet. */
const exact = JSON as unknown as {
  parse(text: string, reviver: (name: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): object;
  isRawJSON(value: unknown): boolean;
};
const isRawNumber = (value: object): boolean => exact.isRawJSON(value);

const parseExactly = (text: string): unknown =>
  exact.parse(text, (_name, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source ? exact.rawJSON(source) : value,
  );
