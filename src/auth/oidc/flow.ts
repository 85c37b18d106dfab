// One login at the IdP, from the way out to the way back. Guarantees: state, nonce, verifier and code count once; the
// browser that comes back is the one that went out (its cookie is part of nonce and verifier); where it goes afterwards
// stands here and never in a URL. Redis holds digests only: nonce and verifier are made anew from the cookie.
import { canonicalJson } from '../../kernel/canonicalJson.ts';
import type { Clock } from '../../kernel/clock.ts';
import { newSecret, sameSecret, sha256Base64url, sha256Hex } from '../../kernel/ids.ts';
import type { Principal } from '../../kernel/principal.ts';
import type { Once } from '../once.redis.ts';
import type { LoginSecrets, OidcClient } from './client.ts';
import { LoginRefused } from './failures.ts';
import { personOf } from './person.ts';

export type Oidc = {
  /**
   * @param continueTo a path of the portal, made safe by the caller @param fresh the person must prove who they are again
   * @param cookie the login cookie that the browser has already: a second tab must not end the first one's login
   * @returns url: where to send the browser; cookie: the value of `__Host-sallyport-login` (Max-Age LOGIN_COOKIE_AGE)
   * @throws IdpUnavailable; StateUnavailable
   */
  begin(login: {
    continueTo: string;
    fresh: boolean;
    cookie?: string | undefined;
  }): Promise<{ url: string; cookie: string }>;
  /**
   * Uses the login up, whatever comes of it.
   * @param query the query string at the redirect URI @param cookie the login cookie
   * @throws LoginRefused; IdpUnavailable; StateUnavailable
   */
  finish(query: string, cookie: string | undefined): Promise<FinishedLogin>;
};

export type FinishedLogin = {
  readonly principal: Principal;
  /** when the IdP saw the person prove who they are, ms; 0 when it does not say: never fresh */
  readonly authenticatedAt: number;
  readonly continueTo: string;
};

export type OidcDeps = {
  readonly client: OidcClient;
  readonly once: Once;
  readonly keys: { login(digest: string): string };
  readonly groupsClaim: string;
  /** the claim that tells of the person's own device */
  readonly postureClaim?: string | undefined;
  /** Redis's clock: another gateway may see the end of a login */
  readonly clock: Clock;
  readonly log: { warn(facts: object, message: string): void };
};

/** seconds */
export const LOGIN_COOKIE_AGE = 600;
/** How far the IdP's clock may be behind ours when it says when somebody proved who they are, ms. */
const CLOCK_BEHIND = 30_000;
const CLOCK_AHEAD = 60_000;
const SECRET = /^[A-Za-z0-9_-]{43}$/;

type Begun = {
  readonly browser: string;
  readonly continueTo: string;
  readonly fresh: boolean;
  readonly begunAt: number;
};

export function createOidc({ client, once, keys, groupsClaim, postureClaim, clock, log }: OidcDeps): Oidc {
  const secretsOf = (cookie: string, state: string): LoginSecrets => ({
    state,
    nonce: sha256Base64url(`sallyport.nonce.v1\n${cookie}\n${state}`),
    verifier: sha256Base64url(`sallyport.pkce.v1\n${cookie}\n${state}`),
  });

  const authenticatedAt = (claim: unknown, begun: Begun): number => {
    const at = typeof claim === 'number' && Number.isSafeInteger(claim) ? claim * 1000 : 0;
    const now = clock.now();
    if (at > now + CLOCK_AHEAD) throw new LoginRefused('token', 'auth_time lies in the future');
    if (begun.fresh && at < begun.begunAt - CLOCK_BEHIND)
      throw new LoginRefused('stale', 'the IdP did not ask the person again');
    return Math.min(Math.max(at, 0), now);
  };

  return {
    async begin({ continueTo, fresh, cookie: had }) {
      const cookie = had !== undefined && SECRET.test(had) ? had : newSecret();
      const { state, nonce, verifier } = secretsOf(cookie, newSecret());
      const url = await client.authorizationUrl({ state, nonce, challenge: sha256Base64url(verifier), fresh });
      const begun: Begun = { browser: sha256Hex(cookie), continueTo, fresh, begunAt: clock.now() };
      await once.put(keys.login(sha256Hex(state)), canonicalJson(begun), LOGIN_COOKIE_AGE * 1000);
      return { url, cookie };
    },

    async finish(query, cookie) {
      const states = new URLSearchParams(query).getAll('state');
      const [state = ''] = states;
      if (states.length !== 1 || !SECRET.test(state)) throw new LoginRefused('state', 'no state', false);
      if (cookie === undefined || !SECRET.test(cookie)) throw new LoginRefused('state', 'no login cookie', false);
      const text = await once.take(keys.login(sha256Hex(state)));
      if (text === null) throw new LoginRefused('state', 'the state is unknown, used or too old', false);
      const begun = JSON.parse(text) as Begun;
      if (!sameSecret(begun.browser, sha256Hex(cookie)))
        throw new LoginRefused('state', 'another browser began this login');
      const claims = await client.redeem(query, secretsOf(cookie, state), begun.fresh);
      const { principal, groupsFault } = personOf(claims, groupsClaim, postureClaim);
      if (groupsFault !== null)
        log.warn({ person: principal.id, claim: groupsClaim, fault: groupsFault }, 'login without groups');
      return { principal, authenticatedAt: authenticatedAt(claims.auth_time, begun), continueTo: begun.continueTo };
    },
  };
}
