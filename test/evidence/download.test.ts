// Rules about handing evidence over: one at a time, told before and after, and nobody keeps the turn who does not take it.
import { once as happened } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Evidence } from '../../src/audit/evidence/export.ts';
import { createJournal } from '../../src/audit/journal/journal.redis.ts';
import { createEvidenceDownload, type EvidenceDownloadDeps } from '../../src/portal/evidenceDownload.ts';
import { PortalProblem } from '../../src/portal/problem.ts';
import { startRedis, type TestRedis } from '../kit/redis.ts';
import { make } from './kit.ts';

const MIB = 1024 * 1024;
/** More than the buffers between two sockets hold. */
const LARGE = 24 * MIB;
const about = { kind: 'session', id: 'ses_1' } as const;
const auditor = { id: 'ses_9', principal: { id: 'i#linus', name: 'Linus', groups: [] } };
let redis: TestRedis;
let server: Server;
let told = 0;
const sockets: Socket[] = [];

beforeAll(async () => {
  redis = await startRedis();
});
beforeEach(async () => {
  told = (await redis.journalEvents()).length;
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server?.closeAllConnections();
  await new Promise((done) => server?.close(done));
});
afterAll(() => redis.stop());

/** @param broken what it is made of is gone after a piece */
const large = (broken = false, pieces = 24): Evidence => ({
  ...{ digest: 'd'.repeat(64), entries: 1, chunks: 0, size: pieces * MIB },
  async *bytes() {
    for (let sent = 0; sent < pieces; sent += 1) {
      yield Buffer.alloc(MIB, 65);
      if (broken) throw new Error('the disk is gone');
    }
  },
});

/** The download behind a listener, with a real journal. */
async function listen(more: Partial<EvidenceDownloadDeps> = {}): Promise<void> {
  const { scripts, client, keys } = redis;
  const journal = createJournal({ scripts, client, keys });
  let asked = 0;
  const prepare = async () => {
    asked += 1;
    return asked === 1 ? large() : large(false, 1);
  };
  const download = createEvidenceDownload({ prepare, journal, log: { error: () => undefined }, ...more });
  server = createServer((_req, res) => {
    download(res, auditor as never, { about, reason: 'Audit', text: false }).catch((error: unknown) => {
      res.statusCode = error instanceof PortalProblem && error.reason === 'conflict' ? 409 : 500;
      res.end(error instanceof PortalProblem ? error.detail : String(error));
    });
  });
  await happened(server.listen(0, '127.0.0.1'), 'listening');
}
const port = (): number => (server.address() as AddressInfo).port;
/** Asks, and takes only the head. */
async function askAndWait(): Promise<Socket> {
  const socket = connect(port(), '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined).write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n');
  await happened(socket, 'readable');
  return socket;
}
const ask = async (): Promise<{ status: number; body: Buffer | null; text: string }> => {
  const answer = await fetch(`http://127.0.0.1:${port()}/`, { method: 'POST' });
  const body = await answer.arrayBuffer().then(Buffer.from, () => null);
  return { status: answer.status, body, text: body?.subarray(0, 200).toString('utf8') ?? '' };
};
const events = async (): Promise<[string, unknown][]> =>
  (await redis.journalEvents()).slice(told).map(({ kind, facts }) => [kind, facts.outcome ?? null]);

test('all of it is handed over, told before and after', async () => {
  await listen({ prepare: (request) => make({ about: request.about, by: request.by, why: request.why }) });
  const { status, body } = await ask();
  expect([status, (body?.length ?? 0) > 10_000]).toEqual([200, true]);
  await expect.poll(events).toEqual([
    ['evidence.exported', null],
    ['evidence.sent', 'whole'],
  ]);
});

test('who takes nothing loses the turn: the connection is cut, it is told, and the next one gets theirs', async () => {
  await listen({ stallAfter: 300 });
  const idle = await askAndWait();
  const next = await ask();
  expect([next.status, next.text]).toEqual([409, 'Another export is being made or taken away. Try again in a minute.']);
  await expect.poll(events).toContainEqual(['evidence.sent', 'stalled']);
  expect((await ask()).body).toHaveLength(MIB);
  // What was cut does not look whole: the last chunk is missing.
  let end = Buffer.alloc(0);
  idle.on('data', (data: Buffer) => {
    end = Buffer.concat([end, data]).subarray(-8);
  });
  await happened(idle, 'close');
  expect(end.toString('latin1')).not.toContain('0\r\n\r\n');
});

test('who is slow and goes on taking keeps it', async () => {
  await listen({ stallAfter: 10_000 });
  const slow = await askAndWait();
  expect((await ask()).status).toBe(409);
  let taken = 0;
  slow.on('data', (data: Buffer) => {
    taken += data.length;
  });
  await expect.poll(events).toContainEqual(['evidence.sent', 'whole']);
  await expect.poll(() => taken).toBeGreaterThan(LARGE);
});

test('who leaves while taking gives the turn up at once', async () => {
  // Longer than this test may take: only leaving can end it.
  await listen({ stallAfter: 600_000 });
  (await askAndWait()).destroy();
  await expect.poll(events).toContainEqual(['evidence.sent', 'left']);
  expect((await ask()).status).toBe(200);
});

test('who leaves while it is made ends the making: nothing is told, because nothing left', async () => {
  let asked = 0;
  let gaveUp = 0;
  await listen({
    async prepare({ signal }) {
      asked += 1;
      if (asked > 1) return large(false, 1);
      // As long as somebody waits for it.
      await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
      gaveUp += 1;
      signal?.throwIfAborted();
      return large();
    },
  });
  const socket = connect(port(), '127.0.0.1');
  sockets.push(socket.on('error', () => undefined));
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n');
  await expect.poll(() => asked).toBe(1);
  expect((await ask()).status).toBe(409);
  socket.destroy();
  await expect.poll(() => gaveUp).toBe(1);
  expect(await events()).toEqual([]);
  await expect.poll(async () => (await ask()).status).toBe(200);
});

test('an export that nobody waits for reads no further in the ledger', async () => {
  await expect(make({ signal: AbortSignal.abort(new Error('nobody waits')) })).rejects.toThrow('nobody waits');
});

test('what breaks off in the middle is cut, told, and the next one gets theirs', async () => {
  let asked = 0;
  await listen({
    async prepare() {
      asked += 1;
      return large(asked === 1, 1 + Number(asked === 1));
    },
  });
  expect(await ask()).toMatchObject({ status: 200, body: null });
  await expect.poll(events).toContainEqual(['evidence.sent', 'failed']);
  expect((await ask()).body).toHaveLength(MIB);
});

test('without the journal nothing leaves, and the turn is free again', async () => {
  let down = true;
  const { scripts, client, keys } = redis;
  const journal = createJournal({ scripts, client, keys });
  const append: typeof journal.append = (event) => (down ? Promise.reject(new Error('away')) : journal.append(event));
  await listen({ journal: { append } });
  expect(await ask()).toMatchObject({ status: 500 });
  down = false;
  expect((await ask()).body).toHaveLength(MIB);
});
