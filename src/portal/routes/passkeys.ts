// The caller's own passkeys. Whose they are comes from the session and from nowhere else.
import { type Request, Router } from 'express';
import type { Passkeys } from '../../auth/webauthn/passkeys.redis.ts';
import { requireSession, sessionOf } from '../authenticate.ts';
import { EnrolPasskey, RenamePasskey } from '../contract/passkeys.ts';
import { PortalProblem, parseInput, unwrap } from '../problem.ts';

export type PasskeyRouteDeps = {
  readonly passkeys: Pick<Passkeys, 'list' | 'enrolOptions' | 'enrol' | 'rename' | 'remove'>;
};

const idOf = (req: Request): string => {
  const { id } = req.params;
  if (typeof id !== 'string' || !/^[A-Za-z0-9_-]{1,1364}$/.test(id)) throw new PortalProblem('passkey.unknown');
  return id;
};

export function passkeyRoutes({ passkeys }: PasskeyRouteDeps): Router {
  const router = Router();
  router.use('/api/passkeys', requireSession);
  router.get('/api/passkeys', async (req, res) => {
    res.json(await passkeys.list(sessionOf(req).principal.id));
  });
  router.post('/api/passkeys/options', async (req, res) => {
    res.json(unwrap(await passkeys.enrolOptions(sessionOf(req))));
  });
  router.post('/api/passkeys', async (req, res) => {
    const { name, credential } = parseInput(EnrolPasskey, req.body);
    res.json(unwrap(await passkeys.enrol(sessionOf(req), { name, credential })));
  });
  router.post('/api/passkeys/:id/rename', async (req, res) => {
    const { name } = parseInput(RenamePasskey, req.body);
    res.json(unwrap(await passkeys.rename(sessionOf(req), idOf(req), name)));
  });
  router.post('/api/passkeys/:id/remove', async (req, res) => {
    unwrap(await passkeys.remove(sessionOf(req), idOf(req)));
    res.status(204).end();
  });
  return router;
}
