// Configures oidc-provider for the demo: one confidential client, code flow with PKCE, groups in the ID token.
// Keys are made in memory at each start. Must print nothing: the demo's terminal belongs to the table of addresses.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { Provider, type ProviderContext } from 'oidc-provider';
import type { Clock } from '../../src/kernel/clock.ts';
import { findDemoPerson } from '../people.ts';
import { createMemoryAdapter } from './memoryAdapter.ts';
import { renderErrorPage } from './pages.ts';

export interface DemoProviderOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUris: readonly string[];
  readonly clock: Clock;
}

const SCOPES = 'openid profile email groups';

function signingKey(): Record<string, unknown> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: randomBytes(8).toString('hex') };
}

export function createDemoProvider(options: DemoProviderOptions): Provider {
  return new Provider(options.issuer, {
    adapter: createMemoryAdapter(options.clock),
    jwks: { keys: [signingKey()] },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    clients: [
      {
        client_id: options.clientId,
        client_secret: options.clientSecret,
        client_name: 'Acme access',
        redirect_uris: [...options.redirectUris],
        response_types: ['code'],
        grant_types: ['authorization_code'],
        token_endpoint_auth_method: 'client_secret_basic',
        // OIDC Core 2: auth_time is otherwise only sent when max_age was asked for.
        require_auth_time: true,
      },
    ],
    responseTypes: ['code'],
    scopes: ['openid', 'profile', 'email', 'groups'],
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    // Groups belong in the ID token itself, so that a login needs no userinfo call.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      dPoP: { enabled: false },
      userinfo: { enabled: true },
    },
    interactions: { url: (_ctx: ProviderContext, interaction: { uid: string }) => `/interaction/${interaction.uid}` },
    ttl: {
      AccessToken: 3600,
      AuthorizationCode: 60,
      Grant: 86_400,
      IdToken: 3600,
      Interaction: 3600,
      Session: 86_400,
    },
    clientBasedCORS: () => false,
    findAccount: (_ctx: ProviderContext, sub: string) => {
      const person = findDemoPerson(sub);
      if (person === undefined) return undefined;
      return {
        accountId: person.sub,
        claims: async () => ({
          sub: person.sub,
          name: person.name,
          preferred_username: person.login,
          email: person.email,
          email_verified: true,
          groups: [...person.groups],
        }),
      };
    },
    // Consent is given by starting the demo.
    loadExistingGrant: async (ctx: ProviderContext) => {
      const { provider, client, session } = ctx.oidc;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope(SCOPES);
      await grant.save();
      return grant;
    },
    renderError: async (ctx: ProviderContext, out: Readonly<Record<string, unknown>>) => {
      const page = renderErrorPage(
        'This sign-in cannot go on',
        `Start again from where you came. Details: ${String(out.error_description ?? '')} (${String(out.error ?? 'error')}).`,
      );
      ctx.type = 'html';
      ctx.set('content-security-policy', page.policy);
      ctx.body = page.html;
    },
  });
}
