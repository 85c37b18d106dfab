// Stage 30: says which action a request is, or refuses. Exactly one entry, or none; two are a refusal, a broken one is a
// refusal. What no entry describes is unknown.read (a bodiless GET or HEAD on a path that no act owns) or unknown.write.
// The body is read here at most once and handed on as the very bytes that were judged.

import type { Action } from '../../kernel/action.ts';
import { type Authenticated, type Body, headerOf, type ReadBody } from '../../kernel/exchange.ts';
import { go, type Refusal, refuse, type Verdict } from '../../kernel/verdict.ts';
import { boundaryOf } from './bodyReaders/multipart.ts';
import { type BodyView, Unreadable } from './bodyReaders/unreadable.ts';
import { EMPTY_BODY, viewBody } from './bodyReaders/viewBody.ts';
import { bodyFits, queryFits } from './fits.ts';
import type { Packs } from './loadPacks.ts';
import { type ActionWords, type Entry, isBroken, type Pack } from './pack.ts';
import { resemblesAct } from './resemblesAct.ts';
import type { Found } from './segmentTrie.ts';
import { readTargets } from './targets.ts';
import { fillTitle } from './title.ts';

export type Recognised = { readonly action: Action; readonly body: Body };
/** What a request needs for it; tests and samples make one without a session. */
export type Recognisable = Omit<Authenticated, 'session'>;

export type Recogniser = {
  /** Refusals: action.ambiguous, action.broken, body.unreadable, body.too_large, and those of `readBody`. */
  recognise(request: Recognisable, readBody: ReadBody): Promise<Verdict<Recognised>>;
  /** For asks: what an action of a pack is called; null when the pack has none of that name. */
  action(pack: string, name: string): ActionWords | null;
};

/** What nobody knows is held and digested up to this, so that a refusal, or observing, has its bytes. */
const UNKNOWN_BODY = 256 * 1024;
const SHOWN_PATH = 80;

export function createRecogniser(packs: Packs): Recogniser {
  return {
    action: packs.action,
    async recognise(request, readBody) {
      const pack = packs.all.get(request.console.pack);
      if (pack === undefined || pack.broken)
        return refuse('action.broken', `the pack ${request.console.pack} is unusable`);
      try {
        return await recogniseIn(pack, request, readBody, packs);
      } catch (error) {
        if (error instanceof Unreadable) return refuse('body.unreadable', `the body ${error.message}`);
        throw error;
      }
    },
  };
}

async function recogniseIn(
  pack: Pack,
  request: Recognisable,
  readBody: ReadBody,
  packs: Packs,
): Promise<Verdict<Recognised>> {
  // `/` is one empty segment to some and none to others.
  const segments = request.segments.length === 1 && request.segments[0] === '' ? [] : request.segments;
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const onPath = pack.trie.find(segments);
  const candidates: Found<Entry>[] = [];
  for (const { owner, captures } of onPath) {
    if (!owner.template.methods.includes(method)) continue;
    if (isBroken(owner)) return refuse('action.broken', `a faulty entry owns ${owner.template.path}: ${owner.broken}`);
    if (owner.upgrade === (request.door === 'upgrade') && queryFits(owner, request.query))
      candidates.push({ owner, captures });
  }
  const carriesBody = request.bodyLength !== 0;
  const unknown = (write: boolean, body: Body) => go({ action: unknownAction(pack, request, write, packs), body });
  const unknownWrite = async (): Promise<Verdict<Recognised>> => {
    const body = await (carriesBody ? readBody('judged', UNKNOWN_BODY) : readBody('none', 0));
    return body.go ? unknown(true, body.value) : body;
  };

  if (candidates.length === 0) {
    const harmless =
      method === 'GET' &&
      request.door === 'request' &&
      !carriesBody &&
      onPath.length === 0 &&
      !resemblesAct(pack.actPaths, segments);
    if (!harmless) return await unknownWrite();
    const body = await readBody('none', 0);
    return body.go ? unknown(false, body.value) : body;
  }
  const chosen = await chooseByBody(candidates, request, carriesBody, readBody);
  if (chosen === 'unknown') return await unknownWrite();
  if ('go' in chosen) return chosen;
  const { fitting, view, body } = chosen;
  const [one, ...more] = fitting;
  if (one === undefined) return unknown(true, body);
  if (more.length > 0)
    return refuse('action.ambiguous', `matches ${fitting.map(({ owner }) => owner.id).join(' and ')}`);
  return go({ action: actionOf(pack, one, request, view), body });
}

