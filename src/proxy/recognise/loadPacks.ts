// Reads the folder of packs: vocabulary.yaml and one folder a pack. At start every fault stops the start, all at once,
// each with file and line. `tolerant` keeps what is sound and lets faulty entries own their paths and refuse.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compilePack, readYaml, schemaFaults } from './compilePack.ts';
import type { ActionWords, Pack } from './pack.ts';
import { type Vocabulary, VocabularyFormat } from './packFormat.ts';

export type PackFault = { readonly file: string; readonly line: number; readonly what: string };

export class PackFaults extends Error {
  override name = 'PackFaults';
  readonly faults: readonly PackFault[];
  constructor(faults: readonly PackFault[]) {
    super(faults.map((fault) => `${fault.file}:${fault.line}: ${fault.what}`).join('\n'));
    this.faults = faults;
  }
}

export type Packs = {
  readonly all: ReadonlyMap<string, Pack>;
  readonly vocabulary: Vocabulary;
  /** empty unless the load was tolerant */
  readonly faults: readonly PackFault[];
  /** null when the pack has no entry with that action */
  action(pack: string, name: string): ActionWords | null;
};

const VOCABULARY = 'vocabulary.yaml';

/** @param options only: these packs alone, as far as they are there @throws PackFaults */
export function loadPacks(
  dir: string,
  options: { readonly tolerant?: boolean; readonly only?: readonly string[] } = {},
): Packs {
  const faults: PackFault[] = [];
  const vocabulary = loadVocabulary(dir);
  const all = new Map<string, Pack>();
  for (const folder of foldersIn(dir).filter((name) => options.only?.includes(name) ?? true)) {
    const file = join(folder, 'pack.yaml');
    let text: string;
    try {
      text = readFileSync(join(dir, file), 'utf8');
    } catch (cause) {
      faults.push({ file, line: 1, what: `cannot be read: ${reasonOf(cause)}` });
      continue;
    }
    const { pack, faults: found } = compilePack(text, vocabulary);
    faults.push(...found.map((fault) => ({ file, ...fault })));
    if (found.length === 0 && pack.id !== folder)
      faults.push({ file, line: 1, what: `says pack: ${pack.id}, but its folder is ${folder}` });
    // By its folder: a pack that cannot be read must still refuse under the name that consoles use.
    all.set(folder, pack);
  }
  const placed = faults.map((fault) => ({ ...fault, file: join(dir, fault.file) }));
  if (placed.length > 0 && options.tolerant !== true) throw new PackFaults(placed);
  return { all, vocabulary, faults: placed, action: (pack, name) => all.get(pack)?.actions.get(name) ?? null };
}

function loadVocabulary(dir: string): Vocabulary {
  let text: string;
  try {
    text = readFileSync(join(dir, VOCABULARY), 'utf8');
  } catch (cause) {
    throw new PackFaults([{ file: join(dir, VOCABULARY), line: 1, what: `cannot be read: ${reasonOf(cause)}` }]);
  }
  const { value, faults, lineOf } = readYaml(text);
  const parsed = VocabularyFormat.safeParse(value);
  const found = parsed.success || faults.length > 0 ? faults : schemaFaults(parsed.error, lineOf);
  if (!parsed.success || found.length > 0)
    throw new PackFaults(found.map((fault) => ({ file: join(dir, VOCABULARY), ...fault })));
  return parsed.data;
}

function foldersIn(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message.replace(/, .*$/, '') : 'unknown');
