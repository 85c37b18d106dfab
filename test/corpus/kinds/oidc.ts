// Sign-ins at an identity provider that does what a case says. Denied means: no session.
import { createOidcClient } from '../../../src/auth/oidc/client.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { seconds, type Token } from '../../auth/fakeIdp.ts';
import type { UserAgent } from '../../kit/userAgent.ts';
import type { Case, Facts } from '../cases.ts';
import { COOKIE, type CorpusStack, PORTAL } from '../stack.ts';
import type { Problem } from '../verdicts.ts';

const ISSUER = 'https://idp.corp.test';
const DEFAULTS = ['iss', 'aud', 'sub', 'nonce', 'iat', 'exp'];

export async function runOidc(stack: CorpusStack, one: Case): Promise<Problem | { readonly notRun: string }> {
  const agent = stack.newAgent();
  const wanted = (signedIn: boolean): Problem =>
    signedIn === (one.expected === 'allow') ? null : signedIn ? 'signed in' : 'did not sign in';
  if (one.discovery !== undefined) return discovery(stack, one.discovery);
  if (one.logoutToken !== undefined) return logoutToken(stack, agent);
  if (one.callback !== undefined) return wanted(await callback(stack, agent, one.callback));
  if (one.idToken === undefined) return fixation(stack, agent, one.flow ?? {});
  if (one.userinfo !== undefined) return 'the product asks no userinfo endpoint';
  const token = tokenOf(stack, one.idToken);
  if (token === null) return { notRun: `nobody knows how to sign with ${one.idToken.signedWith}` };
  const fresh = one.flow?.max_age !== undefined;
  if (one.idToken.header.kid === 'none-such') return unknownKeys(stack, token);
  return wanted(await signIn(stack, agent, token, fresh));
}

async function signIn(stack: CorpusStack, agent: UserAgent, token: Token, fresh = false): Promise<boolean> {
  const out = await agent.send(`${PORTAL}/login${fresh ? '?fresh=1' : ''}`, { navigate: true });
  await agent.send(stack.idp.answer(String(out.headers.location), token).href, { navigate: true });
  return isIn(agent);
}
const isIn = async (agent: UserAgent): Promise<boolean> => (await agent.call(`${PORTAL}/api/me`, 'GET')).status === 200;

function tokenOf({ idp }: CorpusStack, { header, claims, signedWith }: NonNullable<Case['idToken']>): Token | null {
  const sign = signOf(header.alg, signedWith);
  if (sign === null) return null;
  const own: Record<string, unknown> = {};
  for (const name of DEFAULTS) if (!(name in claims)) own[name] = undefined;
  for (const [name, value] of Object.entries(claims)) {
    if (value === '<flow nonce>') continue;
    own[name] = claimOf(value, idp.issuer, idp.client.id);
  }
  return { header: { ...header }, claims: own, sign };
}

function claimOf(value: unknown, issuer: string, client: string): unknown {
  if (Array.isArray(value)) return value.map((one) => claimOf(one, issuer, client));
  if (typeof value !== 'string') return value;
  if (value === ISSUER) return issuer;
  if (value === 'gw-client') return client;
  const moment = /^now(?:([+-])(\d+))?$/.exec(value);
  if (moment !== null) return seconds() + Number(`${moment[1] ?? '+'}${moment[2] ?? 0}`);
  // A time as text is written with its quotes.
  return /^".*"$/.test(value) ? value.slice(1, -1) : value.replace(ISSUER, issuer);
}

function signOf(alg: unknown, signedWith: string | null): NonNullable<Token['sign']> | null {
  if (signedWith === null) return 'none';
  if (signedWith === 'idp-1') return 'good';
  if (signedWith === 'idp-ec') return 'good-ec';
  if (signedWith === 'attacker' || /other|foreign|unknown/.test(signedWith)) return 'foreign';
  if (signedWith === 'stripped') return 'stripped';
  if (/r=0/.test(signedWith)) return 'zero-ec';
  if (/public|PEM|JWK/i.test(signedWith) && String(alg).startsWith('HS')) return 'hmac-public';
  return /client_secret/.test(signedWith) ? 'hmac-secret' : null;
}

