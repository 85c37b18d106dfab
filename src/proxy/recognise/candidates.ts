// Which entries a request could be, before its body is looked at, and which one it is when its body is known.

import type { Door, HeaderList } from '../../kernel/exchange.ts';
import { type Refusal, refuse } from '../../kernel/verdict.ts';
import { readVersion } from './acceptVersion.ts';
import { type BodyView, Unreadable } from './bodyReaders/unreadable.ts';
import { viewFor } from './decoded.ts';
import { bodyFits, couldFit, headersFit, queryFits } from './fits.ts';
import { type Entry, isBroken, type Pack } from './pack.ts';
import { type Found, isWeird } from './segmentTrie.ts';

/** A request or a part of one, as far as entries look at it before the body. `method`: HEAD is GET already. */
export type Asked = {
  readonly method: string;
  readonly segments: readonly string[];
  readonly query: HeaderList;
  readonly headers: HeaderList;
  readonly door: Door;
};

export type Candidates = {
  readonly entries: readonly Found<Entry>[];
  /** a GET of this path changes nothing, as far as anybody knows */
  readonly harmless: boolean;
};

export function findCandidates(pack: Pack, asked: Asked): Candidates | Refusal {
  // `/` is one empty segment to some and none to others.
  const segments = asked.segments.length === 1 && asked.segments[0] === '' ? [] : asked.segments;
  const onPath = pack.trie.find(segments);
  if (onPath.length === 0 && segments.some(isWeird))
    return refuse('request.ambiguous', 'an encoded slash where no entry allows it');
  const entries: Found<Entry>[] = [];
  let version: string | null = null;
  for (const found of onPath) {
    const { owner } = found;
    if (!owner.template.methods.includes(asked.method)) continue;
    if (isBroken(owner)) return refuse('action.broken', `a faulty entry owns ${owner.template.path}: ${owner.broken}`);
    if (owner.upgrade !== (asked.door === 'upgrade') && owner.lane !== 'device') continue;
    if (owner.versions !== null && pack.versions != null) {
      if (version === null) {
        const read = readVersion(asked.headers, pack.versions);
        if (!read.go) return read;
        version = read.value;
      }
      if (!owner.versions.includes(version)) continue;
    }
    const headers = !owner.asks.headers || headersFit(owner, asked.headers);
    const query = asked.query.length === 0 ? !owner.asks.query : queryFits(owner, asked.query);
    if (owner.lane === 'device' || (headers && query)) entries.push(found as Found<Entry>);
  }
  return {
    entries,
    harmless:
      asked.method === 'GET' &&
      asked.door === 'request' &&
      onPath.length === 0 &&
      pack.unknownGet === 'read' &&
      !pack.resemblesAct(segments),
  };
}

export const deviceLane = ({ entries }: Candidates): Found<Entry> | undefined =>
  entries.find(({ owner }) => owner.lane === 'device');

export type Picked = { readonly found: Found<Entry>; readonly view: BodyView };

/** A document inside that cannot be read is none of this entry's; another may take the body without looking into it. */
function decoded(entry: Entry, view: BodyView): BodyView | Unreadable {
  try {
    return viewFor(entry, view);
  } catch (error) {
    if (error instanceof Unreadable) return error;
    throw error;
  }
}

/** The one entry whose body this is; null: none. @throws Unreadable */
export function pick(entries: readonly Found<Entry>[], view: BodyView): Picked | null | Refusal {
  const fitting: Picked[] = [];
  const doubts: Unreadable[] = [];
  const could = couldFit(view);
  for (const found of entries) {
    if (!could(found.owner)) continue;
    const own = decoded(found.owner, view);
    if (own instanceof Unreadable) doubts.push(own);
    else if (bodyFits(found.owner, own)) fitting.push({ found, view: own });
  }
  const [doubt] = doubts;
  if (doubt !== undefined && fitting.length === 0) throw doubt;
  const named = fitting.filter(({ found }) => !found.owner.otherwise);
  const [one, ...more] = named.length > 0 ? named : fitting;
  if (one === undefined) return null;
  if (more.length === 0) return one;
  const ids = [one, ...more].map(({ found }) => found.owner.id);
  return refuse('action.ambiguous', `matches ${ids.join(' and ')}`);
}
