// Who the caller is and what they may see, for the front end. What it hides, the server refuses anyway.
import { Router } from 'express';
import type { Principal } from '../../kernel/principal.ts';
import { serve } from '../api/serve.ts';
import type { May } from '../authenticate.ts';
import { csrfTokenOf } from '../csrf.ts';
import { readMe } from '../endpoints/me.ts';

export type MeRouteDeps = {
  readonly may: May;
  /** whether this person would have it with a grant */
  readonly mayWithGrant: May;
  /** whether policy lets this person do anything in this console */
  readonly mayEnter: (principal: Principal, console: string) => boolean;
  readonly consoles: readonly { readonly id: string; readonly name: string; readonly origin: string }[];
  /** the actions of a console that this person may do with an approved grant, and not without one */
  readonly asksFor: (
    principal: Principal,
    console: string,
  ) => Promise<readonly { readonly action: string; readonly label: string }[]>;
  /** ms */
  readonly idle: number;
  readonly countPasskeys: (person: string) => Promise<number>;
};

export function meRoutes({ may, mayWithGrant, mayEnter, asksFor, consoles, idle, countPasskeys }: MeRouteDeps): Router {
  const router = Router();
  serve(router, readMe, async ({ session, principal, req }) => {
    return {
      person: { id: principal.id, name: principal.name, groups: principal.groups },
      session: {
        id: session.id,
        startedAt: session.startedAt,
        authenticatedAt: session.authenticatedAt,
        absoluteUntil: session.absoluteUntil,
        idleMinutes: idle / 60_000,
        steppedUpAt: session.steppedUpAt,
      },
      may: {
        ask: may(principal, 'access.ask'),
        approve: may(principal, 'access.approve'),
        review: may(principal, 'recording.view') || mayWithGrant(principal, 'recording.view'),
        freeze: may(principal, 'freeze.change'),
        reviewAccess: may(principal, 'access.review'),
        operate: may(principal, 'policy.view'),
      },
      consoles: await Promise.all(
        consoles.map(async ({ id, name, origin }) => ({
          ...{ id, name, origin, may: mayEnter(principal, id) },
          asks: await asksFor(principal, id),
        })),
      ),
      csrf: csrfTokenOf(req),
      passkeys: await countPasskeys(principal.id),
    };
  });
  return router;
}
