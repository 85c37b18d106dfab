// Whether a request fits an entry beyond its path: its query and its body. Unknown members of an act do not fit: a console
// may know what the pack does not (pitfalls 6, 20).

import type { HeaderList } from '../../kernel/exchange.ts';
import { foldKey } from './bodyReaders/json.ts';
import type { BodyView, Member } from './bodyReaders/unreadable.ts';
import { Unreadable } from './bodyReaders/unreadable.ts';
import type { Entry, EntryBody } from './pack.ts';

/** Members by which frameworks let a request say that it is another method (pitfall 9); stage 10 refuses them as query keys. */
const OVERRIDES = new Set(['_method', 'x-http-method-override', 'x-method-override', 'x-http-method', '_httpmethod']);
const isOverride = (name: string): boolean => OVERRIDES.has(name.toLowerCase());

export function queryFits(entry: Entry, query: HeaderList): boolean {
  const { required, allowed, forbidden } = entry.query;
  const wanted = Object.entries(required);
  if (query.length === 0) return wanted.length === 0;
  const closed = allowed !== undefined || entry.risk !== 'read';
  const known = new Set([
    ...Object.keys(required),
    ...(allowed ?? []),
    ...entry.targets.flatMap((target) => (target.query === undefined ? [] : [target.query])),
  ]);
  const seen = new Set<string>();
  for (const [name] of query) {
    const folded = foldKey(name);
    if (forbidden.some((one) => foldKey(one) === folded)) return false;
    if (closed && !known.has(name)) return false;
    // A known key in another case, or twice: which one counts depends on the console.
    const doubtful = seen.has(folded) || (!known.has(name) && [...known].some((one) => foldKey(one) === folded));
    if (doubtful && (closed || [...known].some((one) => foldKey(one) === folded))) return false;
    seen.add(folded);
  }
  return wanted.every(([name, values]) => {
    const value = query.find(([candidate]) => candidate === name)?.[1];
    return value !== undefined && (typeof values === 'string' ? values === value : values.includes(value));
  });
}

/** @throws Unreadable when a member is there in a way that two readers would take differently */
export function bodyFits(entry: Entry, view: BodyView): boolean {
  const { body } = entry;
  if (view.type === 'empty') return body === null || body.empty;
  if (body === null || body.type !== view.type) return false;
  if (view.names === null && body.fields !== 'any') return false;
  const known = knownNames(entry, body);
  for (const name of view.names ?? []) {
    if (known.has(name)) continue;
    if (body.fields !== 'any') return false;
    if (isOverride(name)) throw new Unreadable('asks to be another method');
    for (const other of known)
      if (foldKey(other) === foldKey(name)) throw new Unreadable(`has "${other}" in another case`);
  }
  const holds = Object.entries(body.where).every(([place, wanted]) => {
    const found = view.at(place);
    const values = Array.isArray(wanted) ? wanted : [wanted];
    return found.length > 0 && found.every((member) => values.some((value) => same(member, value)));
  });
  return (
    holds &&
    body.has.every((place) => view.at(place).length > 0) &&
    body.lacks.every((place) => view.at(place).length === 0)
  );
}

/** Every top-level name that the entry speaks of. */
function knownNames(entry: Entry, body: EntryBody): ReadonlySet<string> {
  const places = [...Object.keys(body.where), ...body.has, ...body.lacks, ...entry.redact, ...entry.volatile];
  for (const target of entry.targets) {
    if (target.json !== undefined) places.push(target.json);
    if (target.form !== undefined) places.push(target.form);
  }
  const top = (place: string): string => {
    if (!place.startsWith('/')) return place;
    return (place.split('/')[1] ?? '').replaceAll('~1', '/').replaceAll('~0', '~');
  };
  return new Set([...places.map(top), ...(body.fields === 'any' ? [] : body.fields)]);
}

function same(member: Member, value: unknown): boolean {
  if (typeof member !== 'object' || member === null) return member === value;
  return 'number' in member && typeof value === 'number' && member.number === String(value);
}
