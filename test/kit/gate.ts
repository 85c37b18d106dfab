// The request path for tests of its own: real listener, pipeline, engine and sockets; the parts of others as plain functions
// in memory, each of which a test can replace. The whole product is tested elsewhere.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExchangeClosing, ExchangeOpening, Message } from '../../src/audit/recording/lines.ts';
import type { Action } from '../../src/kernel/action.ts';
import type { AuditEvent } from '../../src/kernel/auditEvent.ts';
import type { Console } from '../../src/kernel/exchange.ts';
import type { Decision } from '../../src/kernel/facts.ts';
import type { Grant } from '../../src/kernel/grant.ts';
import type { Hold, NewHold } from '../../src/kernel/hold.ts';
import type { Reason } from '../../src/kernel/reasons.ts';
import type { Session } from '../../src/kernel/session.ts';
import { go, refuse, type Verdict } from '../../src/kernel/verdict.ts';
import { hostsOf } from '../../src/proxy/canonical/message.ts';
import { createPeerOf } from '../../src/proxy/canonical/peer.ts';
import { createLocalTime } from '../../src/proxy/facts/localTime.ts';
import { createNetworks } from '../../src/proxy/facts/networks.ts';
import { createConnections } from '../../src/proxy/forward/connections.ts';
import { createEngine } from '../../src/proxy/forward/engine.ts';
import type { PageTags } from '../../src/proxy/forward/pageTags.ts';
import { createSendRequest } from '../../src/proxy/forward/send.ts';
import { createOpenSocket } from '../../src/proxy/forward/sockets.ts';
import { createListener } from '../../src/proxy/listener.ts';
import { createLive } from '../../src/proxy/live.ts';
import type { FindGrant } from '../../src/proxy/liveGrants.ts';
import { createPipeline, type PipelineParts } from '../../src/proxy/pipeline.ts';
import { createRespond } from '../../src/proxy/respond.ts';
import type { RecogniseRequest } from '../../src/proxy/stages/30-recognise.ts';

export const HOST = 'console.test';
export const COOKIE = 'Cookie: __Host-sallyport=ada-secret';

export type Recorded = { opening: ExchangeOpening; closing: ExchangeClosing | null; messages: Message[] };
export type Change = { readonly kind: string; readonly [member: string]: unknown };

export type Gate = {
  readonly port: number;
  readonly console: Console;
  /** secret -> session; take one out and tell the change to end it */
  readonly sessions: Map<string, Session>;
  readonly recordings: Recorded[];
  readonly intents: AuditEvent[];
  readonly outcomes: { event: AuditEvent; sent: boolean }[];
  readonly refusals: AuditEvent[];
  readonly doorRefusals: Reason[];
  readonly live: ReturnType<typeof createLive>;
  readonly connections: ReturnType<typeof createConnections>;
  tell(change: Change): void;
  close(): Promise<void>;
};

export type GateOptions = {
  readonly upstream: string;
  readonly origin?: string;
  readonly shim?: boolean;
  readonly mode?: Console['mode'];
  readonly trustedProxies?: readonly string[];
  readonly networks?: { readonly [name: string]: readonly string[] };
  readonly parts?: GateParts;
  readonly limits?: {
    answer?: number;
    stall?: number;
    headers?: number;
    body?: number;
    drain?: number;
    keepAlive?: number;
  };
  readonly portal?: (req: IncomingMessage, res: ServerResponse) => void;
  /** 0, the default: any */
  readonly port?: number;
  /** more of the console: what is recorded of its pages */
  readonly console?: Pick<Console, 'record' | 'dom'>;
  readonly pageTags?: PageTags;
  readonly reserved?: (parts: {
    readonly findSession: (secret: string | undefined) => Promise<Verdict<Session>>;
  }) => (req: IncomingMessage, res: ServerResponse, console: Console) => void | Promise<void>;
  readonly findGrant?: FindGrant;
};

/** What a test has otherwise; of the policy set its two functions. */
export type GateParts = Partial<PipelineParts & ReturnType<PipelineParts['policy']>>;

