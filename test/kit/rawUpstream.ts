// An upstream made of bare sockets: keeps the exact bytes of every request, answers with exact bytes, and knows when it was
// reached although no test asked for it.
import { type AddressInfo, createServer, type Socket } from 'node:net';

export type RawRequest = {
  /** the whole request as it came: head and body, latin1 */
  readonly text: string;
  readonly head: string;
  readonly line: string;
  readonly body: Buffer;
  /** counts connections from 1 */
  readonly connection: number;
  header(name: string): string | undefined;
};

export type RawAnswer = string | Buffer | ((socket: Socket, request: RawRequest) => void);

export type RawUpstream = {
  readonly origin: string;
  readonly port: number;
  readonly requests: RawRequest[];
  /** What the next requests are answered with; until it is called, any request is a fault. */
  answer(answer: RawAnswer): void;
  /** Forgets what came and expects nothing again. @throws when something came that nobody had asked for */
  reset(): void;
  /** bytes that came since the last reset, also of requests that never became whole */
  bytes(): number;
  /** open connections right now */
  connections(): number;
  close(): Promise<void>;
};

export const OK = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok';

/** @param at the port; 0 lets the system choose */
export async function startRawUpstream(at = 0): Promise<RawUpstream> {
  const requests: RawRequest[] = [];
  const sockets = new Set<Socket>();
  let current: RawAnswer | null = null;
  let unasked: string | null = null;
  let count = 0;
  let bytes = 0;

  const server = createServer((socket) => {
    count += 1;
    const connection = count;
    let held = Buffer.alloc(0);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      held = Buffer.concat([held, chunk]);
      bytes += chunk.length;
      for (;;) {
        const taken = takeRequest(held, connection);
        if (taken === null) return;
        held = held.subarray(taken.size);
        requests.push(taken.request);
        if (current === null) {
          unasked = taken.request.line;
          socket.destroy();
          return;
        }
        if (typeof current === 'function') current(socket, taken.request);
        else socket.write(current);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    requests,
    answer(answer) {
      current = answer;
    },
    reset() {
      const came = unasked;
      requests.length = 0;
      current = null;
      unasked = null;
      bytes = 0;
      if (came !== null) throw new Error(`the upstream was reached although nothing may: ${came}`);
    },
    bytes: () => bytes,
    connections: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** The first whole request in the bytes, by the plainest reading of HTTP: the one that a lenient upstream would have. */
function takeRequest(bytes: Buffer, connection: number): { size: number; request: RawRequest } | null {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const head = bytes.subarray(0, end).toString('latin1');
  const header = (name: string) =>
    new RegExp(`^${name}:[ \t]*(.*?)[ \t]*$`, 'im').exec(
      head.slice(head.indexOf('\r\n') + 1).replaceAll('\r', ''),
    )?.[1];
  let size = end + 4;
  let body = Buffer.alloc(0);
  if (header('transfer-encoding') !== undefined) {
    const parts: Buffer[] = [];
    for (;;) {
      const lineEnd = bytes.indexOf('\r\n', size);
      if (lineEnd < 0) return null;
      const length = Number.parseInt(bytes.subarray(size, lineEnd).toString('latin1'), 16);
      if (bytes.length < lineEnd + 2 + length + 2) return null;
      parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + length));
      size = lineEnd + 2 + length + 2;
      if (length === 0) break;
    }
    body = Buffer.concat(parts);
  } else {
    const length = Number(header('content-length') ?? 0);
    if (bytes.length < size + length) return null;
    body = Buffer.from(bytes.subarray(size, size + length));
    size += length;
  }
  const text = bytes.subarray(0, size).toString('latin1');
  return { size, request: { text, head, line: head.slice(0, head.indexOf('\r\n')), body, connection, header } };
}
