// Long-lived connections through the front door: event streams and sockets, with the cookies of a user agent.
import { request } from 'node:http';
import { WebSocket } from 'ws';
import { until } from './arrivals.ts';
import type { UserAgent } from './userAgent.ts';

export type Stream = {
  readonly status: number;
  text(): string;
  /** Waits until the text holds `wanted`. */
  has(wanted: string | RegExp, ms?: number): Promise<void>;
  /** performance.now() at which it ended; undefined: it goes on */
  endedAt(): number | undefined;
  close(): void;
};

/** Opens an event stream, or any answer, and reads on. Resolves with the head. */
export function openStream(agent: UserAgent, url: string, headers: Record<string, string> = {}): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const { host, port, pathname, search } = new URL(url);
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        path: pathname + search,
        agent: false,
        setHost: false,
        headers: {
          host,
          cookie: agent.cookieHeader(host),
          accept: 'text/event-stream',
          'sec-fetch-mode': 'cors',
          'sec-fetch-site': 'same-origin',
          ...headers,
        },
      },
      (incoming) => {
        let text = '';
        let ended: number | undefined;
        incoming.on('data', (chunk: Buffer) => {
          text += chunk.toString('latin1');
        });
        incoming.on('error', () => undefined);
        incoming.on('close', () => {
          ended = performance.now();
        });
        resolve({
          status: incoming.statusCode ?? 0,
          text: () => text,
          has: (wanted, ms) =>
            until(() => (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text)), ms),
          endedAt: () => ended,
          close: () => outgoing.destroy(),
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
}

export type Socket = {
  readonly messages: string[];
  send(text: string): void;
  endedAt(): number | undefined;
  close(): void;
};

/** Opens a WebSocket as a page of that origin does. Rejects with the status of a refusal. */
export function openSocket(agent: UserAgent, url: string, origin = new URL(url).origin): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { host, port, pathname } = new URL(url);
    const socket = new WebSocket(`ws://127.0.0.1:${port}${pathname}`, {
      headers: { host, origin, cookie: agent.cookieHeader(host) },
    });
    const messages: string[] = [];
    let ended: number | undefined;
    socket.on('message', (data) => messages.push(String(data)));
    socket.on('close', () => {
      ended = performance.now();
    });
    socket.on('error', reject);
    socket.on('unexpected-response', (_request, answer) => reject(new Error(`status ${answer.statusCode}`)));
    socket.on('open', () =>
      resolve({
        messages,
        send: (text) => socket.send(text),
        endedAt: () => ended,
        close: () => socket.terminate(),
      }),
    );
  });
}
