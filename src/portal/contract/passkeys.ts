// Passkeys, and the assertions made with them.
import { z } from 'zod';
import { id, time } from './nouns.ts';

// POST /api/logout {} -> 204: ends the session everywhere
// Passkeys. GET /api/passkeys -> Passkey[]
export const Passkey = z.object({
  id,
  name: z.string(),
  createdAt: time,
  lastUsedAt: time.nullable(),
  backedUp: z.boolean(),
});

export const PasskeyList = z.array(Passkey);

export const passkeyName = z.string().trim().min(1).max(60);

// POST /api/passkeys/options {} -> PublicKeyCredentialCreationOptionsJSON; 403 `login.stale` when the IdP login is older than 5 minutes
// POST /api/passkeys EnrolPasskey -> Passkey
export const EnrolPasskey = z.object({ name: passkeyName, credential: z.looseObject({ id: z.string() }) });

// POST /api/passkeys/:id/rename {name} -> Passkey        POST /api/passkeys/:id/remove {} -> 204; needs a fresh step-up (403 stepup.required)
export const RenamePasskey = z.object({ name: passkeyName });

// Fresh step-up. POST /api/stepup/options {} -> PublicKeyCredentialRequestOptionsJSON     POST /api/stepup Assertion -> { steppedUpAt }
export const Assertion = z.object({ assertion: z.looseObject({ id: z.string() }) });

export type Passkey = z.infer<typeof Passkey>;
