// 70: the console's answer, streamed to the client. From its first byte on nothing can be refused any more: what goes wrong
// then ends the client's connection. Refuses with upstream.failed, upstream.timeout, session.revoked.
import type { HeaderList } from '../../kernel/exchange.ts';
import type { Refusal, Verdict } from '../../kernel/verdict.ts';
import type { Client } from '../exchange.ts';
import type { AnswerBody } from '../forward/answerTee.ts';
import type { ClientMessage, JudgeMessage } from '../messages.ts';
import type { RecordedExchange } from './60-record.ts';

export type Forwarded = {
  readonly status: number | null;
  readonly answerHeaders: HeaderList;
  /** bytes of bodies or messages, to the console and from it */
  readonly sent: number;
  readonly received: number;
  /** SHA-256, hex, of an opaque body as far as it went */
  readonly bodyDigest: string | null;
  readonly end: 'done' | 'aborted' | 'failed';
  /** what the console answered, for the recording; absent or null: it is not kept */
  readonly answer?: AnswerBody | null;
};

export type ForwardedExchange = RecordedExchange & { readonly forwarded: Forwarded };

/** A refusal here says whether a byte may have reached the console: only a certain no gives a grant's use back. */
export type ForwardRefusal = Refusal & { readonly maybeSent: boolean };
export const maybeSent = (refusal: Refusal): boolean =>
  'maybeSent' in refusal ? (refusal as ForwardRefusal).maybeSent : true;

export type Send = (
  request: RecordedExchange,
  client: Client,
) => Promise<{ readonly go: true; readonly value: Forwarded } | ForwardRefusal>;

/** @param judge what each message of the client goes through; null: nobody looks at them */
export type OpenSocket = (request: RecordedExchange, client: Client, judge: JudgeMessage | null) => ReturnType<Send>;

export type ForwardParts = {
  readonly sendRequest: Send;
  readonly openSocket: OpenSocket;
  readonly judgeMessages: (socket: RecordedExchange) => JudgeMessage | null;
};

export function createForward({ sendRequest, openSocket, judgeMessages }: ForwardParts) {
  return async (request: RecordedExchange, client: Client): Promise<Verdict<ForwardedExchange>> => {
    const answered =
      request.door === 'upgrade'
        ? await openSocket(request, client, judgeMessages(request))
        : await sendRequest(request, client);
    return answered.go ? { go: true, value: { ...request, forwarded: answered.value } } : answered;
  };
}

/** The same for one message: nothing answers it, so all that is known is that it was sent. */
export async function forwardMessage(
  request: RecordedExchange,
  { bytes, send }: ClientMessage,
): Promise<Verdict<ForwardedExchange>> {
  const refusal = await send();
  if (refusal !== null) return refusal;
  const forwarded = {
    status: null,
    answerHeaders: [],
    sent: bytes.length,
    received: 0,
    bodyDigest: null,
    end: 'done',
  } as const;
  return { go: true, value: { ...request, forwarded } };
}
