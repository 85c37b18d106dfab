// Asking for access and answering it. Who may see and do what is decided here from the session's person, by policy and by
// the grant's state, and then once more by the script that makes the change. Somebody else's grant is as unknown as none.
import { type Request, Router } from 'express';
import type { Grants, Outcome } from '../../access/grants/grants.redis.ts';
import { type Deed, maySee, type Reader, whyNot } from '../../access/grants/states.ts';
import { type ApprovedTerms, narrows } from '../../access/grants/terms.ts';
import type { Passkeys } from '../../auth/webauthn/passkeys.redis.ts';
import type { Grant } from '../../kernel/grant.ts';
import type { Session } from '../../kernel/session.ts';
import { type May, requireRight, requireSession, sessionOf } from '../authenticate.ts';
import { ApproveGrant, ApproveTerms, AskGrant, DenyGrant, type GrantPage, type GrantView } from '../contract/grants.ts';
import { createGrantView, type Describe, grantProblem, type Now, type TitleOf } from '../grantView.ts';
import { PortalProblem, parseInput, unwrap } from '../problem.ts';

export type GrantRouteDeps = {
  readonly grants: Omit<Grants, 'sweep' | 'activeFor'>;
  readonly passkeys: Pick<Passkeys, 'assertionOptions' | 'verifyAssertion'>;
  readonly may: May;
  readonly describe: Describe;
  readonly titleOf: TitleOf;
  /** Redis's clock and epoch: the pulse */
  readonly now: Now;
};

type Who = { readonly session: Session; readonly reader: Reader & { readonly reviewer: boolean } };

export function grantRoutes({ grants, passkeys, may, describe, titleOf, now }: GrantRouteDeps): Router {
  const router = Router();
  const view = createGrantView({ describe, now });

  const whoOf = (req: Request): Who => {
    const session = sessionOf(req);
    const { principal } = session;
    const approver = may(principal, 'access.approve');
    return { session, reader: { id: principal.id, approver, reviewer: may(principal, 'recording.view') } };
  };
  const grantOf = async (req: Request, { reader }: Who): Promise<Grant> => {
    const { id } = req.params;
    if (typeof id !== 'string' || !/^[A-Za-z0-9_-]{1,80}$/.test(id)) throw new PortalProblem('not.found');
    const grant = await grants.get(id);
    if (grant === null || !maySee(grant, reader)) throw new PortalProblem('not.found');
    return grant;
  };
  /** The grant, when this person may do this to it now. @throws PortalProblem */
  const forDeed = async (req: Request, who: Who, deed: Deed): Promise<Grant> => {
    const grant = await grantOf(req, who);
    const why = whyNot(deed, grant, who.reader, { now: now.clock.now(), epoch: now.epoch() });
    if (why !== null) throw grantProblem(why);
    return grant;
  };
  const done = (outcome: Outcome, { reader }: Who): GrantView => {
    if (!outcome.done) throw grantProblem(outcome.why);
    return view(outcome.grant, reader);
  };

  router.use('/api/grants', requireSession);

  router.get('/api/grants', async (req, res) => {
    const { session, reader } = whoOf(req);
    const { view: which = 'mine', cursor = null } = req.query;
    if (cursor !== null && (typeof cursor !== 'string' || !/^[A-Za-z0-9_-]{1,80}$/.test(cursor)))
      throw new PortalProblem('input.invalid', { faults: [{ at: 'cursor', what: 'This is no place in the list' }] });
    const answer = (list: readonly Grant[], next: string | null): void => {
      res.json({ grants: list.map((grant) => view(grant, reader)), next } satisfies GrantPage);
    };
    if (which === 'mine') {
      const page = await grants.listMine(session.principal.id, cursor);
      return answer(page.grants, page.next);
    }
    if (which === 'inbox') {
      if (!reader.approver) throw new PortalProblem('forbidden');
      return answer(await grants.inbox(), null);
    }
    if (which === 'all') {
      if (!reader.approver && !reader.reviewer) throw new PortalProblem('forbidden');
      const page = await grants.all(cursor);
      return answer(page.grants, page.next);
    }
    throw new PortalProblem('input.invalid', { faults: [{ at: 'view', what: 'mine, inbox or all' }] });
  });

  router.post('/api/grants', requireRight(may, 'access.ask'), async (req, res) => {
    const who = whoOf(req);
    const { console, action, targets, reason, ticket, minutes, uses } = parseInput(AskGrant, req.body);
    if (describe(console, action) === null)
      throw new PortalProblem('input.invalid', { faults: [{ at: 'action', what: 'No such action is known here' }] });
    const title = titleOf(console, action, targets);
    const outcome = await grants.ask(who.session, { console, action, targets, title, reason, ticket, minutes, uses });
    res.status(201).json(done(outcome, who));
  });

  router.get('/api/grants/:id', async (req, res) => {
    const who = whoOf(req);
    res.json(view(await grantOf(req, who), who.reader));
  });

  /** Computed anew from the stored grant and the terms sent: a changed term is another challenge. */
  const challengeOf = (grant: Grant, terms: ApprovedTerms, { session }: Who) => {
    if (!narrows(grant, terms)) throw grantProblem('wider');
    const challenge = grants.approvalChallenge(grant, terms, session.principal.id);
    return { purpose: 'grant', subject: grant.id, challenge } as const;
  };
  router.post('/api/grants/:id/approve/options', async (req, res) => {
    const who = whoOf(req);
    const terms = parseInput(ApproveTerms, req.body);
    const grant = await forDeed(req, who, 'approve');
    res.json(await passkeys.assertionOptions(who.session, challengeOf(grant, terms, who)));
  });
  router.post('/api/grants/:id/approve', async (req, res) => {
    const who = whoOf(req);
    const { assertion, ...terms } = parseInput(ApproveGrant, req.body);
    const grant = await forDeed(req, who, 'approve');
    const ask = challengeOf(grant, terms, who);
    const evidence = unwrap(await passkeys.verifyAssertion(who.session, { ...ask, response: assertion }));
    res.json(done(await grants.approve(grant.id, who.session, terms, evidence), who));
  });

  router.post('/api/grants/:id/deny', async (req, res) => {
    const who = whoOf(req);
    const { reason } = parseInput(DenyGrant, req.body);
    const grant = await forDeed(req, who, 'deny');
    res.json(done(await grants.deny(grant.id, who.session, reason), who));
  });
  router.post('/api/grants/:id/withdraw', async (req, res) => {
    const who = whoOf(req);
    const grant = await forDeed(req, who, 'withdraw');
    res.json(done(await grants.withdraw(grant.id, who.session), who));
  });
  router.post('/api/grants/:id/end', async (req, res) => {
    const who = whoOf(req);
    const grant = await forDeed(req, who, 'end');
    res.json(done(await grants.end(grant.id, who.session), who));
  });
  return router;
}
