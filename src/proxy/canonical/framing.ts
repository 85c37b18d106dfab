// How long the request's body is, by exactly one way of saying so (pitfalls 13, 16, 17), and which connection options came.
import { type Door, type HeaderList, headerOf } from '../../kernel/exchange.ts';
import { go, type Refusal, refuse, type Verdict } from '../../kernel/verdict.ts';
import { listOf } from './headers.ts';

const ambiguous = (detail: string): Refusal => refuse('request.ambiguous', detail);

/** @returns the declared length; null: chunked; 0: no body */
export function readFraming(headers: HeaderList, door: Door): Verdict<number | null> {
  const connection = readConnection(headers, door);
  if (!connection.go) return connection;

  const expect = headerOf(headers, 'expect');
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') return ambiguous('an unknown expectation');

  const length = headerOf(headers, 'content-length');
  const coding = headerOf(headers, 'transfer-encoding');
  if (length !== undefined && coding !== undefined) return ambiguous('both Content-Length and Transfer-Encoding');
  if (coding !== undefined) {
    if (coding.toLowerCase() !== 'chunked') return ambiguous('a transfer coding other than chunked');
    return door === 'upgrade' ? ambiguous('an upgrade with a body') : go(null);
  }
  if (length === undefined) return go(0);
  if (!/^(0|[1-9]\d{0,14})$/.test(length)) return ambiguous('a Content-Length that is not a plain number');
  if (door === 'upgrade' && Number(length) > 0) return ambiguous('an upgrade with a body');
  return go(Number(length));
}

/** `Connection: X-User` would make the next hop delete a header (pitfall 13): only options that we know are taken. */
function readConnection(headers: HeaderList, door: Door): Verdict<null> {
  const options = listOf(headers, 'connection');
  const upgrade = headerOf(headers, 'upgrade');
  for (const option of options) {
    if (option === 'close' || option === 'keep-alive') continue;
    if (option === 'upgrade' && door === 'upgrade') continue;
    return ambiguous('an unknown connection option');
  }
  if (door === 'request') return upgrade === undefined ? go(null) : ambiguous('an Upgrade outside an upgrade');
  if (upgrade?.toLowerCase() !== 'websocket') return ambiguous('an upgrade to something other than a WebSocket');
  if (headerOf(headers, 'sec-websocket-version') !== '13') return ambiguous('a WebSocket version other than 13');
  return go(null);
}
