// WebSocket cases: the handshake as it stands, then frames made by hand, and everything that the console's socket got.
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { type RawReply, replyOf } from '../../kit/rawClient.ts';
import { buildRequest, type Case, type Message } from '../cases.ts';
import { type Context, type CorpusStack, HOST } from '../stack.ts';
import { judge, type Problem } from '../verdicts.ts';

/** ms for what was sent to come through */
const SETTLE = 120;

const KNOWN = ['text', 'binary', 'fragments', 'rawHex', 'repeat', 'ping', 'after'];
const MOMENTS = ['revoke session', 'revoke grant', 'grant expires'];

export async function runWs(stack: CorpusStack, one: Case): Promise<Problem | { readonly notRun: string }> {
  for (const message of one.messages ?? []) {
    const odd = Object.keys(message).find((name) => !KNOWN.includes(name));
    if (odd !== undefined) return { notRun: `nobody knows how to send ${odd}` };
    if (message.after !== undefined && !MOMENTS.includes(message.after))
      return { notRun: `nobody knows how to do: ${message.after}` };
  }
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const arrived: string[] = [];
  const consoleSide: WebSocket[] = [];
  stack.upstream.reset();
  stack.upstream.answer((socket, request) => {
    const headers = Object.fromEntries(
      request.head
        .split('\r\n')
        .slice(1)
        .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    if (headers.upgrade === undefined) return void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    socket.removeAllListeners('data');
    server.handleUpgrade(
      { method: 'GET', url: '/', headers } as unknown as IncomingMessage,
      socket,
      Buffer.alloc(0),
      (side) => {
        consoleSide.push(side);
        side.on('message', (data) => arrived.push(String(data)));
        side.on('error', () => undefined);
      },
    );
  });
  await stack.refill(1);
  const socket = connect({ port: stack.port, host: '127.0.0.1', noDelay: true });
  try {
    const reply = await shakeHands(socket, buildRequest(one, stack.cookieOf, HOST).bytes);
    const seen = {
      reply,
      statuses: reply.status === 0 ? [] : [reply.status === 101 ? 200 : reply.status],
      closed: socket.destroyed || reply.status !== 101,
      requests: [...stack.upstream.requests],
      bytes: stack.upstream.bytes(),
    };
    if (one.messages === undefined) return judge(one, seen);
    const opening = judge({ ...one, expected: 'allow', altOk: [] }, seen);
    if (opening !== null || reply.status !== 101) return `the socket did not open: ${opening ?? reply.status}`;
    for (const message of one.messages) await send(stack, one, socket, message);
    await new Promise((resolve) => setTimeout(resolve, SETTLE));
    if (one.expected === 'allow') {
      const wanted = one.messages.map(({ text }) => text);
      return JSON.stringify(arrived) === JSON.stringify(wanted) ? null : `the console got ${JSON.stringify(arrived)}`;
    }
    return arrived.length === 0 ? null : `the console got ${JSON.stringify(arrived).slice(0, 300)}`;
  } finally {
    socket.destroy();
    for (const side of consoleSide) side.terminate();
    server.close();
    if (one.messages?.some(({ after }) => after !== undefined)) await stack.renewAll(one.ctx as Context);
  }
}

const shakeHands = (socket: Socket, bytes: Buffer): Promise<RawReply> =>
  new Promise((resolve) => {
    let text = '';
    const done = () => {
      clearTimeout(timer);
      socket.off('data', onData).off('close', done);
      resolve(replyOf(text));
    };
    const onData = (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (text.includes('\r\n\r\n')) done();
    };
    const timer = setTimeout(done, 2000);
    socket.on('error', () => undefined);
    socket.on('data', onData).on('close', done);
    socket.on('connect', () => socket.write(bytes));
  });

async function send(stack: CorpusStack, one: Case, socket: Socket, message: Message): Promise<void> {
  const ctx = one.ctx as Context;
  if (message.after === 'revoke session')
    await stack.members.get(ctx)?.agent.call(stack.portal('/api/logout'), 'POST', {}, await stack.csrfOf(ctx));
  else if (message.after === 'revoke grant') await stack.endGrants(ctx);
  else if (message.after === 'grant expires') await stack.expireGrants(ctx);
  const times = message.repeat ?? 1;
  for (let n = 0; n < times && !socket.destroyed; n += 1) {
    if (message.rawHex !== undefined) socket.write(Buffer.from(message.rawHex, 'hex'));
    if (message.ping !== undefined) socket.write(frame(9, Buffer.from(message.ping)));
    if (message.text !== undefined) socket.write(frame(1, Buffer.from(message.text)));
    if (message.binary !== undefined) socket.write(frame(2, Buffer.from(message.binary, 'base64')));
    if (n % 1000 === 999) await new Promise((resolve) => setImmediate(resolve));
  }
  const { fragments = [] } = message;
  const texts = fragments.filter((part) => typeof part === 'string').length;
  let at = 0;
  for (const part of fragments) {
    if (typeof part !== 'string') socket.write(frame(9, Buffer.from(part.ping)));
    else {
      at += 1;
      socket.write(frame(at === 1 ? 1 : 0, Buffer.from(part), at === texts));
    }
  }
}

/** A masked frame, as clients send them (RFC 6455, 5.2). */
function frame(opcode: number, payload: Buffer, last = true): Buffer {
  const mask = Buffer.from([1, 2, 3, 4]);
  const length =
    payload.length < 126
      ? Buffer.from([0x80 | payload.length])
      : Buffer.from([0x80 | 126, payload.length >> 8, payload.length & 255]);
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([Buffer.from([(last ? 0x80 : 0) | opcode]), length, mask, masked]);
}
