// Nothing changes in the portal unless the portal's own page asked for it: exact Origin, same-origin fetch, JSON, and a token
// of the session (pitfalls 32). The console's pages are other origins of the same site: SameSite alone does not stop them.
import type { Request, RequestHandler } from 'express';
import { sameSecret, sha256Base64url } from '../kernel/ids.ts';
import { callerVerdict, secretOf } from './authenticate.ts';
import { PortalProblem, problemOf } from './problem.ts';

/** A session's token: bound to its cookie, without any power of its own. */
export const csrfTokenOf = (req: Request): string => sha256Base64url(`${secretOf(req)}\ncsrf`);

const refused = (detail: string) => new PortalProblem('csrf', { detail });

/** Guards every method but GET and HEAD. Stands after `identify` and before the body is read. */
export function guardChanges(portalOrigin: string): RequestHandler {
  return (req, _res, next) => {
    if (req.method === 'GET' || req.method === 'HEAD') return next();
    if (req.method !== 'POST') throw refused('Only POST changes something here.');
    if (req.headers.origin !== portalOrigin) throw refused('It came from another origin.');
    const site = req.headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin') throw refused('It came from another site.');
    if (req.headers['content-type'] !== 'application/json') throw refused('It is not JSON.');
    const verdict = callerVerdict(req);
    if (!verdict.go) throw problemOf(verdict);
    const token = req.headers['x-sallyport-csrf'];
    if (typeof token !== 'string' || !sameSecret(token, csrfTokenOf(req))) throw refused('Its token is not yours.');
    next();
  };
}
