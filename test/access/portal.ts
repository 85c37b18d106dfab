// The portal with the routes of access, its real app in front (sessions, CSRF, problems), real passkeys and a software
// authenticator for everybody.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttp, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBudgets } from '../../src/access/budgets/budgets.redis.ts';
import { createJournal } from '../../src/audit/journal/journal.redis.ts';
import { createOnce } from '../../src/auth/once.redis.ts';
import { createSessions, type Sessions } from '../../src/auth/session/sessions.redis.ts';
import { createPasskeys, type Passkeys } from '../../src/auth/webauthn/passkeys.redis.ts';
import type { Grant } from '../../src/kernel/grant.ts';
import type { Hold } from '../../src/kernel/hold.ts';
import { sha256Base64url } from '../../src/kernel/ids.ts';
import type { Session } from '../../src/kernel/session.ts';
import { ENDPOINTS } from '../../src/portal/api/endpoints.ts';
import { openApiOf } from '../../src/portal/api/openapi.ts';
import { createPortalApp } from '../../src/portal/app.ts';
import { createAsking } from '../../src/portal/asking.ts';
import type { May } from '../../src/portal/authenticate.ts';
import type { Describe, TitleOf } from '../../src/portal/consoleWords.ts';
import { apiRoutes } from '../../src/portal/routes/api.ts';
import { budgetRoutes } from '../../src/portal/routes/budgets.ts';
import { eventRoutes } from '../../src/portal/routes/events.ts';
import { freezeRoutes } from '../../src/portal/routes/freezes.ts';
import { grantRoutes } from '../../src/portal/routes/grants.ts';
import { holdRoutes } from '../../src/portal/routes/holds.ts';
import { meRoutes } from '../../src/portal/routes/me.ts';
import { operateRoutes } from '../../src/portal/routes/operate.ts';
import { passkeyRoutes } from '../../src/portal/routes/passkeys.ts';
import { reviewRoutes } from '../../src/portal/routes/review.ts';
import { stepUpRoutes } from '../../src/portal/routes/stepup.ts';
import { createSelectorWords } from '../../src/portal/selectorWords.ts';
import { createTold } from '../../src/portal/told.ts';
import { type Authenticator, createAuthenticator } from '../kit/authenticator.ts';
import { createConformance, type Document } from '../openapi/conformance.ts';
import { type Limits, openWorld, RULE, type World } from './kit.ts';

export const ORIGIN = 'http://portal.localhost:8080';

/** Roles of the demo's people, an operator, and one nobody. */
const RIGHTS: { readonly [name: string]: readonly string[] } = {
  ada: ['access.ask', 'enter'],
  grace: ['access.approve', 'freeze.change'],
  linus: ['recording.view', 'access.review'],
  olga: ['access.ask', 'access.approve', 'freeze.change', 'enter'],
  lena: ['access.approve', 'freeze.change'],
  otto: ['policy.view'],
  mallory: [],
};
const GROUPS: { readonly [name: string]: readonly string[] } = {
  ada: ['mdm-admins'],
  grace: ['mdm-approvers'],
  linus: ['mdm-auditors'],
  lena: ['mdm-leads'],
  olga: ['mdm-admins', 'mdm-approvers'],
};
const has = (name: string, right: string): boolean => RIGHTS[name]?.includes(right) ?? false;
const may: May = (principal, right) => has(principal.name, right);

const LABELS: { readonly [action: string]: string } = {
  'device.wipe': 'Wipe devices',
  'device.lock': 'Lock devices',
  'sso.change': 'SSO changes',
};
const describe: Describe = (console, action) => {
  const label = LABELS[action];
  if (console !== 'acme' || label === undefined) return null;
  const risk = action === 'device.wipe' ? 'destructive' : 'high';
  return { risk, effect: risk === 'high' ? 'Locks it.' : 'Erases everything on it.', name: 'Acme MDM', label };
};
const titleOf: TitleOf = (_console, actions, targets) => `${actions.join(', ')}: ${targets.length} device`;

/** An answer's members, those that tests compute with by type. Whole answers are parsed by the contract. */
export type Body = {
  readonly [member: string]: unknown;
  readonly id: string;
  readonly state: string;
  readonly title: string;
  readonly reason: string;
  readonly detail?: string;
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
  /** The answer as it came. */
  raw(path: string): Promise<{ status: number; text: string; headers: IncomingHttpHeaders }>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<{ status: number; body: Body }>;
  /** An open event stream: its events' names so far, and the end. */
  listen(): Promise<{ events: string[]; text(): string; ended: Promise<void>; close(): void }>;
};

export type Portal = {
  readonly world: World;
  readonly sessions: Sessions;
  readonly passkeys: Passkeys;
  /** operations and statuses that were answered so far */
  readonly answered: ReadonlySet<string>;
  person(name: string): Promise<Person>;
  /** A fresh step-up with the person's passkey. */
  stepUp(person: Person): Promise<void>;
  stop(): Promise<void>;
};

