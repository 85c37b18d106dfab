// Stage 30: says which action a request is, or refuses. Exactly one entry, or none; two are a refusal, a broken one is a
// refusal. What no entry describes is unknown.read (a bodiless GET or HEAD on a path that no act owns) or unknown.write.
// The body is read here at most once and handed on as the very bytes that were judged.

import type { Action } from '../../kernel/action.ts';
import { type Authenticated, type Body, headerOf, type ReadBody } from '../../kernel/exchange.ts';
import { go, type Refusal, refuse, type Verdict } from '../../kernel/verdict.ts';
import { actionOf, unknownAction } from './actionOf.ts';
import { openBatch } from './batch.ts';
import { boundaryOf } from './bodyReaders/multipart.ts';
import { type BodyView, Unreadable } from './bodyReaders/unreadable.ts';
import { EMPTY_BODY, type Taken, viewBody } from './bodyReaders/viewBody.ts';
import { type Asked, deviceLane, findCandidates, pick } from './candidates.ts';
import type { Allowances } from './encodedPlaces.ts';
import type { Packs } from './loadPacks.ts';
import { type MessageRules, recogniseMessage, rulesOf } from './messages.ts';
import { overrideByForm, overrideByQuery } from './methodOverride.ts';
import type { ActionWords, Entry, Pack } from './pack.ts';
import type { Found } from './segmentTrie.ts';

export type Recognised = { readonly action: Action; readonly body: Body };
/** What a request needs for it; tests and samples make one without a session. */
export type Recognisable = Omit<Authenticated, 'session'>;

export type Recogniser = {
  /** Refusals: action.ambiguous, action.broken, body.unreadable, body.too_large, and those of `readBody`. */
  recognise(request: Recognisable, readBody: ReadBody): Promise<Verdict<Recognised>>;
  /** One message of an upgraded connection, whose own action is `upgrade`; null: binary. Refusals: action.*, body.unreadable. */
  recogniseMessage(upgrade: Action, text: string | null): Verdict<Action>;
  /** What the relay does with messages; null: they are not looked at, the upgrade was the act. */
  messageRules(upgrade: Action): MessageRules | null;
  /** What the canonicaliser lets through for a pack's consoles; null: nothing, or no such pack. */
  allowances(pack: string): Allowances | null;
  /** For asks: what an action of a pack is called; null when the pack has none of that name. */
  action(pack: string, name: string): ActionWords | null;
};

/** What nobody knows is held and digested up to this, so that a refusal, or observing, has its bytes. */
const UNKNOWN_BODY = 256 * 1024;
const FORMS: readonly Taken[] = [
  { type: 'form', media: [] },
  { type: 'multipart', media: [] },
];

export function createRecogniser(packs: Packs): Recogniser {
  return {
    action: packs.action,
    allowances: (pack) => packs.all.get(pack)?.allowances ?? null,
    recogniseMessage: (upgrade, text) => safely(() => recogniseMessage(packs, upgrade, text)),
    messageRules: (upgrade) => rulesOf(packs, upgrade),
    async recognise(request, readBody) {
      const pack = packs.all.get(request.console.pack);
      if (pack === undefined || pack.broken)
        return refuse('action.broken', `the pack ${request.console.pack} is unusable`);
      try {
        return await recogniseIn(pack, request, readBody, packs);
      } catch (error) {
        return unreadable(error);
      }
    },
  };
}

/** @throws whatever is not Unreadable */
function unreadable(error: unknown): Refusal {
  if (error instanceof Unreadable) return refuse('body.unreadable', `the body ${error.message}`);
  throw error;
}

function safely(work: () => Verdict<Action>): Verdict<Action> {
  try {
    return work();
  } catch (error) {
    return unreadable(error);
  }
}

/** RFC 9110, 9.3.2: HEAD is GET without the body of the answer. A pack may say that its product takes it otherwise. */
const methodOf = ({ headIsGet }: Pack, { method }: Recognisable): string =>
  method === 'HEAD' && headIsGet ? 'GET' : method;

