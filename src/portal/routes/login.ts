// Sign-in at the IdP, the hand-off to a console's origin, and logout. Addresses that came from outside are paths of our own
// or `/`; what failed is told in our words and, when it was a login that we began, in the journal.
import { type Request, type Response, Router } from 'express';
import { type Handoff, isHandoffKey } from '../../auth/handoff.ts';
import { LoginRefused } from '../../auth/oidc/failures.ts';
import { type FinishedLogin, LOGIN_COOKIE_AGE, type Oidc } from '../../auth/oidc/flow.ts';
import { CLOSED_ON_PORTAL, safeReturnPath } from '../../auth/returnPath.ts';
import {
  clearCookie,
  handoffTab,
  LOGIN_COOKIE,
  readCookie,
  SESSION_COOKIE,
  writeCookie,
} from '../../auth/session/cookie.ts';
import type { Sessions } from '../../auth/session/sessions.redis.ts';
import type { AuditEvent } from '../../kernel/auditEvent.ts';
import { serveDone } from '../api/serve.ts';
import { callerVerdict } from '../authenticate.ts';
import { logOut } from '../endpoints/me.ts';
import { PortalProblem, unwrap } from '../problem.ts';

export type LoginRouteDeps = {
  readonly portalOrigin: string;
  readonly oidc: Pick<Oidc, 'begin' | 'finish'>;
  readonly handoff: Pick<Handoff, 'issue'>;
  readonly sessions: Pick<Sessions, 'start' | 'issueToken' | 'end'>;
  readonly consoles: readonly { readonly id: string; readonly origin: string }[];
  /** appends one event to the journal */
  readonly append: (event: AuditEvent) => Promise<unknown>;
  readonly log: { warn(facts: object, message: string): void };
};

export function loginRoutes(deps: LoginRouteDeps): Router {
  const { portalOrigin, oidc, handoff, sessions, consoles, append, log } = deps;
  const router = Router();

  const loginCookie = (req: Request): string | undefined => unwrap(readCookie(req.headers.cookie, LOGIN_COOKIE));
  const goToIdp = async (req: Request, res: Response, continueTo: string, fresh: boolean): Promise<void> => {
    const { url, cookie } = await oidc.begin({ continueTo, fresh, cookie: loginCookie(req) });
    res.append('Set-Cookie', writeCookie(LOGIN_COOKIE, cookie, LOGIN_COOKIE_AGE));
    res.redirect(302, url);
  };

  router.get('/login', async (req, res) => {
    const continueTo = safeReturnPath(req.query.to, CLOSED_ON_PORTAL);
    const fresh = req.query.fresh === '1';
    // Somebody who is signed in already keeps the session: a link from elsewhere must not end it.
    if (!fresh && callerVerdict(req).go) return res.redirect(302, `${portalOrigin}${continueTo}`);
    await goToIdp(req, res, continueTo, fresh);
  });

  const finish = async (req: Request): Promise<FinishedLogin> => {
    try {
      return await oidc.finish(new URL(req.originalUrl, portalOrigin).search, loginCookie(req));
    } catch (error) {
      if (!(error instanceof LoginRefused)) throw error;
      log.warn({ fault: error.fault, detail: error.message, begun: error.begun }, 'login refused');
      // Only logins that we began: otherwise anybody could fill the journal from outside.
      if (error.begun)
        await append({ kind: 'login.failed', actor: null, facts: { fault: error.fault, detail: error.message } });
      throw new PortalProblem('login.failed');
    }
  };

  router.get('/callback', async (req, res) => {
    const { principal, authenticatedAt, continueTo } = await finish(req);
    const before = callerVerdict(req);
    if (before.go) await sessions.end(before.value.id, { by: before.value.principal.id, because: 'login' });
    const session = await sessions.start({ principal, authenticatedAt });
    const secret = await sessions.issueToken(session, portalOrigin);
    res.append('Set-Cookie', writeCookie(SESSION_COOKIE, secret));
    res.redirect(302, `${portalOrigin}${continueTo}`);
  });

  router.get('/handoff', async (req, res) => {
    const { console: id, key } = req.query;
    const console = consoles.find((candidate) => candidate.id === id);
    if (!console || !isHandoffKey(key)) throw new PortalProblem('not.found');
    const caller = callerVerdict(req);
    if (!caller.go) {
      if (caller.reason === 'request.ambiguous') unwrap(caller);
      return goToIdp(req, res, `/handoff?console=${encodeURIComponent(console.id)}&key=${key}`, false);
    }
    const code = await handoff.issue({ session: caller.value.id, console: console.id, key });
    res.redirect(302, `${console.origin}/.sallyport/enter?code=${code}&tab=${handoffTab(key)}`);
  });

  serveDone(router, logOut, async ({ session, principal, res }) => {
    await sessions.end(session.id, { by: principal.id, because: 'logout' });
    res.append('Set-Cookie', clearCookie(SESSION_COOKIE));
  });

  return router;
}
