// What is kept of a console's answers, when these are long, cut, compressed, lie about themselves or never end: only what came whole
// and was understood, and the client never waits for it.
import { connect, type Socket } from 'node:net';
import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { redactBody } from '../../src/audit/recording/redact.ts';
import { RECORD_ANSWERS } from '../../src/proxy/forward/answerTee.ts';
import { COOKIE, type Gate, requestText, startGate } from '../kit/gate.ts';
import { type RawUpstream, startRawUpstream } from '../kit/rawUpstream.ts';

const CANARY = 'Zq7Kx9VmT3bW';
const { limit } = RECORD_ANSWERS;
const brotli = (bytes: Buffer): Buffer =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } });
let upstream: RawUpstream;
let gate: Gate;

beforeAll(async () => {
  upstream = await startRawUpstream();
  gate = await startGate({ upstream: upstream.origin, parts: { redactBody } });
});
afterEach(() => upstream.reset());
afterAll(async () => {
  await gate.close();
  await upstream.close();
});

const head = (...lines: string[]): string => `HTTP/1.1 ${lines.join('\r\n')}\r\n\r\n`;
const whole = (body: Buffer, ...more: string[]): Buffer =>
  Buffer.concat([
    Buffer.from(head('200 OK', 'Content-Type: application/json', `Content-Length: ${body.length}`, ...more)),
    body,
  ]);
const chunked = (body: Buffer, size: number): Buffer[] => {
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const piece = body.subarray(at, at + size);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  return [...pieces, Buffer.from('0\r\n\r\n')];
};

