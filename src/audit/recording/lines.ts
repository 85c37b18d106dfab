// The lines of a recording file, and how a value becomes one line: bounded, on one line, nothing in it that a terminal or a
// reader's eye would act upon (trap 25). A recording file is `<dir>/<session>/<run>-<part>.jsonl`, only ever added to. Each
// line carries its number and the digest of the line before it, so that a line that was cut out of the middle shows.
import type { Risk, Target } from '../../kernel/action.ts';
import type { Door, HeaderList } from '../../kernel/exchange.ts';
import type { PersonRef } from '../../kernel/grant.ts';
import { sha256Base64url } from '../../kernel/ids.ts';
import type { Reason } from '../../kernel/reasons.ts';

export const TEXT_LIMIT = 8 * 1024;
export const BODY_LIMIT = 256 * 1024;
const LIST_LIMIT = 5_000;

export type ExchangeOpening = {
  readonly id: string;
  readonly at: number;
  readonly session: string;
  readonly principal: PersonRef;
  readonly console: string;
  readonly method: string;
  /** secret query values already taken out: redactTarget */
  readonly target: string;
  readonly door: Door;
  readonly action: string;
  readonly risk: Risk;
  readonly title: string;
  readonly targets: readonly Target[];
  readonly verdict: 'go' | 'refuse';
  readonly reason: Reason | null;
  readonly policies: readonly string[];
  readonly policySet: string;
  readonly grant: string | null;
  readonly hold: string | null;
  /** filtered by recordedHeaders */
  readonly requestHeaders: HeaderList;
  /** after redactBody; digest: SHA-256 of the bytes as sent, hex; '' when streamed */
  readonly requestBody: { readonly text: string | null; readonly note: string | null; readonly digest: string };
};

export type ExchangeClosing = {
  /** what the client got; null: nothing */
  readonly status: number | null;
  readonly responseHeaders: HeaderList;
  /** bytes of body to the client */
  readonly sent: number;
  /** bytes of body from the client */
  readonly received: number;
  /** ms */
  readonly took: number;
  readonly end: 'done' | 'aborted' | 'failed';
};

export type Message = { readonly from: 'client' | 'console'; readonly size: number; readonly text: string | null };

export type RecordingLine =
  | ({ readonly type: 'open'; readonly n: number; readonly prev: string } & ExchangeOpening)
  | ({ readonly type: 'message'; readonly n: number; readonly prev: string; id: string; at: number } & Message)
  | ({ readonly type: 'close'; readonly n: number; readonly prev: string; id: string; at: number } & ExchangeClosing)
  /** a refused request: opening and closing in one */
  | ({ readonly type: 'refused'; readonly n: number; readonly prev: string } & ExchangeOpening & {
        readonly closing: ExchangeClosing;
      });

type OneOf<T> = T extends unknown ? Omit<T, 'n' | 'prev'> : never;
export type LineContent = OneOf<RecordingLine>;

/** What stands in `prev` of a file's first line. */
export const FIRST_LINE = '';
export const lineDigest = (line: string | Uint8Array): string => sha256Base64url(line).slice(0, 22);

const escapeUnit = (text: string): string =>
  Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('');

/** JSON on one line; control, bidi, format and separator characters as \u escapes. Reads back as the same value. */
export const oneLine = (value: unknown): string =>
  JSON.stringify(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}]/gu, escapeUnit);

/** At most `limit` characters; what is left out is told by its length and digest. */
export function clip(text: string, limit = TEXT_LIMIT): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit)}… [${text.length - limit} more characters; SHA-256 of all: ${sha256Base64url(text)}]`;
}

const clipHeaders = (headers: HeaderList): HeaderList =>
  headers.slice(0, 100).map(([name, value]) => [clip(name, 256), clip(value)] as const);

const clipClosing = (closing: ExchangeClosing): ExchangeClosing => ({
  ...closing,
  responseHeaders: clipHeaders(closing.responseHeaders),
});

/** The content with every text within its bound. */
export function bounded(content: LineContent): LineContent {
  if (content.type === 'message') {
    return { ...content, text: content.text === null ? null : clip(content.text, BODY_LIMIT) };
  }
  if (content.type === 'close') return { ...content, ...clipClosing(content) };
  if (content.type === 'open') return { ...content, ...clipOpening(content) };
  return { ...content, ...clipOpening(content), closing: clipClosing(content.closing) };
}

function clipOpening(opening: ExchangeOpening) {
  const { principal, requestBody } = opening;
  const { text, note, digest } = requestBody;
  return {
    principal: { id: clip(principal.id), name: clip(principal.name, 256) },
    method: clip(opening.method, 64),
    target: clip(opening.target),
    title: clip(opening.title),
    targets: opening.targets.slice(0, LIST_LIMIT).map(({ kind, id }) => ({ kind: clip(kind, 64), id: clip(id, 256) })),
    policies: opening.policies.slice(0, 100),
    requestHeaders: clipHeaders(opening.requestHeaders),
    requestBody: {
      text: text === null ? null : clip(text, BODY_LIMIT),
      note: note === null ? null : clip(note),
      digest,
    },
  };
}
