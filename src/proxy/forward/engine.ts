// The only importer of http-proxy-middleware. The engine never sees the client's request or response: it gets a request
// written anew and a stand-in for the response, so none of its habits (design, section 6) has anything to act on:
// no ws, no xfwd, no path filter or rewriting, no shared agents, no handlers that an Expect header could skip.
import { EventEmitter } from 'node:events';
import type { Agent, IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { createProxyMiddleware } from 'http-proxy-middleware';

export type UpstreamRequest = {
  /** scheme, host, port: from the configuration, never from a request */
  readonly upstream: URL;
  readonly method: string;
  /** path and query, sent byte for byte */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
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
   * @param stop ends the attempt when it fires: the client is gone  @throws UpstreamError
   */
  send(request: UpstreamRequest, stop: AbortSignal): Promise<UpstreamAnswer>;
};

export function createEngine(): Engine {
  const middleware = createProxyMiddleware({
    // `options` is the engine's copy for this one request: the way to give each its own agent.
    router: (req, _res, options) => {
      const written = req as unknown as Written;
      options.agent = written.parts.agent;
      return written.parts.upstream;
    },
    selfHandleResponse: true,
    followRedirects: false,
    ejectPlugins: true,
    plugins: [
      (server) => {
        server.on('proxyRes', (answer, req) => (req as unknown as Written).answered(answer));
        server.on('error', (error, req) => (req as unknown as Written | undefined)?.failed(error));
        server.on('econnreset', (error, req) => (req as unknown as Written).failed(error));
        // Not emitted for every request, so nothing rests on it: it tells whether a read may be tried again, and makes a
        // connection that closes without a word (a 101 that nobody asked for) fail now instead of at the time limit.
        server.on('proxyReq', (proxyReq, req) => {
          const written = req as unknown as Written;
          written.reused = proxyReq.reusedSocket;
          proxyReq.once('close', () => written.failed(new Error('closed without an answer')));
        });
      },
    ],
  });

  return {
    send(parts, stop) {
      return new Promise((resolve, reject) => {
        const sink = new Sink();
        const written = new Written(parts, () => restart());
        const abort = () => sink.destroy();
        let timer: NodeJS.Timeout | undefined;
        let settled = false;
        const settle = (act: () => void) => {
          if (settled) return;
          settled = true;
          clearTimeout(timer);
          stop.removeEventListener('abort', onStop);
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
        written.answered = (answer) =>
          settle(() => {
            answer.once('close', () => sink.finish());
            resolve({ answer, abort });
          });
        written.failed = (error) => {
          const { code, syscall } = error as NodeJS.ErrnoException;
          const connected = syscall !== 'connect' && syscall !== 'getaddrinfo';
          const stale = written.reused && code === 'ECONNRESET';
          fail(error.message, { timeout: code === 'ETIMEDOUT', maybeSent: connected, stale });
        };
        if (stop.aborted) return onStop();
        stop.addEventListener('abort', onStop);
        restart();
        // The engine reads method, url, headers, httpVersion, socket and the stream itself; of the response the members of Sink.
        middleware(written as unknown as IncomingMessage, sink as unknown as ServerResponse, (error) => {
          if (error !== undefined) fail(String(error), { timeout: false, maybeSent: true, stale: false });
        }).catch((error: unknown) => fail(String(error), { timeout: false, maybeSent: true, stale: false }));
      });
    },
  };
}

/** The request as the engine sees it: our words, and the body's bytes as they are asked for. */
class Written extends Readable {
  readonly parts: UpstreamRequest;
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly httpVersion = '1.1';
  readonly httpVersionMajor = 1;
  readonly socket = { writable: true };
  reused = false;
  answered: (answer: IncomingMessage) => void = () => undefined;
  failed: (error: Error) => void = () => undefined;
  readonly #progress: () => void;
  #flowing = false;

  constructor(parts: UpstreamRequest, progress: () => void) {
    super();
    this.parts = parts;
    this.method = parts.method;
    this.url = parts.target;
    this.headers = { ...parts.headers };
    this.#progress = progress;
  }

  override _read(): void {
    const { body } = this.parts;
    if (body === null || Buffer.isBuffer(body)) {
      if (body !== null && body.length > 0) this.push(body);
      this.push(null);
      return;
    }
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
class Sink extends EventEmitter {
  destroyed = false;
  writableFinished = false;
  finished = false;
  headersSent = true;

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit('close');
  }

  finish(): void {
    this.writableFinished = true;
    this.destroy();
  }
}
