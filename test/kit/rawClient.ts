// A client made of a bare socket: sends exactly what it is told, gives back exactly what came.
import { connect, type Socket } from 'node:net';

export type RawReply = {
  readonly text: string;
  readonly status: number;
  readonly head: string;
  readonly body: string;
  header(name: string): string | undefined;
};

/**
 * Sends bytes and reads until the other side closes, or until `quiet` ms passed without a byte after the first ones.
 * @returns what came back; status 0 when nothing did
 */
export async function sendRaw(port: number, bytes: string | Buffer, quiet = 150): Promise<RawReply> {
  const socket = connect(port, '127.0.0.1');
  return replyOf(await readSocket(socket, bytes, quiet));
}

export function readSocket(socket: Socket, bytes: string | Buffer, quiet: number): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    let timer: NodeJS.Timeout | undefined;
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(text);
    };
    socket.on('error', done);
    socket.on('close', done);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      clearTimeout(timer);
      timer = setTimeout(done, quiet);
    });
    socket.on('connect', () => socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes));
    timer = setTimeout(done, 3000);
  });
}

export function replyOf(text: string): RawReply {
  const end = text.indexOf('\r\n\r\n');
  const head = end < 0 ? text : text.slice(0, end);
  return {
    text,
    head,
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0),
    body: end < 0 ? '' : text.slice(end + 4),
    header: (name) => new RegExp(`^${name}: *(.*)$`, 'im').exec(head.replaceAll('\r', ''))?.[1],
  };
}
