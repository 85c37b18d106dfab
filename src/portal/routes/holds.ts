// Signing one exact request: what it is, the passkey's challenge over its digest, and the signature. Only the person of the
// hold sees it, and only the session that made the request signs it; to everybody else it does not exist.
import { type Request, Router } from 'express';
import type { Grants } from '../../access/grants/grants.redis.ts';
import { grantFor } from '../../access/grants/terms.ts';
import type { HoldOutcome, Holds, HoldWhy } from '../../access/holds/holds.redis.ts';
import type { Passkeys } from '../../auth/webauthn/passkeys.redis.ts';
import type { Hold } from '../../kernel/hold.ts';
import { requireSession, sessionOf } from '../authenticate.ts';
import type { HoldView } from '../contract/holds.ts';
import { Assertion } from '../contract/passkeys.ts';
import type { Describe } from '../grantView.ts';
import { PortalProblem, parseInput, unwrap } from '../problem.ts';

export type HoldRouteDeps = {
  readonly holds: Pick<Holds, 'get' | 'challenge' | 'sign' | 'cancel'>;
  readonly grants: Pick<Grants, 'activeFor'>;
  readonly passkeys: Pick<Passkeys, 'assertionOptions' | 'verifyAssertion'>;
  readonly describe: Describe;
  readonly consoles: readonly { readonly id: string; readonly name: string; readonly origin: string }[];
  /** Redis's clock */
  readonly clock: { now(): number };
};

export function holdRoutes({ holds, grants, passkeys, describe, consoles, clock }: HoldRouteDeps): Router {
  const router = Router();

  const stateOf = ({ state, expiresAt }: Hold): HoldView['state'] =>
    (state === 'waiting' || state === 'signed') && clock.now() >= expiresAt ? 'expired' : state;

  const view = async (hold: Hold): Promise<HoldView> => {
    const found = consoles.find(({ id }) => id === hold.console);
    const act = { ...hold, principal: hold.principal };
    const grant = grantFor(await grants.activeFor(hold.principal), act);
    return {
      id: hold.id,
      state: stateOf(hold),
      title: hold.title,
      effect: hold.effect,
      console: { id: hold.console, name: found?.name ?? hold.console, origin: found?.origin ?? '' },
      action: hold.action,
      // An action that the pack has forgotten is shown as the worst.
      risk: describe(hold.console, hold.action)?.risk ?? 'destructive',
      targets: [...hold.targets],
      method: hold.method,
      target: hold.target,
      bodyDigest: hold.bodyDigest,
      expiresAt: hold.expiresAt,
      grant: grant && { id: grant.id, approver: grant.decidedBy?.name ?? '', until: grant.activeUntil ?? 0 },
    };
  };

  const holdOf = async (req: Request): Promise<Hold> => {
    const { id } = req.params;
    if (typeof id !== 'string' || !/^[A-Za-z0-9_-]{1,80}$/.test(id)) throw new PortalProblem('not.found');
    const hold = await holds.get(id);
    if (hold === null || hold.principal !== sessionOf(req).principal.id) throw new PortalProblem('not.found');
    return hold;
  };
  /** A hold that can be signed in this session now. @throws PortalProblem */
  const toSign = async (req: Request): Promise<Hold> => {
    const hold = await holdOf(req);
    if (hold.session !== sessionOf(req).id) throw problemOf('foreign');
    const state = stateOf(hold);
    if (state !== 'waiting') throw problemOf(state === 'signed' ? 'not.waiting' : state);
    return hold;
  };
  const ceremony = (hold: Hold) => ({ purpose: 'hold', subject: hold.id, challenge: holds.challenge(hold) }) as const;
  const done = (outcome: HoldOutcome): Promise<HoldView> => {
    if (!outcome.done) throw problemOf(outcome.why);
    return view(outcome.hold);
  };

  router.use('/api/holds', requireSession);
  router.get('/api/holds/:id', async (req, res) => {
    res.json(await view(await holdOf(req)));
  });
  router.post('/api/holds/:id/options', async (req, res) => {
    res.json(await passkeys.assertionOptions(sessionOf(req), ceremony(await toSign(req))));
  });
  router.post('/api/holds/:id/sign', async (req, res) => {
    const { assertion } = parseInput(Assertion, req.body);
    const session = sessionOf(req);
    const hold = await toSign(req);
    const evidence = unwrap(await passkeys.verifyAssertion(session, { ...ceremony(hold), response: assertion }));
    res.json(await done(await holds.sign(hold.id, session, evidence)));
  });
  router.post('/api/holds/:id/cancel', async (req, res) => {
    const hold = await holdOf(req);
    res.json(await done(await holds.cancel(hold.id, sessionOf(req))));
  });
  return router;
}

function problemOf(why: HoldWhy): PortalProblem {
  switch (why) {
    case 'unknown':
      return new PortalProblem('not.found');
    case 'foreign':
      return new PortalProblem('forbidden', { detail: 'This request was made in another session: sign in there.' });
    case 'used':
      return new PortalProblem('hold.used');
    case 'expired':
      return new PortalProblem('hold.expired');
    case 'session.revoked':
      return new PortalProblem('session.revoked');
    case 'evidence':
      return new PortalProblem('hold.mismatch');
    case 'cancelled':
    case 'gone':
      return new PortalProblem('conflict', { detail: 'This request was cancelled.' });
    case 'not.waiting':
      return new PortalProblem('conflict', { detail: 'This request is signed already.' });
  }
}
