// The only importer of http-proxy-middleware. The engine never sees the client's request or response: it gets a request
// written anew and a stand-in for the response, so none of its habits (design, section 6) has anything to act on:
// no ws, no xfwd, no path filter or rewriting, no shared agents, no handlers that an Expect header could skip.
import type { Agent, IncomingMessage, ServerResponse } from 'node:http';
import { Readable, type Writable } from 'node:stream';
import { createProxyMiddleware } from 'http-proxy-middleware';

export type UpstreamRequest = {
  /** scheme, host, port: from the configuration, never from a request */
  readonly upstream: URL;
  readonly method: string;
  /** path and query, sent byte for byte */
  readonly target: string;
  /** written for this request alone; the engine may change them */
  readonly headers: Record<string, string>;
  /** the very bytes to send, or a stream of them; null for no body */
  readonly body: Buffer | Readable | null;
  /** false: a connection of its own */
  readonly agent: Agent | false;
  /** ms without an answer and without progress of the body */
  readonly within: number;
};

export type UpstreamAnswer = {
  readonly answer: IncomingMessage;
  /** Gives up: ends the connection to the upstream. Harmless when all is done. */
  abort(): void;
};

/** Tells a running attempt to end. Not an AbortSignal, whose events cost a read more than reading its headers does. */
export type Stop = {
  /** the client is gone, or its session */
  readonly stopped: boolean;
  /** what to do when it happens; one at a time */
  onStop: (() => void) | null;
};

export class UpstreamError extends Error {
  readonly timeout: boolean;
  /** false: certainly no byte reached the upstream */
  readonly maybeSent: boolean;
  /** true: a kept connection was found dead before any answer */
  readonly stale: boolean;
  constructor(message: string, facts: { timeout: boolean; maybeSent: boolean; stale: boolean }) {
    super(message);
    this.timeout = facts.timeout;
    this.maybeSent = facts.maybeSent;
    this.stale = facts.stale;
  }
}

export type Engine = {
  /**
   * Resolves with the head of the answer; its body is the caller's to read.
   * @param stop ends the attempt when it fires  @throws UpstreamError
   */
  send(request: UpstreamRequest, stop: Stop): Promise<UpstreamAnswer>;
};

export function createEngine(): Engine {
  const middleware = createProxyMiddleware({
    // `options` is the engine's copy for this one request: the way to give each its own agent.
    router: (req, _res, options) => {
      const { agent, upstream } = (req as unknown as Written).parts;
      options.agent = agent;
      return addressOf(upstream);
    },
    selfHandleResponse: true,
    followRedirects: false,
    ejectPlugins: true,
    plugins: [
      (server) => {
        server.on('proxyRes', (answer, req) => (req as unknown as Written).heard.answered(answer));
        server.on('error', (error, req) => (req as unknown as Written | undefined)?.heard.failed(error));
        server.on('econnreset', (error, req) => (req as unknown as Written).heard.failed(error));
        // Not emitted for every request, so nothing rests on it: it tells whether a read may be tried again, and makes a
        // connection that closes without a word (a 101 that nobody asked for) fail now instead of at the time limit.
        server.on('proxyReq', (proxyReq, req) => {
          const written = req as unknown as Written;
          written.reused = proxyReq.reusedSocket;
          proxyReq.on('close', written.heard.closes);
        });
      },
    ],
  });

  return {
    send(parts, stop) {
      return new Promise((resolve, reject) => {
        const sink = new Sink();
        const abort = () => sink.destroy();
        let timer: NodeJS.Timeout | undefined;
        let settled = false;
        const settle = (act: () => void) => {
          if (settled) return;
          settled = true;
          clearTimeout(timer);
          stop.onStop = null;
          act();
        };
        const fail = (message: string, facts: { timeout: boolean; maybeSent: boolean; stale: boolean }) =>
          settle(() => {
            reject(new UpstreamError(message, facts));
            abort();
          });
        const onStop = () => fail('the client left', { timeout: false, maybeSent: true, stale: false });
        const onTimeout = () =>
          fail(`no answer within ${parts.within} ms`, { timeout: true, maybeSent: true, stale: false });
        const restart = () => {
          clearTimeout(timer);
          if (!settled) timer = setTimeout(onTimeout, parts.within);
        };
        // Written down before `written` is made: where closures were put into it later, V8 (13.6) kept a tenth to a quarter of all
        // that reads made until the next full collection (test/request-path/younglings.test.ts).
        const heard: Heard = {
          answered: (answer) =>
            settle(() => {
              answer.on('close', () => sink.finish());
              resolve({ answer, abort });
            }),
          // Every request closes; an Error is made only for one that nobody has answered (each costs a walk up the stack).
          closes: () => {
            if (!settled) heard.failed(new Error('closed without an answer'));
          },
          failed: (error) => {
            const { code, syscall } = error as NodeJS.ErrnoException;
            const connected = syscall !== 'connect' && syscall !== 'getaddrinfo';
            const stale = written.reused && code === 'ECONNRESET';
            fail(error.message, { timeout: code === 'ETIMEDOUT', maybeSent: connected, stale });
          },
        };
        const written: Written =
          parts.body instanceof Readable
            ? new Streamed(parts, heard, parts.body, restart)
            : new Whole(parts, heard, parts.body);
        if (stop.stopped) return onStop();
        stop.onStop = onStop;
        restart();
        // The engine reads the members of Written, and of the response those of Sink.
        middleware(written as unknown as IncomingMessage, sink as unknown as ServerResponse, (error) => {
          if (error !== undefined) fail(String(error), { timeout: false, maybeSent: true, stale: false });
        }).catch((error: unknown) => fail(String(error), { timeout: false, maybeSent: true, stale: false }));
      });
    },
  };
}

