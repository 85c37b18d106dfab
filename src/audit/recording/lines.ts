// The lines of a recording file, and how a value becomes one line: bounded, on one line, nothing in it that a terminal or a
// reader's eye would act upon (trap 25). Each line carries its number within its part and the digest of the line before it, so
// that a line that was cut out of the middle shows. How they are stored: docs/recording-format.md.
import type { Target } from '../../kernel/action.ts';
import type { HeaderList } from '../../kernel/exchange.ts';
import type { Facts } from '../../kernel/facts.ts';
import type { PersonRef } from '../../kernel/grant.ts';
import { sha256Base64url } from '../../kernel/ids.ts';
import { recordedHeaders } from './headers.ts';
import { BODY_LIMIT, clip } from './limits.ts';
import { redactTarget } from './redact.ts';

const LIST_LIMIT = 5_000;

export type ExchangeOpening = {
  readonly id: string;
  readonly at: number;
  readonly session: string;
  readonly principal: PersonRef;
  readonly console: string;
  readonly method: string;
  readonly target: string;
  readonly door: string;
  readonly action: string;
  readonly risk: string;
  readonly title: string;
  readonly targets: readonly Target[];
  readonly verdict: 'go' | 'refuse';
  readonly reason: string | null;
  readonly policies: readonly string[];
  readonly policySet: string;
  readonly grant: string | null;
  readonly hold: string | null;
  readonly requestHeaders: HeaderList;
  /** after redactBody; digest: SHA-256 of the bytes as sent, hex; null when streamed */
  readonly requestBody: { readonly text: string | null; readonly note: string | null; readonly digest: string | null };
  /** what policy was told, so that another policy can be tried on it; absent in older recordings and where it was not asked */
  readonly facts?: Facts;
  /** the person's groups at that moment, for the same */
  readonly groups?: readonly string[];
  /** devices that it hits in truth, when the console was asked */
  readonly devices?: number;
  /** on a console that only observes: what it would have been refused for */
  readonly observed?: string;
  /** the gateway asked this itself, in the person's name, to learn names or numbers; absent: the person's client did */
  readonly by?: 'gateway';
  /** the page that sent it, as that page said; absent: it said nothing */
  readonly page?: string;
  /** the page's recorder saw a person's own click or key within the 5 s before; absent: it said nothing of that */
  readonly gesture?: boolean;
};

export type ExchangeClosing = {
  /** what the client got; null: nothing */
  readonly status: number | null;
  readonly responseHeaders: HeaderList;
  /** bytes of the request's body that went to the console */
  readonly sent: number;
  /** bytes of the console's answer */
  readonly received: number;
  /** ms */
  readonly took: number;
  readonly end: 'done' | 'aborted' | 'failed';
  /** what the console answered, after redactBody; absent: nobody looked at it */
  readonly responseBody?: { readonly text: string | null; readonly note: string | null };
};

/** A page of a console in a browser: that it is being recorded, or no longer is. */
export type PageLine = {
  /** of the page, `pag_...` */
  readonly id: string;
  /** gateway's clock, ms */
  readonly at: number;
  readonly session: string;
  readonly console: string;
  readonly what: 'start' | 'end' | 'silent' | 'resumed';
  readonly url: string;
  readonly mode: 'dom' | 'exchanges';
  readonly why?: string;
};

/** What a page looked like: events of its recorder, masked in the browser. */
export type DomLine = {
  /** of the page */
  readonly id: string;
  /** gateway's clock, ms */
  readonly at: number;
  readonly session: string;
  readonly console: string;
  /** number of the first event */
  readonly first: number;
  /** JSON text of a list of events; at most EVENTS_LIMIT characters. With `part`, a piece of such a text: domEvents.ts joins them */
  readonly events: string;
  /** one event alone is longer than a line may be: this is piece `at` (from 0) of `of` */
  readonly part?: { readonly at: number; readonly of: number };
  /** browser's clock, ms, of the first and the last event */
  readonly from: number;
  readonly to: number;
  /** gateway's clock minus the browser's, ms */
  readonly offset: number;
};
export const EVENTS_LIMIT = 256 * 1024;

export type Message = { readonly from: 'client' | 'console'; readonly size: number; readonly text: string | null };

export type RecordingLine =
  | ({ readonly type: 'open'; readonly n: number; readonly prev: string } & ExchangeOpening)
  | ({ readonly type: 'message'; readonly n: number; readonly prev: string; id: string; at: number } & Message)
  | ({ readonly type: 'close'; readonly n: number; readonly prev: string; id: string; at: number } & ExchangeClosing)
  | ({ readonly type: 'page'; readonly n: number; readonly prev: string } & PageLine)
  | ({ readonly type: 'dom'; readonly n: number; readonly prev: string } & DomLine);

type OneOf<T> = T extends unknown ? Omit<T, 'n' | 'prev'> : never;
export type LineContent = OneOf<RecordingLine>;

