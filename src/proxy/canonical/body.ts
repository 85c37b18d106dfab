// Reads a request's body in one of three ways, once (design, section 4). A judged body is held whole, within its limit, and
// its very bytes are sent on; none means that not one byte may come; an opaque one is left in the socket until stage 70.
// `100 Continue` is sent only from here: nobody is asked for a body before the stages in front have passed.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BodyMode } from '../../kernel/action.ts';
import { type Body, type HeaderList, headerOf, type ReadBody } from '../../kernel/exchange.ts';
import { sha256Hex } from '../../kernel/ids.ts';
import { go, refuse, type Verdict } from '../../kernel/verdict.ts';

/** The most that a pack may ask to have judged (pitfall 27). */
export const MOST_JUDGED = 1024 * 1024;
const OF_NOTHING = sha256Hex('');
/** Names that must never arrive behind a body, where nobody looks for them (pitfall 17). */
const NOT_IN_TRAILERS = /^(host$|content-|transfer-|connection$|te$|trailer$|upgrade$|authorization$|cookie$|x-)/;

export type BodyReader = {
  readonly read: ReadBody;
  /** what was read so far; null: nothing asked for it */
  body(): Body | null;
  /** The rest of the request, for an opaque body. Asks the client to go on. */
  source(): IncomingMessage;
  /** True while bytes of the request may still be on their way. */
  unread(): boolean;
  /** True while the client holds its body back until it is asked for it. */
  heldBack(): boolean;
};

export type BodyReaderParts = {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly headers: HeaderList;
  readonly bodyLength: number | null;
  readonly expectsContinue: boolean;
  /** ms within which a judged body must have arrived whole */
  readonly within: number;
};

export function createBodyReader({
  req,
  res,
  headers,
  bodyLength,
  expectsContinue,
  within,
}: BodyReaderParts): BodyReader {
  let asked: { mode: BodyMode; answer: Promise<Verdict<Body>> } | null = null;
  let taken: Body | null = null;
  let continued = !expectsContinue;

  const askToGoOn = () => {
    if (!continued) res.writeContinue();
    continued = true;
  };

  const read = async (mode: BodyMode, limit: number): Promise<Verdict<Body>> => {
    if (mode === 'opaque') return go({ mode });
    if (mode === 'none') {
      if (bodyLength !== null) return refuse('body.unreadable', 'a body where none belongs');
      askToGoOn();
      const bytes = await collect(req, 0, within);
      if (!bytes.go)
        return bytes.reason === 'body.too_large' ? refuse('body.unreadable', 'a body where none belongs') : bytes;
      return go({ mode, digest: OF_NOTHING });
    }
    const most = Math.min(limit, MOST_JUDGED);
    const coding = headerOf(headers, 'content-encoding');
    if (coding !== undefined && coding.toLowerCase() !== 'identity')
      return refuse('body.unreadable', 'a compressed body: the bytes judged would not be the bytes read');
    if (bodyLength === 0) return go({ mode, digest: OF_NOTHING, bytes: Buffer.alloc(0) });
    if (bodyLength !== null && bodyLength > most)
      return refuse('body.too_large', `${bodyLength} bytes, at most ${most}`);
    askToGoOn();
    const bytes = await collect(req, most, within);
    return bytes.go ? go({ mode, digest: sha256Hex(bytes.value), bytes: bytes.value }) : bytes;
  };

  return {
    read(mode, limit) {
      if (asked === null && mode === 'none' && bodyLength === 0) {
        // The most usual case has nothing to wait for.
        taken = { mode, digest: OF_NOTHING };
        asked = { mode, answer: Promise.resolve(go(taken)) };
      } else if (asked === null) {
        const answer = read(mode, limit).then((verdict) => {
          if (verdict.go) taken = verdict.value;
          return verdict;
        });
        asked = { mode, answer };
      } else if (asked.mode !== mode) return Promise.resolve(refuse('gateway.failed', 'a body asked for in two ways'));
      return asked.answer;
    },
    body: () => taken,
    source() {
      askToGoOn();
      return req;
    },
    unread: () => bodyLength !== 0 && !req.complete,
    heldBack: () => !continued,
  };
}

function collect(req: IncomingMessage, limit: number, within: number): Promise<Verdict<Buffer>> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const done = (verdict: Verdict<Buffer>) => {
      clearTimeout(timer);
      req.off('data', onData).off('end', onEnd).off('close', onClose);
      req.pause();
      resolve(verdict);
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) return done(refuse('body.too_large', `more than ${limit} bytes`));
      chunks.push(chunk);
    };
    const onEnd = () => {
      if (!req.complete) return onClose();
      if (Object.keys(req.trailersDistinct).some((name) => NOT_IN_TRAILERS.test(name)))
        return done(refuse('body.unreadable', 'a trailer that changes the request'));
      done(go(Buffer.concat(chunks)));
    };
    const onClose = () => done(refuse('body.unreadable', 'the body ended early'));
    const timer = setTimeout(() => done(refuse('request.timeout', `no whole body within ${within} ms`)), within);
    req.on('error', () => undefined); // 'close' follows
    if (req.destroyed) return onClose();
    req.on('data', onData).on('end', onEnd).on('close', onClose);
  });
}
