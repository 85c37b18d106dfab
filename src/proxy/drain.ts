// An answer given before the request's body has arrived. Closing at once would reset the connection and lose the answer, and
// keeping it open would let the client go on sending: so a little is thrown away unread, and the connection ends with the answer.
import type { Client } from './exchange.ts';

const MOST_BYTES = 1024 * 1024;
const LONGEST = 500;

export async function drainThenClose(client: Client): Promise<void> {
  const { req, res } = client;
  if (!client.body.unread()) return;
  res.setHeader('Connection', 'close');
  if (client.body.heldBack()) return;
  await new Promise<void>((resolve) => {
    let left = MOST_BYTES;
    const done = () => {
      clearTimeout(timer);
      req.off('data', onData).off('end', done).off('close', done);
      resolve();
    };
    const onData = (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) done();
    };
    const timer = setTimeout(done, LONGEST);
    req.on('error', () => undefined);
    if (req.destroyed) return done();
    req.on('data', onData).on('end', done).on('close', done);
    req.resume();
  });
  req.pause();
}
