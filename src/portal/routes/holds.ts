// Exact requests that wait for signatures. Their own person signs, asks others and cancels, in the session that made the
// request; whom the rule names approves or denies once they were asked; reviewers read. To everybody else they do not exist.
// Own signature and approvals are made over one digest, computed anew from the stored hold.
import { Router } from 'express';
import type { Grants } from '../../access/grants/grants.redis.ts';
import { grantFor } from '../../access/grants/terms.ts';
import type { HoldOutcome, Holds } from '../../access/holds/holds.redis.ts';
import { type HoldDeed, type HoldReader, maySeeHold, whyNotHold } from '../../access/holds/states.ts';
import { reasonFaults } from '../../access/rules/ruleFor.ts';
import type { Passkeys } from '../../auth/webauthn/passkeys.redis.ts';
import type { AccessRules } from '../../kernel/accessRules.ts';
import type { Hold } from '../../kernel/hold.ts';
import type { Session } from '../../kernel/session.ts';
import { serve } from '../api/serve.ts';
import type { May } from '../authenticate.ts';
import type { HoldView } from '../contract/holds.ts';
import * as endpoints from '../endpoints/holds.ts';
import { askProblem, createHoldView, type HoldViewDeps, holdProblem } from '../holdView.ts';
import { turnedDown } from '../notes.ts';
import { PortalProblem, unwrap } from '../problem.ts';

export type HoldRouteDeps = HoldViewDeps & {
  readonly holds: Omit<Holds, 'create' | 'check'>;
  readonly grants: Pick<Grants, 'activeFor'>;
  readonly passkeys: Pick<Passkeys, 'assertionOptions' | 'verifyAssertion'>;
  readonly may: May;
  /** those in force now */
  readonly rules: () => AccessRules;
};

export function holdRoutes({ holds, grants, passkeys, may, rules, ...viewDeps }: HoldRouteDeps): Router {
  const router = Router();
  const viewOf = createHoldView(viewDeps);

  const readerOf = ({ id, principal }: Session): HoldReader & { readonly reviewer: boolean } => ({
    id: principal.id,
    session: id,
    approver: may(principal, 'access.approve'),
    groups: principal.groups,
    reviewer: may(principal, 'recording.view'),
  });
  const view = async (hold: Hold, reader: HoldReader): Promise<HoldView> => {
    const act = { principal: hold.principal.id, console: hold.console, action: hold.action, targets: hold.targets };
    const grant = grantFor(await grants.activeFor(hold.principal.id), act);
    const seen = viewOf(hold, reader, grant);
    if (seen.mine) return seen;
    // Whoever is asked again after a no must know of the no.
    const others = await holds.mine({ id: hold.session, principal: hold.principal });
    return { ...seen, notes: [...turnedDown(hold, others, viewDeps.clock.now()), ...seen.notes] };
  };
  const found = async (session: Session, id: string) => {
    const reader = readerOf(session);
    const hold = await holds.get(id);
    if (hold === null || !maySeeHold(hold, reader)) throw new PortalProblem('not.found');
    return { hold, reader };
  };
  /** The hold, when this person may do this to it now. The script decides it again. @throws PortalProblem */
  const forDeed = async (session: Session, id: string, deed: HoldDeed) => {
    const { hold, reader } = await found(session, id);
    const why = whyNotHold(deed, hold, reader, viewDeps.clock.now());
    if (why !== null) throw holdProblem(why);
    return { hold, reader };
  };
  const done = (outcome: HoldOutcome, reader: HoldReader): Promise<HoldView> => {
    if (!outcome.done) throw holdProblem(outcome.why);
    return view(outcome.hold, reader);
  };
  const ceremony = (hold: Hold) => ({ purpose: 'hold', subject: hold.id, challenge: holds.challenge(hold) }) as const;
  const evidenceOf = async (session: Session, hold: Hold, response: unknown) =>
    unwrap(await passkeys.verifyAssertion(session, { ...ceremony(hold), response }));

  serve(router, endpoints.listHolds, async ({ session, query }) => {
    const reader = readerOf(session);
    if (query.view === 'mine') return Promise.all((await holds.mine(session)).map((hold) => view(hold, reader)));
    if (!reader.approver) throw new PortalProblem('forbidden');
    const waiting = await holds.inbox();
    const now = viewDeps.clock.now();
    const forReader = waiting.filter((hold) => whyNotHold('approve', hold, reader, now) === null);
    return Promise.all(forReader.map((hold) => view(hold, reader)));
  });

  serve(router, endpoints.readHold, async ({ session, params }) => {
    const { hold, reader } = await found(session, params.id);
    return view(hold, reader);
  });

  serve(router, endpoints.askHold, async ({ session, params, body }) => {
    const { hold, reader } = await forDeed(session, params.id, 'ask');
    // A rule that is gone since asks for nothing but a reason.
    const rule = rules().approvals.find(({ id }) => id === hold.rule) ?? { reason: null, ticket: null };
    const faults = reasonFaults(rule, body);
    if (faults.length > 0) throw askProblem(faults);
    return done(await holds.ask(hold.id, session, body), reader);
  });

  serve(router, endpoints.holdOptions, async ({ session, params }) => {
    const { hold, reader } = await found(session, params.id);
    const deed = reader.id === hold.principal.id ? 'sign' : 'approve';
    const why = whyNotHold(deed, hold, reader, viewDeps.clock.now());
    if (why !== null) throw holdProblem(why);
    return passkeys.assertionOptions(session, ceremony(hold));
  });

  serve(router, endpoints.signHold, async ({ session, params, body }) => {
    const { hold, reader } = await forDeed(session, params.id, 'sign');
    const evidence = await evidenceOf(session, hold, body.assertion);
    return done(await holds.sign(hold.id, session, evidence), reader);
  });

  serve(router, endpoints.approveHold, async ({ session, params, body }) => {
    const { hold, reader } = await forDeed(session, params.id, 'approve');
    const evidence = await evidenceOf(session, hold, body.assertion);
    return done(await holds.approve(hold.id, session, evidence), reader);
  });

  serve(router, endpoints.denyHold, async ({ session, params, body }) => {
    const { hold, reader } = await forDeed(session, params.id, 'deny');
    return done(await holds.deny(hold.id, session, body.reason), reader);
  });

  serve(router, endpoints.cancelHold, async ({ session, params }) => {
    const { hold, reader } = await forDeed(session, params.id, 'cancel');
    return done(await holds.cancel(hold.id, session), reader);
  });
  return router;
}
