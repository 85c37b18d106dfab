// A gigabyte each way, and the gateway holds none of it.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HOST } from '../kit/gate.ts';

const GIGABYTE = 1024 ** 3;
const MEGABYTE = 1024 ** 2;
const MOST_GROWTH = 64 * MEGABYTE;
const chunk = Buffer.alloc(MEGABYTE, 'x');
let taken = 0;
const upstream = createServer((req, res) => {
  if (req.method === 'POST') {
    req.on('data', (data: Buffer) => {
      taken += data.length;
    });
    req.on('end', () => res.end(String(taken)));
    return;
  }
  const size = Number(new URL(req.url ?? '', 'http://x').searchParams.get('size'));
  res.writeHead(200, { 'Content-Length': size, 'Content-Type': 'application/octet-stream' });
  let left = size;
  const more = () => {
    while (left > 0) {
      const part = left >= chunk.length ? chunk : chunk.subarray(0, left);
      left -= part.length;
      if (!res.write(part)) return void res.once('drain', more);
    }
    res.end();
  };
  more();
});
let gate: ChildProcess;
let port = 0;

beforeAll(async () => {
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const { port: at } = upstream.address() as AddressInfo;
  gate = fork(join(import.meta.dirname, 'gateProcess.ts'), [`http://127.0.0.1:${at}`], { silent: true });
  [port] = await once(gate, 'message');
});
afterAll(() => {
  gate.kill();
  upstream.close();
});

async function held(): Promise<{ rss: number; live: number }> {
  const answer = once(gate, 'message');
  gate.send('memory');
  const [memory] = await answer;
  return memory;
}

/** Runs the transfer; @returns the highest memory seen while it ran */
async function whileWatching(transfer: Promise<number>): Promise<{ moved: number; peak: number }> {
  let peak = 0;
  let running = true;
  const watching = (async () => {
    while (running) {
      peak = Math.max(peak, (await held()).rss);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  const moved = await transfer;
  running = false;
  await watching;
  return { moved, peak };
}

const headers = { host: HOST, cookie: '__Host-sallyport=ada-secret', origin: `http://${HOST}` };

const download = (size: number): Promise<number> =>
  new Promise((resolve, reject) => {
    let bytes = 0;
    request({ port, path: `/large?size=${size}`, headers, agent: false }, (answer) => {
      answer.on('data', (data: Buffer) => {
        bytes += data.length;
      });
      answer.on('end', () => resolve(bytes));
    })
      .on('error', reject)
      .end();
  });

const upload = (size: number): Promise<number> =>
  new Promise((resolve, reject) => {
    taken = 0;
    const options = {
      port,
      path: '/upload',
      method: 'POST',
      headers: { ...headers, 'content-length': size },
      agent: false,
    };
    const sending = request(options, (answer) => {
      let text = '';
      answer.on('data', (data: Buffer) => {
        text += data.toString();
      });
      answer.on('end', () => resolve(Number(text)));
    }).on('error', reject);
    let left = size;
    const more = () => {
      while (left > 0) {
        left -= chunk.length;
        if (!sending.write(chunk)) return void sending.once('drain', more);
      }
      sending.end();
    };
    more();
  });

test.each([
  ['download', download],
  ['upload', upload],
])(
  'a %s of 1 GB passes with flat memory',
  async (_name, transfer) => {
    // Long enough for buffers and heap to reach what they settle at: from there on it has to be flat.
    await transfer(256 * MEGABYTE);
    const before = (await held()).rss;
    const { moved, peak } = await whileWatching(transfer(GIGABYTE));
    expect(moved).toBe(GIGABYTE);
    expect(peak - before).toBeLessThan(MOST_GROWTH);
    expect((await held()).live).toBe(0);
    // Seconds by itself; the limit is for machines that do other things too.
  },
  180_000,
);