async function recogniseIn(
  pack: Pack,
  request: Recognisable,
  readBody: ReadBody,
  packs: Packs,
): Promise<Verdict<Recognised>> {
  const { segments, headers, door } = request;
  const named = overrideByQuery(methodOf(pack, request), request.query, pack.override.query);
  if (!named.go) return named;
  let asked: Asked = { ...named.value, segments, headers, door };
  const carriesBody = request.bodyLength !== 0;
  const upgrade = door === 'upgrade';
  const unknown = (write: boolean, body: Body): Verdict<Recognised> => {
    const change = write || (upgrade && pack.messages);
    return go({ action: unknownAction(pack, `${request.method} ${request.path}`, change, upgrade, packs), body });
  };
  const unread = async (then: (body: Body) => Verdict<Recognised>): Promise<Verdict<Recognised>> => {
    const body = await (carriesBody ? readBody('judged', UNKNOWN_BODY) : readBody('none', 0));
    return body.go ? then(body.value) : body;
  };
  const finish = (found: Found<Entry>, view: BodyView, body: Body): Verdict<Recognised> => {
    const own = actionOf(pack, found, asked.query, view);
    const action = openBatch(pack, found, own, view, packs);
    return 'go' in action ? action : go({ action, body });
  };

  let candidates = findCandidates(pack, asked);
  if ('go' in candidates) return candidates;
  const device = deviceLane(candidates);
  if (device !== undefined) return await unread((body) => finish(device, EMPTY_BODY, body));
  if (!carriesBody) {
    const { entries, harmless } = candidates;
    const body = await readBody('none', 0);
    if (!body.go) return body;
    const picked = pick(entries, EMPTY_BODY);
    if (picked === null) return unknown(!(harmless && entries.length === 0), body.value);
    return 'go' in picked ? picked : finish(picked.found, picked.view, body.value);
  }

  const contentType = headerOf(headers, 'content-type') ?? '';
  const { form } = pack.override;
  const overridable = form !== undefined && asked.method === 'POST' && isForm(contentType);
  const takers = candidates.entries.filter(({ owner }) => owner.body !== null);
  const [first, ...rivals] = takers.filter(({ owner }) => couldTake(owner, contentType));
  if (first !== undefined && [first, ...rivals].some(({ owner }) => owner.body?.mode === 'opaque')) {
    if (rivals.length > 0) return refuse('action.ambiguous', 'a body that nobody looks into cannot tell entries apart');
    return await streamed(first, request, contentType, readBody, finish);
  }
  // Only uploads of another type go this way: none is read as something else.
  if (takers.length > 0 && takers.every(({ owner }) => owner.body?.mode === 'opaque'))
    throw new Unreadable('has a content type that no entry of this path takes');
  if (takers.length === 0 && !overridable) return await unread((body) => unknown(true, body));
  if (headerOf(headers, 'content-encoding') !== undefined) throw new Unreadable('is encoded');
  const held = takers.filter(({ owner }) => owner.body?.mode !== 'opaque');
  const limits = held.map(({ owner }) => owner.body?.limit ?? 0);
  const body = await readBody('judged', Math.max(...limits, overridable ? UNKNOWN_BODY : 0));
  if (!body.go) return body;
  const bytes = body.value.mode === 'judged' ? body.value.bytes : Buffer.alloc(0);
  const taken = held.flatMap(({ owner }) => owner.body ?? []);
  let view = viewBody(
    bytes,
    contentType,
    overridable ? [...taken.filter(({ type }) => !isFormType(type)), ...FORMS] : taken,
  );
  if (overridable) {
    const other = overrideByForm(view, form);
    view = other.view;
    if (other.method !== asked.method) {
      asked = { ...asked, method: other.method };
      candidates = findCandidates(pack, asked);
      if ('go' in candidates) return candidates;
    }
  }
  const judged = candidates.entries.filter(({ owner }) => owner.body?.mode !== 'opaque');
  const within = judged.filter(({ owner }) => view.type === 'empty' || bytes.length <= (owner.body?.limit ?? 0));
  const picked = pick(within, view);
  if (picked === null) {
    if (within.length < judged.length && within.length === 0) return refuse('body.too_large', `${bytes.length} bytes`);
    return unknown(true, body.value);
  }
  return 'go' in picked ? picked : finish(picked.found, picked.view, body.value);
}

/** A body that nobody looks into: bounded, and of the one type that the entry takes. @throws Unreadable */
async function streamed(
  found: Found<Entry>,
  request: Recognisable,
  contentType: string,
  readBody: ReadBody,
  finish: (found: Found<Entry>, view: BodyView, body: Body) => Verdict<Recognised>,
): Promise<Verdict<Recognised>> {
  const { body } = found.owner;
  const limit = body?.limit ?? 0;
  if (body?.type === 'multipart') boundaryOf(contentType);
  if (request.bodyLength !== null && request.bodyLength > limit)
    return refuse('body.too_large', `${request.bodyLength} bytes, at most ${limit}`);
  const read = await readBody('opaque', limit);
  return read.go ? finish(found, EMPTY_BODY, read.value) : read;
}

/** An upload and a judged body may share a path when the content type tells them apart; bytes may be of any type. */
const couldTake = ({ body }: Entry, contentType: string): boolean =>
  body?.type === 'bytes' || (body?.type === 'multipart') === /^multipart\/form-data\s*(;|$)/i.test(contentType);

const isFormType = (type: string): boolean => type === 'form' || type === 'multipart';
const isForm = (contentType: string): boolean =>
  /^(application\/x-www-form-urlencoded|multipart\/form-data)\s*(;|$)/i.test(contentType);
