// From the text of one pack.yaml to a pack, or to all of its faults with their lines. A faulty entry becomes a broken
// owner of its path; a pack that cannot be read at all is broken as a whole.

import { isNode, LineCounter, parseDocument, visit } from 'yaml';
import type { ZodError } from 'zod';
import type { Risk } from '../../kernel/action.ts';
import { createActions } from './actionWords.ts';
import { checkEntry, RISKS } from './checkEntry.ts';
import { checkParts } from './checkParts.ts';
import { createAllowances } from './encodedPlaces.ts';
import { findOverlaps } from './overlaps.ts';
import type { BrokenEntry, Entry, Pack } from './pack.ts';
import { EntryFormat, PackFormat, type Vocabulary } from './packFormat.ts';
import { compileQuestions, questionFaults } from './questions.ts';
import { createResemblance } from './resemblesAct.ts';
import { createSegmentTrie, type Found } from './segmentTrie.ts';
import { parseRequest, type Template } from './template.ts';
import { parseTitle } from './title.ts';

export type Fault = { readonly line: number; readonly what: string };
type Path = readonly (string | number)[];

/** The plain value of a YAML text, and a way to find the line of any part of it. Aliases and double keys are faults. */
export function readYaml(text: string) {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  const faults: Fault[] = [...document.errors, ...document.warnings].map((error) => ({
    line: lines.linePos(error.pos[0]).line,
    what: error.message,
  }));
  visit(document, {
    Alias(_key, node) {
      const line = node.range ? lines.linePos(node.range[0]).line : 1;
      faults.push({ line, what: `write it out: *${node.source} stands for something elsewhere` });
    },
  });
  const lineOf = (path: Path): number => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  let value: unknown = null;
  try {
    if (faults.length === 0) value = document.toJS({ maxAliasCount: 0 });
  } catch (cause) {
    faults.push({ line: 1, what: cause instanceof Error ? cause.message : 'cannot be read' });
  }
  return { value, faults, lineOf };
}

/** One fault a wrong member, said where it stands. */
export function schemaFaults(error: ZodError, lineOf: (path: Path) => number, base: Path = []): Fault[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    const where = path.length === 0 ? '' : `${path.join('.')}: `;
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({
        line: lineOf([...base, ...path, key]),
        what: `${where}"${key}" is not known here`,
      }));
    return [{ line: lineOf([...base, ...path]), what: `${where}${issue.message}` }];
  });
}

const EMPTY: PackFormat = {
  ...{ format: 1, pack: 'unreadable', name: 'unreadable', kinds: {}, words: {}, entries: [], roots: {}, caseless: [] },
  ...{ names: {}, counts: {}, record: { answers: 'all', limit: '64KiB' } },
  ...{ override: {}, everywhere: { query: [] }, unknown_get: 'write', head: 'unknown' },
};

