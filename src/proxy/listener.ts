// The sockets: every door of node's http server leads to one function. Nothing is answered here but what is no HTTP, and
// nothing of a request is believed here: it is read once (canonical/message.ts) and handed to the portal, to the reserved
// prefix, or to the pipeline.
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../kernel/clock.ts';
import type { Console, Door } from '../kernel/exchange.ts';
import { newId } from '../kernel/ids.ts';
import { REASONS, type Reason } from '../kernel/reasons.ts';
import { refuse, type Verdict } from '../kernel/verdict.ts';
import { createBodyReader } from './canonical/body.ts';
import { hostsOf, type Message, readMessage } from './canonical/message.ts';
import type { PeerOf } from './canonical/peer.ts';
import type { Arrival, Client, ConsoleByHost, Log } from './exchange.ts';
import type { Pipeline } from './pipeline.ts';
import type { Allowances } from './recognise/encodedPlaces.ts';
import type { Respond } from './respond.ts';

export const RESERVED = '.sallyport';

export type ListenerLimits = {
  /** ms for all headers of a request */
  readonly headers: number;
  /** ms for a whole judged body */
  readonly body: number;
  /** ms that an idle connection is kept */
  readonly keepAlive: number;
  /** ms that running exchanges get when we stop */
  readonly drain: number;
};

export type ListenerParts = {
  readonly portalOrigin: string;
  /** where recorded pages are rebuilt; absent: nowhere */
  readonly replay?: {
    readonly origin: string;
    readonly answer: (req: IncomingMessage, res: ServerResponse) => void | Promise<void>;
  };
  readonly consoleByHost: ConsoleByHost;
  /** what the pack of a host's console lets through where it is refused elsewhere; absent: nothing */
  readonly allowancesOf?: (host: string) => Allowances | null;
  /** the client's address: the socket's, or what a proxy of ours says */
  readonly peerOf: PeerOf;
  readonly portal: (req: IncomingMessage, res: ServerResponse) => void;
  readonly reserved: (req: IncomingMessage, res: ServerResponse, console: Console) => void | Promise<void>;
  readonly pipeline: Pipeline;
  readonly respond: Respond;
  /** counts a refusal of somebody unknown */
  readonly doorRefused: (reason: Reason) => void;
  readonly clock: Clock;
  readonly limits: ListenerLimits;
  readonly log: Log;
};

export type Listener = {
  /** @returns the port, which the system chose when 0 was asked for @throws when the address is taken */
  listen(port: number, host: string): Promise<number>;
  /** Takes nothing new, lets what runs end within the drain time, then ends it. */
  close(): Promise<void>;
};

type Inbound = {
  door: Door;
  req: IncomingMessage;
  res: ServerResponse;
  socket: Socket;
  head: Buffer;
  expects: boolean;
};

