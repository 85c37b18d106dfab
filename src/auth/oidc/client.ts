// The only importer of openid-client. Speaks the protocol with one IdP: discovery (lazy, tried again after a failure),
// the authorization URL, and the exchange of a code for a checked ID token.
// What openid-client 6 leaves open and is closed here: it does not check an ID token's signature unless it is told to
// (enableNonRepudiationChecks), it accepts every algorithm that discovery names, and any `iat` and future `auth_time`.
import {
  AuthorizationResponseError,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientError,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  ResponseBodyError,
  type ServerMetadata,
} from 'openid-client';
import type { Clock } from '../../kernel/clock.ts';
import { IdpUnavailable, LoginRefused } from './failures.ts';
import { fetchFromIdp, isThisMachine } from './loopbackFetch.ts';

export type OidcClientOptions = {
  /** exactly as the IdP publishes it */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** the portal's `/callback`, exactly as registered at the IdP */
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly clock: Clock;
  /** seconds that one request to the IdP may take */
  readonly timeout?: number;
};

/** The one-time values of a login. */
export type LoginSecrets = { readonly state: string; readonly nonce: string; readonly verifier: string };

/** What a checked ID token says. */
export type IdClaims = { readonly iss: string; readonly sub: string; readonly [claim: string]: unknown };

export type OidcClient = {
  /** @param challenge PKCE S256 of the verifier @param fresh the person must prove who they are again. @throws IdpUnavailable */
  authorizationUrl(login: { state: string; nonce: string; challenge: string; fresh: boolean }): Promise<string>;
  /**
   * @param query the query string that came to the redirect URI
   * @throws LoginRefused; IdpUnavailable
   */
  redeem(query: string, secrets: LoginSecrets, fresh: boolean): Promise<IdClaims>;
};

/** Algorithms that are accepted, as far as the IdP says that it signs with them. Never none, never a MAC. */
const ALGORITHMS = ['RS256', 'ES256'];
const METADATA_LIFETIME = 3_600_000;
/** A key that the IdP's key set does not have: look again, but not more often than this. */
const LOOK_AGAIN = 5_000;
/** How far the IdP's clock may be ahead, and how old a token may be that was made just now. */
const CLOCK_AHEAD = 60;
const TOKEN_AGE = 600;

export function createOidcClient(options: OidcClientOptions): OidcClient {
  const { issuer, clientId, clientSecret, redirectUri, scopes, clock, timeout = 5 } = options;
  let known: { config: Configuration; at: number } | undefined;
  let underWay: Promise<Configuration> | undefined;

  const discover = async (): Promise<Configuration> => {
    const local = isThisMachine(new URL(issuer).hostname);
    const found = await discovery(new URL(issuer), clientId, undefined, undefined, {
      timeout,
      [customFetch]: fetchFromIdp,
      ...(local ? { execute: [allowInsecureRequests] } : {}),
    });
    const published = found.serverMetadata();
    const algorithms = acceptedAlgorithms(published);
    const server: ServerMetadata = Object.assign({ issuer }, published, {
      id_token_signing_alg_values_supported: algorithms,
    });
    checkMetadata(server, issuer);
    const methods = published.token_endpoint_auth_methods_supported;
    const post = methods?.includes('client_secret_post') && !methods.includes('client_secret_basic');
    const authentication = post ? ClientSecretPost(clientSecret) : ClientSecretBasic(clientSecret);
    const config = new Configuration(server, clientId, { client_id: clientId }, authentication);
    config[customFetch] = fetchFromIdp;
    config.timeout = timeout;
    if (local) allowInsecureRequests(config);
    enableNonRepudiationChecks(config);
    return config;
  };

  const configuration = async (): Promise<Configuration> => {
    if (known && clock.now() - known.at < METADATA_LIFETIME) return known.config;
    underWay ??= discover().finally(() => {
      underWay = undefined;
    });
    try {
      const config = await underWay;
      known = { config, at: clock.now() };
      return config;
    } catch (cause) {
      // What was good an hour ago beats nothing: keys are fetched afresh anyway.
      if (known) return known.config;
      throw new IdpUnavailable(`discovery failed: ${wordsOf(cause)}`, { cause });
    }
  };

  return {
    async authorizationUrl({ state, nonce, challenge, fresh }) {
      const url = buildAuthorizationUrl(await configuration(), {
        redirect_uri: redirectUri,
        response_type: 'code',
        scope: scopes.join(' '),
        state,
        nonce,
        code_challenge: challenge,
        code_challenge_method: 'S256',
        ...(fresh ? { prompt: 'login', max_age: '0' } : {}),
      });
      return url.href;
    },

    async redeem(query, { state, nonce, verifier }, fresh) {
      const config = await configuration();
      // The redirect URI that goes to the token endpoint is the configured one, whatever Host the request named.
      const currentUrl = new URL(redirectUri);
      currentUrl.search = query;
      try {
        const tokens = await authorizationCodeGrant(config, currentUrl, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
          // Makes auth_time required; flow.ts compares it with the moment at which this very login began.
          ...(fresh ? { maxAge: TOKEN_AGE } : {}),
        });
        const claims = tokens.claims();
        if (!claims) throw new LoginRefused('token', 'no ID token');
        const now = Math.floor(clock.now() / 1000);
        if (claims.iat > now + CLOCK_AHEAD) throw new LoginRefused('token', 'the ID token is from the future');
        if (claims.iat < now - TOKEN_AGE) throw new LoginRefused('token', 'the ID token is old');
        return claims;
      } catch (error) {
        if (isKeyUnknown(error) && known?.config === config && clock.now() - known.at > LOOK_AGAIN) known = undefined;
        throw failureOf(error);
      }
    },
  };
}

