// 60: an open recording of this exchange, its first line written. The only maker of `Recorded`: the forwarder takes nothing
// less. Refuses with recording.unavailable.

import type { ExchangeClosing, ExchangeOpening, Message } from '../../audit/recording/lines.ts';
import { redactTarget } from '../../audit/recording/redact.ts';
import { type Authenticated, type Committed, headerOf, type Recorded } from '../../kernel/exchange.ts';
import type { Reason } from '../../kernel/reasons.ts';
import { go, refuse, type Verdict } from '../../kernel/verdict.ts';
import { saidOf } from '../pagesAlive.ts';

export type ExchangeRecording = {
  /** @throws when it cannot be written */
  message(message: Message): void;
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
  request: Authenticated &
    Partial<Pick<Committed, 'action' | 'body' | 'decision' | 'grant' | 'hold' | 'facts' | 'observed'>>,
  refused: { readonly reason: Reason; readonly policies: readonly string[]; readonly policySet: string } | null,
  redactBody: RedactBody,
): ExchangeOpening {
  const { action, session } = request;
  const read = request.method === 'GET' || request.method === 'HEAD';
  return {
    id: request.id,
    at: request.at,
    session: session.id,
    principal: { id: session.principal.id, name: session.principal.name },
    console: request.console.id,
    method: request.method,
    target: redactTarget(request.target, action?.redact),
    door: request.door,
    action: action?.name ?? (read ? 'unknown.read' : 'unknown.write'),
    risk: action?.risk ?? (read ? 'read' : 'high'),
    title: action?.title ?? `${request.method} ${redactTarget(request.path)}`,
    targets: action?.targets ?? [],
    verdict: refused === null ? 'go' : 'refuse',
    reason: refused?.reason ?? null,
    policies: refused?.policies ?? request.decision?.policies ?? [],
    policySet: refused?.policySet ?? request.decision?.policySet ?? '',
    grant: request.grant ?? null,
    hold: request.hold ?? null,
    // the recorder keeps an allow-list of them
    requestHeaders: request.headers,
    requestBody: recordedBody(request, redactBody),
    groups: session.principal.groups,
    ...saidOf(request.headers),
    ...(request.facts === undefined ? {} : { facts: request.facts }),
    ...(action?.devices === undefined ? {} : { devices: action.devices }),
    ...(request.observed == null ? {} : { observed: request.observed }),
  };
}

function recordedBody(
  { action, body, headers }: Authenticated & Partial<Pick<Committed, 'action' | 'body'>>,
  redactBody: RedactBody,
): ExchangeOpening['requestBody'] {
  if (body === undefined) return { text: null, note: 'not read', digest: null };
  if (body.mode === 'opaque') return { text: null, note: 'streamed, not read', digest: null };
  if (body.mode === 'none') return { text: null, note: null, digest: body.digest };
  // Without an action nobody has said what in it is secret.
  if (action === undefined) return { text: null, note: 'not recognised', digest: body.digest };
  const contentType = headerOf(headers, 'content-type') ?? '';
  return { ...redactBody(contentType, body.bytes, action.redact), digest: body.digest };
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
