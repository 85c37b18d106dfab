// On a console that only observes, what policy would have refused goes on to the commit like anything else; before that, it is
// written down as such. When it cannot be written, it is refused: observing is no way around the journal.

import { redactTarget } from '../audit/recording/redact.ts';
import type { AuditEvent } from '../kernel/auditEvent.ts';
import type { Decided } from '../kernel/exchange.ts';
import { go, refuse, type Verdict } from '../kernel/verdict.ts';
import { isStateUnavailable } from './exchange.ts';
import type { SettleParts } from './stages/80-settle.ts';

export type ObserveParts = Pick<SettleParts, 'actRefused'>;

export function createObserve({ actRefused }: ObserveParts) {
  return (request: Decided): Verdict<Decided> | Promise<Verdict<Decided>> =>
    request.observed === null ? go(request) : noted(request);

  async function noted(request: Decided): Promise<Verdict<Decided>> {
    try {
      // Its devices are counted where it is committed.
      await actRefused(observedEvent(request), []);
      return go(request);
    } catch (error) {
      if (isStateUnavailable(error)) return refuse('journal.unavailable', String(error));
      throw error;
    }
  }
}

function observedEvent({ id, session, console, action, decision, observed, ...request }: Decided): AuditEvent {
  return {
    kind: 'request.observed',
    actor: session.principal.id,
    actorName: session.principal.name,
    session: session.id,
    exchange: id,
    console: console.id,
    facts: {
      reason: observed,
      method: request.method,
      target: redactTarget(request.target, action.redact),
      action: action.name,
      risk: action.risk,
      title: action.title,
      targets: action.targets.map((target) => `${target.kind}:${target.id}`),
      policies: decision.policies,
      remedies: decision.remedies,
      policySet: decision.policySet,
      peer: request.peer,
    },
  };
}