export const ALLOW: Decision = {
  ...{ allow: true, policies: ['allow-all'], remedies: [], would: [], policySet: 'set' },
  ...{ approvals: 0, forbids: [] },
};
export const deny = (remedies: Decision['remedies'], approvals = remedies.includes('approval') ? 1 : 0): Decision => ({
  allow: false,
  policies: [],
  remedies,
  approvals,
  forbids: [],
  would: remedies.length === 0 ? [] : [{ id: 'wipe-by-grant', why: 'Wiping needs access.' }],
  policySet: 'set',
});

export const aSession = (id = 'ses_ada', name = 'ada'): Session => ({
  id,
  principal: { id: `idp#${name}`, name, groups: ['mdm-admins'] },
  startedAt: 0,
  authenticatedAt: 0,
  absoluteUntil: Number.MAX_SAFE_INTEGER,
  steppedUpAt: null,
  epoch: 'e1',
});

export const anAction = (over: Partial<Action> = {}): Action => ({
  name: 'device.read',
  risk: 'read',
  pack: 'test',
  entry: 'entry',
  targets: [],
  title: 'Look at devices',
  effect: '',
  redact: [],
  upgrade: false,
  ...over,
});

/** A hold as it is kept, of what stage 40 asked for. */
export const aHold = ({ answerWithin: _within, ...hold }: NewHold, over: Partial<Hold> = {}): Hold => ({
  ...hold,
  ...{ id: 'hol_new', expiresAt: 1, state: 'waiting', createdAt: 0, epoch: 'e1' },
  ...{ asked: null, signedAt: null, approvals: [], denied: null },
  ...over,
});

/** GET reads; uploads stream; POST .../wipe has no body; any other change is judged. */
export const recogniseSimply: RecogniseRequest = async (request, readBody) => {
  const read = request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS';
  const wiped = /^\/devices\/([^/]+)\/wipe$/.exec(request.path)?.[1];
  const mode = read || wiped !== undefined ? 'none' : request.path === '/upload' ? 'opaque' : 'judged';
  const body = await readBody(mode, 256 * 1024);
  if (!body.go) return body;
  if (request.door === 'upgrade') return go({ action: anAction({ upgrade: true }), body: body.value });
  if (read) return go({ action: anAction(), body: body.value });
  if (wiped === undefined)
    return go({ action: anAction({ name: 'thing.change', risk: 'low', title: 'Change a thing' }), body: body.value });
  const targets = [{ kind: 'device', id: wiped }];
  const title = `Wipe 1 device: ${wiped}`;
  return go({
    action: anAction({ name: 'device.wipe', risk: 'destructive', targets, title, effect: 'Erases it.' }),
    body: body.value,
  });
};

