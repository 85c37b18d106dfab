// A question of the gateway to the console, asked in the name of the person whose request needs the answer: with their own
// cookies and nothing more, only what the pack knows for a read and policy lets them read anyway, on a connection of its own,
// and recorded like any exchange before a byte leaves. It follows nothing, keeps no cookie, and gives up early.
import type { ExchangeClosing } from '../../audit/recording/lines.ts';
import { isRead } from '../../kernel/action.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Authenticated, HeaderList, ReadBody, Recognised } from '../../kernel/exchange.ts';
import type { Facts, Question } from '../../kernel/facts.ts';
import { newId, sha256Hex } from '../../kernel/ids.ts';
import { go } from '../../kernel/verdict.ts';
import { readTarget } from '../canonical/target.ts';
import { decideAll } from '../decideAll.ts';
import type { Log } from '../exchange.ts';
import { answerHeaders } from '../forward/answerHeaders.ts';
import type { Engine, Stop, UpstreamAnswer } from '../forward/engine.ts';
import { requestHeaders } from '../forward/requestHeaders.ts';
import type { Live } from '../live.ts';
import type { Allowances } from '../recognise/encodedPlaces.ts';
import type { RecogniseRequest } from '../stages/30-recognise.ts';
import { type OpenRecording, openingOf, type RedactBody } from '../stages/60-record.ts';
import { readAnswer } from './readAnswer.ts';

export type AskConsole = (
  asker: Authenticated,
  question: { readonly target: string; readonly accept?: string | undefined },
) => Promise<unknown>;

export type AskConsoleParts = {
  readonly engine: Engine;
  readonly live: Pick<Live, 'add'>;
  readonly recognise: RecogniseRequest;
  readonly allowancesOf: (pack: string) => Allowances | null;
  readonly gatherFacts: (request: Recognised) => Facts | Promise<Facts>;
  readonly decide: (question: Question) => ReturnType<typeof decideAll>;
  readonly openRecording: OpenRecording;
  readonly redactBody: RedactBody;
  readonly moreHeaders: (console: Authenticated['console']) => readonly string[];
  readonly clock: Clock;
  readonly log: Log;
};

/** ms from the question to the end of the answer */
export const ANSWER_WITHIN = 1500;
/** Of the asker's own request: who they are to the console. What they wanted there is not repeated. */
const IDENTITY = ['cookie', 'authorization', 'user-agent', 'accept-language'];
const NO_BODY: ReadBody = async () => go({ mode: 'none', digest: sha256Hex('') });

/** @returns a function that resolves with the JSON of the answer, or undefined for whatever else happens. It never rejects. */
export function createAskConsole(parts: AskConsoleParts): AskConsole {
  const { recognise, allowancesOf, gatherFacts, decide, openRecording, redactBody, clock, log } = parts;

  return async (asker, { target, accept = 'application/json' }) => {
    try {
      const read = readTarget(target, allowancesOf(asker.console.pack));
      if (!read.go) return undefined;
      const { console, session, peer } = asker;
      const own = asker.headers.filter(([name]) => IDENTITY.includes(name));
      const headers: HeaderList = [...own, ['accept', accept], ['accept-encoding', 'identity']];
      const question: Authenticated = {
        ...{ id: newId('exc'), at: clock.now(), door: 'request', peer, console, method: 'GET' },
        ...{ ...read.value, headers, bodyLength: 0, navigation: false, session },
      };
      const recognised = await recognise(question, NO_BODY);
      // Nothing that the pack does not know for a read, whatever became of the question on its way here.
      if (!recognised.go || !isRead(recognised.value.action) || recognised.value.action.entry === null)
        return undefined;
      const request = { ...question, ...recognised.value };
      const facts = await gatherFacts(request);
      const { principal } = session;
      const decision = decideAll(decide, { principal, action: request.action, on: console.id, facts });
      if (!decision.allow) return undefined;
      const opening = openingOf({ ...request, decision, facts }, null, redactBody);
      const recording = await openRecording({ ...opening, by: 'gateway' });
      const { value, closing } = await exchange(request);
      await recording.close(closing);
      return value;
    } catch (error) {
      log.warn({ console: asker.console.id, error: String(error) }, 'a question to the console failed');
      return undefined;
    }
  };

  async function exchange(request: Recognised): Promise<{ value: unknown; closing: ExchangeClosing }> {
    const upstream = new URL(request.console.upstream);
    const stop: { stopped: boolean; onStop: Stop['onStop'] } = { stopped: false, onStop: null };
    let answered: UpstreamAnswer | null = null;
    const giveUp = () => {
      stop.stopped = true;
      stop.onStop?.();
      answered?.answer.destroy();
      answered?.abort();
    };
    const timer = setTimeout(giveUp, ANSWER_WITHIN);
    const done = parts.live.add(request, giveUp);
    const closing = (over: Partial<ExchangeClosing>): ExchangeClosing => ({
      ...{ status: null, responseHeaders: [], sent: 0, received: 0, end: 'failed' },
      ...{ took: Math.max(0, clock.now() - request.at), ...over },
    });
    try {
      const { method, target } = request;
      const headers = requestHeaders(request, { upstream, more: parts.moreHeaders(request.console), plain: false });
      const send = { upstream, method, target, headers, body: null, agent: false as const, within: ANSWER_WITHIN };
      answered = await parts.engine.send(send, stop);
      const { answer } = answered;
      const { value, bytes } = await readAnswer(answer, upstream);
      const status = answer.statusCode ?? null;
      const responseHeaders = answerHeaders(answer, request.console.origin, upstream);
      const end = value === undefined ? 'aborted' : 'done';
      return { value, closing: closing({ status, responseHeaders, received: bytes, end }) };
    } catch {
      return { value: undefined, closing: closing({}) };
    } finally {
      clearTimeout(timer);
      done();
      answered?.abort();
    }
  }
}
