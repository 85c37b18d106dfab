// The types that a request passes through. Each stage takes the type that the one before returned, so a wrong order of
// stages does not compile. Only the stage named beside a type makes it.

import type { Action, BodyMode } from './action.ts';
import type { Decision, Facts } from './facts.ts';
import type { Reason } from './reasons.ts';
import type { Session } from './session.ts';

/** How what a console's pages look like is recorded. */
export type PageRecording = {
  /** masked: nothing that is typed; shown: what is typed into fields that are no secrets */
  readonly inputs: 'masked' | 'shown';
  /** CSS selectors of elements whose text is masked */
  readonly maskText: readonly string[];
  /** exchanges: a page that is too big to be followed goes on with exchanges only, visibly; dom: it is followed whatever it costs */
  readonly bigPages: 'exchanges' | 'dom';
  /** true: the page says that it is recorded */
  readonly notice: boolean;
};

/** A console as the request path needs it. */
export type Console = {
  readonly id: string;
  readonly name: string;
  /** `https://mdm.example.com`, never with a path or a trailing slash */
  readonly origin: string;
  readonly upstream: string;
  readonly pack: string;
  readonly shim: boolean;
  /** observe: everything is decided and written down, but what policy refuses goes through. For the roll-out. */
  readonly mode: 'enforce' | 'observe';
  /** IANA time zone of day and hour in policies */
  readonly zone: string;
  /** what is recorded of its pages; without the shim, and absent: exchanges only */
  readonly record?: 'dom' | 'exchanges';
  readonly dom?: PageRecording;
};

export type HeaderList = readonly (readonly [name: string, value: string])[];

/** How a request came in: the doors of the node http server, all to one function. */
export type Door = 'request' | 'upgrade';

/** Made by 10 canonicalise. */
export type Canonical = {
  readonly id: string;
  readonly at: number;
  readonly door: Door;
  readonly peer: string;
  readonly console: Console;
  readonly method: string;
  /** the request target that is judged and, byte for byte, sent: path and, with `?`, the query */
  readonly target: string;
  readonly path: string;
  /** the path's segments, percent-decoded once; `/a/b` -> ['a','b'] */
  readonly segments: readonly string[];
  /** decoded once, in order of appearance */
  readonly query: HeaderList;
  /** lower-case names, in order; duplicates of single-valued headers were refused */
  readonly headers: HeaderList;
  /** the declared length of the body; null: chunked, not known yet; 0: none */
  readonly bodyLength: number | null;
  /** true: a page navigation (Sec-Fetch-Mode: navigate, or an older browser's Accept: text/html without X-Requested-With) */
  readonly navigation: boolean;
};

/** The first value of that name. A plain loop: every request asks some thirty times. */
export function headerOf(headers: HeaderList, name: string): string | undefined {
  for (let at = 0; at < headers.length; at += 1) if (headers[at]?.[0] === name) return headers[at]?.[1];
  return undefined;
}

/** Made by 20 session. */
export type Authenticated = Canonical & { readonly session: Session };

export type Body =
  | { readonly mode: 'none'; readonly digest: string }
  | { readonly mode: 'judged'; readonly digest: string; readonly bytes: Buffer }
  /** streamed; its digest is known only in the end */
  | { readonly mode: 'opaque' };

/** Reads at most `limit` bytes of the request's body, once. The refusal is ready to be returned. */
export type ReadBody = (mode: BodyMode, limit: number) => Promise<import('./verdict.ts').Verdict<Body>>;

/** Made by 30 recognise. */
export type Recognised = Authenticated & { readonly action: Action; readonly body: Body };

/** Made by 40 decide. */
export type Decided = Recognised & {
  readonly decision: Decision;
  /** the grant and hold that the decision rests on, to be consumed in the commit; null: not needed */
  readonly grant: string | null;
  readonly hold: string | null;
  /** what policy was told */
  readonly facts: Facts;
  /** what it would have been refused for, on a console that only observes; null: nothing */
  readonly observed: Reason | null;
};

/** Made by 50 commit. `intent` is the journal's sequence number of the act's intent; null for reads, which write none. */
export type Committed = Decided & { readonly intent: number | null };

declare const recorded: unique symbol;
/** Made by 60 record, and by nothing else: the forwarder takes nothing less. */
export type Recorded = Committed & { readonly [recorded]: true };