type Choice = { readonly fitting: readonly Found<Entry>[]; readonly view: BodyView; readonly body: Body };

/** 'unknown': none of them takes a body, and one came; it was not read yet. @throws Unreadable */
async function chooseByBody(
  candidates: readonly Found<Entry>[],
  request: Recognisable,
  carriesBody: boolean,
  readBody: ReadBody,
): Promise<Choice | Refusal | 'unknown'> {
  const contentType = headerOf(request.headers, 'content-type') ?? '';
  const takers = candidates.filter(({ owner }) => owner.body !== null);
  if (carriesBody && takers.length === 0) return 'unknown';
  if (!carriesBody) {
    const body = await readBody('none', 0);
    if (!body.go) return body;
    return {
      fitting: candidates.filter(({ owner }) => bodyFits(owner, EMPTY_BODY)),
      view: EMPTY_BODY,
      body: body.value,
    };
  }
  const limit = Math.max(...takers.map(({ owner }) => owner.body?.limit ?? 0));
  const [first] = takers;
  if (takers.some(({ owner }) => owner.body?.mode === 'opaque')) {
    if (first === undefined || candidates.length > 1)
      return refuse('action.ambiguous', 'a body that nobody looks into cannot tell entries apart');
    if (first.owner.body?.type === 'multipart') boundaryOf(contentType);
    if (request.bodyLength !== null && request.bodyLength > limit)
      return refuse('body.too_large', `${request.bodyLength} bytes, at most ${limit}`);
    const body = await readBody('opaque', limit);
    return body.go ? { fitting: [first], view: EMPTY_BODY, body: body.value } : body;
  }
  if (headerOf(request.headers, 'content-encoding') !== undefined) throw new Unreadable('is encoded');
  const body = await readBody('judged', limit);
  if (!body.go) return body;
  const bytes = body.value.mode === 'judged' ? body.value.bytes : Buffer.alloc(0);
  const view = viewBody(bytes, contentType, new Set(takers.flatMap(({ owner }) => owner.body?.type ?? [])));
  return { fitting: candidates.filter(({ owner }) => bodyFits(owner, view)), view, body: body.value };
}

function actionOf(pack: Pack, { owner, captures }: Found<Entry>, request: Recognisable, view: BodyView): Action {
  const targets = readTargets(pack, owner, captures, request.query, view);
  const title = fillTitle(owner.title, targets, pack.wordsOf, (show, place) => {
    if (show === 'query') return request.query.find(([name]) => name === place)?.[1] ?? null;
    const [member] = view.at(place);
    if (typeof member === 'string') return member;
    return typeof member === 'object' && member !== null && 'number' in member ? member.number : null;
  });
  const { id: entry, action: name, risk, effect, redact, upgrade } = owner;
  return { name, risk, pack: pack.id, entry, targets, title, effect, redact, upgrade };
}

function unknownAction(pack: Pack, request: Recognisable, write: boolean, packs: Packs): Action {
  const name = write ? 'unknown.write' : 'unknown.read';
  const words = packs.vocabulary.actions[name];
  const { path } = request;
  const shown = path.length > SHOWN_PATH ? `${path.slice(0, SHOWN_PATH)}...` : path;
  return {
    name,
    risk: words?.risk ?? 'high',
    pack: pack.id,
    entry: null,
    targets: [],
    title: `${words?.title ?? 'Unknown request'}: ${request.method} ${shown}`,
    effect: words?.effect ?? '',
    redact: [],
    upgrade: request.door === 'upgrade',
  };
}