async function callback(stack: CorpusStack, agent: UserAgent, asked: Facts): Promise<boolean> {
  const out = await agent.send(`${PORTAL}/login`, { navigate: true });
  const back = stack.idp.answer(String(out.headers.location), { claims: { sub: 'u1', groups: [] } });
  const { searchParams } = back;
  for (const name of ['code', 'state', 'iss']) if (!(name in asked)) searchParams.delete(name);
  for (const [name, value] of Object.entries(asked)) {
    // `c`, `<ok>` and the issuer stand for what the identity provider really gave back.
    if (name === 'method' || value === 'c' || value === '<ok>' || value === ISSUER) continue;
    if (Array.isArray(value)) for (const more of value.slice(1)) searchParams.append(name, String(more));
    else searchParams.set(name, String(value));
  }
  const method = String(asked.method ?? 'GET');
  const form = {
    method: 'POST',
    body: back.search.slice(1),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  };
  const came = await agent.send(method === 'POST' ? `${PORTAL}/callback` : back.href, {
    navigate: true,
    ...(method === 'POST' ? form : {}),
  });
  if (typeof asked.error_description === 'string' && came.text().includes(asked.error_description)) return true;
  return isIn(agent);
}

async function discovery({ idp }: CorpusStack, metadata: Facts): Promise<Problem> {
  const before = idp.knobs.metadata;
  idp.knobs.metadata = { ...metadata };
  try {
    const { id: clientId, secret: clientSecret } = idp.client;
    const client = createOidcClient({
      ...{ issuer: idp.issuer, clientId, clientSecret, redirectUri: `${PORTAL}/callback`, scopes: ['openid'] },
      clock: systemClock,
    });
    await client.authorizationUrl({ state: 's', nonce: 'n', challenge: 'c', fresh: false });
    return 'the discovery document was believed';
  } catch {
    return null;
  } finally {
    idp.knobs.metadata = before;
  }
}

/** There is no back-channel logout: nothing takes such a token, and the session goes on. */
async function logoutToken(stack: CorpusStack, agent: UserAgent): Promise<Problem> {
  if (!(await signIn(stack, agent, { claims: { sub: 'u9', groups: [] } }))) return 'nobody could sign in';
  for (const path of ['/backchannel-logout', '/logout', '/api/logout', '/callback']) {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const { status } = await agent.send(`${PORTAL}${path}`, {
      method: 'POST',
      body: 'logout_token=x.y.z',
      headers,
      cookies: false,
    });
    if (status < 400) return `${path} took it`;
  }
  return (await isIn(agent)) ? null : 'the session ended';
}

async function fixation(
  stack: CorpusStack,
  agent: UserAgent,
  flow: Facts,
): Promise<Problem | { readonly notRun: string }> {
  const planted = 'A'.repeat(43);
  const use = async (secret: string | undefined): Promise<number> =>
    (await agent.send(`${PORTAL}/api/me`, { cookies: false, headers: { cookie: `${COOKIE}=${secret}` } })).status;
  if (flow.preLoginCookie !== undefined) {
    const out = await agent.send(`${PORTAL}/login`, { navigate: true, headers: { cookie: `${COOKIE}=${planted}` } });
    await agent.send(stack.idp.answer(String(out.headers.location)).href, { navigate: true });
    return (await use(planted)) === 401 && (await isIn(agent)) ? null : 'the planted cookie is worth something';
  }
  if (flow.cookie !== 'copied before logout') return { notRun: `nobody knows how to play: ${JSON.stringify(flow)}` };
  await signIn(stack, agent, {});
  const copied = agent.cookiesOf('gate.corp.test').get(COOKIE);
  const { csrf } = (await agent.call(`${PORTAL}/api/me`, 'GET')).json<{ csrf: string }>();
  await agent.call(`${PORTAL}/api/logout`, 'POST', {}, { 'x-sallyport-csrf': csrf });
  return (await use(copied)) === 401 ? null : 'the copied cookie still works';
}

async function unknownKeys(stack: CorpusStack, token: Token): Promise<Problem> {
  const before = stack.idp.counts.jwks;
  for (let n = 0; n < 20; n += 1) if (await signIn(stack, stack.newAgent(), token)) return 'signed in';
  const asked = stack.idp.counts.jwks - before;
  return asked <= 2 ? null : `the keys were fetched ${asked} times`;
}
