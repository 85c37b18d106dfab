// Finds pairs of entries that one request could match both, so that the pack's author hears of it at load and not an
// admin in the middle of their work. A doubt counts as an overlap.

import { couldShareIds, idsIn } from './kinds.ts';
import type { Entry, EntryBody } from './pack.ts';
import type { KindFormat } from './packFormat.ts';
import { captured } from './segmentTrie.ts';
import type { Template, TemplateSegment } from './template.ts';

type Placed = { readonly entry: Entry; readonly line: number };
type Kinds = Readonly<Record<string, KindFormat>>;
type Way = { readonly placed: Placed; readonly order: number; readonly template: Template };

/** @param caseless whether the console reads paths without case */
export function findOverlaps(entries: readonly Placed[], kinds: Kinds, caseless: boolean) {
  const seen = new Set<string>();
  const found: { order: number; line: number; what: string }[] = [];
  const compare = (one: Way, two: Way): void => {
    const [a, b] = one.order < two.order ? [one, two] : [two, one];
    const key = `${a.order} ${b.order}`;
    if (a.order === b.order || seen.has(key)) return;
    seen.add(key);
    if (!overlap(a.placed.entry, b.placed.entry)) return;
    const what = `entry ${b.placed.entry.id}: one request could also match ${a.placed.entry.id} (line ${a.placed.line}); tell them apart`;
    found.push({ order: b.order, line: b.placed.line, what });
  };
  const ways = entries.flatMap((placed, order) =>
    placed.entry.templates.map((template) => ({ placed, order, template })),
  );
  // `/**` gives way to a whole path, so only equals are compared.
  const sameShape = Map.groupBy(ways, ({ template }) => `${template.tail} ${template.segments.length}`);
  for (const group of sameShape.values()) pairs(group, 0, kinds, caseless, compare);
  const tellers = entries.map((placed, order) => ({ placed, order, template: placed.entry.template }));
  for (const group of Map.groupBy(tellers, ({ placed }) => placed.entry.of).values())
    if (group[0]?.placed.entry.of != null) allPairs(group, compare);
  return found.sort((a, b) => a.order - b.order);
}

function allPairs(ways: readonly Way[], compare: (a: Way, b: Way) => void): void {
  ways.forEach((a, index) => {
    for (const b of ways.slice(index + 1)) compare(a, b);
  });
}

/** Compares all whose paths meet, without comparing all with all: apart at one segment is apart for good. */
function pairs(
  ways: readonly Way[],
  depth: number,
  kinds: Kinds,
  caseless: boolean,
  compare: (a: Way, b: Way) => void,
) {
  const length = ways[0]?.template.segments.length ?? 0;
  if (ways.length < 2) return;
  if (depth === length) return allPairs(ways, compare);
  const keyOf = ({ template }: Way): string => {
    const segment = template.segments[depth];
    if (segment === undefined || !('literal' in segment)) return '{';
    return caseless ? segment.literal.toLowerCase() : segment.literal;
  };
  const groups = Map.groupBy(ways, keyOf);
  const captures = groups.get('{') ?? [];
  for (const [key, group] of groups) {
    const also = key === '{' ? [] : captures.filter((way) => meetAt(way, group[0], depth, kinds, caseless));
    pairs([...group, ...also], depth + 1, kinds, caseless, (a, b) => {
      if (meetAt(a, b, depth, kinds, caseless)) compare(a, b);
    });
  }
}

function meetAt(a: Way, b: Way | undefined, depth: number, kinds: Kinds, caseless: boolean): boolean {
  const one = a.template.segments[depth];
  const other = b?.template.segments[depth];
  return one !== undefined && other !== undefined && meet(one, other, kinds, caseless);
}

/** Everything but the path. */
function overlap(a: Entry, b: Entry): boolean {
  if (a.upgrade !== b.upgrade || a.otherwise !== b.otherwise) return false;
  if (!a.template.methods.some((method) => b.template.methods.includes(method))) return false;
  if (a.versions !== null && b.versions !== null && !a.versions.some((one) => b.versions?.includes(one))) return false;
  if (headersDiffer(a, b) || headersDiffer(b, a)) return false;
  return !queriesDiffer(a, b) && !queriesDiffer(b, a) && !bodiesDiffer(a, b);
}

function headersDiffer(a: Entry, b: Entry): boolean {
  for (const name of [...Object.keys(a.headers.required), ...a.headers.present])
    if (b.headers.forbidden.includes(name)) return true;
  return Object.entries(a.headers.required).some(([name, wanted]) => {
    const other = b.headers.required[name];
    return other !== undefined && apart(wanted, other);
  });
}

function meet(a: TemplateSegment, b: TemplateSegment, kinds: Kinds, caseless: boolean): boolean {
  if ('literal' in a && 'literal' in b)
    return caseless ? a.literal.toLowerCase() === b.literal.toLowerCase() : a.literal === b.literal;
  if ('literal' in b) return meet(b, a, kinds, caseless);
  if ('literal' in a) {
    if ('literal' in b) return false;
    const kind = kinds[b.kind];
    const inner = captured(b, a.literal, caseless);
    return inner !== null && kind !== undefined && idsIn(kind, inner, b.list ? ',' : undefined) !== null;
  }
  const kindA = kinds[a.kind];
  const kindB = kinds[(b as { kind: string }).kind];
  if (kindA === undefined || kindB === undefined) return true;
  // Text around a capture moves what counts as the beginning of the id; only bare captures are told apart by prefix.
  const bare = a.before === '' && (b as { before: string }).before === '';
  return !bare || couldShareIds(kindA, kindB);
}

function queriesDiffer(a: Entry, b: Entry): boolean {
  const closed = b.query.allowed !== 'any' && (b.query.allowed !== undefined || b.risk !== 'read');
  for (const name of [...Object.keys(a.query.required), ...a.query.present]) {
    if (b.query.forbidden.includes(name)) return true;
    if (closed && !b.queryNames.exact.has(name)) return true;
  }
  return Object.entries(a.query.required).some(([name, wanted]) => {
    const other = b.query.required[name] ?? b.query.may[name];
    return other !== undefined && apart(wanted, other);
  });
}

function bodiesDiffer(a: Entry, b: Entry): boolean {
  if (a.body === null || b.body === null) {
    // None against one that must come.
    return (a.body === null) !== (b.body === null) && (a.body ?? b.body)?.empty === false;
  }
  // Bytes may be anything; a multipart upload is told apart from other types by its content type.
  if (a.body.type === 'bytes' || b.body.type === 'bytes') return false;
  if (a.body.mode === 'opaque' || b.body.mode === 'opaque') return a.body.type !== b.body.type;
  const bothMayBeEmpty = a.body.empty && b.body.empty;
  if (bothMayBeEmpty) return false;
  if (a.body.type !== b.body.type) return true;
  return conditionsDiffer(a.body, b.body) || conditionsDiffer(b.body, a.body);
}

function conditionsDiffer(a: EntryBody, b: EntryBody): boolean {
  for (const place of [...Object.keys(a.where), ...a.has]) if (b.lacks.includes(place)) return true;
  return Object.entries(a.where).some(([place, wanted]) => {
    const other = b.where[place] ?? b.may[place];
    return other !== undefined && apart(wanted, other);
  });
}

/** Neither has a value of the other. Case is no difference: the console may not read it. */
function apart(a: unknown, b: unknown): boolean {
  const fold = (value: unknown) => (typeof value === 'string' ? `"${value.toLowerCase()}` : value);
  const listed = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]).map(fold);
  const others = listed(b);
  return !listed(a).some((value) => others.includes(value));
}
