// The caller's own passkeys. Whose they are comes from the session and from nowhere else.
import { Router } from 'express';
import type { Passkeys } from '../../auth/webauthn/passkeys.redis.ts';
import { serve, serveDone } from '../api/serve.ts';
import { enrolPasskey, listPasskeys, passkeyOptions, removePasskey, renamePasskey } from '../endpoints/passkeys.ts';
import { unwrap } from '../problem.ts';

export type PasskeyRouteDeps = {
  readonly passkeys: Pick<Passkeys, 'list' | 'enrolOptions' | 'enrol' | 'rename' | 'remove'>;
};

export function passkeyRoutes({ passkeys }: PasskeyRouteDeps): Router {
  const router = Router();
  serve(router, listPasskeys, ({ principal }) => passkeys.list(principal.id));
  serve(router, passkeyOptions, async ({ session }) => unwrap(await passkeys.enrolOptions(session)));
  serve(router, enrolPasskey, async ({ session, body }) => unwrap(await passkeys.enrol(session, body)));
  serve(router, renamePasskey, async ({ session, params, body }) =>
    unwrap(await passkeys.rename(session, params.id, body.name)),
  );
  serveDone(router, removePasskey, async ({ session, params }) => {
    unwrap(await passkeys.remove(session, params.id));
  });
  return router;
}
