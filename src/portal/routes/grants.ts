// Asking for access and answering it. Who may see and do what is decided here from the session's person, by policy and by
// the grant's state, and then once more by the script that makes the change. Somebody else's grant is as unknown as none.
import { Router } from 'express';
import type { Grants, Outcome } from '../../access/grants/grants.redis.ts';
import { type Deed, maySee, type Reader, whyNot } from '../../access/grants/states.ts';
import { type ApprovedTerms, narrows } from '../../access/grants/terms.ts';
import type { Passkeys } from '../../auth/webauthn/passkeys.redis.ts';
import type { Grant } from '../../kernel/grant.ts';
import type { Principal } from '../../kernel/principal.ts';
import type { Session } from '../../kernel/session.ts';
import { serve } from '../api/serve.ts';
import type { Asking, Checked } from '../asking.ts';
import type { May } from '../authenticate.ts';
import type { GrantView } from '../contract/grants.ts';
import {
  approveGrant,
  approveGrantOptions,
  askGrant,
  denyGrant,
  endGrant,
  listGrants,
  readAskRule,
  readGrant,
  withdrawGrant,
} from '../endpoints/grants.ts';
import { createGrantView, grantProblem, type ViewDeps } from '../grantView.ts';
import { PortalProblem, unwrap } from '../problem.ts';

export type GrantRouteDeps = ViewDeps & {
  readonly grants: Pick<
    Grants,
    'get' | 'listMine' | 'inbox' | 'all' | 'approvalChallenge' | 'approve' | 'deny' | 'withdraw' | 'end'
  >;
  readonly passkeys: Pick<Passkeys, 'assertionOptions' | 'verifyAssertion'>;
  readonly may: May;
  readonly asking: Asking;
};

type Who = { readonly principal: Principal };
type Whose = Who & { readonly session: Session; readonly params: { readonly id: string } };

export function grantRoutes({ grants, passkeys, may, asking, ...viewing }: GrantRouteDeps): Router {
  const router = Router();
  const view = createGrantView(viewing);
  const { now } = viewing;

  const readerOf = ({ principal }: Who): Reader & { readonly reviewer: boolean } => ({
    id: principal.id,
    groups: principal.groups,
    approver: may(principal, 'access.approve'),
    reviewer: may(principal, 'recording.view') || may(principal, 'access.review'),
  });
  const grantOf = async (call: Whose): Promise<Grant> => {
    const grant = await grants.get(call.params.id);
    if (grant === null || !maySee(grant, readerOf(call))) throw new PortalProblem('not.found');
    return grant;
  };
  /** The grant, when this person may do this to it now. @throws PortalProblem */
  const forDeed = async (call: Whose, deed: Deed): Promise<Grant> => {
    const grant = await grantOf(call);
    const why = whyNot(deed, grant, readerOf(call), { now: now.clock.now(), epoch: now.epoch() });
    if (why !== null) throw grantProblem(why);
    return grant;
  };
  const done = (outcome: Outcome, call: Who): GrantView => {
    if (!outcome.done) throw grantProblem(outcome.why, outcome.faults);
    return view(outcome.grant, readerOf(call));
  };

  serve(router, listGrants, async (call) => {
    const reader = readerOf(call);
    const { view: which, cursor = null } = call.query;
    const page = (list: readonly Grant[], next: string | null) => ({
      grants: list.map((grant) => view(grant, reader)),
      next,
    });
    if (which === 'mine') {
      const mine = await grants.listMine(reader.id, cursor);
      return page(mine.grants, mine.next);
    }
    if (!reader.approver && (which === 'inbox' || !reader.reviewer)) throw new PortalProblem('forbidden');
    if (which === 'inbox') return page(await grants.inbox(), null);
    const all = await grants.all(cursor);
    return page(all.grants, all.next);
  });

  serve(router, readAskRule, ({ principal, query }) =>
    allowed(asking.rule(principal, query.console, [query.action].flat())),
  );
  serve(router, askGrant, async (call) => done(await asking.ask(call.session, call.body), call));
  serve(router, readGrant, async (call) => view(await grantOf(call), readerOf(call)));

  /** Computed anew from the stored grant and the terms sent: a changed term is another challenge. */
  const challengeOf = (grant: Grant, terms: ApprovedTerms, { principal }: Who) => {
    if (!narrows(grant, terms)) throw grantProblem('wider');
    const challenge = grants.approvalChallenge(grant, terms, principal.id);
    return { purpose: 'grant', subject: grant.id, challenge } as const;
  };
  serve(router, approveGrantOptions, async (call) => {
    const grant = await forDeed(call, 'approve');
    return passkeys.assertionOptions(call.session, challengeOf(grant, call.body, call));
  });
  serve(router, approveGrant, async (call) => {
    const { assertion, ...terms } = call.body;
    const grant = await forDeed(call, 'approve');
    const ask = challengeOf(grant, terms, call);
    const evidence = unwrap(await passkeys.verifyAssertion(call.session, { ...ask, response: assertion }));
    return done(await grants.approve(grant.id, call.session, terms, evidence), call);
  });
  serve(router, denyGrant, async (call) => {
    const grant = await forDeed(call, 'deny');
    return done(await grants.deny(grant.id, call.session, call.body.reason), call);
  });
  serve(router, withdrawGrant, async (call) => {
    const grant = await forDeed(call, 'withdraw');
    return done(await grants.withdraw(grant.id, call.session), call);
  });
  serve(router, endGrant, async (call) => {
    const grant = await forDeed(call, 'end');
    return done(await grants.end(grant.id, call.session), call);
  });
  return router;
}

/** @throws PortalProblem input.invalid with every fault */
function allowed<T>(checked: Checked<T>): T {
  if (!checked.ok) throw new PortalProblem('input.invalid', { faults: checked.faults });
  return checked.value;
}