export function compilePack(text: string, vocabulary: Vocabulary): { pack: Pack; faults: Fault[] } {
  const { value, faults, lineOf } = readYaml(text);
  const head = PackFormat.safeParse(value);
  if (faults.length === 0 && !head.success) faults.push(...schemaFaults(head.error, lineOf));
  const raw = head.success && faults.length === 0 ? head.data : EMPTY;
  const kindNames = new Set([...Object.keys(vocabulary.kinds), ...Object.keys(raw.kinds)]);
  for (const [kind, format] of Object.entries(raw.kinds))
    if (vocabulary.kinds[kind] === undefined && (format.one === undefined || format.many === undefined))
      faults.push({ line: lineOf(['kinds', kind]), what: `the kind ${kind} is new: give its words, one and many` });
  for (const [action, words] of Object.entries(raw.words)) {
    const line = lineOf(['words', action]);
    if (vocabulary.actions[action] === undefined) faults.push({ line, what: `${action} is not in the vocabulary` });
    const title = words.title === undefined ? [] : parseTitle(words.title, kindNames);
    if (typeof title === 'string') faults.push({ line, what: `title ${title}` });
  }

  const owners: (Entry | BrokenEntry)[] = [];
  const entries: { entry: Entry; line: number }[] = [];
  const ids = new Set<string>();
  // No entry at all: nobody knows what this pack would have said.
  let broken = raw === EMPTY;
  raw.entries.forEach((source, index) => {
    const base = ['entries', index];
    const line = lineOf(base);
    const parsed = EntryFormat.safeParse(source);
    const found = parsed.success ? [] : schemaFaults(parsed.error, lineOf, base);
    const templates = templatesOf(source, raw);
    if (typeof templates === 'string') {
      found.push({ line: lineOf([...base, 'request']), what: templates });
      broken = true;
    }
    if (parsed.success && typeof templates !== 'string') {
      const checked = checkEntry(parsed.data, templates, raw, vocabulary);
      found.push(...checked.faults.map(({ at, what }) => ({ line: lineOf([...base, ...at]), what })));
      if (ids.has(parsed.data.id)) found.push({ line: lineOf([...base, 'id']), what: 'this id is taken already' });
      ids.add(parsed.data.id);
      if (found.length === 0 && checked.entry !== null) {
        owners.push(checked.entry);
        entries.push({ entry: checked.entry, line });
        return;
      }
    }
    const name = nameOf(source) ?? `number ${index + 1}`;
    faults.push(...found.map((fault) => ({ ...fault, what: `entry ${name}: ${fault.what}` })));
    const [template] = typeof templates === 'string' ? [] : templates;
    // A message or operation whose entry is faulty could be taken for another.
    if (template === undefined) broken = true;
    else if (typeof templates !== 'string')
      owners.push({ broken: found.map((fault) => fault.what).join('; '), template, templates });
  });
  for (const { at, what } of checkParts(
    entries.map(({ entry }) => entry),
    raw,
  ))
    faults.push({ line: entries[at]?.line ?? 1, what });
  for (const { line, what } of findOverlaps(entries, raw.kinds, raw.caseless.includes('path')))
    faults.push({ line, what });

  const caseless = raw.caseless.includes('path');
  const trie = createSegmentTrie<Entry | BrokenEntry>(raw.kinds, { caseless });
  for (const owner of owners) for (const template of owner.templates) trie.add(template, owner);
  const sound = entries.map(({ entry }) => entry);
  const wordsOf = (kind: string) => {
    const { one = vocabulary.kinds[kind]?.one ?? kind, many = vocabulary.kinds[kind]?.many ?? kind } =
      raw.kinds[kind] ?? {};
    return { one, many };
  };
  const pack: Pack = {
    id: raw.pack,
    name: raw.name,
    kinds: raw.kinds,
    entries: sound,
    byId: new Map(sound.map((entry) => [entry.id, entry])),
    trie,
    resemblesAct: createResemblance(actPathsOf(owners)),
    parts: partsOf(sound),
    allowances: createAllowances(
      owners.flatMap(({ templates }) => templates),
      raw.override.query ?? null,
      caseless,
    ),
    override: raw.override,
    versions: raw.versions ?? null,
    unknownGet: raw.unknown_get,
    messages: sound.some(({ messages }) => messages !== null),
    headIsGet: raw.head === 'get',
    record: { answers: raw.record.answers, limit: Number.parseInt(raw.record.limit, 10) * 1024 },
    actions: createActions(sound, raw, vocabulary, kindNames, wordsOf),
    wordsOf,
    questions: compileQuestions(raw, vocabulary),
    broken,
  };
  // A broken pack refuses everything; what it asks for would only be called wrong for that.
  if (!broken) for (const { at, what } of questionFaults(pack, raw)) faults.push({ line: lineOf(at), what });
  return { pack, faults: faults.sort((a, b) => a.line - b.line) };
}

/** The paths of an entry whatever else is wrong with it; a sentence when it has none that could be owned. */
function templatesOf(source: unknown, raw: PackFormat): readonly Template[] | string {
  const has = (name: string): unknown =>
    typeof source === 'object' && source !== null ? (source as Record<string, unknown>)[name] : undefined;
  const request = has('request');
  if (request === undefined && typeof has('of') === 'string') return [];
  if (typeof request !== 'string') return 'request is missing';
  const allow = EntryFormat.shape.allow.safeParse(has('allow'));
  const templates = parseRequest(request, { base: raw.base, roots: raw.roots, allow: allow.success ? allow.data : {} });
  if (typeof templates === 'string') return `request: ${templates}`;
  for (const segment of templates.flatMap(({ segments }) => segments))
    if ('kind' in segment && raw.kinds[segment.kind] === undefined)
      return `request: {${segment.name}} has no kind; add ${segment.kind} to kinds, or write {${segment.name}:kind}`;
  return templates;
}

function partsOf(entries: readonly Entry[]): Pack['parts'] {
  const parts = new Map<string, Found<Entry>[]>();
  for (const owner of entries) {
    if (owner.of === null) continue;
    const known = parts.get(owner.of) ?? [];
    known.push({ owner, captures: [], names: [] });
    parts.set(owner.of, known);
  }
  return parts;
}

const nameOf = (source: unknown): string | null =>
  typeof source === 'object' && source !== null && 'id' in source && typeof source.id === 'string' ? source.id : null;

/** Templates that no read owns. */
function actPathsOf(owners: readonly (Entry | BrokenEntry)[]): Template[] {
  const byPath = new Map<string, { template: Template; reads: boolean }>();
  for (const owner of owners) {
    const risk: Risk = 'broken' in owner ? 'high' : owner.risk;
    for (const template of owner.templates) {
      const reads = RISKS.indexOf(risk) === 0 || byPath.get(template.path)?.reads === true;
      byPath.set(template.path, { template, reads });
    }
  }
  return [...byPath.values()].filter(({ reads }) => !reads).map(({ template }) => template);
}