export async function startGate(options: GateOptions): Promise<Gate> {
  const { upstream, origin = `http://${HOST}`, shim = false, limits = {} } = options;
  const { mode = 'enforce', trustedProxies = [], networks = {} } = options;
  const place = { mode, zone: 'UTC' } as const;
  const console: Console = {
    id: 'acme',
    name: 'Acme MDM',
    origin,
    upstream,
    pack: 'test',
    shim,
    ...place,
    ...options.console,
  };
  const sessions = new Map<string, Session>([
    ['ada-secret', aSession()],
    ['bob-secret', aSession('ses_bob', 'bob')],
  ]);
  const heard = new Set<(change: Change) => void>();
  const recordings: Recorded[] = [];
  const intents: AuditEvent[] = [];
  const outcomes: { event: AuditEvent; sent: boolean }[] = [];
  const refusals: AuditEvent[] = [];
  const doorRefusals: Reason[] = [];
  const clock = { now: () => performance.timeOrigin + performance.now() };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

  const findSession = async (secret: string | undefined): Promise<Verdict<Session>> => {
    if (secret === undefined) return refuse('session.missing', 'no cookie');
    const session = sessions.get(secret);
    return session === undefined ? refuse('session.revoked', 'ended') : go(session);
  };
  const connections = createConnections({ idle: 500 });
  const live = createLive({
    findSession,
    onChange: (hear) => {
      heard.add(hear);
      return () => heard.delete(hear);
    },
    onEnd: connections.endSession,
    findGrant: options.findGrant ?? (async () => ({ state: 'active', endedBecause: null, activeUntil: 1e15 })),
    clock,
    log,
  });
  const forwardLimits = {
    answer: limits.answer ?? 5000,
    stall: limits.stall ?? 5000,
    message: 64 * 1024,
    ping: 20_000,
  };
  const moreHeaders = () => ['x-anything'];
  const respond = createRespond({
    portalOrigin: 'http://portal.test',
    beginHandoff: (at, path) => ({
      location: `http://portal.test/handoff?console=${at.id}`,
      setCookie: `__Host-sallyport-handoff=x.${Buffer.from(path).toString('base64url')}; Path=/; Secure; HttpOnly`,
    }),
    renderRefusalPage: ({ problem, form }) =>
      `<!doctype html><title>${problem.title}</title>${form === undefined ? '' : JSON.stringify(form)}`,
    log,
  });
  const consoleByHost = (host: string) => (hostsOf(origin).includes(host) ? console : undefined);
  const doorRefused = (reason: Reason) => {
    doorRefusals.push(reason);
  };
  const pipeline = createPipeline({
    consoleByHost,
    findSession,
    touchSession: () => undefined,
    recognise: recogniseSimply,
    recogniseMessage: () => refuse('action.broken', 'no messages here'),
    judgesMessages: () => false,
    tellPage: async () => undefined,
    policy: () => ({
      decide: options.parts?.decide ?? (() => ALLOW),
      explain: options.parts?.explain ?? (() => ({ sentences: ['ada may not do this.'] })),
    }),
    activeGrants: async () => [] as Grant[],
    checkHold: async () => refuse('hold.unknown', 'no holds here'),
    createHold: async (hold) => aHold(hold),
    ruleOf: () => ({
      id: 'devices',
      holdGroups: ['mdm-approvers'],
      answerWithin: 3_600_000,
      whom: '1 of mdm-approvers',
    }),
    withDevices: ({ action }) => action,
    withNames: async ({ action }) => action,
    frozen: async () => false,
    budgetOf: async () => 'open',
    recordedAs: async () => 'exchanges',
    budgetTold: async () => null,
    networksOf: createNetworks(networks),
    localTime: createLocalTime(),
    clock,
    commitAct: async ({ event }) => {
      intents.push(event);
      return go({ intent: intents.length });
    },
    settleAct: async ({ event, sent }) => {
      outcomes.push({ event, sent });
    },
    actRefused: async (event) => {
      refusals.push(event);
    },
    doorRefused,
    openRecording: async (opening) => {
      const recorded: Recorded = { opening, closing: null, messages: [] };
      recordings.push(recorded);
      return {
        message: (message) => {
          recorded.messages.push(message);
        },
        close: async (closing) => {
          recorded.closing = closing;
        },
      };
    },
    redactBody: (_type, bytes) => ({ text: bytes.toString('utf8'), note: null }),
    sendRequest: createSendRequest({
      engine: createEngine(),
      connections,
      live,
      pageTags:
        options.pageTags ??
        ((_request, { nonce }) =>
          nonce === false
            ? ''
            : `<script src="/.sallyport/shim.js"${nonce === null ? '' : ` nonce="${nonce}"`}></script>`),
      moreHeaders,
      limits: forwardLimits,
    }),
    openSocket: createOpenSocket({ live, moreHeaders, touchSession: () => undefined, limits: forwardLimits }),
    respond,
    log,
    ...options.parts,
  });
  const listener = createListener({
    portalOrigin: 'http://portal.test',
    consoleByHost,
    peerOf: createPeerOf(trustedProxies),
    portal: options.portal ?? ((_req, res) => res.end('the portal')),
    reserved:
      options.reserved?.({ findSession }) ??
      ((_req, res) => {
        res.end('reserved');
      }),
    pipeline,
    respond,
    doorRefused,
    clock,
    limits: {
      headers: limits.headers ?? 2000,
      body: limits.body ?? 2000,
      keepAlive: limits.keepAlive ?? 2000,
      drain: limits.drain ?? 200,
    },
    log,
  });
  const port = await listener.listen(options.port ?? 0, '127.0.0.1');
  return {
    port,
    console,
    sessions,
    recordings,
    intents,
    outcomes,
    refusals,
    doorRefusals,
    live,
    connections,
    tell: (change) => {
      for (const hear of heard) hear(change);
    },
    async close() {
      await listener.close();
      live.close();
      connections.close();
    },
  };
}

/** A request's text for a bare socket. */
export const requestText = (line: string, headers: readonly string[] = [COOKIE], body = ''): string =>
  [`${line} HTTP/1.1`, `Host: ${HOST}`, ...headers, '', body].join('\r\n');
