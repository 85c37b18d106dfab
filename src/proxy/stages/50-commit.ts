// 50: the intent is in the journal, the hold and the grant's use are taken, the devices are counted against the budgets, in
// one atomic script, before a byte leaves. Reads write no intent and touch nothing. Refuses with session.revoked, hold.*,
// approval.*, grant.ended, budget.spent, lockdown.active, journal.unavailable.
import { type Hit, hitsOf } from '../../access/budgets/weigh.ts';
import { redactTarget } from '../../audit/recording/redact.ts';
import { isRead } from '../../kernel/action.ts';
import type { AuditEvent } from '../../kernel/auditEvent.ts';
import type { Committed, Decided } from '../../kernel/exchange.ts';
import type { Session } from '../../kernel/session.ts';
import { go, refuse, type Verdict } from '../../kernel/verdict.ts';
import { actsIn } from '../decide/heldRequest.ts';
import { isStateUnavailable } from '../exchange.ts';

export type CommitAct = (act: {
  readonly session: Session;
  readonly exchange: string;
  readonly console: string;
  readonly hits: readonly Hit[];
  readonly hold: { readonly id: string; readonly signed: boolean; readonly approvals: number } | null;
  readonly grant: string | null;
  readonly event: AuditEvent;
}) => Promise<Verdict<{ readonly intent: number }>>;

export function createCommit({ commitAct }: { readonly commitAct: CommitAct }) {
  // A read that rests on a grant or a signature uses it up, so it is written like an act.
  return (request: Decided): Verdict<Committed> | Promise<Verdict<Committed>> =>
    isRead(request.action) && request.grant === null && request.hold === null
      ? go({ ...request, intent: null })
      : commit(request);

  async function commit(request: Decided): Promise<Verdict<Committed>> {
    const { id: exchange, session, grant, facts } = request;
    // Policy was told of these signatures, so they must still be there.
    const hold = request.hold === null ? null : { id: request.hold, signed: facts.signed, approvals: facts.approvals };
    const act = { session, exchange, console: request.console.id, hits: hitsOf(request.action), hold, grant };
    try {
      const committed = await commitAct({ ...act, event: intentOf(request) });
      return committed.go ? go({ ...request, intent: committed.value.intent }) : committed;
    } catch (error) {
      if (isStateUnavailable(error)) return refuse('journal.unavailable', String(error));
      throw error;
    }
  }
}

function intentOf(request: Decided): AuditEvent {
  const { action, body, decision, facts, session } = request;
  return {
    kind: 'act.intent',
    actor: session.principal.id,
    actorName: session.principal.name,
    session: session.id,
    exchange: request.id,
    console: request.console.id,
    facts: {
      action: action.name,
      // of a batch: what a grant must name, which an auditor compares
      ...(action.parts === undefined ? {} : { acts: [...new Set(actsIn(action).map(({ name }) => name))].sort() }),
      risk: action.risk,
      title: action.title,
      targets: action.targets.map(({ kind, id }) => `${kind}:${id}`),
      ...(action.devices === undefined ? {} : { devices: action.devices }),
      method: request.method,
      // signed holds keep the raw one: the signature is over it
      target: redactTarget(request.target, action.redact),
      door: request.door,
      bodyDigest: body.mode === 'opaque' ? null : body.digest,
      policies: decision.policies,
      policySet: decision.policySet,
      grant: request.grant,
      hold: request.hold,
      // The signatures that the decision rests on, and what they cover of the body: an auditor compares both with the journal.
      ...(request.hold === null
        ? {}
        : {
            holdSigned: facts.signed,
            holdApprovals: facts.approvals,
            signedDigest: action.signedDigest ?? null,
          }),
      peer: request.peer,
    },
  };
}
