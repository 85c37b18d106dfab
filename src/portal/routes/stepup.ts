// The fresh step-up: the caller's passkey says that it is them, now, in this session.
import { Router } from 'express';
import type { Passkeys } from '../../auth/webauthn/passkeys.redis.ts';
import { serve } from '../api/serve.ts';
import { stepUp, stepUpOptions } from '../endpoints/passkeys.ts';
import { unwrap } from '../problem.ts';

export type StepUpRouteDeps = { readonly passkeys: Pick<Passkeys, 'assertionOptions' | 'stepUp'> };

export function stepUpRoutes({ passkeys }: StepUpRouteDeps): Router {
  const router = Router();
  serve(router, stepUpOptions, ({ session }) => passkeys.assertionOptions(session, { purpose: 'stepup', subject: '' }));
  serve(router, stepUp, async ({ session, body }) => unwrap(await passkeys.stepUp(session, body.assertion)));
  return router;
}
