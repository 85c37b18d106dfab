// 80: on every exit, refusals, errors and aborts too: the outcome in the journal, what was taken and not used given back,
// the recording ended. Never answers and never throws: a failure here is logged, and the verifier sees an open intent.
import { type Hit, hitsOf } from '../../access/budgets/weigh.ts';
import { answerText, secretsOf } from '../../audit/recording/answerText.ts';
import type { ExchangeClosing } from '../../audit/recording/lines.ts';
import { redactTarget } from '../../audit/recording/redact.ts';
import type { AuditEvent } from '../../kernel/auditEvent.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Authenticated, Canonical } from '../../kernel/exchange.ts';
import { REASONS, type Reason } from '../../kernel/reasons.ts';
import type { Refusal } from '../../kernel/verdict.ts';
import { offerOf } from '../decide/offer.ts';
import type { Arrival, Log } from '../exchange.ts';
import { type OpenRecording, openingOf, type RedactBody } from './60-record.ts';
import { type ForwardedExchange, maybeSent } from './70-forward.ts';

/** How far an exchange came: everything that the last stage that said go has returned. */
type Always = 'id' | 'at' | 'door' | 'peer';
export type Known = Pick<Arrival, Always> & Partial<Omit<ForwardedExchange, Always>>;

export type SettleParts = {
  readonly settleAct: (act: {
    readonly exchange: string;
    readonly intent: number;
    readonly grant: string | null;
    readonly sent: boolean;
    readonly status: number | null;
    readonly event: AuditEvent;
  }) => Promise<void>;
  /** writes request.refused of a known session; `tried`: what it would have hit but for a budget */
  readonly actRefused: (event: AuditEvent, tried: readonly Hit[]) => Promise<void>;
  /** counts a refusal of somebody unknown */
  readonly doorRefused: (reason: Reason) => void;
  readonly openRecording: OpenRecording;
  readonly redactBody: RedactBody;
  readonly clock: Clock;
  readonly log: Log;
};

export function createSettle(parts: SettleParts) {
  const { settleAct, actRefused, doorRefused, openRecording, redactBody, clock, log } = parts;

  const attempt = async (known: Known, what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      log.error({ exchange: known.id, error: String(error) }, `settling: ${what} failed`);
    }
  };

  /** @param refusal null when the exchange was forwarded  @param sending whether stage 70 had begun */
  return async (known: Known, refusal: Refusal | null, sending: boolean): Promise<void> => {
    const { session, intent, forwarded } = known;
    const work: Promise<void>[] = [];
    if (known.recording !== undefined) {
      const { recording } = known;
      const closing = closingOf(known, refusal, clock.now());
      work.push(
        attempt(known, 'closing the recording', async () => {
          const answer = refusal === null ? forwarded?.answer : null;
          if (answer == null) return recording.close(closing);
          const responseBody = await answerText(answer, closing.received, secretsOf(known.action));
          return recording.close({ ...closing, responseBody });
        }),
      );
    } else if (refusal !== null && session !== undefined) {
      const request = known as Known & Authenticated;
      work.push(
        attempt(known, 'recording the refusal', async () => {
          const offer = offerOf(refusal);
          const decision = offer?.decision ?? known.decision;
          const refused = {
            reason: refusal.reason,
            policies: decision?.policies ?? [],
            policySet: decision?.policySet ?? '',
          };
          const told = offer === null ? request : { ...request, action: offer.action, facts: offer.facts };
          const recording = await openRecording(openingOf(told, refused, redactBody));
          await recording.close(closingOf(known, refusal, clock.now()));
        }),
      );
    }
    if (intent !== undefined && intent !== null) {
      const sent = refusal === null || (sending && maybeSent(refusal));
      const event = eventOf(known, 'act.outcome', {
        intent,
        sent,
        reason: refusal?.reason ?? null,
        status: forwarded?.status ?? null,
        end: forwarded?.end ?? 'failed',
        bodyDigest: forwarded?.bodyDigest ?? null,
      });
      const status = refusal === null ? (forwarded?.status ?? null) : null;
      const act = { exchange: known.id, intent, grant: known.grant ?? null, sent, status, event };
      work.push(attempt(known, 'the outcome', () => settleAct(act)));
    } else if (refusal !== null && !sending) {
      if (session === undefined) doorRefused(refusal.reason);
      else
        work.push(
          attempt(known, 'the refusal', () =>
            actRefused(eventOf(known, 'request.refused', refusedFacts(known, refusal)), triedOf(refusal)),
          ),
        );
    }
    await Promise.all(work);
  };
}

/** Policy refused it for the budget alone. The commit notes by itself what it refuses. */
const triedOf = (refusal: Refusal): readonly Hit[] => {
  // With the number that the console told, where it was asked.
  const offer = refusal.reason === 'budget.spent' ? offerOf(refusal) : null;
  return offer?.tried === true ? hitsOf(offer.action) : [];
};

function eventOf(known: Known, kind: AuditEvent['kind'], facts: AuditEvent['facts']): AuditEvent {
  const { session, console } = known;
  return {
    kind,
    actor: session?.principal.id ?? null,
    ...(session === undefined ? {} : { actorName: session.principal.name, session: session.id }),
    exchange: known.id,
    ...(console === undefined ? {} : { console: console.id }),
    facts,
  };
}

function refusedFacts(known: Known & Partial<Canonical>, refusal: Refusal): AuditEvent['facts'] {
  const offer = offerOf(refusal);
  return {
    reason: refusal.reason,
    detail: refusal.detail,
    method: known.method ?? null,
    target: known.target === undefined ? null : redactTarget(known.target, known.action?.redact),
    action: known.action?.name ?? null,
    title: known.action?.title ?? null,
    targets: known.action?.targets.map(({ kind, id }) => `${kind}:${id}`) ?? [],
    policies: offer?.decision.policies ?? [],
    hold: offer?.hold ?? null,
    peer: known.peer,
  };
}

function closingOf(known: Known, refusal: Refusal | null, now: number): ExchangeClosing {
  const { forwarded } = known;
  return {
    status: refusal === null ? (forwarded?.status ?? null) : REASONS[refusal.reason].status,
    responseHeaders: forwarded?.answerHeaders ?? [],
    sent: forwarded?.sent ?? 0,
    received: forwarded?.received ?? 0,
    took: Math.max(0, now - known.at),
    end: forwarded?.end ?? (refusal === null ? 'failed' : 'done'),
  };
}
