// The portal with the routes of access, its real app in front (sessions, CSRF, problems), real passkeys and a software
// authenticator for everybody.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttp, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOnce } from '../../src/auth/once.redis.ts';
import { createSessions, type Sessions } from '../../src/auth/session/sessions.redis.ts';
import { createPasskeys, type Passkeys } from '../../src/auth/webauthn/passkeys.redis.ts';
import { sha256Base64url } from '../../src/kernel/ids.ts';
import type { Session } from '../../src/kernel/session.ts';
import { createPortalApp } from '../../src/portal/app.ts';
import type { May } from '../../src/portal/authenticate.ts';
import type { Describe } from '../../src/portal/grantView.ts';
import { eventRoutes } from '../../src/portal/routes/events.ts';
import { grantRoutes } from '../../src/portal/routes/grants.ts';
import { holdRoutes } from '../../src/portal/routes/holds.ts';
import { type Authenticator, createAuthenticator } from '../kit/authenticator.ts';
import { type Limits, openWorld, type World } from './kit.ts';

export const ORIGIN = 'http://portal.localhost:8080';

/** Roles of the demo's people, and one nobody. */
const RIGHTS: { readonly [name: string]: readonly string[] } = {
  ada: ['access.ask'],
  grace: ['access.approve'],
  linus: ['recording.view'],
  olga: ['access.ask', 'access.approve'],
  mallory: [],
};
const may: May = (principal, right) => RIGHTS[principal.name]?.includes(right) ?? false;

const describe: Describe = (console, action) =>
  console === 'acme' && ['device.wipe', 'device.lock'].includes(action)
    ? { risk: action === 'device.wipe' ? 'destructive' : 'high', effect: 'Erases everything on it.', name: 'Acme MDM' }
    : null;

/** An answer's members, those that tests compute with by type. Whole answers are parsed by the contract. */
export type Body = {
  readonly [member: string]: unknown;
  readonly id: string;
  readonly state: string;
  readonly title: string;
  readonly reason: string;
  readonly askedMinutes: number;
  readonly askedUses: number;
  readonly faults: readonly unknown[];
  readonly challenge: string;
  readonly rpId?: string;
  readonly allowCredentials?: readonly { readonly id: string }[];
};

export type Person = {
  readonly session: Session;
  readonly secret: string;
  readonly authenticator: Authenticator;
  get(path: string): Promise<{ status: number; body: Body }>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<{ status: number; body: Body }>;
  /** An open event stream: its events' names so far, and the end. */
  listen(): Promise<{ events: string[]; text(): string; ended: Promise<void>; close(): void }>;
};

export type Portal = {
  readonly world: World;
  readonly sessions: Sessions;
  readonly passkeys: Passkeys;
  person(name: string): Promise<Person>;
  stop(): Promise<void>;
};

export async function openPortal(limits: Limits & { heartbeat?: number } = {}): Promise<Portal> {
  const world = await openWorld(limits);
  const { redis } = world;
  const { scripts, client, keys, pulse } = redis;
  const sessions = createSessions({ scripts, client, keys, pulse, limits: { idle: 900_000, absolute: 28_800_000 } });
  const rp = { id: 'portal.localhost', name: 'Sallyport', origin: ORIGIN };
  const passkeys = createPasskeys({ scripts, client, keys, once: createOnce({ scripts }), pulse, rp });
  const titleOf = (_console: string, action: string, targets: readonly unknown[]) =>
    `${action}: ${targets.length} device`;
  const { grants, holds } = world;
  const staticDir = await mkdtemp(join(tmpdir(), 'sallyport-portal-'));
  await writeFile(join(staticDir, 'index.html'), '<!doctype html>');
  const consoles = [{ id: 'acme', name: 'Acme MDM', origin: 'http://console.localhost:8080' }];
  const app = createPortalApp({
    portalOrigin: ORIGIN,
    sessions,
    staticDir,
    log: { error: () => undefined },
    routes: [
      grantRoutes({ grants, passkeys, may, describe, titleOf, now: pulse }),
      holdRoutes({ holds, grants, passkeys, describe, consoles, clock: pulse.clock }),
      eventRoutes({
        pulse,
        may,
        alive: async ({ id }) => (await sessions.get(id)) !== undefined,
        ...(limits.heartbeat ? { heartbeat: limits.heartbeat } : {}),
      }),
    ],
  });
  const server = createHttp(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const open = (method: string, path: string, secret: string, headers: Record<string, string>, body?: string) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const call = request(
        {
          host: '127.0.0.1',
          port,
          method,
          path,
          agent: false,
          headers: { cookie: `__Host-sallyport=${secret}`, ...headers },
        },
        resolve,
      );
      call.on('error', reject);
      call.end(body);
    });
  const whole = async (message: IncomingMessage): Promise<{ status: number; body: Body }> => {
    let text = '';
    for await (const chunk of message) text += String(chunk);
    return { status: message.statusCode ?? 0, body: text === '' ? null : JSON.parse(text) };
  };

  return {
    world,
    sessions,
    passkeys,
    async person(name) {
      const principal = { id: `https://idp.test#${name}`, name, groups: [] };
      const session = await sessions.start({ principal, authenticatedAt: Math.floor(pulse.clock.now()) });
      const secret = await sessions.issueToken(session, ORIGIN);
      const authenticator = createAuthenticator(ORIGIN);
      const options = await passkeys.enrolOptions(session);
      if (!options.go) throw new Error(options.reason);
      const credential = authenticator.create(options.value as Parameters<Authenticator['create']>[0]);
      const enrolled = await passkeys.enrol(session, { name: 'key', credential });
      if (!enrolled.go) throw new Error(enrolled.reason);
      const csrf = sha256Base64url(`${secret}\ncsrf`);
      return {
        session,
        secret,
        authenticator,
        get: async (path) => whole(await open('GET', path, secret, {})),
        post: async (path, body = {}, headers = {}) =>
          whole(
            await open(
              'POST',
              path,
              secret,
              { origin: ORIGIN, 'content-type': 'application/json', 'x-sallyport-csrf': csrf, ...headers },
              JSON.stringify(body),
            ),
          ),
        async listen() {
          const message = await open('GET', '/api/events', secret, {});
          if (message.statusCode !== 200) throw new Error(`events: ${message.statusCode}`);
          const events: string[] = [];
          let text = '';
          message.on('data', (chunk) => {
            text += String(chunk);
            for (const [, event] of String(chunk).matchAll(/^event: (\w+)$/gm)) if (event) events.push(event);
          });
          message.on('error', () => undefined);
          const ended = new Promise<void>((resolve) => message.once('close', resolve));
          return { events, text: () => text, ended, close: () => message.destroy() };
        },
      };
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(staticDir, { recursive: true, force: true });
      await redis.stop();
    },
  };
}
