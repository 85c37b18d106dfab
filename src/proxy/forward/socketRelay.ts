// Two WebSockets joined: whole messages, in order, each told to the recording before it goes on, with back-pressure.
import type { RawData, WebSocket } from 'ws';
import type { ExchangeRecording } from '../stages/60-record.ts';
import { sizeOf } from './sockets.ts';

/** Bytes that may wait for a slow side before the other one is paused. */
const MOST_WAITING = 1024 * 1024;
/** ms for the closing handshake of a revoked session */
const LAST_WORDS = 50;

export type RelayOptions = {
  readonly recording: Pick<ExchangeRecording, 'message'>;
  readonly onClientMessage: () => void;
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
  pass(client, console, 'client');
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
