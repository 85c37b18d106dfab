// Requests inside a request, and operations in a list: each is judged as if it had come alone, and together they are one
// action. The strictest holds: acts of several names are a bulk.envelope that policy judges part by part, one unknown act
// makes all of it unknown, a refusal of one part refuses all.

import type { Action, Risk } from '../../kernel/action.ts';
import { type HeaderList, headerOf } from '../../kernel/exchange.ts';
import { type Refusal, refuse } from '../../kernel/verdict.ts';
import { readTarget } from '../canonical/target.ts';
import { actionOf, retitle, titleWith, unknownAction } from './actionOf.ts';
import { type JsonValue, valuesAt } from './bodyReaders/json.ts';
import { type BodyView, Unreadable } from './bodyReaders/unreadable.ts';
import { EMPTY_BODY, viewTree } from './bodyReaders/viewBody.ts';
import { type Asked, deviceLane, findCandidates, pick } from './candidates.ts';
import type { Packs } from './loadPacks.ts';
import type { Entry, Pack } from './pack.ts';
import type { Found } from './segmentTrie.ts';
import { MOST_TARGETS, sortTargets } from './targets.ts';

const RISKS: readonly Risk[] = ['read', 'low', 'high', 'destructive'];
const ENVELOPE = 'bulk.envelope';
const MEMBERS = new Set(['id', 'method', 'url', 'headers', 'body', 'dependsOn']);
const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
const LISTED = 5;

/** @param own the action of the request itself @throws Unreadable */
export function openBatch(
  pack: Pack,
  found: Found<Entry>,
  own: Action,
  view: BodyView,
  packs: Packs,
): Action | Refusal {
  const { batch } = found.owner;
  const list = batch?.requests ?? batch?.items;
  if (batch == null || list === undefined || view.root === undefined) return own;
  const elements = valuesAt(view.root, list, found.owner.caseless.keys);
  if (elements.length === 0) throw new Unreadable('is an empty batch');
  if (elements.length > batch.most) throw new Unreadable(`is a batch of more than ${batch.most}`);
  const parts: Action[] = [];
  for (const element of elements) {
    const part =
      batch.requests === undefined
        ? judgePart(pack, found.owner.id, element, 'an operation', packs)
        : judgeInner(pack, innerRequest(element, underOf(found, batch.under)), packs);
    if ('go' in part) return part;
    parts.push(part);
  }
  const place = batch.requests === undefined ? list : `${list}/body`;
  return together({ ...own, redact: [...own.redact, ...redactedIn(parts, place)] }, parts);
}

/** A message or operation: told by the entries that say `of`. @throws Unreadable */
export function judgePart(pack: Pack, of: string, element: JsonValue, what: string, packs: Packs): Action | Refusal {
  const view = viewTree('json', element);
  const picked = pick(pack.parts.get(of) ?? [], view);
  if (picked === null) return unknownAction(pack, `${what} of ${of}`, true, false, packs);
  return 'go' in picked ? picked : actionOf(pack, picked.found, [], picked.view);
}

type Inner = Asked & { readonly view: BodyView; readonly shown: string };

function judgeInner(pack: Pack, inner: Inner | Refusal, packs: Packs): Action | Refusal {
  if ('go' in inner) return inner;
  const candidates = findCandidates(pack, inner);
  if ('go' in candidates) return candidates;
  const empty = inner.view.type === 'empty';
  const unknown = (write: boolean) => unknownAction(pack, inner.shown, write, false, packs);
  if (deviceLane(candidates) !== undefined) return unknown(true);
  if (candidates.entries.length === 0) return unknown(!(candidates.harmless && empty));
  const picked = pick(
    candidates.entries.filter(({ owner }) => owner.body?.mode !== 'opaque'),
    inner.view,
  );
  if (picked === null) return unknown(true);
  if ('go' in picked) return picked;
  if (picked.found.owner.batch !== null) return refuse('body.unreadable', 'a batch inside a batch');
  return actionOf(pack, picked.found, inner.query, picked.view);
}

