// Load for the benchmarks: a fixed number of connections, each with one request after the other, for a fixed time.
import { Agent, request } from 'node:http';

export type Load = { readonly perSecond: number; readonly p50: number; readonly p99: number; readonly failed: number };
export type Aim = { readonly port: number; readonly path: string; readonly headers: Record<string, string> };

/** @param seconds bounded by the caller: a benchmark stops by itself */
export async function load(
  aim: Aim,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const took: number[] = [];
  let failed = 0;
  const until = performance.now() + seconds * 1000;
  const one = () =>
    new Promise<void>((resolve) => {
      const startedAt = performance.now();
      const outgoing = request(
        { host: '127.0.0.1', port: aim.port, path: aim.path, headers: aim.headers, agent },
        (incoming) => {
          if (incoming.statusCode !== 200) failed += 1;
          incoming.resume();
          incoming.on('end', () => {
            took.push(performance.now() - startedAt);
            resolve();
          });
        },
      );
      outgoing.on('error', () => {
        failed += 1;
        resolve();
      });
      outgoing.end();
    });
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < until) await one();
    }),
  );
  agent.destroy();
  took.sort((a, b) => a - b);
  const at = (part: number) => took[Math.min(took.length - 1, Math.floor(took.length * part))] ?? 0;
  return { perSecond: took.length / seconds, p50: at(0.5), p99: at(0.99), failed };
}
