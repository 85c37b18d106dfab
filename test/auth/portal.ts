// A portal for tests: the real app on a loopback port, a real Redis, and browsers that keep cookies. What policy would say is
// a plain function here; everything else is the product.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHandoff } from '../../src/auth/handoff.ts';
import { createOidcClient } from '../../src/auth/oidc/client.ts';
import { createOidc } from '../../src/auth/oidc/flow.ts';
import { fetchFromIdp } from '../../src/auth/oidc/loopbackFetch.ts';
import { createOnce } from '../../src/auth/once.redis.ts';
import { createSessions } from '../../src/auth/session/sessions.redis.ts';
import { createPasskeys } from '../../src/auth/webauthn/passkeys.redis.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { createPortalApp } from '../../src/portal/app.ts';
import { loginRoutes } from '../../src/portal/routes/login.ts';
import { meRoutes } from '../../src/portal/routes/me.ts';
import { passkeyRoutes } from '../../src/portal/routes/passkeys.ts';
import { stepUpRoutes } from '../../src/portal/routes/stepup.ts';
import { eventArgs } from '../../src/redis/scripts.ts';
import type { TestRedis } from '../kit/redis.ts';

export type Line = { what: string; facts: { readonly [name: string]: unknown } };
export type TestPortal = Awaited<ReturnType<typeof startPortal>>;

/** @param limits ms */
export async function startPortal(redis: TestRedis, limits = { idle: 1_800_000, absolute: 36_000_000 }) {
  const { scripts, client, keys, pulse } = redis;
  let app: RequestListener = (_req, res) => void res.writeHead(503).end();
  const server = createServer((req, res) => app(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const origin = `http://portal.localhost:${port}`;
  const consoleOrigin = `http://console.localhost:${port}`;
  const consoles = [
    { id: 'acme', name: 'Acme MDM', origin: consoleOrigin },
    { id: 'other', name: 'Other MDM', origin: `http://other.localhost:${port}` },
  ];
  const staticDir = await mkdtemp(join(tmpdir(), 'sallyport-portal-'));
  await mkdir(join(staticDir, 'assets'));
  await writeFile(join(staticDir, 'index.html'), '<!doctype html><meta name="csp-nonce" content="__NONCE__">front end');
  await writeFile(join(staticDir, 'assets', 'app-1a2b3c.js'), 'export {};');

  const lines: Line[] = [];
  const note = (facts: object, what: string): void => void lines.push({ what, facts: { ...facts } });
  const log = { warn: note, error: note };
  const once = createOnce({ scripts });
  const sessions = createSessions({ scripts, client, keys, pulse, limits });
  const handoff = createHandoff({ once, keys });
  const rp = { id: 'portal.localhost', name: 'Sallyport', origin };
  const passkeys = createPasskeys({ scripts, client, keys, once, pulse, rp });

  return {
    origin,
    consoleOrigin,
    callback: `${origin}/callback`,
    ...{ sessions, handoff, passkeys, once, lines },
    /** Builds the app; the IdP needs the portal's address first. */
    serve(idp: { issuer: string; clientId: string; clientSecret: string; timeout?: number }) {
      const oidcClient = createOidcClient({
        ...idp,
        redirectUri: `${origin}/callback`,
        scopes: ['openid', 'profile', 'groups'],
        clock: systemClock,
      });
      const oidc = createOidc({ client: oidcClient, once, keys, groupsClaim: 'groups', clock: pulse.clock, log });
      const append = (event: Parameters<typeof eventArgs>[0]) => scripts.run('appendEvent', [], eventArgs(event));
      const may = (principal: { groups: readonly string[] }, right: string) =>
        principal.groups.includes(right === 'access.ask' ? 'mdm-admins' : 'mdm-approvers');
      app = createPortalApp({
        portalOrigin: origin,
        sessions,
        may,
        staticDir,
        log,
        routes: [
          loginRoutes({ portalOrigin: origin, oidc, handoff, sessions, consoles, append, log }),
          meRoutes({
            mayWithGrant: () => false,
            may,
            mayEnter: (principal) => principal.groups.length > 0,
            asksFor: async () => [{ action: 'device.wipe', label: 'Wipe devices' }],
            consoles,
            idle: limits.idle,
            countPasskeys: passkeys.count,
          }),
          passkeyRoutes({ passkeys }),
          stepUpRoutes({ passkeys }),
        ],
      });
    },
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await rm(staticDir, { recursive: true, force: true });
    },
  };
}

export type Browser = ReturnType<typeof createBrowser>;

/** Keeps cookies by origin, follows nothing by itself, sends what a browser's fetch of the portal sends. */
export function createBrowser(portalOrigin: string) {
  const jars = new Map<string, Map<string, string>>();
  const jarOf = (origin: string): Map<string, string> => {
    const jar = jars.get(origin) ?? new Map<string, string>();
    jars.set(origin, jar);
    return jar;
  };
  const send = async (
    address: string,
    init: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ): Promise<Response> => {
    const url = new URL(address, portalOrigin);
    const jar = jarOf(url.origin);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetchFromIdp(url.href, {
      method: init.method ?? 'GET',
      headers: { accept: 'text/html', ...(cookie === '' ? {} : { cookie }), ...init.headers },
      body: init.body,
      redirect: 'manual',
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') jar.delete(name);
      else jar.set(name, value);
    }
    return answer;
  };
  let csrf = '';
  const browser = {
    send,
    jar: (origin = portalOrigin) => jarOf(origin),
    location: (answer: Response) => new URL(answer.headers.get('location') ?? 'about:blank', portalOrigin).href,
    async me() {
      const answer = await send('/api/me');
      const me = (await answer.json()) as { csrf?: string; [key: string]: unknown };
      csrf = me.csrf ?? '';
      return { status: answer.status, me };
    },
    /** A POST as the portal's front end makes it. */
    async post(path: string, body: unknown = {}, headers: Record<string, string> = {}) {
      if (csrf === '') await browser.me();
      const answer = await send(path, {
        method: 'POST',
        headers: {
          origin: portalOrigin,
          'sec-fetch-site': 'same-origin',
          'content-type': 'application/json',
          'x-sallyport-csrf': csrf,
          ...headers,
        },
        body: JSON.stringify(body),
      });
      const text = await answer.text();
      // biome-ignore lint/suspicious/noExplicitAny: tests look at single members of many answers
      return { status: answer.status, headers: answer.headers, body: (text === '' ? null : JSON.parse(text)) as any };
    },
    forgetCsrf: () => {
      csrf = '';
    },
  };
  return browser;
}
