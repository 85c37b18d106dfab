// Receivers that are real servers on loopback and behave as their makers document, and a gateway's export on a real Redis.
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { createCursors } from '../../src/audit/export/cursors.redis.ts';
import type { Outgoing } from '../../src/audit/export/destination.ts';
import { createExports, type DestinationSettings, type Exports } from '../../src/audit/export/exports.ts';
import { uidOf } from '../../src/audit/export/ocsf/event.ts';
import { toOcsf } from '../../src/audit/export/ocsf/ocsf.ts';
import type { SenderTiming } from '../../src/audit/export/sender.ts';
import { createJournal } from '../../src/audit/journal/journal.redis.ts';
import type { AuditEvent } from '../../src/kernel/auditEvent.ts';
import { type RedisParts, startRedis } from '../kit/redis.ts';
import { ACT, entryOf, PRODUCT } from './events.ts';

/** Made for the tests of notices: nothing else trusts it. */
const tls = join(import.meta.dirname, '../notices/tls');
export const CERT_FILE = join(tls, 'cert.pem');
export const KEY_FILE = join(tls, 'key.pem');
export const CERT = readFileSync(CERT_FILE, 'utf8');
const KEY = readFileSync(KEY_FILE, 'utf8');

export type Post = { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string };
export type Reply = { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, string> };
/** null: no answer at all */
export type Behave = (post: Post) => Reply | null | Promise<Reply | null>;

export async function startHttp(behave: Behave) {
  const posts: Post[] = [];
  let answer = behave;
  const server = createServer(async (req, res) => {
    const parts: Buffer[] = [];
    for await (const part of req) parts.push(part as Buffer);
    const post = { path: req.url ?? '', headers: req.headers, body: Buffer.concat(parts).toString('utf8') };
    posts.push(post);
    const reply = await answer(post);
    if (reply === null) return;
    res.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
    res.end(reply.body === undefined ? '' : JSON.stringify(reply.body));
  });
  const listen = (port: number): Promise<void> => new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url: `http://127.0.0.1:${port}`,
    posts,
    behave(next: Behave): void {
      answer = next;
    },
    close,
    again: () => listen(port),
  };
}
export type HttpReceiver = Awaited<ReturnType<typeof startHttp>>;

/** Reads RFC 5425 frames: MSG-LEN SP SYSLOG-MSG. @returns the messages, and what does not fit the framing */
export function frames(bytes: Buffer): { messages: string[]; rest: string } {
  const messages: string[] = [];
  let at = 0;
  for (;;) {
    const [head = '', length = ''] = /^([1-9]\d{0,9}) /.exec(bytes.toString('latin1', at, at + 12)) ?? [];
    const end = at + head.length + Number(length);
    if (head === '' || end > bytes.length) return { messages, rest: bytes.toString('latin1', at) };
    messages.push(bytes.toString('utf8', at + head.length, end));
    at = end;
  }
}

/** A syslog receiver over TLS: reads to the end of a connection, then closes it. */
export async function startSyslog(handle: (socket: TLSSocket) => void = () => undefined, host = '127.0.0.1') {
  const streams: Buffer[] = [];
  const server = createTlsServer({ cert: CERT, key: KEY, minVersion: 'TLSv1.2' }, (socket) => {
    const number = streams.push(Buffer.alloc(0)) - 1;
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      streams[number] = Buffer.concat([streams[number] ?? Buffer.alloc(0), bytes]);
    });
    handle(socket);
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    streams,
    messages: () => streams.flatMap((stream) => frames(stream).messages),
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

export const outgoing = (seq: number, event: AuditEvent = ACT): Outgoing => {
  const entry = entryOf(event, seq);
  const ocsf = toOcsf(entry, PRODUCT, null);
  return { seq, uid: uidOf(PRODUCT, entry), at: entry.at, event: ocsf, json: JSON.stringify(ocsf) };
};

/** A turn that lasts however busy the machine is: one that is lost means that a batch comes twice. */
export const SOON: Partial<SenderTiming> = { every: 20, turn: 10_000, backoff: 20, longest: 60 };

export async function openHouse() {
  const redis = await startRedis({ commandTimeout: 2000 });
  const { keys } = redis;
  // That the data is new is told in its first entry: without it the acts are numbered from 1.
  await redis.client.command('DEL', keys.journal, keys.journalHead);
  const errors: unknown[] = [];
  const running: Exports[] = [];
  const journal = createJournal({ ...redis, keys });
  return {
    redis,
    errors,
    cursors: createCursors({ ...redis, keys }),
    /** Writes so many acts. */
    async acts(count: number): Promise<void> {
      for (let index = 0; index < count; index += 1) await journal.append({ ...ACT, exchange: `exc_${index}` });
    },
    append: journal.append,
    kinds: () => redis.journalKinds(),
    gateway(
      settings: DestinationSettings | readonly DestinationSettings[],
      more: {
        readonly me?: string;
        readonly timing?: Partial<SenderTiming>;
        readonly alarm?: { readonly entries: number; readonly after: number };
        readonly parts?: RedisParts;
        readonly timeout?: number;
      } = {},
    ): Exports {
      const parts = more.parts ?? redis;
      const exports = createExports({
        settings: {
          destinations: [settings].flat(),
          alarm: more.alarm ?? { entries: 10_000, after: 3_600_000 },
        },
        cursors: createCursors({ ...parts, keys }),
        journal: createJournal({ ...parts, keys }),
        product: PRODUCT,
        hostname: 'access.example.com',
        me: more.me ?? 'gw_1',
        clock: parts.pulse.clock,
        onError: (error) => errors.push(error),
        timing: { ...SOON, ...more.timing },
        timeout: more.timeout ?? 2000,
      });
      running.push(exports);
      exports.start();
      return exports;
    },
    async close(): Promise<void> {
      for (const exports of running.splice(0)) await exports.stop();
      await redis.stop();
    },
  };
}
export type House = Awaited<ReturnType<typeof openHouse>>;

export const seqsOf = (lines: string): number[] =>
  lines
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => (JSON.parse(line) as { metadata: { sequence: number } }).metadata.sequence);

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
