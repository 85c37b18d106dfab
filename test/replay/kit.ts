// A portal that shows replays, at a front door of its own: the real app, routes, index schema and replay page; recordings out of
// memory, or, when told to, from where the caller has them.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { Router } from 'express';
import { type Browser, chromium, type Page } from 'playwright-core';
import { prepareApplyLine } from '../../src/audit/index/applyLine.ts';
import { openDatabase } from '../../src/audit/index/database.ts';
import { getSession } from '../../src/audit/index/queries.ts';
import { createReplayEvents } from '../../src/audit/index/replayEvents.ts';
import { createReplayIndex } from '../../src/audit/index/replayIndex.ts';
import type { LineContent } from '../../src/audit/recording/lines.ts';
import { ChunkFault, type ReadLine } from '../../src/audit/recording/reader.ts';
import type { AuditEvent, JournalEntry } from '../../src/kernel/auditEvent.ts';
import type { Session } from '../../src/kernel/session.ts';
import { go, refuse } from '../../src/kernel/verdict.ts';
import { createPortalApp } from '../../src/portal/app.ts';
import { meRoutes } from '../../src/portal/routes/me.ts';
import { replayRoutes } from '../../src/portal/routes/replay.ts';
import { createTold } from '../../src/portal/told.ts';
import { createReplayPage } from '../../src/proxy/replayPage.ts';
import type { Event } from './events.ts';

export const ROOT = join(import.meta.dirname, '../..');
export const T0 = Date.UTC(2026, 10, 23, 9, 0, 0);
export const SESSION = 'ses_recorded';
const ADA = { id: 'https://idp.example#ada', name: 'Ada Admin' };
/** lines of one chunk */
const CHUNK = 60;

export type House = Awaited<ReturnType<typeof startHouse>>;

export const opening = (
  id: string,
  at: number,
  more: Partial<Extract<LineContent, { type: 'open' }>> = {},
): LineContent => ({
  ...{ type: 'open', id, at, session: SESSION, principal: ADA, console: 'mdm', method: 'GET', target: '/devices' },
  ...{
    door: 'request',
    action: 'device.list',
    risk: 'read',
    title: 'Devices',
    targets: [],
    verdict: 'go',
    reason: null,
  },
  ...{ policies: ['admins-look'], policySet: 'p', grant: null, hold: null, requestHeaders: [] },
  requestBody: { text: null, note: null, digest: null },
  ...more,
});
export const pageLine = (
  id: string,
  at: number,
  what: 'start' | 'end' | 'silent' | 'resumed',
  more: object = {},
): LineContent => ({
  ...{
    type: 'page',
    id,
    at,
    session: SESSION,
    console: 'mdm',
    what,
    url: 'https://mdm.example.com/devices',
    mode: 'dom',
  },
  ...more,
});
/** One `dom` line for each batch of events. */
export function looks(id: string, batches: readonly (readonly Event[])[], console = 'mdm'): LineContent[] {
  let first = 0;
  return batches.map((events): LineContent => {
    const line = {
      ...{ type: 'dom' as const, id, at: (events.at(-1)?.timestamp ?? T0) + 20, session: SESSION, console, first },
      ...{
        events: JSON.stringify(events),
        from: events[0]?.timestamp ?? T0,
        to: events.at(-1)?.timestamp ?? T0,
        offset: 0,
      },
    };
    first += events.length;
    return line;
  });
}

/** Reads a chunk's lines out of what the caller keeps; default: memory. */
export type StoredLines = (chunk: number, lines: readonly ReadLine[]) => Promise<readonly ReadLine[]>;

