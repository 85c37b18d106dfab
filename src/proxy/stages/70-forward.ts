// 70: the console's answer, streamed to the client. From its first byte on nothing can be refused any more: what goes wrong
// then ends the client's connection. Refuses with upstream.failed, upstream.timeout, session.revoked.
import type { HeaderList } from '../../kernel/exchange.ts';
import type { Refusal, Verdict } from '../../kernel/verdict.ts';
import type { Client } from '../exchange.ts';
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

export function createForward({ sendRequest, openSocket }: { readonly sendRequest: Send; readonly openSocket: Send }) {
  return async (request: RecordedExchange, client: Client): Promise<Verdict<ForwardedExchange>> => {
    const answered =
      request.door === 'upgrade' ? await openSocket(request, client) : await sendRequest(request, client);
    return answered.go ? { go: true, value: { ...request, forwarded: answered.value } } : answered;
  };
}
