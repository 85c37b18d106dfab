// Finds pairs of entries that one request could match both, so that the pack's author hears of it at load and not an
// admin in the middle of their work. A doubt counts as an overlap.

import { couldShareIds, idsIn } from './kinds.ts';
import type { Entry } from './pack.ts';
import type { KindFormat } from './packFormat.ts';
import { captured } from './segmentTrie.ts';
import type { TemplateSegment } from './template.ts';

type Placed = { readonly entry: Entry; readonly line: number };

export function findOverlaps(entries: readonly Placed[], kinds: Readonly<Record<string, KindFormat>>) {
  const faults: { line: number; what: string }[] = [];
  entries.forEach((a, index) => {
    for (const b of entries.slice(index + 1)) {
      if (!overlap(a.entry, b.entry, kinds)) continue;
      const what = `entry ${b.entry.id}: one request could also match ${a.entry.id} (line ${a.line}); tell them apart`;
      faults.push({ line: b.line, what });
    }
  });
  return faults;
}

function overlap(a: Entry, b: Entry, kinds: Readonly<Record<string, KindFormat>>): boolean {
  if (a.upgrade !== b.upgrade) return false;
  if (!a.template.methods.some((method) => b.template.methods.includes(method))) return false;
  // A path that both could own: `/**` gives way to a whole path, so only equals are compared.
  if (a.template.tail !== b.template.tail || a.template.segments.length !== b.template.segments.length) return false;
  const segmentsMeet = a.template.segments.every((segment, index) => {
    const other = b.template.segments[index];
    return other !== undefined && meet(segment, other, kinds);
  });
  return segmentsMeet && !queriesDiffer(a, b) && !queriesDiffer(b, a) && !bodiesDiffer(a, b);
}

function meet(a: TemplateSegment, b: TemplateSegment, kinds: Readonly<Record<string, KindFormat>>): boolean {
  if ('literal' in a && 'literal' in b) return a.literal === b.literal;
  if ('literal' in b) return meet(b, a, kinds);
  if ('literal' in a) {
    if ('literal' in b) return false;
    const kind = kinds[b.kind];
    const inner = captured(b, a.literal);
    return inner !== null && kind !== undefined && idsIn(kind, inner) !== null;
  }
  const kindA = kinds[a.kind];
  const kindB = kinds[(b as { kind: string }).kind];
  if (kindA === undefined || kindB === undefined) return true;
  // Text around a capture moves what counts as the beginning of the id; only bare captures are told apart by prefix.
  const bare = a.before === '' && (b as { before: string }).before === '';
  return !bare || couldShareIds(kindA, kindB);
}

function queriesDiffer(a: Entry, b: Entry): boolean {
  for (const [key, wanted] of Object.entries(a.query.required)) {
    const other = b.query.required[key];
    if (b.query.forbidden.includes(key)) return true;
    if (other !== undefined && !toList(wanted).some((value) => toList(other).includes(value))) return true;
    const closed = b.query.allowed !== undefined || b.risk !== 'read';
    if (closed && other === undefined && b.query.allowed?.includes(key) !== true) return true;
  }
  return false;
}

function bodiesDiffer(a: Entry, b: Entry): boolean {
  if (a.body === null || b.body === null) {
    // None against one that must come.
    return (a.body === null) !== (b.body === null) && (a.body ?? b.body)?.empty === false;
  }
  if (a.body.mode === 'opaque' || b.body.mode === 'opaque') return false;
  const bothMayBeEmpty = a.body.empty && b.body.empty;
  if (bothMayBeEmpty) return false;
  if (a.body.type !== b.body.type) return true;
  return conditionsDiffer(a.body, b.body) || conditionsDiffer(b.body, a.body);
}

function conditionsDiffer(a: NonNullable<Entry['body']>, b: NonNullable<Entry['body']>): boolean {
  for (const place of [...Object.keys(a.where), ...a.has]) if (b.lacks.includes(place)) return true;
  for (const [place, wanted] of Object.entries(a.where)) {
    const other = b.where[place];
    if (other !== undefined && !toList(wanted).some((value) => toList(other).includes(value))) return true;
  }
  return false;
}

const toList = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);
