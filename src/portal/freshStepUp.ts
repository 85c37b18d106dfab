// What counts as a fresh step-up in the portal: this session's person confirmed with a passkey within the last minutes.
import { FRESH } from '../auth/webauthn/passkeys.redis.ts';
import type { Session } from '../kernel/session.ts';
import { PortalProblem } from './problem.ts';

/** @param now Redis's time, ms. @throws PortalProblem stepup.required */
export function needFreshStepUp({ steppedUpAt }: Pick<Session, 'steppedUpAt'>, now: number): void {
  if (steppedUpAt === null || now - steppedUpAt > FRESH) throw new PortalProblem('stepup.required');
}