/** @throws Unreadable when it is not plainly a request */
function innerRequest(element: JsonValue, under: string): Inner | Refusal {
  if (!(element instanceof Map)) throw new Unreadable('has a request in its batch that is none');
  for (const name of element.keys()) if (!MEMBERS.has(name)) throw new Unreadable('has a request with odd members');
  const method: JsonValue | undefined = element.get('method');
  const url: JsonValue | undefined = element.get('url');
  const body: JsonValue | undefined = element.get('body');
  if (typeof method !== 'string' || !METHODS.has(method) || typeof url !== 'string' || !url.startsWith('/'))
    throw new Unreadable('has a request without a plain method and url in its batch');
  const target = readTarget(`${under}${url}`);
  if (!target.go) return target;
  const headers = headersOf(element.get('headers'));
  if (body !== undefined && method === 'GET') throw new Unreadable('has a GET with a body in its batch');
  const type = headerOf(headers, 'content-type');
  if (body !== undefined && type !== undefined && !/^application\/json(;\s*charset=utf-8)?$/i.test(type))
    throw new Unreadable('has a body that is not JSON in its batch');
  const view = body === undefined ? EMPTY_BODY : viewTree('json', body);
  const { segments, query, path } = target.value;
  return { method, segments, query, headers, door: 'request', view, shown: `${method} ${path}` };
}

function headersOf(value: JsonValue | undefined): HeaderList {
  if (value === undefined) return [];
  if (!(value instanceof Map)) throw new Unreadable('has odd headers in its batch');
  return [...value].map(([name, text]) => {
    if (typeof text !== 'string' || !/^[A-Za-z0-9-]+$/.test(name) || /override|original|rewrite/i.test(name))
      throw new Unreadable('has odd headers in its batch');
    return [name.toLowerCase(), text] as const;
  });
}

const underOf = ({ captures, names }: Found<Entry>, under: string): string =>
  under.replaceAll(/\{([^{}]*)\}/g, (_place, name: string) => captures[names.indexOf(name)] ?? '');

function together(own: Action, parts: readonly Action[]): Action {
  const acts = parts.filter(({ risk }) => risk !== 'read');
  const lost = parts.find(({ name }) => name === 'unknown.write');
  const relevant = acts.length > 0 ? acts : parts;
  const names = new Set(relevant.map(({ name }) => name));
  const [first] = relevant;
  const mixed = names.size > 1 && acts.length > 0;
  const risk = RISKS.findLast((one) => parts.some((part) => part.risk === one)) ?? 'destructive';
  const targets = new Map(
    [...own.targets, ...parts.flatMap((part) => part.targets)].map((one) => [`${one.kind}\n${one.id}`, one]),
  );
  if (targets.size > MOST_TARGETS) throw new Unreadable(`names more than ${MOST_TARGETS} targets`);
  const action: Action = {
    ...own,
    name: mixed || first === undefined ? ENVELOPE : first.name,
    risk: mixed && risk === 'low' ? 'high' : risk,
    targets: sortTargets([...targets.values()]),
    title: titleOf(parts),
    effect: mixed || first === undefined ? own.effect : first.effect,
    parts,
  };
  if (lost === undefined)
    return retitle(action, (called) => titleOf(parts.map((part) => ({ ...part, title: titleWith(part, called) }))));
  const { volatile: _v, signedDigest: _s, parts: _p, ...rest } = action;
  return {
    ...rest,
    name: lost.name,
    risk: lost.risk,
    entry: null,
    title: `${lost.title} (in a batch of ${parts.length})`,
    effect: lost.effect,
  };
}

/** What the parts keep out of recordings: places as those of the whole body, names as they are. */
function redactedIn(parts: readonly Action[], place: string): readonly string[] {
  const inner = new Set(parts.flatMap(({ redact }) => redact));
  return [...inner].map((one) => (one.startsWith('/') ? `${place}${one}` : one));
}

/** Same titles once, with their number. */
function titleOf(parts: readonly Action[]): string {
  if (parts.length === 1) return parts[0]?.title ?? '';
  const counts = new Map<string, number>();
  // Acts first: a list that is cut must not hide them behind reads.
  for (const { title } of parts.toSorted((a, b) => RISKS.indexOf(b.risk) - RISKS.indexOf(a.risk)))
    counts.set(title, (counts.get(title) ?? 0) + 1);
  const shown = [...counts].slice(0, LISTED).map(([title, count]) => (count > 1 ? `${title} (${count} times)` : title));
  const more = counts.size > LISTED ? `; and ${counts.size - LISTED} more` : '';
  return `${parts.length} in one: ${shown.join('; ')}${more}`;
}