/** What stands in `prev` of a part's first line. */
export const FIRST_LINE = '';
export const lineDigest = (line: string | Uint8Array): string => sha256Base64url(line).slice(0, 22);

const escapeUnit = (text: string): string =>
  Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');

const PLAIN = /^[\x20-\x7e]*$/;

/** JSON on one line; control, bidi, format and separator characters as \u escapes. Reads back as the same value. */
export function oneLine(value: unknown): string {
  const json = JSON.stringify(value);
  // Nearly every line: one cheap look instead of a search by Unicode categories.
  return PLAIN.test(json) ? json : json.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}]/gu, escapeUnit);
}

/** The whole line, without its line feed. @param content oneLine of a LineContent */
export const numbered = (n: number, prev: string, content: string): string =>
  `{"n":${n},"prev":"${prev}",${content.slice(1)}`;

const MOST_HEADERS = 100;

function keptHeaders(headers: HeaderList, side: 'request' | 'response'): HeaderList {
  const kept = recordedHeaders(headers, side);
  if (kept.length > MOST_HEADERS) kept.length = MOST_HEADERS;
  for (const header of kept) {
    header[0] = clip(header[0], 256);
    header[1] = clip(header[1]);
  }
  return kept;
}

/**
 * The content with every text within its bound, and without secrets in headers and targets, whoever made it. Member by
 * member: what a caller's object has besides is not recorded.
 */
export function bounded(content: LineContent): LineContent {
  if (content.type === 'message') {
    const { type, id, at, from, size, text } = content;
    return { type, id, at, from, size, text: text === null ? null : clip(text, BODY_LIMIT) };
  }
  if (content.type === 'close') {
    const { type, id, at, status, responseHeaders, sent, received, took, end, responseBody } = content;
    const headers = keptHeaders(responseHeaders, 'response');
    const closed = { type, id, at, status, responseHeaders: headers, sent, received, took, end };
    return responseBody === undefined ? closed : { ...closed, responseBody: keptBody(responseBody) };
  }
  if (content.type === 'page') {
    const { type, id, at, session, console, what, url, mode, why } = content;
    const page = { type, id: clip(id, 100), at, session, console, what, url: clip(redactTarget(url)), mode };
    return why === undefined ? page : { ...page, why: clip(why, 512) };
  }
  if (content.type === 'dom') {
    const { type, id, at, session, console, first, events, part, from, to, offset } = content;
    const dom = { type, id: clip(id, 100), at, session, console, first, events, from, to, offset };
    return part === undefined ? dom : { ...dom, part: { at: part.at, of: part.of } };
  }
  const { principal, targets, requestBody } = content;
  return {
    type: content.type,
    id: content.id,
    at: content.at,
    session: content.session,
    principal: { id: clip(principal.id), name: clip(principal.name, 256) },
    console: content.console,
    method: clip(content.method, 64),
    target: clip(redactTarget(content.target)),
    door: content.door,
    action: content.action,
    risk: content.risk,
    title: clip(content.title),
    targets: targets.slice(0, LIST_LIMIT).map(({ kind, id }) => ({ kind: clip(kind, 64), id: clip(id, 256) })),
    verdict: content.verdict,
    reason: content.reason,
    policies: content.policies.slice(0, 100),
    policySet: content.policySet,
    grant: content.grant,
    hold: content.hold,
    requestHeaders: keptHeaders(content.requestHeaders, 'request'),
    requestBody: { ...keptBody(requestBody), digest: requestBody.digest },
    ...factsOf(content),
  };
}

const keptBody = ({ text, note }: { readonly text: string | null; readonly note: string | null }) => ({
  text: text === null ? null : clip(text, BODY_LIMIT),
  note: note === null ? null : clip(note),
});

const MOST_NAMES = 200;

function factsOf({ facts, groups, devices, observed, by, page, gesture }: ExchangeOpening) {
  return {
    ...(facts === undefined ? {} : { facts: keptFacts(facts) }),
    ...(groups === undefined ? {} : { groups: groups.slice(0, MOST_NAMES).map((group) => clip(group, 256)) }),
    ...(devices === undefined ? {} : { devices }),
    ...(observed === undefined ? {} : { observed }),
    ...(by === undefined ? {} : { by }),
    ...(page === undefined ? {} : { page: clip(page, 100) }),
    ...(gesture === undefined ? {} : { gesture }),
  };
}

const keptFacts = (facts: Facts): Facts => ({
  stepUpAge: facts.stepUpAge,
  signed: facts.signed,
  granted: facts.granted,
  approvals: facts.approvals,
  budget: facts.budget,
  lockdown: facts.lockdown,
  opaque: facts.opaque,
  bulk: facts.bulk,
  posture: clip(facts.posture, 256),
  networks: facts.networks.slice(0, MOST_NAMES),
  day: facts.day,
  hour: facts.hour,
  sessionAge: facts.sessionAge,
  lane: facts.lane,
  recorded: facts.recorded,
});
