// Writes down everything that reached the console, for tests: what a gateway let through is proved here and nowhere
// else. Cookie values and the values of other credentials never enter it; names always do.

import { createHash } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Transform } from 'node:stream';
import type { Clock } from '../../src/kernel/clock.ts';

export interface ReceivedRequest {
  /** `message`: one client message on a WebSocket; its `target` is the socket's. */
  readonly kind: 'request' | 'upgrade' | 'message';
  readonly at: string;
  readonly method: string;
  /** The request target exactly as received. */
  readonly target: string;
  readonly httpVersion: string;
  /** Names and values as received, in order, duplicates kept; cookie values left out. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly cookieNames: readonly string[];
  /** Counts TCP connections from 1: two entries with one number came over one connection. */
  readonly connection: number;
  trailers: readonly string[];
  body: { size: number; sha256: string };
  /** True once the whole request has arrived. */
  complete: boolean;
  status: number | undefined;
}

export type RequestLog = ReturnType<typeof createRequestLog>;

// A long demo must not grow without end.
const KEPT = 20_000;
const HIDDEN = new Set(['authorization', 'proxy-authorization', 'x-csrf-token']);
const EMPTY = createHash('sha256').digest('hex');

function cookieNames(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(';')).map((part) => part.trim().split('=')[0] ?? '');
}

function readHeaders(req: IncomingMessage): { headers: [string, string][]; cookieNames: string[] } {
  const headers: [string, string][] = [];
  const cookies: string[] = [];
  for (let index = 0; index < req.rawHeaders.length; index += 2) {
    const name = req.rawHeaders[index] ?? '';
    let value = req.rawHeaders[index + 1] ?? '';
    if (name.toLowerCase() === 'cookie') {
      const names = cookieNames([value]);
      cookies.push(...names);
      value = names.join('; ');
    } else if (HIDDEN.has(name.toLowerCase())) {
      value = `(${value.length} characters)`;
    }
    headers.push([name, value]);
  }
  return { headers, cookieNames: cookies };
}

export function createRequestLog(clock: Clock, logFile: string | undefined) {
  const entries: ReceivedRequest[] = [];
  const connections = new WeakMap<Socket, number>();
  let connectionCount = 0;
  const file: WriteStream | undefined = logFile === undefined ? undefined : createWriteStream(logFile, { flags: 'a' });
  // A log that cannot be written must not take the demo down.
  file?.on('error', () => file.destroy());

  function connectionOf(socket: Socket): number {
    const known = connections.get(socket);
    if (known !== undefined) return known;
    connectionCount += 1;
    connections.set(socket, connectionCount);
    return connectionCount;
  }

  function write(entry: ReceivedRequest): void {
    if (file !== undefined && !file.destroyed) file.write(`${JSON.stringify(entry)}\n`);
  }

  function add(kind: ReceivedRequest['kind'], req: IncomingMessage): ReceivedRequest {
    const entry: ReceivedRequest = {
      kind,
      at: new Date(clock.now()).toISOString(),
      method: req.method ?? '',
      target: req.url ?? '',
      httpVersion: req.httpVersion,
      ...readHeaders(req),
      connection: connectionOf(req.socket),
      trailers: [],
      body: { size: 0, sha256: EMPTY },
      complete: false,
      status: undefined,
    };
    entries.push(entry);
    if (entries.length > KEPT) entries.splice(0, entries.length - KEPT);
    return entry;
  }

  return {
    entries: entries as readonly ReceivedRequest[],

    /** Logs a request at its arrival and returns its body as a stream that is hashed while it is read. */
    request(req: IncomingMessage): { entry: ReceivedRequest; body: Transform } {
      const entry = add('request', req);
      const hash = createHash('sha256');
      let written = false;
      const finish = (): void => {
        if (written) return;
        written = true;
        entry.body.sha256 = hash.digest('hex');
        entry.complete = req.complete;
        entry.trailers = req.rawTrailers.filter((_, index) => index % 2 === 0);
      };
      const body = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          if (!written) hash.update(chunk);
          entry.body.size += chunk.length;
          done(null, chunk);
        },
        flush(done) {
          finish();
          done();
        },
      });
      req.on('close', () => {
        if (req.complete) return;
        finish();
        body.destroy(new Error('the request ended early'));
      });
      // A body that nobody waits for any more must not end the process.
      body.on('error', () => {});
      req.on('error', () => {});
      req.pipe(body);
      return { entry, body };
    },

    upgrade(req: IncomingMessage): ReceivedRequest {
      const entry = add('upgrade', req);
      entry.complete = true;
      return entry;
    },

    message(req: IncomingMessage, data: Buffer): void {
      const entry = add('message', req);
      entry.body = { size: data.length, sha256: createHash('sha256').update(data).digest('hex') };
      entry.complete = true;
      write(entry);
    },

    write,

    close: (): Promise<void> =>
      new Promise((resolve) => {
        if (file === undefined || file.destroyed) resolve();
        else file.end(() => resolve());
      }),
  };
}
