// The promise of the whole gateway: the bytes that the console gets are the bytes that were judged. Generated requests go
// through the real listener, stages and engine to an upstream that keeps every byte.
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Recognised } from '../../src/kernel/exchange.ts';
import { COOKIE, type Gate, HOST, recogniseSimply, startGate } from '../kit/gate.ts';
import { readSocket, replyOf } from '../kit/rawClient.ts';
import { OK, type RawUpstream, startRawUpstream } from '../kit/rawUpstream.ts';

let upstream: RawUpstream;
let gate: Gate;
const judged: Pick<Recognised, 'method' | 'target' | 'body'>[] = [];

beforeAll(async () => {
  upstream = await startRawUpstream();
  gate = await startGate({
    upstream: upstream.origin,
    parts: {
      recognise: async (request, readBody) => {
        const recognised = await recogniseSimply(request, readBody);
        if (recognised.go) judged.push({ ...request, body: recognised.value.body });
        return recognised;
      },
    },
  });
});
afterAll(async () => {
  await gate.close();
  await upstream.close();
});

const hex = fc.constantFrom(...'0123456789abcdefABCDEF');
const triplet = fc.tuple(hex, hex).map(([a, b]) => `%${a}${b}`);
const pathPiece = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom(..."abzAZ019-._~!$&'()*+,=:@") },
  { weight: 2, arbitrary: triplet },
  {
    weight: 1,
    arbitrary: fc.constantFrom('/', '..', '.', '//', '%2f', '%2e', ';', '\\', '#', '|', '"', '%', '\u00e9'),
  },
);
const queryPiece = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom(..."abzAZ019-._~&=+/?:@,;[]{}|^`'\\") },
  { weight: 2, arbitrary: triplet },
);
const target = fc
  .tuple(
    fc.array(fc.array(pathPiece, { minLength: 1, maxLength: 8 }), { maxLength: 4 }),
    fc.option(fc.array(queryPiece, { maxLength: 20 })),
  )
  .map(
    ([segments, query]) =>
      `/${segments.map((pieces) => pieces.join('')).join('/')}${query === null ? '' : `?${query.join('')}`}`,
  );
const headers = fc.array(
  fc.tuple(
    fc.constantFrom(
      'Accept',
      'X-Anything',
      'X-Csrf-Token',
      'X-Gw-User',

      'X-Forwarded-For',
      'Via',
      'TE',
      'Cookie2',
      'Range',
      'If-None-Match',
      '__proto__',
      'Constructor',
      'Proxy-Authorization',
      'Keep-Alive',
    ),
    fc.string({ unit: fc.constantFrom(...'abc 019;,="/*'), maxLength: 20 }),
  ),
  { maxLength: 6 },
);
const body = fc.uint8Array({ maxLength: 2000 });
const request = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'),
  target,
  headers,
  body,
  chunked: fc.boolean(),
});

const ALLOWED = new Set([
  'host',
  'accept',
  'cookie',
  'x-anything',
  'x-csrf-token',
  'range',
  'if-none-match',
  'origin',
  'content-length',
  'content-type',
  'connection',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
]);

type Generated = { method: string; target: string; headers: [string, string][]; body: Uint8Array; chunked: boolean };

const withBody = ({ method, body }: Generated): boolean => method !== 'GET' && method !== 'OPTIONS' && body.length > 0;

function bytesOf(generated: Generated): Buffer {
  const { method, target, headers, body, chunked } = generated;
  const framing = !withBody(generated)
    ? []
    : chunked
      ? ['Transfer-Encoding: chunked']
      : [`Content-Length: ${body.length}`];
  const lines = [
    `${method} ${target} HTTP/1.1`,
    `Host: ${HOST}`,
    `${COOKIE}; own=1`,
    `Origin: http://${HOST}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...framing,
    '',
    '',
  ];
  const half = Math.floor(body.length / 2);
  const chunks = [body.subarray(0, half), body.subarray(half)].filter((part) => part.length > 0);
  const written = !withBody(generated)
    ? []
    : chunked
      ? [
          ...chunks.flatMap((part) => [Buffer.from(`${part.length.toString(16)};x=y\r\n`), part, Buffer.from('\r\n')]),
          Buffer.from('0\r\n\r\n'),
        ]
      : [body];
  return Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), ...written]);
}

const RUNS = 400;

test('whatever is sent is refused, or arrives as exactly what was judged', async () => {
  upstream.answer(OK);
  let forwarded = 0;
  const check = async (generated: Generated) => {
    judged.splice(0);
    upstream.requests.splice(0);
    const reply = replyOf(await readSocket(connect(gate.port, '127.0.0.1'), bytesOf(generated), 20));
    if (reply.status !== 200) {
      expect([400, 403, 431]).toContain(reply.status);
      expect(upstream.requests).toEqual([]);
      return;
    }
    forwarded += 1;
    const [sent, ...more] = upstream.requests;
    expect(more).toEqual([]);
    const [read] = judged;
    if (sent === undefined || read === undefined) throw new Error('answered without having been judged and sent');
    const { method, target, body } = read;
    expect(sent.line).toBe(`${method} ${target} HTTP/1.1`);
    const bytes = body.mode === 'judged' ? body.bytes : Buffer.alloc(0);
    expect(sent.body.equals(bytes)).toBe(true);
    expect(bytes.equals(withBody(generated) ? Buffer.from(generated.body) : Buffer.alloc(0))).toBe(true);
    const names = sent.head
      .split('\r\n')
      .slice(1)
      .map((line) => line.slice(0, line.indexOf(':')).toLowerCase());
    expect(names.filter((name) => !ALLOWED.has(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
    expect(sent.header('transfer-encoding')).toBeUndefined();
    expect(sent.header('host')).toBe(`127.0.0.1:${upstream.port}`);
    expect(sent.header('cookie')).toBe('own=1');
    expect(sent.header('x-forwarded-for')).toBe('127.0.0.1');
  };
  await fc.assert(fc.asyncProperty(request, check), { numRuns: RUNS });
  // A generator that makes only what is refused would prove nothing.
  expect(forwarded).toBeGreaterThan(RUNS / 5);
});
