// The fresh step-up: the caller's passkey says that it is them, now, in this session.
import { Router } from 'express';
import type { Passkeys } from '../../auth/webauthn/passkeys.redis.ts';
import { requireSession, sessionOf } from '../authenticate.ts';
import { Assertion } from '../contract/passkeys.ts';
import { parseInput, unwrap } from '../problem.ts';

export type StepUpRouteDeps = { readonly passkeys: Pick<Passkeys, 'assertionOptions' | 'stepUp'> };

export function stepUpRoutes({ passkeys }: StepUpRouteDeps): Router {
  const router = Router();
  router.use('/api/stepup', requireSession);
  router.post('/api/stepup/options', async (req, res) => {
    res.json(await passkeys.assertionOptions(sessionOf(req), { purpose: 'stepup', subject: '' }));
  });
  router.post('/api/stepup', async (req, res) => {
    const { assertion } = parseInput(Assertion, req.body);
    res.json(unwrap(await passkeys.stepUp(sessionOf(req), assertion)));
  });
  return router;
}