/** A client that reads until the other side closes. */
function client(method: string, said: { text: string }): { socket: Socket; closed: Promise<unknown> } {
  const socket = connect(gate.port, '127.0.0.1', () =>
    socket.write(requestText(`${method} /a`, [COOKIE, 'Connection: close'])),
  );
  socket.on('data', (chunk) => {
    said.text += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  return { socket, closed: new Promise((resolve) => socket.once('close', resolve)) };
}

/** @returns what the client got, and what was recorded of the answer */
async function asked(answer: Buffer | ((socket: Socket) => void), method = 'GET') {
  const before = gate.recordings.length;
  upstream.answer(answer);
  const said = { text: '' };
  await client(method, said).closed;
  await expect.poll(() => gate.recordings[before]?.closing ?? null).not.toBeNull();
  const closing = gate.recordings[before]?.closing;
  expect(JSON.stringify(gate.recordings[before])).not.toContain(CANARY);
  return {
    got: said.text,
    text: closing?.responseBody?.text ?? null,
    note: closing?.responseBody?.note ?? null,
    closing,
  };
}
/** JSON of exactly so many bytes, with a secret at its end. */
const jsonOf = (bytes: number): Buffer => {
  const end = `","password":"${CANARY}"}`;
  return Buffer.from(`{"a":"${'x '.repeat(bytes).slice(0, bytes - 6 - end.length)}${end}`);
};

test('an answer of exactly the limit is recorded, one of a byte more is not, and the client gets both', async () => {
  for (const more of [0, 1]) {
    const body = jsonOf(limit + more);
    expect(body.length).toBe(limit + more);
    for (const answer of [
      whole(body),
      (socket: Socket) => {
        socket.write(head('200 OK', 'Content-Type: application/json', 'Transfer-Encoding: chunked'));
        for (const piece of chunked(body, 5000)) socket.write(piece);
      },
    ]) {
      const { got, text, closing } = await asked(answer);
      expect(got).toContain(CANARY);
      expect(closing?.received).toBe(limit + more);
      if (more === 0) expect(text).toMatch(/^\{"a":"x x .*"password":"\[redacted\]"\}$/);
      else expect(text).toBeNull();
    }
  }
});

test('a secret that is split over chunks, down to single bytes, is found', async () => {
  const body = Buffer.from(JSON.stringify({ name: 'ünï', deep: [{ recovery_key: CANARY }] }));
  for (const size of [1, 2, 3, 7]) {
    const { text } = await asked((socket) => {
      socket.setNoDelay(true);
      socket.write(head('200 OK', 'Content-Type: application/json', 'Transfer-Encoding: chunked'));
      for (const piece of chunked(body, size)) socket.write(piece);
    });
    expect(text).toBe('{"name":"ünï","deep":[{"recovery_key":"[redacted]"}]}');
  }
});

test('what was cut in the middle is not recorded as text, also when its beginning would be JSON', async () => {
  const body = Buffer.from(`["${CANARY}"]`);
  const cut = (answer: Buffer) => (socket: Socket) => socket.end(answer);
  const announced = head('200 OK', 'Content-Type: application/json', 'Content-Length: 500');
  for (const answer of [
    cut(Buffer.concat([Buffer.from(announced), body])),
    cut(Buffer.from(`${head('200 OK', 'Content-Type: application/json', 'Transfer-Encoding: chunked')}c\r\n${body}`)),
  ]) {
    const { text, closing } = await asked(answer);
    expect([text, closing?.end]).toEqual([null, 'failed']);
  }
});

test('of an answer that is longer than it said only what it said is the answer', async () => {
  const { got, text } = await asked((socket) => {
    const said = '{"a":1}';
    socket.end(`${head('200 OK', 'Content-Type: application/json', `Content-Length: ${said.length}`)}${said}${CANARY}`);
  });
  expect([got.includes(CANARY), text === null || text === '{"a":1}']).toEqual([false, true]);
});

test('compressed answers are read; those that lie about how, are cut, or burst, are not', async () => {
  const plain = Buffer.from(JSON.stringify({ a: 1, token: CANARY }));
  const coders = { gzip: gzipSync, deflate: deflateSync, br: brotli, zstd: zstdCompressSync };
  const bomb = Buffer.alloc(6_000_000, ' ');
  bomb.write('{"a":"');
  for (const [name, code] of Object.entries(coders)) {
    const coding = `Content-Encoding: ${name}`;
    expect((await asked(whole(code(plain), coding))).text).toBe('{"a":1,"token":"[redacted]"}');
    expect((await asked(whole(code(plain).subarray(0, -6), coding))).text).toBeNull();
    expect((await asked(whole(plain, coding))).text).toBeNull();
    const burst = code(bomb);
    expect(burst.length).toBeLessThan(limit);
    const { text, note } = await asked(whole(burst, coding));
    expect([text, note]).toEqual([null, expect.stringContaining('not readable')]);
  }
  for (const coding of ['gzip, br', 'constructor', 'toString', 'x'])
    expect((await asked(whole(plain, `Content-Encoding: ${coding}`))).text).toBeNull();
});

test('answers without a body have none, and parts of a document are not recorded as text', async () => {
  const type = 'Content-Type: application/json';
  for (const [answer, method] of [
    [head('200 OK', type, 'Content-Length: 500'), 'HEAD'],
    [head('204 No Content', type), 'GET'],
    [head('304 Not Modified', type, 'Content-Length: 500'), 'GET'],
  ] as const) {
    const { closing } = await asked(Buffer.from(answer), method);
    expect([closing?.responseBody, closing?.end]).toEqual([{ text: null, note: null }, 'done']);
  }
  const part = Buffer.from(`["${CANARY}"]`);
  const range = head('206 Partial Content', type, `Content-Length: ${part.length}`, `Content-Range: bytes 5-30/99`);
  expect((await asked(Buffer.concat([Buffer.from(range), part]))).text).toBeNull();
});

test('events reach the client one by one and are never kept; JSON that comes slowly is not held back either', async () => {
  for (const type of ['text/event-stream', 'application/json']) {
    const before = gate.recordings.length;
    let console: Socket | undefined;
    upstream.answer((socket) => {
      console = socket;
      socket.write(`${head('200 OK', `Content-Type: ${type}`, 'Transfer-Encoding: chunked')}5\r\n["a",\r\n`);
    });
    const said = { text: '' };
    const { socket } = client('GET', said);
    await expect.poll(() => said.text).toContain('["a",');
    expect(gate.recordings[before]?.closing).toBeNull();
    console?.write('4\r\n"b"]\r\n');
    await expect.poll(() => said.text).toContain('"b"]');
    console?.write('0\r\n\r\n');
    await expect.poll(() => gate.recordings[before]?.closing ?? null).not.toBeNull();
    const kept = type === 'application/json' ? '["a","b"]' : null;
    expect(gate.recordings[before]?.closing?.responseBody?.text).toBe(kept);
    socket.destroy();
  }
});
