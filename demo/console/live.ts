// The live feeds: a WebSocket at /ws/events and server-sent events at /api/stream, with the same device events.
// Both end at logout.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { DeviceEvent } from './model.ts';
import type { RequestLog } from './requestLog.ts';
import type { Route } from './route.ts';
import type { ConsoleSessions } from './sessions.ts';
import type { ConsoleState } from './state.ts';

const PULSE_MS = 2000;
const MAX_MESSAGE = 65_536;
/** RFC 6455, 7.4.2: 4000-4999 is for applications. */
const CLOSE_LOGGED_OUT = 4001;

export interface LiveDeps {
  readonly state: ConsoleState;
  readonly sessions: ConsoleSessions;
  readonly log: RequestLog;
  /** Origins whose pages may open the socket. */
  readonly origins: () => readonly string[];
}

function refuse(socket: Duplex, status: string): void {
  socket.on('error', () => {});
  socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
}

export function createLiveFeeds({ state, sessions, log, origins }: LiveDeps) {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE, perMessageDeflate: false });
  const pulse = setInterval(() => state.pulse(), PULSE_MS);
  pulse.unref();

  function serveSocket(ws: WebSocket, req: IncomingMessage): void {
    const send = (value: unknown): void => {
      if (ws.readyState === ws.OPEN) ws.send(JSON.stringify(value));
    };
    const stop = state.onEvent((event: DeviceEvent) => send(event));
    ws.on('close', stop);
    ws.on('error', () => ws.terminate());
    ws.on('message', (data, isBinary) => {
      const bytes = Buffer.isBuffer(data) ? data : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
      log.message(req, bytes);
      let topic: unknown;
      try {
        topic = isBinary
          ? undefined
          : (JSON.parse(bytes.toString('utf8')) as { subscribe?: unknown } | null)?.subscribe;
      } catch {
        topic = undefined;
      }
      if (topic === 'devices') send({ type: 'subscribed', topic });
      else send({ type: 'error', text: 'Send {"subscribe":"devices"}' });
    });
    send({ type: 'hello', text: 'Connected' });
  }

  function upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    const entry = log.upgrade(req);
    const session = sessions.of(req);
    const { origin } = req.headers;
    const refusal =
      (req.url ?? '').split('?')[0] !== '/ws/events'
        ? '404 Not Found'
        : session === undefined
          ? '401 Unauthorized'
          : origin !== undefined && !origins().includes(origin) && origin !== `http://${req.headers.host}`
            ? '403 Forbidden'
            : undefined;
    entry.status = refusal === undefined ? 101 : Number(refusal.slice(0, 3));
    log.write(entry);
    if (refusal !== undefined || session === undefined) {
      refuse(socket, refusal ?? '401 Unauthorized');
      return;
    }
    sockets.handleUpgrade(req, socket, head, (ws) => {
      const end = (): void => ws.close(CLOSE_LOGGED_OUT, 'logged out');
      session.onEnd.add(end);
      ws.on('close', () => session.onEnd.delete(end));
      serveSocket(ws, req);
    });
  }

  const stream: Route = {
    method: 'GET',
    path: '/api/stream',
    access: 'api',
    handle: ({ req, res, session }) => {
      res.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      if (req.method === 'HEAD') {
        res.end();
        return;
      }
      let id = 0;
      res.write('retry: 3000\nevent: hello\ndata: {"type":"hello","text":"Connected"}\n\n');
      const stop = state.onEvent((event) => {
        id += 1;
        res.write(`id: ${id}\nevent: device\ndata: ${JSON.stringify(event)}\n\n`);
      });
      const end = (): void => {
        res.end();
      };
      session.onEnd.add(end);
      res.once('close', () => {
        stop();
        session.onEnd.delete(end);
      });
    },
  };

  return {
    upgrade,
    routes: [stream] as readonly Route[],
    close(): void {
      clearInterval(pulse);
      for (const ws of sockets.clients) ws.terminate();
      sockets.close();
    },
  };
}
