// Passkeys, and the assertions made with them.
import { z } from 'zod';
import { id, time } from './nouns.ts';

// GET /api/passkeys -> Passkey[]
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
const descriptor = z.object({ id: z.string(), type: z.string(), transports: z.array(z.string()).optional() });

/** W3C PublicKeyCredentialCreationOptionsJSON, as far as it is used here */
export const EnrolOptions = z.object({
  rp: z.object({ id: z.string().optional(), name: z.string() }),
  user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
  challenge: z.string(),
  pubKeyCredParams: z.array(z.object({ type: z.string(), alg: z.number().int() })),
  timeout: z.number().optional(),
  excludeCredentials: z.array(descriptor).optional(),
  authenticatorSelection: z
    .object({
      residentKey: z.string().optional(),
      requireResidentKey: z.boolean().optional(),
      userVerification: z.string().optional(),
      authenticatorAttachment: z.string().optional(),
    })
    .optional(),
  hints: z.array(z.string()).optional(),
  attestation: z.string().optional(),
  extensions: z.unknown().optional(),
});

/** W3C PublicKeyCredentialRequestOptionsJSON, as far as it is used here */
export const AssertionOptions = z.object({
  challenge: z.string(),
  timeout: z.number().optional(),
  rpId: z.string().optional(),
  allowCredentials: z.array(descriptor).optional(),
  userVerification: z.string().optional(),
  hints: z.array(z.string()).optional(),
  extensions: z.unknown().optional(),
});

// POST /api/passkeys EnrolPasskey -> Passkey
export const EnrolPasskey = z.object({ name: passkeyName, credential: z.looseObject({ id: z.string() }) });

// POST /api/passkeys/:id/rename {name} -> Passkey        POST /api/passkeys/:id/remove {} -> 204; needs a fresh step-up (403 stepup.required)
export const RenamePasskey = z.object({ name: passkeyName });

// Fresh step-up. POST /api/stepup/options {} -> PublicKeyCredentialRequestOptionsJSON     POST /api/stepup Assertion -> { steppedUpAt }
export const Assertion = z.object({ assertion: z.looseObject({ id: z.string() }) });

export const SteppedUp = z.object({ steppedUpAt: time });

export type Passkey = z.infer<typeof Passkey>;
