// 60: an open recording of this exchange, its first line written. The only maker of `Recorded`: the forwarder takes nothing
// less. Refuses with recording.unavailable.

import type { Target } from '../../kernel/action.ts';
import { type Committed, type HeaderList, headerOf, type Recognised, type Recorded } from '../../kernel/exchange.ts';
import type { Reason } from '../../kernel/reasons.ts';
import { go, refuse, type Verdict } from '../../kernel/verdict.ts';

export type ExchangeOpening = {
  readonly id: string;
  readonly at: number;
  readonly session: string;
  readonly principal: { readonly id: string; readonly name: string };
  readonly console: string;
  readonly method: string;
  readonly target: string;
  readonly door: string;
  readonly action: string;
  readonly risk: string;
  readonly title: string;
  readonly targets: readonly Target[];
  readonly verdict: 'go' | 'refuse';
  readonly reason: Reason | null;
  readonly policies: readonly string[];
  readonly policySet: string;
  readonly grant: string | null;
  readonly hold: string | null;
  readonly requestHeaders: HeaderList;
  readonly requestBody: { readonly text: string | null; readonly note: string | null; readonly digest: string | null };
};

export type ExchangeClosing = {
  readonly status: number | null;
  readonly responseHeaders: HeaderList;
  /** bytes of the request's body that went to the console, and of its answer's */
  readonly sent: number;
  readonly received: number;
  /** ms */
  readonly took: number;
  readonly end: 'done' | 'aborted' | 'failed';
};

export type SocketMessage = {
  readonly from: 'client' | 'console';
  readonly size: number;
  readonly text: string | null;
};

export type ExchangeRecording = {
  /** @throws when it cannot be written */
  message(message: SocketMessage): void;
  close(closing: ExchangeClosing): Promise<void>;
};

/** Resolves when the opening is written. @throws when it cannot be */
export type OpenRecording = (opening: ExchangeOpening) => Promise<ExchangeRecording>;

export type RedactBody = (
  contentType: string,
  bytes: Buffer,
  redact: readonly string[],
) => { readonly text: string | null; readonly note: string | null };

export type RecordParts = { readonly openRecording: OpenRecording; readonly redactBody: RedactBody };

export type RecordedExchange = Recorded & { readonly recording: ExchangeRecording };

/** What can be said of a request as far as it came: refused ones are recorded with what is known by then. */
export function openingOf(
  request: Recognised & Partial<Pick<Committed, 'decision' | 'grant' | 'hold'>>,
  refused: { readonly reason: Reason; readonly policies: readonly string[]; readonly policySet: string } | null,
  redactBody: RedactBody,
): ExchangeOpening {
  const { action, body, session } = request;
  const contentType = headerOf(request.headers, 'content-type') ?? '';
  return {
    id: request.id,
    at: request.at,
    session: session.id,
    principal: { id: session.principal.id, name: session.principal.name },
    console: request.console.id,
    method: request.method,
    target: request.target,
    door: request.door,
    action: action.name,
    risk: action.risk,
    title: action.title,
    targets: action.targets,
    verdict: refused === null ? 'go' : 'refuse',
    reason: refused?.reason ?? null,
    policies: refused?.policies ?? request.decision?.policies ?? [],
    policySet: refused?.policySet ?? request.decision?.policySet ?? '',
    grant: request.grant ?? null,
    hold: request.hold ?? null,
    // the recorder keeps an allow-list of them
    requestHeaders: request.headers,
    requestBody:
      body.mode === 'judged'
        ? { ...redactBody(contentType, body.bytes, action.redact), digest: body.digest }
        : {
            text: null,
            note: body.mode === 'opaque' ? 'streamed, not read' : null,
            digest: body.mode === 'none' ? body.digest : null,
          },
  };
}

export function createRecord({ openRecording, redactBody }: RecordParts) {
  return async (request: Committed): Promise<Verdict<RecordedExchange>> => {
    try {
      const recording = await openRecording(openingOf(request, null, redactBody));
      return go({ ...request, recording } as RecordedExchange);
    } catch (error) {
      return refuse('recording.unavailable', String(error));
    }
  };
}
