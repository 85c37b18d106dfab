// Stage 70 for requests: written anew, sent, and the answer streamed back. Acts and streamed bodies go out on a connection of
// their own; reads on one that only this session uses.
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Readable, Transform } from 'node:stream';
import { isRead } from '../../kernel/action.ts';
import type { Console, HeaderList } from '../../kernel/exchange.ts';
import { refuse } from '../../kernel/verdict.ts';
import type { Client } from '../exchange.ts';
import type { Live } from '../live.ts';
import type { RecordedExchange } from '../stages/60-record.ts';
import type { Forwarded, ForwardRefusal, Send } from '../stages/70-forward.ts';
import { answerHeaders, faultOf } from './answerHeaders.ts';
import { RECORD_ANSWERS, type RecordAnswers, teeAnswer } from './answerTee.ts';
import type { Connections } from './connections.ts';
import { connectsToSelf, scriptNonce } from './csp.ts';
import { type Engine, type Stop, type UpstreamAnswer, UpstreamError } from './engine.ts';
import { createInjector } from './inject.ts';
import type { PageTags, PageWay } from './pageTags.ts';
import { relayAnswer } from './relay.ts';
import { framingHeaders, requestHeaders } from './requestHeaders.ts';

export type SendParts = {
  readonly engine: Engine;
  readonly connections: Connections;
  readonly live: Live;
  /** our scripts' elements, ASCII; '' when none may stand in this page */
  readonly pageTags: PageTags;
  /** header names, lower case, that a console needs besides the common ones */
  readonly moreHeaders: (console: Console) => readonly string[];
  /** what of its answers is recorded */
  readonly recordAnswers?: (console: Console) => RecordAnswers;
  readonly limits: SendLimits;
};

export type SendLimits = {
  /** ms for the head of an answer, counted anew while a body is on its way */
  readonly answer: number;
  /** ms after which a client that takes nothing is given up */
  readonly stall: number;
};

export function createSendRequest(parts: SendParts): Send {
  const { engine, connections, live, pageTags, moreHeaders, recordAnswers = () => RECORD_ANSWERS, limits } = parts;
  return async (request, client) => {
    const { res } = client;
    if (res.destroyed || client.socket.destroyed) return failed('the client left before anything was sent', false);
    const upstream = upstreamOf(request.console);
    const stop: { stopped: boolean; onStop: Stop['onStop'] } = { stopped: false, onStop: null };
    const onLeave = () => {
      stop.stopped = true;
      stop.onStop?.();
    };
    res.on('close', onLeave);
    const done = live.add(request, () => {
      onLeave();
      client.socket.destroy();
    });
    const upload = request.body.mode === 'opaque' ? meter(client.body.source(), onLeave) : null;
    try {
      // POST too: some consoles answer their login form with the page itself.
      const page = request.method === 'GET' || request.method === 'POST';
      const plain = request.console.shim && request.navigation && page;
      const headers = Object.assign(
        requestHeaders(request, { upstream, more: moreHeaders(request.console), plain }),
        framingHeaders(request),
      );
      const body = request.body.mode === 'judged' ? request.body.bytes : (upload?.stream ?? null);
      const { method, target } = request;
      const outgoing = { upstream, method, target, headers, body, within: limits.answer };
      const pooled = request.intent === null && request.action.risk === 'read' && upload === null;
      const agent = pooled ? connections.agentFor(request.session.id, upstream) : (false as const);
      // A kept socket is taken only after one more turn of the event loop: a byte that nobody asked for, and that lay unread
      // while the loop was busy, ends it before this request can take it for its answer (R-POOL-1).
      if (pooled) await nextTurn();
      let answered: UpstreamAnswer;
      try {
        answered = await engine.send({ ...outgoing, agent }, stop);
      } catch (error) {
        // A kept connection that the console had closed: nothing was read there, and a read may be asked twice.
        const again = error instanceof UpstreamError && error.stale && pooled && body === null && method !== 'POST';
        if (!again) throw error;
        answered = await engine.send({ ...outgoing, agent: false }, stop);
      }
      const fault = faultOf(answered.answer, upstream);
      if (fault !== null) {
        answered.abort();
        return failed(fault, true);
      }
      const tags = plain ? (way: PageWay) => pageTags(request, way) : null;
      const kept = recordAnswers(request.console);
      const tee = kept.answers === 'all' || !isRead(request.action) ? teeAnswer(answered.answer, kept.limit) : null;
      const relayed = await answerClient(request, client, upstream, answered, tags, limits.stall);
      const sent = request.body.mode === 'judged' ? request.body.bytes.length : (upload?.bytes() ?? 0);
      const answer = tee?.() ?? null;
      return { go: true, value: { ...relayed, sent, bodyDigest: upload?.digest() ?? null, answer } };
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      const reason = error.timeout ? 'upstream.timeout' : 'upstream.failed';
      return { ...refuse(reason, error.message), maybeSent: error.maybeSent };
    } finally {
      done();
      res.off('close', onLeave);
      upload?.stop();
    }
  };
}

