// Bytes to the gateway and what came of them: the answer, and everything that the upstream saw meanwhile.
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type RawReply, replyOf } from '../kit/rawClient.ts';
import type { RawRequest } from '../kit/rawUpstream.ts';
import type { CorpusStack } from './stack.ts';

export type Seen = {
  readonly reply: RawReply;
  /** the status lines of all answers on the connection */
  readonly statuses: readonly number[];
  /** true: the gateway closed the connection */
  readonly closed: boolean;
  readonly requests: readonly RawRequest[];
  /** bytes that reached the upstream, whole requests or not */
  readonly bytes: number;
};

export type HowToSend = {
  /** bytes of each piece; without it, everything in one write */
  readonly piece?: number;
  /** whole answers to wait for; then a moment more, for what should not come */
  readonly answers?: number;
  /** ms that is waited after the last byte */
  readonly quiet?: number;
  /** ms after which nobody waits any more, whatever came */
  readonly silence?: number;
};

const OK = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok';

export async function exchange(stack: CorpusStack, bytes: Buffer, how: HowToSend = {}): Promise<Seen> {
  const { upstream } = stack;
  upstream.reset();
  upstream.answer(OK);
  const { text, closed } = await talk(stack.port, bytes, how);
  // What the gateway sends up, it sends before it answers; this is for what it may send behind its answer.
  await nextTurn();
  const requests = [...upstream.requests];
  const seen: Seen = {
    reply: replyOf(text.replace(/^(HTTP\/1\.1 100 [^\r]*\r\n\r\n)+/, '')),
    statuses: [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)]
      .map(([, status]) => Number(status))
      .filter((one) => one !== 100),
    closed,
    requests,
    bytes: upstream.bytes(),
  };
  return seen;
}

export function talk(port: number, bytes: Buffer, { piece, answers = 1, quiet = 25, silence = 3000 }: HowToSend) {
  return new Promise<{ text: string; closed: boolean }>((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let text = '';
    let timer: NodeJS.Timeout | undefined;
    const limit = setTimeout(() => done(false), silence);
    const done = (closed: boolean) => {
      clearTimeout(timer);
      clearTimeout(limit);
      socket.destroy();
      resolve({ text, closed });
    };
    socket.on('error', () => undefined);
    socket.on('close', () => done(true));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      clearTimeout(timer);
      const whole = countAnswers(text);
      timer = setTimeout(() => done(false), whole >= answers ? quiet : 1000);
    });
    socket.on('connect', async () => {
      if (piece === undefined) return void socket.write(bytes);
      for (let at = 0; at < bytes.length && !socket.destroyed; at += piece) {
        socket.write(bytes.subarray(at, at + piece));
        await nextTurn();
      }
    });
  });
}

/** Whole answers in the text; the gateway's own have a length, relayed ones too. */
function countAnswers(text: string): number {
  let count = 0;
  let rest = text;
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) return count;
    const head = rest.slice(0, end);
    if (head.startsWith('HTTP/1.1 101')) return count + 1;
    const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    if (rest.length < end + 4 + length) return count;
    if (!head.startsWith('HTTP/1.1 100')) count += 1;
    rest = rest.slice(end + 4 + length);
  }
}
