// One request, from the door to the journal. Read this file first.
// Each stage takes the type that the one before returned, so a wrong order does not compile. A stage returns a verdict and
// never answers; whatever happens, there is one exit: a refusal is answered, and the exchange is settled.
import { type Refusal, refuse, type Verdict } from '../kernel/verdict.ts';
import type { ConsoleByHost } from './exchange.ts';
import { type Arrival, type Client, isStateUnavailable, type Log } from './exchange.ts';
import type { Respond } from './respond.ts';
import { createCanonicalise } from './stages/10-canonicalise.ts';
import { createIdentify, type SessionParts } from './stages/20-session.ts';
import { createRecognise, type RecogniseRequest } from './stages/30-recognise.ts';
import { createDecide, type DecideParts } from './stages/40-decide.ts';
import { type CommitAct, createCommit } from './stages/50-commit.ts';
import { createRecord, type RecordParts } from './stages/60-record.ts';
import { createForward, type Send } from './stages/70-forward.ts';
import { createSettle, type Known, type SettleParts } from './stages/80-settle.ts';

export type PipelineParts = SessionParts &
  DecideParts &
  RecordParts &
  Omit<SettleParts, 'clock'> & {
    readonly consoleByHost: ConsoleByHost;
    readonly recognise: RecogniseRequest;
    readonly commitAct: CommitAct;
    readonly sendRequest: Send;
    readonly openSocket: Send;
    readonly respond: Respond;
    readonly log: Log;
  };

export type Pipeline = { handle(arrival: Arrival, client: Client): Promise<void> };

export function createPipeline(parts: PipelineParts): Pipeline {
  const way = from<Arrival>()
    .stage(createCanonicalise(parts)) // 10  one reading of it, for one console
    .stage(createIdentify(parts)) //     20  whose session
    .stage(createRecognise(parts)) //    30  which action, on which targets
    .stage(createDecide(parts)) //       40  may they, and what would help if not
    .stage(createCommit(parts)) //       50  the intent is durable; holds and grants are used
    .stage(createRecord(parts)) //       60  a recording is open
    .stage(createForward(parts)); //     70  the console's answer, streamed
  const settle = createSettle(parts); // 80  the outcome, on every exit

  return {
    async handle(arrival, client) {
      let known: Known = arrival;
      let refusal: Refusal | null = refuse('gateway.failed', 'no stage has spoken');
      try {
        const verdict = await way.run(arrival, client, (value) => {
          known = value;
        });
        refusal = verdict.go ? null : verdict;
      } catch (error) {
        refusal = refuse(isStateUnavailable(error) ? 'state.unavailable' : 'gateway.failed', String(error));
        parts.log.error({ exchange: arrival.id, error: stackOf(error) }, 'a stage threw');
      }
      // Written first, told then: who reads the journal after an answer finds it there.
      await settle(known, refusal, known.recording !== undefined);
      if (refusal !== null) await parts.respond(known, client, refusal);
    },
  };
}

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

type Run<In, Out> = (input: In, client: Client, reached: (value: Known) => void) => Promise<Verdict<Out>>;
type Way<In, Out> = {
  stage<Next extends Known>(
    next: (value: Out, client: Client) => Verdict<Next> | Promise<Verdict<Next>>,
  ): Way<In, Next>;
  run: Run<In, Out>;
};

function from<In>(): Way<In, In> {
  return wayOf<In, In>(async (input) => ({ go: true, value: input }));
}

function wayOf<In, Out>(run: Run<In, Out>): Way<In, Out> {
  return {
    run,
    stage: (next) =>
      wayOf(async (input, client, reached) => {
        const before = await run(input, client, reached);
        if (!before.go) return before;
        const verdict = await next(before.value, client);
        if (verdict.go) reached(verdict.value);
        return verdict;
      }),
  };
}
