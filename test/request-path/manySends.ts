// Sends many reads through the engine, sixteen at a time, to a console of its own. For younglings.test.ts, with --trace-gc.
import { Agent, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createEngine, type Stop } from '../../src/proxy/forward/engine.ts';

const READS = 8000;
const body = Buffer.alloc(2048, 'x');
const server = createServer((_req, res) => res.writeHead(200, { 'content-length': body.length }).end(body));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const upstream = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
const agent = new Agent({ keepAlive: true });
const engine = createEngine();

let left = READS;
async function read(): Promise<void> {
  const stop: Stop = { stopped: false, onStop: null };
  const headers = { host: 'console.test', accept: 'application/json' };
  const parts = { upstream, method: 'GET', target: '/api/devices', headers, body: null, agent, within: 10_000 };
  const { answer } = await engine.send(parts, stop);
  await new Promise((resolve) => answer.on('end', resolve).resume());
}
await Promise.all(
  Array.from({ length: 16 }, async () => {
    while (left > 0) {
      left -= 1;
      await read();
    }
  }),
);
console.log('all sent');
agent.destroy();
server.close();