const upstreams = new WeakMap<Console, URL>();
function upstreamOf(console: Console): URL {
  const known = upstreams.get(console) ?? new URL(console.upstream);
  upstreams.set(console, known);
  return known;
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const failed = (detail: string, maybeSent: boolean): ForwardRefusal => ({
  ...refuse('upstream.failed', detail),
  maybeSent,
});

/** Writes the answer's head and streams its body. */
export async function answerClient(
  request: RecordedExchange,
  client: Client,
  upstream: URL,
  { answer, abort }: UpstreamAnswer,
  tags: ((way: PageWay) => string) | null,
  stall: number,
): Promise<Pick<Forwarded, 'status' | 'answerHeaders' | 'received' | 'end'>> {
  const { res } = client;
  const status = answer.statusCode ?? 502;
  let headers = answerHeaders(answer, request.console.origin, upstream);
  let body: Readable = answer;
  const way = tags === null ? null : wayInto(answer, headers, request.console.origin);
  const tag = tags === null || way === null ? '' : tags(way);
  if (tag !== '') {
    // The bytes are no longer the ones that these speak of.
    const stale = new Set(['content-length', 'etag', 'accept-ranges', 'content-md5', 'digest', 'content-digest']);
    headers = headers.filter(([name]) => !stale.has(name));
    body = answer.pipe(createInjector(tag));
  }
  // An answer that came before the body was through: what is left of the body is not waited for.
  if (client.body.unread()) res.shouldKeepAlive = false;
  res.writeHead(status, phraseOf(answer), headers.flat());
  // Streams must show that they have begun; answers with a length are about to be written anyway.
  if (!headers.some(([name]) => name === 'content-length')) res.flushHeaders();
  const relayed = await relayAnswer(answer, body, res, stall);
  if (relayed.end !== 'done') abort();
  return { status, answerHeaders: headers, received: relayed.bytes, end: relayed.end };
}

const phraseOf = (answer: IncomingMessage): string =>
  /^[\t\x20-\x7e]*$/.test(answer.statusMessage ?? '') ? (answer.statusMessage ?? '') : '';

/** How our scripts may get into this page; null: not a page that we may put anything into. */
function wayInto(answer: IncomingMessage, headers: HeaderList, origin: string): PageWay | null {
  const all = (name: string) => headers.filter(([candidate]) => candidate === name).map(([, value]) => value);
  const [type = ''] = all('content-type');
  if (!/^text\/html\s*(;|$)/i.test(type)) return null;
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(type)?.[1]?.toLowerCase() ?? 'utf-8';
  // Only encodings in which our tag's bytes mean our tag.
  if (!/^(utf-8|utf8|us-ascii|iso-8859-\d+|windows-125\d)$/.test(charset)) return null;
  if (all('content-encoding').some((coding) => coding.toLowerCase() !== 'identity')) return null;
  if (answer.statusCode === 206 || answer.statusCode === 204 || answer.statusCode === 304) return null;
  const policies = all('content-security-policy');
  return { nonce: scriptNonce(policies), connects: connectsToSelf(policies, origin) };
}

/** A client's body on its way through: counted, hashed, held back while the upstream is slow. */
function meter(source: IncomingMessage, onCut: () => void) {
  const hash = createHash('sha256');
  let bytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      bytes += chunk.length;
      hash.update(chunk);
      next(null, chunk);
    },
  });
  const onClose = () => {
    if (!source.complete) onCut();
  };
  source.on('error', () => undefined);
  source.once('close', onClose);
  source.pipe(stream);
  let digest: string | null = null;
  return {
    stream,
    bytes: () => bytes,
    digest: () => (digest ??= hash.digest('hex')),
    stop() {
      source.off('close', onClose);
      source.unpipe(stream);
      stream.destroy();
    },
  };
}
