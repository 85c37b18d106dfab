// Cases of the kinds http, raw and h2: bytes to the console's origin, from a session of the case's context or from nobody.
import { buildRequest, type Case, textOf } from '../cases.ts';
import { exchange } from '../exchange.ts';
import { type CorpusStack, HOST } from '../stack.ts';
import { judge, type Problem } from '../verdicts.ts';

/** The request of an http case, with our cookies in it. */
export function requestBytes(stack: CorpusStack, one: Case): Buffer {
  const headers = one.headers?.map(([name, value]) =>
    name.toLowerCase() === 'cookie' && typeof value === 'string'
      ? ([name, stack.withOurCookies(value)] as const)
      : ([name, value] as const),
  );
  return buildRequest(headers === undefined ? one : { ...one, headers }, stack.cookieOf, HOST).bytes;
}

export async function runHttp(stack: CorpusStack, one: Case): Promise<Problem> {
  await stack.refill(1);
  return judge(one, await exchange(stack, requestBytes(stack, one)));
}

export const rawBytes = (stack: CorpusStack, one: Case): Buffer =>
  Buffer.from(stack.withOurCookies(textOf(one.raw, one.rawParts)), 'latin1');

/** In one write, then byte by byte, then in pieces that lie across the borders: framing must not depend on packets. */
export async function runRaw(stack: CorpusStack, one: Case): Promise<Problem> {
  const bytes = rawBytes(stack, one);
  await stack.refill(3);
  const answers = one.expectedSecond === undefined ? 1 : 2;
  for (const piece of [undefined, bytes.length > 2000 ? 61 : 1, 7]) {
    const seen = await exchange(stack, bytes, { answers, ...(piece === undefined ? {} : { piece }) });
    const problem = judge(one, seen);
    if (problem !== null) return piece === undefined ? problem : `in pieces of ${piece}: ${problem}`;
  }
  return null;
}

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/**
 * HTTP/2 is off: its preface is no HTTP/1 request, and h2c is no upgrade that we know. So no block of headers is ever read;
 * the case's own are still sent behind the preface, to see that nothing of them has an effect.
 */
export async function runH2(stack: CorpusStack, one: Case): Promise<Problem> {
  const literal = (text: string): Buffer => {
    const bytes = Buffer.from(text, 'latin1');
    return bytes.length < 127
      ? Buffer.from([bytes.length, ...bytes])
      : Buffer.concat([Buffer.from([127, bytes.length - 127]), bytes]);
  };
  const block = Buffer.concat(
    (one.headers ?? []).map(([name, value]) =>
      Buffer.concat([Buffer.from([0]), literal(name), literal(stack.withOurCookies(String(value)))]),
    ),
  );
  const frame = (type: number, flags: number, stream: number, payload: Buffer): Buffer => {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, payload]);
  };
  const bytes = Buffer.concat([Buffer.from(PREFACE), frame(4, 0, 0, Buffer.alloc(0)), frame(1, 5, 1, block)]);
  return judge(one, await exchange(stack, bytes));
}