/** @param readable false: a portal without the key */
export async function startHouse(readable = true, stored?: StoredLines) {
  const folder = mkdtempSync(join(tmpdir(), 'sp-replay-'));
  const database: DatabaseSync = openDatabase(join(folder, 'index.sqlite'));
  const applier = prepareApplyLine(database);
  const chunks: ReadLine[][] = [];
  const damaged = new Set<number>();
  const told: AuditEvent[] = [];
  const entries: JournalEntry[] = [];
  const state = { journalDown: false, may: true };
  const part = `${SESSION}/gw_test-000001`;
  let n = 0;

  const session = (secret: string): Session => ({
    ...{ id: `ses_of_${secret}`, principal: { id: `i#${secret}`, name: secret, groups: [] }, startedAt: Date.now() },
    ...{ authenticatedAt: Date.now(), absoluteUntil: Date.now() * 2, steppedUpAt: null, epoch: 'e' },
  });
  const journal = {
    append: async (event: AuditEvent) => {
      if (state.journalDown) throw new Error('no answer');
      told.push(event);
    },
    forExchange: async () => entries,
  };
  const addresses = { portal: '', replay: '' };
  let portal: (req: IncomingMessage, res: ServerResponse) => void = () => undefined;
  let replay: (req: IncomingMessage, res: ServerResponse) => unknown = () => undefined;
  const server = createServer((req, res) => {
    const own = (req.headers.host ?? '').startsWith('replay.');
    // What the sign-in would do: browsers take such a cookie from the origin only.
    if (req.url === '/test-login')
      res.writeHead(204, { 'Set-Cookie': '__Host-sallyport=linus; Secure; Path=/; HttpOnly' }).end();
    else if (own) void replay(req, res);
    else portal(req, res);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  addresses.portal = `http://portal.localhost:${port}`;
  addresses.replay = `http://replay.localhost:${port}`;
  replay = createReplayPage({ dir: join(ROOT, 'portal/replay/dist'), portalOrigin: addresses.portal });
  const may = (_principal: unknown, right: string) => state.may && right === 'recording.view';
  const told_ = createTold(journal as unknown as Parameters<typeof createTold>[0]);
  portal = createPortalApp({
    portalOrigin: addresses.portal,
    replayOrigin: addresses.replay,
    staticDir: join(ROOT, 'portal/dist'),
    log: { error: (facts, message) => console.error(message, facts) },
    may,
    sessions: {
      find: async (secret) => (secret ? go(session(secret)) : refuse('session.missing', 'none')),
      touch: () => undefined,
    },
    routes: [
      meRoutes({
        ...{
          may,
          mayEnter: () => false,
          mayWithGrant: () => false,
          asksFor: async () => [],
          idle: 1_800_000,
          countPasskeys: async () => 1,
        },
        consoles: [
          { id: 'mdm', name: 'Example MDM', origin: 'https://mdm.example.com' },
          { id: 'other', name: 'Other MDM', origin: 'https://other.example.com' },
        ],
      }),
      replayRoutes({
        replayOrigin: addresses.replay,
        index: {
          getSession: (id) => getSession(database, id),
          replay: createReplayIndex((query) => query(database)),
        },
        events: createReplayEvents({
          async *lines(_part, chunk) {
            if (damaged.has(chunk)) throw new ChunkFault('damaged', 'damaged');
            const lines = chunks[chunk - 1] ?? [];
            yield* stored === undefined ? lines : await stored(chunk, lines);
          },
        }),
        readable,
        journal,
        told: told_,
        clock: { now: () => Date.now() },
      }),
      Router().get('/never', (_req, res) => void res.end()),
    ],
  });
  return {
    ...{ addresses, told, entries, state, damaged, database },
    /** Takes lines into the recording and the index, in one transaction. */
    record(lines: readonly LineContent[]): void {
      database.exec('BEGIN');
      for (const content of lines) {
        if (n % CHUNK === 0) chunks.push([]);
        const line = { ...content, n, prev: '' } as ReadLine;
        chunks.at(-1)?.push(line);
        applier.apply({ part, chunk: chunks.length, n }, content);
        n += 1;
      }
      applier.finish();
      database.exec('COMMIT');
    },
    chunkNumbers: () => chunks.map((_, index) => index + 1),
    readChunk: async (chunk: number) => stored?.(chunk, chunks[chunk - 1] ?? []),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const startBrowser = (args: readonly string[] = []): Promise<Browser> =>
  chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', ...args] });

export async function openPortal(browser: Browser, house: House, path: string, width = 1280): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height: 800 }, reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await page.goto(`${house.addresses.portal}/test-login`).catch(() => undefined);
  if (path !== '') await page.goto(`${house.addresses.portal}${path}`);
  return page;
}

/** A plain request to one of the two origins: names under .localhost are known to browsers only. */
export const ask = (
  house: House,
  origin: 'portal' | 'replay',
  path: string,
  { headers = {}, method = 'GET' }: { headers?: Record<string, string>; method?: string } = {},
): Promise<Response> =>
  new Promise((resolve, reject) => {
    const { host, port } = new URL(house.addresses[origin]);
    request({ host: '127.0.0.1', port, path, method, headers: { host, ...headers } }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('error', reject);
      answer.on('end', () => {
        const known = Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)]);
        resolve(new Response(Buffer.concat(pieces), { status: answer.statusCode ?? 0, headers: known }));
      });
    })
      .on('error', reject)
      .end();
  });
