// The ids that a request hits: from path, query or body, each checked against its kind, distinct, sorted. A target that
// the entry needs and that is missing, empty or of an odd type makes the request unreadable: a wipe of "nothing" may be a
// wipe of everything.

import { ALL, type Target } from '../../kernel/action.ts';
import type { HeaderList } from '../../kernel/exchange.ts';
import { columnOf, readCsv } from './bodyReaders/csv.ts';
import { type BodyView, type Member, Unreadable } from './bodyReaders/unreadable.ts';
import { queryValues } from './fits.ts';
import { idsIn } from './kinds.ts';
import type { Entry, Pack } from './pack.ts';
import type { KindFormat } from './packFormat.ts';
import type { Found } from './segmentTrie.ts';

export const MOST_TARGETS = 10_000;

/** @throws Unreadable */
export function readTargets(
  pack: Pack,
  { owner: entry, captures, names }: Found<Entry>,
  query: HeaderList,
  view: BodyView,
): readonly Target[] {
  const found = new Map<string, Target>();
  for (const source of entry.targets) {
    const kind = pack.kinds[source.kind];
    if (kind === undefined) throw new Unreadable(`has a target of the unknown kind ${source.kind}`);
    if (source.all !== undefined) {
      found.set(`${source.kind}\n${ALL}`, { kind: source.kind, id: ALL });
      continue;
    }
    const place = String(source.path ?? source.query ?? source.json ?? source.form ?? source.xml ?? source.csv ?? '');
    const members: readonly Member[] =
      source.path !== undefined
        ? captures.filter((_text, index) => names[index] === place)
        : source.query !== undefined
          ? queryValues(entry, query, place)
          : source.csv !== undefined
            ? columnOf(readCsv(view.table?.(source.file) ?? ''), source.csv)
            : view.at(place, entry.caseless.keys);
    if (members.length === 0 && !source.optional) throw new Unreadable(`names no ${source.kind} in ${place}`);
    if (source.json !== undefined && !source.optional) checkElements(source.json, view, entry.caseless.keys);
    const list = source.list === '&' ? undefined : (source.list ?? listOf(entry, source.path));
    // What may be left out may also be null: that is how JSON says so.
    const named = source.optional ? members.filter((member) => member !== null) : members;
    const ids = named.flatMap((member) => idsOf(kind, member, place, list));
    // A plain list of ids that names one twice: some consoles act twice, and no page writes it. Lists of commands may.
    if (source.json?.endsWith('/*') && new Set(ids).size < ids.length)
      throw new Unreadable(`names one ${source.kind} twice in ${place}`);
    for (const plain of ids) {
      const id = `${source.as ?? ''}${plain}`;
      found.set(`${source.kind}\n${id}`, { kind: source.kind, id });
    }
    if (found.size > MOST_TARGETS) throw new Unreadable(`names more than ${MOST_TARGETS} targets`);
  }
  return sortTargets([...found.values()]);
}

export const sortTargets = (targets: readonly Target[]): readonly Target[] =>
  targets.toSorted((a, b) => compare(a.kind, b.kind) || compare(a.id, b.id));

/** Of a list of objects each must name its target: one that does not may name it by a member that nobody looks at. */
function checkElements(pointer: string, view: BodyView, caseless: boolean): void {
  const named = pointer.endsWith('/*') ? pointer.slice(0, -2) : pointer;
  const list = named.lastIndexOf('/*/');
  if (list < 0) return;
  const elements = view.at(named.slice(0, list + 2), caseless).length;
  if (view.at(named, caseless).length !== elements) throw new Unreadable(`has an element without ${named}`);
}

/** `{device:list}` in a path says so itself. */
function listOf({ templates }: Entry, name: string | undefined): string | undefined {
  const lists = templates.some(({ segments }) =>
    segments.some((one) => 'name' in one && one.name === name && one.list),
  );
  return lists ? ',' : undefined;
}

function idsOf(kind: KindFormat, member: Member, place: string, list?: string): readonly string[] {
  const text = typeof member === 'string' ? member : numberText(kind, member);
  const ids = text === null ? null : idsIn(kind, text, list);
  if (ids === null) throw new Unreadable(`has something else than an id in ${place}`);
  return ids;
}

/** Whole, positive, safe and written the plain way: `1.0` and `1e3` are other texts of numbers that some take for ids. */
function numberText(kind: KindFormat, member: Member): string | null {
  if (!kind.numbers || typeof member !== 'object' || member === null || !('number' in member)) return null;
  const value = Number(member.number);
  return Number.isSafeInteger(value) && value >= 0 && String(value) === member.number ? member.number : null;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