function acceptedAlgorithms(server: ServerMetadata): string[] {
  // OpenID Connect Discovery 1.0 section 3 requires the list; without it RS256 is the protocol's default.
  const offered = server.id_token_signing_alg_values_supported ?? ['RS256'];
  return ALGORITHMS.filter((algorithm) => offered.includes(algorithm));
}

/** @throws Error in words when the IdP cannot be used */
function checkMetadata(server: ServerMetadata, issuer: string): void {
  if (server.issuer !== issuer) throw new Error(`it calls itself ${JSON.stringify(server.issuer)}`);
  if (server.id_token_signing_alg_values_supported?.length === 0)
    throw new Error('it signs with neither RS256 nor ES256');
  for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const) {
    const url = URL.parse(server[name] ?? '');
    const fine = url?.protocol === 'https:' || (url?.protocol === 'http:' && isThisMachine(url.hostname));
    if (!fine) throw new Error(`its ${name} is missing or not https`);
  }
}

/** Codes and own words only: never the other side's text, which may hold anything. */
function wordsOf(error: unknown): string {
  if (error instanceof ClientError) return error.code ? `${error.message} (${error.code})` : error.message;
  return error instanceof Error ? error.message : 'unknown';
}

const isKeyUnknown = (error: unknown): boolean =>
  error instanceof ClientError && error.code === 'OAUTH_KEY_SELECTION_FAILED';

const errorCode = (code: string): string => (/^[a-z_]{1,40}$/.test(code) ? code : 'unreadable');

function failureOf(error: unknown): Error {
  if (error instanceof LoginRefused) return error;
  if (error instanceof AuthorizationResponseError) return new LoginRefused('idp', errorCode(error.error));
  if (error instanceof ResponseBodyError) {
    return error.status >= 500
      ? new IdpUnavailable(`the token endpoint answered ${error.status}`, { cause: error })
      : new LoginRefused('idp', `the token endpoint said ${errorCode(error.error)}`);
  }
  if (error instanceof ClientError) {
    const network = error.code === undefined || error.code === 'OAUTH_TIMEOUT' || error.code === 'OAUTH_ABORT';
    if (network) return new IdpUnavailable(wordsOf(error), { cause: error });
    const inner = error.cause;
    const status = inner instanceof Response ? inner.status : 0;
    if (error.code === 'OAUTH_RESPONSE_IS_NOT_CONFORM' && status >= 500)
      return new IdpUnavailable(`the IdP answered ${status}`, { cause: error });
    const more = inner instanceof Error ? `: ${inner.message}` : '';
    return new LoginRefused('token', `${wordsOf(error)}${more}`.slice(0, 300));
  }
  // fetch rejects with a TypeError, node:http with a system error: the IdP could not be reached.
  return new IdpUnavailable(wordsOf(error), { cause: error });
}
