// An IdP for hostile cases: keeps the protocol's rules (PKCE, one use of a code, client secret), and signs whatever a test
// wants signed.

import { createHash, createHmac, createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../src/kernel/clock.ts';

const CLIENT = { id: 'sallyport', secret: 'a secret of the tests', redirectUri: '' };

export type Token = {
  readonly header?: Record<string, unknown>;
  /** over the good claims; undefined removes one */
  readonly claims?: Record<string, unknown>;
  readonly sign?: 'good' | 'good-ec' | 'foreign' | 'none' | 'stripped' | 'zero-ec' | 'hmac-public' | 'hmac-secret';
  /** the whole token answer instead */
  readonly answer?: Record<string, unknown>;
};

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
export const seconds = (): number => Math.floor(systemClock.now() / 1000);

export type FakeIdp = Awaited<ReturnType<typeof startFakeIdp>>;

export async function startFakeIdp(redirectUri: string) {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const codes = new Map<string, { token: Token; challenge: string; nonce: string }>();
  const counts = { discovery: 0, jwks: 0, token: 0 };
  const knobs: { metadata: Record<string, unknown>; broken: boolean; issuer: string } = {
    metadata: {},
    broken: false,
    issuer: '',
  };

  const signature = (token: Token, signed: string): string => {
    const rs256 = (key: KeyObject) => createSign('sha256').update(signed).sign(key).toString('base64url');
    const hmac = (secret: string) => createHmac('sha256', secret).update(signed).digest('base64url');
    switch (token.sign ?? 'good') {
      case 'good':
        return rs256(rsa.privateKey);
      case 'good-ec':
        return createSign('sha256')
          .update(signed)
          .sign({ key: ec.privateKey, dsaEncoding: 'ieee-p1363' })
          .toString('base64url');
      case 'foreign':
        return rs256(foreign.privateKey);
      case 'zero-ec':
        return Buffer.alloc(64).toString('base64url');
      case 'hmac-public':
        return hmac(String(rsa.publicKey.export({ type: 'spki', format: 'pem' })));
      case 'hmac-secret':
        return hmac(CLIENT.secret);
      default:
        return '';
    }
  };
  const idToken = (token: Token, nonce: string): string => {
    const claims = {
      iss: knobs.issuer,
      aud: CLIENT.id,
      sub: 'u1',
      name: 'Uma One',
      groups: ['mdm-admins'],
      nonce,
      iat: seconds(),
      exp: seconds() + 300,
      auth_time: seconds(),
      ...token.claims,
    };
    const signed = `${encode(token.header ?? { alg: 'RS256', kid: 'idp-1' })}.${encode(claims)}`;
    return token.sign === 'stripped' ? signed : `${signed}.${signature(token, signed)}`;
  };

  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const json = (status: number, body: unknown) => {
      res.writeHead(status, { 'content-type': 'application/json' });
      res.end(JSON.stringify(body));
    };
    if (knobs.broken) return void res.writeHead(500).end('out of order');
    if (req.url === '/.well-known/openid-configuration') {
      counts.discovery += 1;
      return json(200, {
        issuer: knobs.issuer,
        authorization_endpoint: `${knobs.issuer}/auth`,
        token_endpoint: `${knobs.issuer}/token`,
        jwks_uri: `${knobs.issuer}/jwks`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        // An IdP that also lists what must never be accepted.
        id_token_signing_alg_values_supported: ['RS256', 'ES256', 'HS256', 'none'],
        authorization_response_iss_parameter_supported: true,
        ...knobs.metadata,
      });
    }
    if (req.url === '/jwks') {
      counts.jwks += 1;
      return json(200, {
        keys: [
          { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'idp-1', use: 'sig' },
          { ...ec.publicKey.export({ format: 'jwk' }), kid: 'idp-ec', use: 'sig' },
        ],
      });
    }
    if (req.url !== '/token') return void res.writeHead(404).end();
    counts.token += 1;
    let text = '';
    for await (const chunk of req) text += String(chunk);
    const form = new URLSearchParams(text);
    const code = form.get('code') ?? '';
    const kept = codes.get(code);
    codes.delete(code);
    const basic = Buffer.from(`${CLIENT.id}:${encodeURIComponent(CLIENT.secret).replaceAll('%20', '+')}`);
    const verified = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (req.headers.authorization !== `Basic ${basic.toString('base64')}`)
      return json(401, { error: 'invalid_client' });
    if (!kept || kept.challenge !== verified || form.get('redirect_uri') !== redirectUri)
      return json(400, { error: 'invalid_grant' });
    json(
      200,
      kept.token.answer ?? { access_token: 'at', token_type: 'Bearer', id_token: idToken(kept.token, kept.nonce) },
    );
  };

  const server = createServer((req, res) => void handle(req, res));
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  knobs.issuer = `http://idp.localhost:${port}`;
  const issuer = knobs.issuer;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });

  return {
    issuer,
    client: CLIENT,
    counts,
    knobs,
    /** The way back that the browser would be sent to. @param url where the portal sent the browser */
    answer(url: string, token: Token = {}): URL {
      const asked = new URL(url).searchParams;
      const code = randomBytes(16).toString('hex');
      codes.set(code, { token, challenge: asked.get('code_challenge') ?? '', nonce: asked.get('nonce') ?? '' });
      const back = new URL(asked.get('redirect_uri') ?? '');
      back.search = new URLSearchParams({ code, state: asked.get('state') ?? '', iss: issuer }).toString();
      return back;
    },
    stop: close,
    start: () => listen(port),
    close,
  };
}