export function createListener(parts: ListenerParts): Listener {
  const { pipeline, respond, consoleByHost, clock, limits, log } = parts;
  const portalHosts = new Set(hostsOf(parts.portalOrigin));
  const replayHosts = new Set(parts.replay === undefined ? [] : hostsOf(parts.replay.origin));
  const sockets = new Set<Socket>();
  const running = new Map<Socket, Pick<Inbound, 'req' | 'res'>>();
  let stopping = false;

  const server: Server = createServer({
    // Ours to refuse, each with its reason.
    requireHostHeader: false,
    insecureHTTPParser: false,
    headersTimeout: limits.headers,
    // Bodies have their own limits: a large upload may take longer than any request should.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.max(50, Math.min(1000, limits.headers / 4)),
    keepAliveTimeout: limits.keepAlive,
  });
  // No cut: a parser that hides headers still frames by them (CVE-2026-58044). More than 100 are refused in canonical/headers.ts.
  server.maxHeadersCount = 0;

  const handle = async (inbound: Inbound): Promise<void> => {
    const { door, req, res, socket, head, expects } = inbound;
    running.set(socket, { req, res });
    res.on('error', ignore);
    const message: Verdict<Message> = stopping
      ? refuse('gateway.stopping', 'draining')
      : readMessage(req, door, parts.allowancesOf);
    const arrival: Arrival = {
      id: newId('exc'),
      at: clock.now(),
      door,
      peer: parts.peerOf(socket.remoteAddress, req.rawHeaders),
      message,
    };
    const read = message.go ? message.value : null;
    const client: Client = {
      req,
      res,
      socket,
      head,
      body: createBodyReader({
        req,
        res,
        headers: read?.headers ?? [],
        // Of a request that could not be read, nothing is known of the body either.
        bodyLength: read?.bodyLength ?? null,
        expectsContinue: expects,
        within: limits.body,
      }),
    };
    // Whoever sent something that can be read in two ways may have sent more behind it.
    if (read === null) res.shouldKeepAlive = false;

    const place = read === null ? null : placeOf(read);
    if (read === null || place === null) return pipeline.handle(arrival, client);
    if (door !== 'request') {
      parts.doorRefused('request.ambiguous');
      return respond(arrival, client, refuse('request.ambiguous', 'an upgrade where there is none'));
    }
    if (expects) res.writeContinue();
    // The pipeline's bodies have their own limits; these are read by others, who have none.
    if (read.bodyLength !== 0) setTimeout(() => req.complete || socket.destroy(), limits.body).unref();
    req.url = read.target;
    if (place === 'portal') parts.portal(req, res);
    else if (place === 'replay') await parts.replay?.answer(req, res);
    else await parts.reserved(req, res, place);
  };

  /** The portal, the replay origin, the console whose reserved prefix is asked for, or null: the pipeline's. */
  const placeOf = ({ host, segments }: Message): 'portal' | 'replay' | Console | null => {
    if (portalHosts.has(host)) return 'portal';
    if (replayHosts.has(host)) return 'replay';
    return segments[0] === RESERVED ? (consoleByHost(host) ?? null) : null;
  };

  const enter = (inbound: Inbound): void => {
    handle(inbound).catch((error: unknown) => {
      log.error({ error: error instanceof Error ? error.stack : String(error) }, 'an exchange failed');
      inbound.socket.destroy();
    });
  };
  const onRequest = (expects: boolean) => (req: IncomingMessage, res: ServerResponse) =>
    enter({ door: 'request', req, res, socket: req.socket, head: NOTHING, expects });
  /** Upgrades and CONNECT come without a response object and with a bare socket: they get one, so that there is one exit. */
  const onBare = (req: IncomingMessage, stream: Duplex, head: Buffer) => {
    const socket = stream as Socket;
    const res = new ServerResponse(req);
    res.shouldKeepAlive = false;
    try {
      res.assignSocket(socket);
    } catch {
      // Sent behind a request that is not answered yet: node gives the socket away although its answer is still to come
      // (ERR_HTTP_SOCKET_ASSIGNED, which nobody else would catch). Nobody honest does it, and nobody may say anything here.
      parts.doorRefused('request.ambiguous');
      return void socket.destroy();
    }
    res.on('finish', () => socket.end());
    enter({ door: 'upgrade', req, res, socket, head, expects: false });
  };
  server.on('request', onRequest(false));
  server.on('checkContinue', onRequest(true));
  server.on('checkExpectation', onRequest(false));
  server.on('upgrade', onBare);
  server.on('connect', onBare);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    // Once a connection, not once a request: it may carry thousands.
    socket.on('error', ignore);
    socket.once('close', () => {
      sockets.delete(socket);
      running.delete(socket);
    });
  });
  server.on('clientError', (error: NodeJS.ErrnoException, stream) => {
    const socket = stream as Socket;
    const reason = reasonOf(error);
    const last = running.get(socket);
    if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
    if (last !== undefined && !last.res.writableFinished) {
      // Behind a whole request: that one still gets its answer, and nothing after it. In the middle of one, or of an answer:
      // words of ours would be taken for a part of it.
      if (last.req.complete && !last.res.headersSent) last.res.shouldKeepAlive = false;
      else socket.destroy();
      return;
    }
    socket.end(bareProblem(reason));
    setTimeout(() => socket.destroy(), 500).unref();
  });

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          resolve((server.address() as AddressInfo).port);
        });
      }),
    async close() {
      stopping = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, limits.drain);
      await closed;
      clearTimeout(timer);
    },
  };
}

const NOTHING = Buffer.alloc(0);
const ignore = () => undefined;

function reasonOf({ code }: NodeJS.ErrnoException): Reason {
  if (code === 'HPE_HEADER_OVERFLOW') return 'request.too_large';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request.timeout';
  return 'request.malformed';
}

/** For what is no HTTP request there is no response object, and nothing is known to put into the answer. */
function bareProblem(reason: Reason): string {
  const { status, title, next } = REASONS[reason];
  const problem = { type: `urn:sallyport:reason:${reason}`, title, status, reason, next, request: newId('exc') };
  const body = JSON.stringify(problem);
  return [
    `HTTP/1.1 ${status} ${status === 431 ? 'Request Header Fields Too Large' : status === 408 ? 'Request Timeout' : 'Bad Request'}`,
    'Content-Type: application/problem+json',
    'Cache-Control: no-store',
    `X-Sallyport-Refused: ${reason}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
