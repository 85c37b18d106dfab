// Who calls the portal. `identify` looks once for each request; routes ask with `sessionOf` and stand behind
// `requireSession` or `requireRight`. A request whose caller was never looked for is nobody's.
import type { Request, RequestHandler } from 'express';
import { readCookie, SESSION_COOKIE } from '../auth/session/cookie.ts';
import type { Principal } from '../kernel/principal.ts';
import type { Session } from '../kernel/session.ts';
import { refuse, type Verdict } from '../kernel/verdict.ts';
import { PortalProblem, problemOf } from './problem.ts';

/** What policy is asked about a person in the portal. */
export type PortalRight =
  | 'access.ask'
  | 'access.approve'
  | 'recording.view'
  | 'freeze.change'
  | 'access.review'
  | 'policy.view';
export type May = (principal: Principal, right: PortalRight) => boolean;

export type FindSession = {
  find(secret: string | undefined, origin: string): Promise<Verdict<Session>>;
  touch(session: Pick<Session, 'id'>): void;
};

type Caller = { readonly verdict: Verdict<Session>; readonly secret: string };
const NOBODY: Caller = { verdict: refuse('session.missing', 'nobody looked'), secret: '' };
const callers = new WeakMap<Request, Caller>();
const callerOf = (req: Request): Caller => callers.get(req) ?? NOBODY;

/** @param quiet paths that do not count as use of the session: a page left open must not keep it alive */
export function identify(sessions: FindSession, portalOrigin: string, quiet: readonly string[]): RequestHandler {
  return async (req, _res, next) => {
    const cookie = readCookie(req.headers.cookie, SESSION_COOKIE);
    const secret = cookie.go ? cookie.value : undefined;
    const verdict = cookie.go ? await sessions.find(secret, portalOrigin) : cookie;
    callers.set(req, { verdict, secret: secret ?? '' });
    if (verdict.go && !quiet.includes(req.path)) sessions.touch(verdict.value);
    next();
  };
}

/** The caller's session, or why there is none. */
export const callerVerdict = (req: Request): Verdict<Session> => callerOf(req).verdict;

/** The caller's session. @throws PortalProblem session.missing, session.expired, session.revoked */
export function sessionOf(req: Request): Session {
  const { verdict } = callerOf(req);
  if (!verdict.go) throw problemOf(verdict);
  return verdict.value;
}

/** The secret of the caller's cookie, for the CSRF token; '' when there is no session. */
export const secretOf = (req: Request): string => (callerOf(req).verdict.go ? callerOf(req).secret : '');

export const requireSession: RequestHandler = (req, _res, next) => {
  sessionOf(req);
  next();
};

/** Lets only people through to whom policy gives this right. Includes `requireSession`. */
export function requireRight(may: May, right: PortalRight): RequestHandler {
  return (req, _res, next) => {
    if (!may(sessionOf(req).principal, right)) throw new PortalProblem('forbidden');
    next();
  };
}
