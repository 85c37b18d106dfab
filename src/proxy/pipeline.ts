// One request, from the door to the journal. Read this file first.
// Each stage takes the type that the one before returned, so a wrong order does not compile. A stage returns a verdict and
// never answers; whatever happens, there is one exit: a refusal is answered, and the exchange is settled.
import type { Action } from '../kernel/action.ts';
import type { Authenticated } from '../kernel/exchange.ts';
import { type Refusal, refuse, type Verdict } from '../kernel/verdict.ts';
import type { ConsoleByHost } from './exchange.ts';
import { type Arrival, type Client, isStateUnavailable, type Log } from './exchange.ts';
import {
  type ClientMessage,
  createSocketHolds,
  type JudgeMessage,
  type MessageArrival,
  messageArrival,
} from './messages.ts';
import { createObserve } from './observe.ts';
import type { Respond, TellPage } from './respond.ts';
import { createCanonicalise } from './stages/10-canonicalise.ts';
import { createIdentify, type SessionParts } from './stages/20-session.ts';
import {
  createRecognise,
  createRecogniseMessage,
  type RecogniseMessage,
  type RecogniseRequest,
} from './stages/30-recognise.ts';
import { createDecide, type DecideParts } from './stages/40-decide.ts';
import { type CommitAct, createCommit } from './stages/50-commit.ts';
import { createRecord, type RecordedExchange, type RecordParts } from './stages/60-record.ts';
import { createForward, forwardMessage, type OpenSocket, type Send } from './stages/70-forward.ts';
import { createSettle, type Known, type SettleParts } from './stages/80-settle.ts';

export type PipelineParts = SessionParts &
  DecideParts &
  RecordParts &
  Omit<SettleParts, 'clock'> & {
    readonly consoleByHost: ConsoleByHost;
    readonly recognise: RecogniseRequest;
    readonly commitAct: CommitAct;
    readonly sendRequest: Send;
    readonly openSocket: OpenSocket;
    readonly recogniseMessage: RecogniseMessage;
    /** whether messages of this upgraded connection are looked at one by one */
    readonly judgesMessages: (upgrade: Action) => boolean;
    readonly respond: Respond;
    readonly tellPage: TellPage;
    readonly log: Log;
  };

export type Pipeline = { handle(arrival: Arrival, client: Client): Promise<void> };

export function createPipeline(parts: PipelineParts): Pipeline {
  const identify = createIdentify(parts);
  const decide = createDecide(parts);
  const observe = createObserve(parts);
  const commit = createCommit(parts);
  const record = createRecord(parts);
  const way = from<Arrival, Client>()
    .stage(createCanonicalise(parts)) // 10  one reading of it, for one console
    .stage(identify) //                  20  whose session
    .stage(createRecognise(parts)) //    30  which action, on which targets
    .stage(decide) //                    40  may they, and what would help if not
    .stage(observe) //                       where nothing is enforced yet: what would have been refused
    .stage(commit) //                    50  the intent is durable; holds and grants are used
    .stage(record) //                    60  a recording is open
    .stage(createForward({ ...parts, judgeMessages })); // 70  the console's answer, streamed
  // A message of a console that acts over a socket. Its session is asked for anew: the socket may be hours old.
  const messageWay = from<MessageArrival, ClientMessage>()
    .stage(sessionOfSocket(identify)) // 20
    .stage(createRecogniseMessage(parts)) // 30
    .stage(decide) // 40
    .stage(observe)
    .stage(commit) // 50
    .stage(record) // 60
    .stage(forwardMessage); // 70
  const settle = createSettle(parts); // 80  the outcome, on every exit

  /** The one exit: whatever happens, it is settled. Written first, told then: who reads the journal after an answer finds it there. */
  async function settled<In extends Known, Beside>(
    { run }: Way<In, Known, Beside>,
    arrival: In,
    beside: Beside,
  ): Promise<{ known: Known; refusal: Refusal | null }> {
    let known: Known = arrival;
    let refusal: Refusal | null = refuse('gateway.failed', 'no stage has spoken');
    try {
      const verdict = await run(arrival, beside, (value) => {
        known = value;
      });
      refusal = verdict.go ? null : verdict;
    } catch (error) {
      refusal = refuse(isStateUnavailable(error) ? 'state.unavailable' : 'gateway.failed', String(error));
      // Redis away is known and told elsewhere: no stack for every request of that time.
      if (isStateUnavailable(error)) parts.log.warn({ exchange: arrival.id }, 'refused without Redis');
      else parts.log.error({ exchange: arrival.id, error: stackOf(error) }, 'a stage threw');
    }
    await settle(known, refusal, known.recording !== undefined);
    return { known, refusal };
  }

  /** Null: the messages of this socket are not looked at. */
  function judgeMessages(socket: RecordedExchange): JudgeMessage | null {
    if (!parts.judgesMessages(socket.action)) return null;
    const holds = createSocketHolds();
    return async (message) => {
      const arrival = messageArrival(socket, message, holds.heldAs, parts.clock);
      const { known, refusal } = await settled(messageWay, arrival, message);
      holds.note(known, refusal);
      if (refusal !== null) await parts.tellPage(known, refusal);
      return refusal;
    };
  }

  return {
    async handle(arrival, client) {
      const { known, refusal } = await settled(way, arrival, client);
      if (refusal !== null) await parts.respond(known, client, refusal);
    },
  };
}

const sessionOfSocket =
  (identify: ReturnType<typeof createIdentify>) =>
  async (message: MessageArrival): Promise<Verdict<MessageArrival & Authenticated>> => {
    const found = await identify(message.socket);
    return found.go ? { go: true, value: { ...message, session: found.value.session } } : found;
  };

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

type Stage<In, Out, Beside> = (value: In, beside: Beside) => Verdict<Out> | Promise<Verdict<Out>>;
type Way<In, Out, Beside> = {
  stage<Next extends Known>(next: Stage<Out, Next, Beside>): Way<In, Next, Beside>;
  /** @param reached is told what every stage that says go returns */
  run(input: In, beside: Beside, reached: (value: Known) => void): Promise<Verdict<Out>>;
};

const from = <In extends Known, Beside>(): Way<In, In, Beside> => wayOf([]);

/** The types of `Way` hold the stages in order; in here they are only a list. Waits for nothing that need not be waited for. */
function wayOf<In, Out, Beside>(stages: readonly Stage<never, Known, Beside>[]): Way<In, Out, Beside> {
  return {
    stage: (next) => wayOf([...stages, next as Stage<never, Known, Beside>]),
    async run(input, beside, reached) {
      let value: unknown = input;
      for (const stage of stages) {
        const answer = stage(value as never, beside);
        const verdict = answer instanceof Promise ? await answer : answer;
        if (!verdict.go) return verdict;
        value = verdict.value;
        reached(verdict.value);
      }
      return { go: true, value: value as Out };
    },
  };
}
