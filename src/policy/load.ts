// Reads the policy folder: every *.cedar in it, checked against the schema that the vocabulary gives. All faults at once, each
// with file, line and column; a set with one fault is no set. Nothing here decides.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '../kernel/canonicalJson.ts';
import { sha256Hex } from '../kernel/ids.ts';
import { type CedarFault, parsePolicies, validatePolicies } from './cedar.ts';
import { type Mentions, mentionsOf } from './mentions.ts';
import { nearest } from './nearest.ts';
import { generateSchema, groupsInSchema, type KnownAction, namesInSchema } from './schema.ts';

export type PolicyFault = {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly what: string;
};

export class PolicyFaults extends Error {
  override name = 'PolicyFaults';
  readonly faults: readonly PolicyFault[];
  constructor(faults: readonly PolicyFault[]) {
    super(faults.map((fault) => `${fault.file}:${fault.line}:${fault.column}: ${fault.what}`).join('\n'));
    this.faults = faults;
  }
}

export type PolicyText = {
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  /** one plain sentence: why this rule is there */
  readonly why: string;
  /** one plain sentence: the way to be allowed; null: none */
  readonly remedy: string | null;
  readonly file: string;
  readonly line: number;
  readonly text: string;
  readonly mentions: Mentions;
};

export type PolicySet = {
  readonly schema: string;
  /** names of all that policies can speak of */
  readonly actions: readonly string[];
  readonly policies: ReadonlyMap<string, PolicyText>;
  /** SHA-256, hex, over the schema and all policy texts in order of their ids */
  readonly digest: string;
};

const KNOWN_ANNOTATIONS = new Set(['id', 'why', 'remedy']);

function place(text: string, offset: number): { line: number; column: number } {
  const before = Buffer.from(text).subarray(0, offset).toString('utf8').split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

/**
 * @param actions the vocabulary
 * @throws PolicyFaults, also for a missing or unreadable folder or file.
 */
export function loadPolicySet(dir: string, actions: readonly KnownAction[]): PolicySet {
  const faults: PolicyFault[] = [];
  const read = (file: string): string | null => {
    try {
      return readFileSync(join(dir, file), 'utf8');
    } catch (cause) {
      faults.push({ file, line: 1, column: 1, what: `cannot be read: ${reasonOf(cause)}` });
      return null;
    }
  };
  let files: string[];
  try {
    files = readdirSync(dir)
      .filter((file) => file.endsWith('.cedar'))
      .sort();
  } catch (cause) {
    throw new PolicyFaults([{ file: dir, line: 1, column: 1, what: `cannot be read: ${reasonOf(cause)}` }]);
  }
  if (files.length === 0) faults.push({ file: '.', line: 1, column: 1, what: 'has no *.cedar file' });

  const schema = generateSchema(actions);
  const note = (file: string, text: string, found: readonly CedarFault[]): void => {
    for (const fault of found) faults.push({ file, ...place(text, fault.offset), what: fault.what });
  };

  const toValidate = new Map<string, { file: string; whole: string; offset: number; text: string }>();
  const policies = new Map<string, PolicyText>();
  for (const file of files) {
    const text = read(file);
    if (text === null) continue;
    const parsed = parsePolicies(text);
    note(file, text, parsed.faults);
    for (const policy of parsed.policies) {
      const fault = (what: string) => note(file, text, [{ offset: policy.offset, what }]);
      const { id = '', why = '', remedy } = policy.annotations;
      const unknown = Object.keys(policy.annotations).filter((name) => !KNOWN_ANNOTATIONS.has(name));
      if (unknown.length > 0) fault(`has an annotation that nobody reads: @${unknown.join(', @')}`);
      if (!/^[a-z][a-z0-9-]{0,79}$/.test(id)) fault('needs an @id of lower-case letters, digits and hyphens');
      if (why.trim() === '') fault('needs a @why: one plain sentence for the people who are refused or allowed by it');
      const twin = policies.get(id);
      if (twin !== undefined) fault(`@id("${id}") is taken already, in ${twin.file}:${twin.line}`);
      toValidate.set(`p${toValidate.size}`, { file, whole: text, offset: policy.offset, text: policy.text });
      const { line } = place(text, policy.offset);
      if (id !== '' && twin === undefined)
        policies.set(id, {
          ...{ id, effect: policy.effect, why, remedy: remedy ?? null, file, line, text: policy.text },
          mentions: mentionsOf(policy.parsed),
        });
    }
  }
  const speakable = [...namesInSchema(actions), ...groupsInSchema(actions)];
  const texts = new Map([...toValidate].map(([key, { text }]) => [key, text]));
  for (const { key, fault } of validatePolicies(schema, texts)) {
    const where = toValidate.get(key);
    if (where === undefined) faults.push({ file: '.', line: 1, column: 1, what: fault.what });
    else
      note(where.file, where.whole, [
        { offset: where.offset + fault.offset, what: withNearest(fault.what, speakable) },
      ]);
  }
  faults.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line || a.column - b.column));
  if (faults.length > 0) throw new PolicyFaults(faults.map((fault) => ({ ...fault, file: join(dir, fault.file) })));
  const byId = Object.fromEntries([...policies].map(([id, policy]) => [id, policy.text]));
  return {
    schema,
    actions: namesInSchema(actions),
    policies,
    digest: sha256Hex(canonicalJson({ schema, policies: byId })),
  };
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message.replace(/, .*$/, '') : 'unknown');

/** Cedar's own guess may be far off: of two names that differ by a slip of the fingers, ours is the nearer. */
function withNearest(what: string, names: readonly string[]): string {
  const [, unknown] = /^unrecognized action `Action::"([^"`]+)"`/.exec(what) ?? [];
  const near = unknown === undefined ? null : nearest(unknown, names);
  if (unknown === undefined || near === null) return what;
  return `unrecognized action \`Action::"${unknown}"\`; did you mean \`Action::"${near}"\`?`;
}
