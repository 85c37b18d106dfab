// Whether a request fits an entry beyond its path: its headers, its query and its body. Unknown members of an act do not
// fit: a console may know what the pack does not (pitfalls 6, 20).

import { type HeaderList, headerOf } from '../../kernel/exchange.ts';
import { foldKey } from './bodyReaders/json.ts';
import type { BodyView, Member } from './bodyReaders/unreadable.ts';
import { Unreadable } from './bodyReaders/unreadable.ts';
import type { Entry } from './pack.ts';

/** Members by which frameworks let a request say that it is another method (pitfall 9); stage 10 refuses them as query keys. */
const OVERRIDES = new Set(['_method', 'x-http-method-override', 'x-method-override', 'x-http-method', '_httpmethod']);
const isOverride = (name: string): boolean => OVERRIDES.has(name.toLowerCase());
const listOf = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);

/** The values of a header without case. */
export function headersFit({ headers: { required, present, forbidden } }: Entry, headers: HeaderList): boolean {
  return (
    present.every((name) => headerOf(headers, name) !== undefined) &&
    forbidden.every((name) => headerOf(headers, name) === undefined) &&
    Object.entries(required).every(([name, values]) => {
      const given = headers.filter(([candidate]) => candidate === name).map(([, value]) => value.toLowerCase());
      return given.length === 1 && listOf(values).some((value) => value.toLowerCase() === given[0]);
    })
  );
}

