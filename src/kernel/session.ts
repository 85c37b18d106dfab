// One person's login at the gateway. Cookies of the portal and of each console are tokens of one session.

import type { Principal } from './principal.ts';

export type Session = {
  readonly id: string;
  readonly principal: Principal;
  /** when the session began, ms */
  readonly startedAt: number;
  /** when the IdP last saw the person prove who they are (auth_time), ms */
  readonly authenticatedAt: number;
  /** no request is served at or after this moment, whatever happens, ms */
  readonly absoluteUntil: number;
  /** the last verified passkey assertion made to be a fresh step-up in this session, ms; null: none */
  readonly steppedUpAt: number | null;
  /** the deployment's epoch when it was made; another epoch voids it */
  readonly epoch: string;
};
