// Stage 70 for upgrades: WebSocket spoken on both sides, so that messages are seen, written down and ended with the session.
// The browser gets its 101 only after the console gave one. Compression is off: what is judged is what was said.
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { headerOf } from '../../kernel/exchange.ts';
import type { Session } from '../../kernel/session.ts';
import { refuse } from '../../kernel/verdict.ts';
import type { Client } from '../exchange.ts';
import type { Because, Live } from '../live.ts';
import type { RecordedExchange } from '../stages/60-record.ts';
import type { Forwarded, ForwardRefusal, OpenSocket } from '../stages/70-forward.ts';
import { faultOf } from './answerHeaders.ts';
import { requestHeaders, subprotocols } from './requestHeaders.ts';
import { answerClient, type SendLimits, type SendParts } from './send.ts';
import { cookieForBrowser } from './setCookie.ts';
import { relayMessages } from './socketRelay.ts';

export type SocketParts = {
  readonly live: Live;
  readonly moreHeaders: SendParts['moreHeaders'];
  readonly touchSession: (session: Session) => void;
  readonly limits: SendLimits & {
    /** bytes of the longest message */
    readonly message: number;
    /** ms between pings to the client; two without an answer end the socket */
    readonly ping: number;
  };
};

type Handshake = { socket: WebSocket; cookies: readonly string[] };

export function createOpenSocket({ live, moreHeaders, touchSession, limits }: SocketParts): OpenSocket {
  const chosen = new WeakMap<object, Handshake>();
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.message,
    handleProtocols: (_offered, req) => chosen.get(req)?.socket.protocol || false,
  });
  server.on('headers', (lines, req) => {
    for (const cookie of chosen.get(req)?.cookies ?? []) lines.push(`Set-Cookie: ${cookie}`);
  });

  return async (request, client, judge) => {
    const upstream = new URL(request.console.upstream);
    const address = new URL(request.target, upstream);
    // The library writes its request line from a parsed URL: send only what that leaves as it was judged.
    if (address.pathname + address.search !== request.target || address.origin !== upstream.origin)
      return { ...refuse('request.ambiguous', 'a target that a URL parser rewrites'), maybeSent: false };
    if (!/^[+/0-9A-Za-z]{22}==$/.test(headerOf(request.headers, 'sec-websocket-key') ?? ''))
      return { ...refuse('request.ambiguous', 'no WebSocket key'), maybeSent: false };

    let revoked: Because | null = null;
    let end = (): void => {
      client.socket.destroy();
    };
    const done = live.add(request, (because) => {
      revoked = because;
      end();
    });
    try {
      const opened = await open(request, client, upstream, address);
      if (!('handshake' in opened)) return opened;
      if (revoked !== null || client.socket.destroyed) {
        opened.handshake.socket.terminate();
        const reason = revoked === 'grant' ? 'grant.ended' : 'session.revoked';
        return { ...refuse(reason, 'the session, the grant or the client went in the handshake'), maybeSent: true };
      }
      chosen.set(client.req, opened.handshake);
      const down = await new Promise<WebSocket | null>((resolve) => {
        client.res.detachSocket(client.socket);
        // A client that hung up meanwhile, or whose upgrade the library refuses, is destroyed without a word to us.
        client.socket.once('close', () => resolve(null));
        server.handleUpgrade(client.req, client.socket, client.head, resolve);
      });
      if (down === null) {
        opened.handshake.socket.terminate();
        const nothing = { sent: 0, received: 0, status: null, answerHeaders: [], bodyDigest: null };
        return { go: true, value: { ...nothing, end: 'aborted' } };
      }
      const relay = relayMessages(down, opened.handshake.socket, {
        recording: request.recording,
        onClientMessage: () => touchSession(request.session),
        judge,
        ping: limits.ping,
      });
      end = relay.end;
      const counted = await relay.closed;
      return { go: true, value: { ...counted, status: 101, answerHeaders: [], bodyDigest: null } };
    } finally {
      done();
    }
  };

  function open(
    request: RecordedExchange,
    client: Client,
    upstream: URL,
    address: URL,
  ): Promise<{ handshake: Handshake } | ForwardRefusal | { go: true; value: Forwarded }> {
    return new Promise((resolve) => {
      const url = `${upstream.protocol === 'https:' ? 'wss' : 'ws'}://${upstream.host}${address.pathname}${address.search}`;
      let socket: WebSocket;
      try {
        socket = new WebSocket(url, subprotocols(request.headers), {
          headers: requestHeaders(request, { upstream, more: moreHeaders(request.console), plain: false }),
          perMessageDeflate: false,
          maxPayload: limits.message,
          handshakeTimeout: limits.answer,
          followRedirects: false,
        });
      } catch (error) {
        return resolve({ ...refuse('request.ambiguous', String(error)), maybeSent: false });
      }
      let cookies: readonly string[] = [];
      const onLeave = () => socket.terminate();
      client.socket.once('close', onLeave);
      const settle = (value: Parameters<typeof resolve>[0]) => {
        client.socket.off('close', onLeave);
        resolve(value);
      };
      socket.on('upgrade', (answer) => {
        const plain = request.console.origin.startsWith('http:');
        cookies = (answer.headers['set-cookie'] ?? []).flatMap((line) => cookieForBrowser(line, plain) ?? []);
      });
      socket.on('open', () => {
        // Nothing may be read before somebody listens.
        socket.pause();
        settle({ handshake: { socket, cookies } });
      });
      // The console said no in plain HTTP: the browser hears it as it is.
      socket.on('unexpected-response', (_req, answer) => {
        const fault = faultOf(answer, upstream);
        const abort = () => answer.destroy();
        if (fault !== null) {
          abort();
          return settle({ ...refuse('upstream.failed', fault), maybeSent: true });
        }
        client.res.shouldKeepAlive = false;
        answerClient(request, client, upstream, { answer, abort }, null, limits.stall).then(
          (relayed) => settle({ go: true, value: { ...relayed, sent: 0, bodyDigest: null } }),
          (error: unknown) => settle({ ...refuse('upstream.failed', String(error)), maybeSent: true }),
        );
      });
      socket.on('error', (error: NodeJS.ErrnoException) => {
        const reason = /timed out/.test(error.message) ? 'upstream.timeout' : 'upstream.failed';
        const maybeSent = error.syscall !== 'connect' && error.syscall !== 'getaddrinfo';
        settle({ ...refuse(reason, error.message), maybeSent });
      });
    });
  }
}

export const sizeOf = (data: RawData): number =>
  Array.isArray(data) ? data.reduce((sum, part) => sum + part.length, 0) : data.byteLength;
