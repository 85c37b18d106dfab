// 20: whose session this is, and that their own page sent it. Adds the session.
// Refuses with session.missing, session.expired, session.revoked, origin.foreign. Touches no network when the cache stands.
import type { Authenticated, Canonical } from '../../kernel/exchange.ts';
import type { Session } from '../../kernel/session.ts';
import { go, refuse, type Verdict } from '../../kernel/verdict.ts';
import { cookiesNamed } from '../canonical/cookies.ts';
import { isForeign, isForeignSocket } from '../canonical/origin.ts';

export const SESSION_COOKIE = '__Host-sallyport';

/** @throws StateUnavailable */
export type FindSession = (secret: string | undefined, origin: string) => Promise<Verdict<Session>>;

export type SessionParts = {
  readonly findSession: FindSession;
  /** notes that the session is in use; never awaited */
  readonly touchSession: (session: Session) => void;
};

/** The session's secret as it came. Two cookies of that name: one was tossed in, and neither is believed (pitfall 31). */
export function sessionSecret(request: Pick<Canonical, 'headers'>): string | undefined {
  const [secret, ...more] = cookiesNamed(request.headers, SESSION_COOKIE);
  return more.length > 0 ? undefined : secret;
}

export function createIdentify({ findSession, touchSession }: SessionParts) {
  return async (request: Canonical): Promise<Verdict<Authenticated>> => {
    const found = await findSession(sessionSecret(request), request.console.origin);
    if (!found.go) return found;
    if (!request.navigation && isForeign(request)) return refuse('origin.foreign', 'another origin sent this');
    if (request.door === 'upgrade' && isForeignSocket(request))
      return refuse('origin.foreign', 'a socket that no page of the console opened');
    touchSession(found.value);
    return go({ ...request, session: found.value });
  };
}
