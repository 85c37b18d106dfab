// A client that takes its time is waited for, one that leaves is not, and neither leaves listeners behind.
import { createServer, get, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { drained } from '../../src/portal/api/drained.ts';

const PIECES = 200;
const piece = Buffer.alloc(64 * 1024, 'x');

/** Writes all of it, as far as the other side takes it. @returns what `taken` got, and what was seen at the answer */
async function answered(take: (answer: import('node:http').IncomingMessage) => void) {
  let waits = 0;
  let listeners = 0;
  let over: (res: ServerResponse) => void;
  const done = new Promise<ServerResponse>((resolve) => {
    over = resolve;
  });
  const server = createServer(async (_req, res) => {
    for (let n = 0; n < PIECES && !res.destroyed; n += 1) {
      if (res.write(piece)) continue;
      waits += 1;
      await drained(res);
      listeners = Math.max(
        listeners,
        res.listenerCount('close') + res.listenerCount('drain') + res.listenerCount('error'),
      );
    }
    res.end();
    over(res);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' }, take).on('error', () => undefined);
  const res = await done;
  server.closeAllConnections();
  server.close();
  return { waits, listeners, destroyed: res.destroyed };
}

test('all of it arrives, and a wait leaves nothing at the answer', async () => {
  let bytes = 0;
  const { waits, listeners } = await answered((answer) =>
    answer.on('data', (chunk: Buffer) => (bytes += chunk.length)),
  );
  expect(waits).toBeGreaterThan(10);
  expect(listeners).toBeLessThan(8);
  await expect.poll(() => bytes).toBe(PIECES * piece.length);
});

test('who leaves in the middle ends the wait', async () => {
  const { destroyed } = await answered((answer) => setTimeout(() => answer.destroy(), 20));
  expect(destroyed).toBe(true);
});
