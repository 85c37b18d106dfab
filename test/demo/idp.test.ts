import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DemoIdp, startDemoIdp } from '../../demo/idp/server.ts';

const REDIRECT = 'http://portal.localhost:1/auth/callback';
let idp: DemoIdp;

beforeAll(async () => {
  idp = await startDemoIdp({
    host: '127.0.0.1',
    port: 0,
    clientId: 'sallyport',
    clientSecret: 'a secret of the tests',
    redirectUris: [REDIRECT],
  });
});
afterAll(() => idp.close());

/** A browser that keeps cookies and does not follow redirects by itself. */
function createBrowser() {
  const jar = new Map<string, string>();
  return async (url: string, init: RequestInit = {}): Promise<Response> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, cookie } });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') jar.delete(name);
      else jar.set(name, value);
    }
    return answer;
  };
}

function locationOf(answer: Response): string {
  return new URL(answer.headers.get('location') ?? '', idp.issuer).href;
}

function authorizeUrl(verifier: string, extra: Record<string, string> = {}): string {
  const query = new URLSearchParams({
    client_id: 'sallyport',
    response_type: 'code',
    scope: 'openid profile email groups',
    redirect_uri: REDIRECT,
    state: 'the-state',
    nonce: 'the-nonce',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...extra,
  });
  return `${idp.issuer}/auth?${query}`;
}

async function signIn(browse: ReturnType<typeof createBrowser>, url: string, person: string): Promise<URL> {
  const interaction = locationOf(await browse(url));
  expect(interaction).toContain('/interaction/');
  const page = await browse(interaction);
  expect(await page.text()).toContain('Acme Sign-in');
  const chosen = await browse(interaction, { method: 'POST', body: new URLSearchParams({ person }) });
  const resumed = await browse(locationOf(chosen));
  return new URL(resumed.headers.get('location') ?? '');
}

async function redeem(code: string, verifier: string): Promise<Record<string, unknown>> {
  const answer = await fetch(`${idp.issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from('sallyport:a%20secret%20of%20the%20tests').toString('base64')}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT,
      code_verifier: verifier,
    }),
  });
  return (await answer.json()) as Record<string, unknown>;
}

function claimsOf(tokens: Record<string, unknown>): Record<string, unknown> {
  const payload = String(tokens.id_token).split('.')[1] ?? '';
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
}

test('discovery names the issuer, S256 and the iss parameter', async () => {
  const found = (await (await fetch(`${idp.issuer}/.well-known/openid-configuration`)).json()) as Record<
    string,
    unknown
  >;
  expect(found.issuer).toBe(idp.issuer);
  expect(found.token_endpoint).toBe(`${idp.issuer}/token`);
  expect(found.code_challenge_methods_supported).toEqual(['S256']);
  expect(found.authorization_response_iss_parameter_supported).toBe(true);
});

test('a sign-in with PKCE ends in an ID token with the groups, and its code works once', async () => {
  const verifier = randomBytes(32).toString('base64url');
  const back = await signIn(createBrowser(), authorizeUrl(verifier), 'olga');
  expect(back.origin + back.pathname).toBe(REDIRECT);
  expect(back.searchParams.get('state')).toBe('the-state');
  expect(back.searchParams.get('iss')).toBe(idp.issuer);

  const code = back.searchParams.get('code') ?? '';
  const tokens = await redeem(code, verifier);
  expect(claimsOf(tokens)).toMatchObject({
    sub: 'u-olga',
    name: 'Olga Operator',
    email: 'olga@acme.example',
    groups: ['mdm-admins', 'mdm-approvers'],
    nonce: 'the-nonce',
    auth_time: expect.any(Number),
  });
  const userinfo = await fetch(`${idp.issuer}/me`, {
    headers: { authorization: `Bearer ${String(tokens.access_token)}` },
  });
  expect(await userinfo.json()).toMatchObject({ sub: 'u-olga', groups: ['mdm-admins', 'mdm-approvers'] });
  expect(await redeem(code, verifier)).toMatchObject({ error: 'invalid_grant' });
});

test('a request without PKCE is sent back with an error', async () => {
  const url = new URL(authorizeUrl('x'));
  url.searchParams.delete('code_challenge');
  url.searchParams.delete('code_challenge_method');
  const answer = await createBrowser()(url.href);
  expect(new URL(answer.headers.get('location') ?? '').searchParams.get('error')).toBe('invalid_request');
});

test('a second login is silent, and prompt=login and max_age=0 ask again with a new auth_time', async () => {
  const browse = createBrowser();
  const verifier = randomBytes(32).toString('base64url');
  const first = await signIn(browse, authorizeUrl(verifier), 'ada');
  const firstClaims = claimsOf(await redeem(first.searchParams.get('code') ?? '', verifier));

  const silent = await browse(authorizeUrl(verifier));
  expect(silent.headers.get('location')).toContain(`${REDIRECT}?code=`);

  await new Promise((resolve) => setTimeout(resolve, 1100));
  for (const extra of [{ prompt: 'login' }, { max_age: '0' }]) {
    const again = await signIn(browse, authorizeUrl(verifier, extra), 'ada');
    const claims = claimsOf(await redeem(again.searchParams.get('code') ?? '', verifier));
    expect(Number(claims.auth_time)).toBeGreaterThan(Number(firstClaims.auth_time));
  }
});

test('an unknown person and a cancelled sign-in get no code', async () => {
  const browse = createBrowser();
  const interaction = locationOf(await browse(authorizeUrl('x')));
  const unknown = await browse(interaction, { method: 'POST', body: new URLSearchParams({ person: 'eve' }) });
  expect(unknown.status).toBe(200);
  const cancelled = await browse(interaction, { method: 'POST', body: new URLSearchParams({ cancel: '1' }) });
  const resumed = await browse(locationOf(cancelled));
  expect(new URL(resumed.headers.get('location') ?? '').searchParams.get('error')).toBe('access_denied');
});