const addresses = new WeakMap<URL, { protocol: string; host: string; hostname: string; port: string }>();
/** What the engine needs of the URL: it reads each part for every request, and a URL cuts it out of its text each time. */
function addressOf(upstream: URL) {
  let known = addresses.get(upstream);
  if (known === undefined) {
    const { protocol, host, port } = upstream;
    // An IPv6 address is connected to without its brackets.
    const hostname = upstream.hostname.replace(/^\[(.*)\]$/, '$1');
    known = { protocol, host, hostname, port };
    addresses.set(upstream, known);
  }
  return known;
}

/** What becomes of a request. */
type Heard = {
  readonly answered: (answer: IncomingMessage) => void;
  readonly failed: (error: Error) => void;
  /** the connection's part in this request is over */
  readonly closes: () => void;
};

/** The request as the engine sees it: our words, no more than it asks for. */
type Written = {
  readonly parts: UpstreamRequest;
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly httpVersion: string;
  readonly httpVersionMajor: number;
  readonly socket: { readonly writable: true };
  /** the attempt went out on a kept connection */
  reused: boolean;
  readonly heard: Heard;
  pipe<To extends Writable>(to: To): To;
};
const OPEN = { writable: true } as const;

/** With no body or one that is here: no stream at all. */
class Whole implements Written {
  readonly parts: UpstreamRequest;
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly httpVersion = '1.1';
  readonly httpVersionMajor = 1;
  readonly socket = OPEN;
  reused = false;
  readonly heard: Heard;
  readonly #body: Buffer | null;

  constructor(parts: UpstreamRequest, heard: Heard, body: Buffer | null) {
    this.parts = parts;
    this.heard = heard;
    this.method = parts.method;
    this.url = parts.target;
    this.headers = parts.headers;
    this.#body = body;
  }

  /** The engine listens for errors; there is nothing that could fail. */
  on(): this {
    return this;
  }

  pipe<To extends Writable>(to: To): To {
    if (this.#body === null || this.#body.length === 0) to.end();
    else to.end(this.#body);
    return to;
  }
}

/** With a body on its way: its bytes as they are asked for. */
class Streamed extends Readable implements Written {
  readonly parts: UpstreamRequest;
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly httpVersion = '1.1';
  readonly httpVersionMajor = 1;
  readonly socket = OPEN;
  reused = false;
  readonly heard: Heard;
  readonly #body: Readable;
  readonly #progress: () => void;
  #flowing = false;

  constructor(parts: UpstreamRequest, heard: Heard, body: Readable, progress: () => void) {
    super();
    this.parts = parts;
    this.heard = heard;
    this.method = parts.method;
    this.url = parts.target;
    this.headers = parts.headers;
    this.#body = body;
    this.#progress = progress;
  }

  override _read(): void {
    const body = this.#body;
    if (!this.#flowing) {
      this.#flowing = true;
      body.on('data', (chunk: Buffer) => {
        this.#progress();
        if (!this.push(chunk)) body.pause();
      });
      body.on('end', () => this.push(null));
    }
    body.resume();
  }
}

/** What the engine takes for the response: nothing is ever written to it. Its 'close' is how the engine is told to stop. */
class Sink {
  destroyed = false;
  writableFinished = false;
  finished = false;
  headersSent = true;
  readonly #closed: (() => void)[] = [];

  on(event: string, heard: () => void): this {
    if (event !== 'close') return this;
    // Given up before the engine began: it hears of it when it does.
    if (this.destroyed) heard();
    else this.#closed.push(heard);
    return this;
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    for (const heard of this.#closed) heard();
  }

  finish(): void {
    this.writableFinished = true;
    this.destroy();
  }
}
