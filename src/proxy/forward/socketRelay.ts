// Two WebSockets joined: whole messages, in order, each told to the recording before it goes on, with back-pressure. Where
// messages are judged, the client's are taken one at a time, each with its own recording, and a refused one is dropped: the
// socket stays open, and nothing of ours is ever said in the console's protocol.
import type { RawData, WebSocket } from 'ws';
import { refuse } from '../../kernel/verdict.ts';
import type { JudgeMessage } from '../messages.ts';
import type { ExchangeRecording } from '../stages/60-record.ts';
import type { ForwardRefusal } from '../stages/70-forward.ts';
import { sizeOf } from './sockets.ts';

/** Bytes that may wait for a slow side before the other one is paused. */
const MOST_WAITING = 1024 * 1024;
/** ms for the closing handshake of a revoked session */
const LAST_WORDS = 50;

export type RelayOptions = {
  readonly recording: Pick<ExchangeRecording, 'message'>;
  readonly onClientMessage: () => void;
  /** what the client's messages go through; null: nobody looks at them */
  readonly judge: JudgeMessage | null;
  readonly ping: number;
};

export type MessageRelay = {
  /** The session is over: both sides are told 1008 and cut. */
  end(): void;
  readonly closed: Promise<{ sent: number; received: number; end: 'done' | 'aborted' | 'failed' }>;
};

export function relayMessages(client: WebSocket, console: WebSocket, options: RelayOptions): MessageRelay {
  let sent = 0;
  let received = 0;
  let how: 'done' | 'aborted' | 'failed' = 'done';

  const cut = (code: number, reason: string) => {
    for (const side of [client, console]) {
      side.close(code, reason);
      setTimeout(() => side.terminate(), LAST_WORDS).unref();
    }
  };
  const { judge } = options;
  const judged = (look: JudgeMessage) => {
    let last: Promise<void> = Promise.resolve();
    let waiting = 0;
    const one = async (data: Buffer, isBinary: boolean): Promise<void> => {
      if (client.readyState !== client.OPEN) return;
      const text = isBinary ? null : data.toString();
      const refusal = await look({ bytes: data, text, send: () => sendOn(console, data, isBinary) });
      if (refusal === null) sent += data.length;
      else if (refusal.reason === 'recording.unavailable') {
        how = 'failed';
        cut(1011, 'recording is not possible');
      }
    };
    client.on('message', (data: RawData, isBinary: boolean) => {
      // One chunk of the network can hold many messages: those wait here, nothing more is read.
      waiting += 1;
      client.pause();
      last = last
        .then(() => one(bytesOf(data), isBinary))
        .catch(() => cut(1011, 'judging is not possible'))
        .then(() => {
          waiting -= 1;
          if (waiting === 0) client.resume();
        });
    });
  };
  const pass = (from: WebSocket, to: WebSocket, who: 'client' | 'console') =>
    from.on('message', (data: RawData, isBinary: boolean) => {
      const size = sizeOf(data);
      if (who === 'client') {
        sent += size;
        options.onClientMessage();
      } else received += size;
      try {
        options.recording.message({ from: who, size, text: isBinary ? null : data.toString() });
      } catch {
        // What cannot be written down does not go on.
        how = 'failed';
        return cut(1011, 'recording is not possible');
      }
      if (to.readyState !== to.OPEN) return;
      to.send(data, { binary: isBinary }, () => {
        if (from.isPaused && to.bufferedAmount < MOST_WAITING) from.resume();
      });
      if (to.bufferedAmount >= MOST_WAITING) from.pause();
    });
  if (judge === null) pass(client, console, 'client');
  else judged(judge);
  pass(console, client, 'console');

  // A client whose machine is gone sends no FIN.
  let answered = true;
  client.on('pong', () => {
    answered = true;
  });
  const pings = setInterval(() => {
    if (!answered) return client.terminate();
    answered = false;
    client.ping();
  }, options.ping);
  pings.unref();

  const follow = (from: WebSocket, to: WebSocket) =>
    from.on('close', (code, reason) => {
      clearInterval(pings);
      if (code === 1005) to.close();
      else if (code === 1006 || code === 1015) {
        if (how === 'done') how = 'aborted';
        to.terminate();
      } else to.close(code, reason);
    });
  follow(client, console);
  follow(console, client);
  for (const side of [client, console]) side.on('error', () => undefined); // 'close' follows

  const closed = Promise.all([whenClosed(client), whenClosed(console)]).then(() => ({ sent, received, end: how }));
  console.resume();
  return {
    closed,
    end() {
      how = 'aborted';
      cut(1008, 'the session has ended');
    },
  };
}

const whenClosed = (socket: WebSocket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.readyState === socket.CLOSED) return resolve();
    socket.once('close', () => resolve());
  });

/** Resolves when the network took it: the next one is not judged before, so a slow console slows its client. */
const sendOn = (to: WebSocket, data: Buffer, binary: boolean): Promise<ForwardRefusal | null> =>
  new Promise((resolve) => {
    if (to.readyState !== to.OPEN)
      return resolve({ ...refuse('upstream.failed', 'the socket to the console is closed'), maybeSent: false });
    to.send(data, { binary }, (error) =>
      resolve(error == null ? null : { ...refuse('upstream.failed', String(error)), maybeSent: true }),
    );
  });

const bytesOf = (data: RawData): Buffer =>
  Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data);
