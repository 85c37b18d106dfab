// An upload is asked for its signature before its bytes are sent: this says what a request of this head would be told. Only for
// entries whose bodies nobody looks into; what must be read to be judged is judged when it comes. Takes nothing, holds nothing,
// and what it says is no promise: the upload itself takes every stage.
import type { Clock } from '../../kernel/clock.ts';
import type { Authenticated, HeaderList, ReadBody, Recognised } from '../../kernel/exchange.ts';
import { newId } from '../../kernel/ids.ts';
import { go, type Refusal, refuse, type Verdict } from '../../kernel/verdict.ts';
import { Preflight } from '../../portal/contract/consolePages.ts';
import { readHeaders } from '../canonical/headers.ts';
import type { PeerOf } from '../canonical/peer.ts';
import { readTarget } from '../canonical/target.ts';
import { offerOf } from '../decide/offer.ts';
import type { Log } from '../exchange.ts';
import type { Allowances } from '../recognise/encodedPlaces.ts';
import { problemOf } from '../respond.ts';
import type { RecogniseRequest } from '../stages/30-recognise.ts';
import { sendJson } from './answer.ts';
import { readJson } from './change.ts';
import type { Call, Known, Routes } from './route.ts';

export type PreflightParts = {
  readonly recognise: RecogniseRequest;
  /** stage 40 */
  readonly decide: (request: Recognised) => Verdict<Recognised> | Promise<Verdict<Recognised>>;
  readonly allowancesOf: (pack: string) => Allowances | null;
  readonly peerOf: PeerOf;
  readonly portalOrigin: string;
  readonly clock: Clock;
  readonly log: Log;
};

const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'];
const Asked = Preflight.strict();
/** Of the preflight's own head: about its own body, or names of ours. */
const NOT_THE_UPLOADS = /^(content-.*|transfer-encoding|x-sallyport-.*)$/;
const uploadOnly: ReadBody = async (mode) =>
  mode === 'opaque' ? go({ mode: 'opaque' }) : refuse('body.unreadable', 'not an upload');

export function preflightRoutes(parts: PreflightParts): Routes {
  const { recognise, decide, allowancesOf, peerOf, portalOrigin, clock, log } = parts;

  function requestOf({ session, console }: Known, { req }: Call, asked: Preflight): Authenticated | null {
    const target = readTarget(asked.target, allowancesOf(console.pack));
    const headers = readHeaders(req.rawHeaders);
    if (!METHODS.includes(asked.method) || !target.go || !headers.go) return null;
    const own: HeaderList = headers.value.filter(([name]) => !NOT_THE_UPLOADS.test(name));
    return {
      ...{ id: newId('exc'), at: clock.now(), door: 'request', console, session, method: asked.method },
      ...{ peer: peerOf(req.socket.remoteAddress, req.rawHeaders), ...target.value, navigation: false },
      ...{ headers: [...own, ['content-type', typeOf(asked.contentType)]], bodyLength: null },
    };
  }

  /** What stands in the way; null: nothing, or nobody can tell before the body is here. */
  async function refusalOf(request: Authenticated): Promise<{ known: Recognised; refusal: Refusal } | null> {
    const recognised = await recognise(request, uploadOnly);
    if (!recognised.go || recognised.value.body.mode !== 'opaque') return null;
    const known = { ...request, ...recognised.value };
    const verdict = await decide(known);
    return verdict.go || offerOf(verdict) === null ? null : { known, refusal: verdict };
  }

  return {
    preflight: {
      method: 'POST',
      async run(known, call) {
        const asked = await readJson(call.req, Asked);
        const request = requestOf(known, call, asked);
        const found = request === null ? null : await refusalOf(request);
        if (found === null) return void call.res.writeHead(204).end();
        const { refusal } = found;
        log.info({ exchange: found.known.id, reason: refusal.reason, detail: refusal.detail }, 'upload refused before');
        const problem = problemOf(found.known, refusal, portalOrigin);
        call.res.setHeader('X-Sallyport-Refused', refusal.reason);
        sendJson(call.res, problem, problem.status, 'application/problem+json');
      },
    },
  };
}

/** A page does not know the boundary that its browser will choose. */
const typeOf = (contentType: string): string =>
  /^multipart\/form-data\s*$/i.test(contentType) ? 'multipart/form-data; boundary=none' : contentType;
