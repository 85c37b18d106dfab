// Moves an answer's bytes to the client with back-pressure, counts them, and says how it ended. An answer that was cut in the
// middle cuts the client's connection too: it must not look whole.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';

export type Relayed = { readonly bytes: number; readonly end: 'done' | 'aborted' | 'failed' };

/**
 * @param body where the bytes come from: the answer itself, or what it is piped through
 * @param stall ms after which a client that takes nothing is given up
 */
export function relayAnswer(
  answer: IncomingMessage,
  body: Readable,
  res: ServerResponse,
  stall: number,
): Promise<Relayed> {
  return new Promise((resolve) => {
    let bytes = 0;
    let ended = false;
    let over = false;
    let timer: NodeJS.Timeout | undefined;
    // Nobody stops listening: with the answer all of it goes, and taking listeners off costs a read more than adding them.
    const done = (end: Relayed['end']) => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      if (end !== 'done') {
        answer.destroy();
        res.destroy();
        res.socket?.destroy();
      }
      resolve({ bytes, end });
    };
    const onData = (chunk: Buffer) => {
      if (over) return;
      bytes += chunk.length;
      if (res.write(chunk)) return;
      body.pause();
      timer = setTimeout(() => done('aborted'), stall);
    };
    const onDrain = () => {
      if (over) return;
      clearTimeout(timer);
      body.resume();
    };
    const onEnd = () => {
      if (over) return;
      ended = true;
      if (!answer.complete) return done('failed');
      timer = setTimeout(() => done('aborted'), stall);
      res.end();
    };
    const onClientClose = () => done(res.writableFinished ? 'done' : 'aborted');
    // Waits a turn: what lies between answer and body may still be on its way.
    const onAnswerClose = () => {
      if (!answer.complete && !ended) done('failed');
    };
    answer.on('error', () => undefined);
    body.on('error', () => done('failed'));
    if (res.destroyed) return done('aborted');
    res.on('drain', onDrain).on('close', onClientClose);
    answer.on('close', onAnswerClose);
    body.on('data', onData).on('end', onEnd);
  });
}