export function queryFits(entry: Entry, query: HeaderList): boolean {
  const { required, present, may, allowed, forbidden } = entry.query;
  const wanted = Object.entries(required);
  if (query.length === 0) return !entry.asks.query;
  const closed = allowed !== 'any' && (allowed !== undefined || entry.risk !== 'read');
  const { exact, folded } = entry.queryNames;
  const repeated = new Set(
    entry.targets.flatMap(({ list, query: key }) => (list === '&' && key ? [foldKey(key)] : [])),
  );
  const seen = new Set<string>();
  for (const [name, value] of query) {
    const key = foldKey(name);
    if (forbidden.some((one) => foldKey(one) === key)) return false;
    const known = entry.caseless.query ? folded.has(key) : exact.has(name);
    if (!known && /^\s|\[/.test(name) && tells(entry, [name])) return false;
    if (value.includes(';') && tells(entry, value.split(';').slice(1))) return false;
    if (closed && !known) return false;
    // A known key in another case, or twice: which one counts depends on the console.
    if (folded.has(key) && (!known || (seen.has(key) && !repeated.has(key)))) return false;
    seen.add(key);
  }
  const given = (name: string) => queryValues(entry, query, name)[0];
  const among = (value: string, values: string | readonly string[]) =>
    listOf(values).some((one) => sameText(value, one, entry.caseless.values));
  return (
    present.every((name) => given(name) !== undefined) &&
    wanted.every(([name, values]) => {
      const value = given(name);
      return value !== undefined && among(value, values);
    }) &&
    Object.entries(may).every(([name, values]) => {
      const value = given(name);
      return value === undefined || among(value, values);
    })
  );
}

/**
 * Whether one of these pairs is, to some server, a key that tells entries apart or that is forbidden: older CGI, PHP and Rack
 * split a query at `;` too, PHP cuts blanks in front of a key, and many take `key[]` for `key` (found by fuzzing).
 */
function tells({ query, targets }: Entry, pairs: readonly string[]): boolean {
  const { required, present, may, forbidden } = query;
  const telling = [...forbidden, ...Object.keys(required), ...present, ...Object.keys(may)];
  for (const { query: key } of targets) if (key !== undefined) telling.push(key);
  const keys = pairs.map((pair) => foldKey((pair.split(/[=[]/, 1)[0] ?? '').trim()));
  return telling.some((one) => keys.includes(foldKey(one)));
}

/** The values of a query key, as the entry's console reads its name. */
export const queryValues = (entry: Entry, query: HeaderList, name: string): readonly string[] =>
  query
    .filter(([given]) => given === name || (entry.caseless.query && foldKey(given) === foldKey(name)))
    .map(([, value]) => value);

/** @throws Unreadable when a member is there in a way that two readers would take differently */
export function bodyFits(entry: Entry, view: BodyView): boolean {
  const { body, caseless } = entry;
  if (view.type === 'empty') return body === null || body.empty;
  if (body === null || body.type !== view.type) return false;
  const at = (place: string) => view.at(place, caseless.keys);
  const among = (member: Member, wanted: unknown) => listOf(wanted).some((one) => same(member, one, caseless.values));
  // The cheapest first: of many entries on one path, this tells all but one apart.
  if (!namedBy(entry, view)) return false;
  if (view.names === null && body.fields !== 'any') return false;
  if (view.rootName !== undefined && !namesRoot(entry, view.rootName)) return false;
  const { exact, folded } = entry.bodyNames;
  for (const name of view.names ?? []) {
    if (exact.has(name) || (caseless.keys && folded.has(foldKey(name)))) continue;
    if (isOverride(name) && body.fields === 'any') throw new Unreadable('asks to be another method');
    if (body.fields !== 'any') return false;
    if (folded.has(foldKey(name))) throw new Unreadable(`has "${name.slice(0, 40)}", which is known in another case`);
  }
  return (
    body.has.every((place) => at(place).length > 0) &&
    body.lacks.every((place) => at(place).length === 0) &&
    Object.entries(body.may).every(([place, wanted]) => at(place).every((member) => among(member, wanted)))
  );
}

/** Whether the body says what the entry is told by, whatever else it says. @throws Unreadable */
export function namedBy({ body, caseless }: Entry, view: BodyView): boolean {
  return Object.entries(body?.where ?? {}).every(([place, wanted]) => {
    const found = view.at(place, caseless.keys);
    const fits = (member: Member) => listOf(wanted).some((one) => same(member, one, caseless.values));
    return found.length > 0 && found.every(fits);
  });
}

/** A value as a key: equal for all values that could be taken for one another, case included. */
export function keyOf(value: unknown): string {
  if (typeof value === 'string') return `"${foldKey(value)}`;
  if (typeof value !== 'object' || value === null) return String(value);
  return 'number' in value ? String(value.number) : '';
}

/**
 * Leaves out entries whose `where` asks for another value, without looking at the rest of them.
 * @throws Unreadable as `bodyFits`
 */
export function couldFit(view: BodyView): (entry: Entry) => boolean {
  const keys = new Map<string, string | null>();
  const keyAt = (place: string, caseless: boolean): string | null => {
    const name = caseless ? `~${place}` : place;
    let key = keys.get(name);
    if (key === undefined) {
      const [member] = view.at(place, caseless);
      key = member === undefined ? null : keyOf(member);
      keys.set(name, key);
    }
    return key;
  };
  return ({ body, told, caseless }) => {
    if (view.type === 'empty') return true;
    if (body?.type !== view.type) return false;
    return told.every(([place, wanted]) => {
      const key = keyAt(place, caseless.keys);
      return key !== null && wanted.has(key);
    });
  };
}

/** XML: the root is the one that the entry's places begin with. */
function namesRoot({ body, targets }: Entry, root: string): boolean {
  const places = [...Object.keys(body?.where ?? {}), ...Object.keys(body?.may ?? {}), ...(body?.has ?? [])];
  places.push(...(body?.lacks ?? []), ...targets.flatMap(({ xml }) => (xml === undefined ? [] : [xml])));
  return places.every((place) => foldKey(place.split('/')[1] ?? '') === foldKey(root));
}

const sameText = (a: string, b: string, caseless: boolean): boolean =>
  a === b || (caseless && foldKey(a) === foldKey(b));

function same(member: Member, value: unknown, caseless: boolean): boolean {
  if (typeof member === 'string') return typeof value === 'string' && sameText(member, value, caseless);
  if (typeof member !== 'object' || member === null) return member === value;
  return 'number' in member && typeof value === 'number' && member.number === String(value);
}