export async function openPortal(limits: Limits & { heartbeat?: number } = {}): Promise<Portal> {
  const world = await openWorld(limits);
  const { redis } = world;
  const { scripts, client, keys, pulse } = redis;
  const sessions = createSessions({ scripts, client, keys, pulse, limits: { idle: 900_000, absolute: 28_800_000 } });
  const rp = { id: 'portal.localhost', name: 'Sallyport', origin: ORIGIN };
  const passkeys = createPasskeys({ scripts, client, keys, once: createOnce({ scripts }), pulse, rp });
  const { grants, holds, freezes } = world;
  const { approvals = [RULE], budgets: budgetRules = [] } = limits;
  const asking = createAsking({
    words: { describe, titleOf },
    rules: () => ({ approvals, budgets: budgetRules }),
    mayAsk: (_principal, _console, action) => action !== 'sso.change',
    grants,
    namesOf: async (_session, _console, targets) => {
      const name = (id: string) => (id === 'd-0001' ? 'iPad of Marie' : null);
      const known = targets.filter(({ id }) => name(id) !== null);
      return {
        names: Object.fromEntries(known.map(({ kind, id }) => [`${kind}:${id}`, name(id) ?? ''])),
        called: ({ id }) => name(id),
      };
    },
    clock: pulse.clock,
  });
  const journal = createJournal({ scripts, client, keys });
  const conformance = createConformance(openApiOf(ENDPOINTS, '0.1.0') as unknown as Document);
  const dead = new Set(['ntc_1']);
  const staticDir = await mkdtemp(join(tmpdir(), 'sallyport-portal-'));
  await writeFile(join(staticDir, 'index.html'), '<!doctype html>');
  const consoles = [{ id: 'acme', name: 'Acme MDM', origin: 'http://console.localhost:8080' }];
  const words = createSelectorWords({ words: { describe }, consoles });
  const app = createPortalApp({
    portalOrigin: ORIGIN,
    sessions,
    may,
    staticDir,
    log: { error: () => undefined },
    routes: [
      meRoutes({
        mayWithGrant: () => false,
        may,
        mayEnter: ({ name }) => has(name, 'enter'),
        asksFor: async () => [{ action: 'device.wipe', label: 'Wipe devices' }],
        consoles,
        idle: 900_000,
        countPasskeys: passkeys.count,
      }),
      passkeyRoutes({ passkeys }),
      stepUpRoutes({ passkeys }),
      grantRoutes({
        ...{ grants, passkeys, may, asking, describe, now: pulse },
        notesOf: (grant: Grant) => [`First wipe by ${grant.holder.name} in 90 days.`],
      }),
      freezeRoutes({ freezes, may, words, consoles, clock: pulse.clock }),
      budgetRoutes({
        budgets: createBudgets({ scripts, keys, rules: () => budgetRules }),
        mayEnter: ({ name }) => has(name, 'enter'),
        consoles,
        words,
      }),
      reviewRoutes({ grants, describe, told: createTold(journal), clock: pulse.clock }),
      operateRoutes({
        policySet: () => ({ digest: 'd', loadedAt: 1, policies: [], faults: [] }),
        consoles: consoles.map((console) => ({ ...console, mode: 'enforce' as const })),
        observed: async ({ from, to }) => ({ from, to, requests: 0, rows: [], more: 0 }),
        words: { describe },
        told: createTold(journal),
        notices: { report: async () => ({ channels: [], dead: [] }), retry: async (id) => dead.delete(id) },
        clock: pulse.clock,
      }),
      apiRoutes({ version: '0.1.0' }),
      holdRoutes({
        ...{ holds, grants, passkeys, may, consoles, clock: pulse.clock },
        rules: () => ({ approvals, budgets: budgetRules }),
        notesOf: (hold: Hold) => [`First "Wipe devices" by ${hold.principal.name} in 90 days.`],
      }),
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
          // `undefined` leaves a header out
          headers: Object.fromEntries(
            Object.entries({ cookie: `__Host-sallyport=${secret}`, ...headers }).filter(
              ([, value]) => value !== undefined,
            ),
          ),
        },
        resolve,
      );
      call.on('error', reject);
      call.end(body);
    });
  /** Every answer of every test is held against the description of the API. */
  const whole = async (method: string, target: string, message: IncomingMessage) => {
    let text = '';
    for await (const chunk of message) text += String(chunk);
    const { statusCode: status = 0, headers } = message;
    const refused = headers['x-sallyport-refused'];
    const fault = conformance.fault({
      ...{ method, target, status, text, contentType: headers['content-type'] },
      refused: typeof refused === 'string' ? refused : undefined,
    });
    if (fault !== null) throw new Error(`not as the API is described: ${fault}`);
    return { status, text, headers };
  };
  const parsed = ({ status, text }: { status: number; text: string }): { status: number; body: Body } => ({
    status,
    body: text === '' ? null : JSON.parse(text),
  });

  return {
    world,
    sessions,
    passkeys,
    answered: conformance.seen,
    async stepUp(person) {
      const options = await person.post('/api/stepup/options');
      const { status } = await person.post('/api/stepup', { assertion: person.authenticator.get(options.body) });
      if (status !== 200) throw new Error(`step-up: ${status}`);
    },
    async person(name) {
      const principal = { id: `https://idp.test#${name}`, name, groups: GROUPS[name] ?? [] };
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
        get: async (path) => parsed(await whole('GET', path, await open('GET', path, secret, {}))),
        raw: async (path) => whole('GET', path, await open('GET', path, secret, {})),
        post: async (path, body = {}, headers = {}) => {
          const message = await open(
            'POST',
            path,
            secret,
            { origin: ORIGIN, 'content-type': 'application/json', 'x-sallyport-csrf': csrf, ...headers },
            typeof body === 'string' ? body : JSON.stringify(body),
          );
          return parsed(await whole('POST', path, message));
        },
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
