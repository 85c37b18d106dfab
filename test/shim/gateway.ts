// A gateway in small for the browser tests: the real reserved prefix and the real pages, before a console of three
// buttons, with access, holds and step-ups in memory. It judges like the request path does, by digest, and keeps a log.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { Target } from '../../src/kernel/action.ts';
import type { Console } from '../../src/kernel/exchange.ts';
import type { Grant } from '../../src/kernel/grant.ts';
import type { Hold } from '../../src/kernel/hold.ts';
import { newId, newSecret, sha256Hex } from '../../src/kernel/ids.ts';
import { REASONS, type Reason } from '../../src/kernel/reasons.ts';
import type { Session } from '../../src/kernel/session.ts';
import { go, refuse } from '../../src/kernel/verdict.ts';
import { pagePolicy } from '../../src/proxy/pages/html.ts';
import { renderRefusalPage } from '../../src/proxy/pages/refusalPage.ts';
import type { Change } from '../../src/proxy/reserved/events.ts';
import { createReserved, PREFIX } from '../../src/proxy/reserved/reserved.ts';
import { loadPageScripts } from '../../src/proxy/reserved/scripts.ts';
import { consolePage } from './consolePage.ts';
import { NO_PAGES } from './noPages.ts';
import { type Need, RULES } from './rules.ts';

export type Seen = {
  method: string;
  path: string;
  type: string;
  /** the Content-Length as declared */
  length: string;
  digest: string;
  body: string;
  hold: string;
  go: boolean;
};

const TOKEN = 'a'.repeat(43);

/** @param dist the folder of the built scripts */
export async function startGateway(dist: string) {
  const seen: Seen[] = [];
  const grants = new Map<string, Grant>();
  const holds = new Map<string, Hold>();
  const hearing = new Set<(change: Change) => void>();
  const tell = (change: Change) => {
    for (const heard of hearing) heard(change);
  };
  const state = { alive: true, steppedUpAt: null as number | null, usedStepUp: 0, down: true, ticket: false };
  const asked: { actions: readonly string[]; targets: readonly Target[] }[] = [];
  const preflights: { method: string; target: string; contentType: string }[] = [];
  const holdOf = (id: string): Hold => {
    const hold = holds.get(id);
    if (!hold) throw new Error(`no hold ${id}`);
    return hold;
  };
  let origin = '';
  let portal = '';
  const mdm = (): Console => ({
    id: 'mdm',
    name: 'Example MDM',
    origin,
    upstream: origin,
    pack: 'p',
    shim: true,
    mode: 'enforce',
    zone: 'UTC',
  });
  const session = (): Session => ({
    id: 'ses_test',
    principal: { id: 'idp#ada', name: 'ada', groups: [] },
    startedAt: 0,
    authenticatedAt: 0,
    absoluteUntil: Number.MAX_SAFE_INTEGER,
    steppedUpAt: state.steppedUpAt,
    epoch: 'e',
  });

  const change = (id: string, to: Partial<Grant>) => {
    const grant = grants.get(id);
    if (!grant) throw new Error(`no grant ${id}`);
    grants.set(id, { ...grant, ...to, decidedAt: Date.now(), decidedBy: { id: 'idp#grace', name: 'grace' } });
    tell({ kind: 'grant', id, holder: 'idp#ada' });
  };
  const setHold = (id: string, to: Hold['state']) => {
    const hold = holds.get(id);
    if (!hold) throw new Error(`no hold ${id}`);
    const signedAt = to === 'ready' && hold.needs.signed ? Date.now() : hold.signedAt;
    holds.set(id, { ...hold, state: to, signedAt });
    tell({ kind: 'hold', id, session: 'ses_test' });
  };
  /** Its own person or others sign; ready as soon as all that it needs is there. */
  const signHold = (id: string, by: string | null) => {
    const hold = holds.get(id);
    if (!hold) throw new Error(`no hold ${id}`);
    const signedAt = by === null ? Date.now() : hold.signedAt;
    const more = by === null ? [] : [{ by: { id: `idp#${by}`, name: by }, at: Date.now() }];
    const approvals = [...hold.approvals, ...more];
    const ready = (!hold.needs.signed || signedAt !== null) && approvals.length >= hold.needs.approvals;
    holds.set(id, { ...hold, signedAt, approvals, state: ready ? 'ready' : 'waiting' });
    tell({ kind: 'hold', id, session: 'ses_test' });
  };
  const denyHold = (id: string, reason: string) => {
    const hold = holds.get(id);
    if (!hold) throw new Error(`no hold ${id}`);
    holds.set(id, {
      ...hold,
      state: 'denied',
      denied: { by: { id: 'idp#grace', name: 'grace' }, at: Date.now(), reason },
    });
    tell({ kind: 'hold', id, session: 'ses_test' });
  };

  const handler = (req: IncomingMessage, res: ServerResponse) =>
    serve(req, res).catch((error) => res.destroy(error as Error));
  const server = createServer(handler);
  const sockets = new WebSocketServer({ server, path: '/socket' });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  origin = `http://console.localhost:${port}`;
  portal = `http://portal.localhost:${port}`;
  const scripts = loadPageScripts(dist);
  const log = { info: () => {}, warn: () => {}, error: (facts: object) => console.error(facts) };
  const reserved = createReserved({
    portalOrigin: portal,
    scripts,
    sessions: {
      find: async (secret) =>
        secret === TOKEN && state.alive ? go(session()) : refuse('session.missing', 'none in the test'),
      end: async () => {
        state.alive = false;
      },
    },
    enter: { redeem: async () => refuse('session.missing', 'not here'), issueToken: async () => TOKEN },
    grants: {
      async ask(actor, ask) {
        const id = newId('gra');
        const now = Date.now();
        const empty = { minutes: null, uses: null, usesLeft: null, decidedAt: null, decidedBy: null, denyReason: null };
        const grant: Grant = {
          ...{ ...ask, ...empty, id, state: 'asked', holder: actor.principal, epoch: 'e', askedAt: now, session: '' },
          ...{
            askedMinutes: ask.minutes,
            askedUses: ask.uses,
            answerUntil: now + 3_600_000,
            askedTargets: ask.targets,
          },
          ...{ rule: 'r', steps: [], approvals: [], automatic: false, activeFrom: null, firstUsedAt: null },
          ...{ activeUntil: null, endedAt: null, endedBecause: null, endedBy: null, lastUsedAt: null, names: {} },
          ...{ remindAt: null, remindedAt: null, escalation: null, escalatedAt: null },
        };
        asked.push(ask);
        grants.set(id, grant);
        return { done: true, grant };
      },
      get: async (id) => grants.get(id) ?? null,
    },
    holds: {
      get: async (id) => holds.get(id) ?? null,
      async cancel(id) {
        setHold(id, 'cancelled');
        return { done: true, hold: holdOf(id) };
      },
      async ask(id, _by, { reason, ticket }) {
        holds.set(id, { ...holdOf(id), asked: { reason, ticket, at: Date.now() } });
        return { done: true, hold: holdOf(id) };
      },
    },
    askFaults: (_hold, { ticket }) =>
      state.ticket && ticket === '' ? [{ at: 'ticket', what: 'Name the ticket, such as MDM-4711' }] : [],
    askRule: () => ({
      ...{ rule: 'r', reason: null, longest: 60, mostUses: 5, whom: '1 of mdm-approvers', automatic: false },
      ticket: state.ticket ? { pattern: 'MDM-[0-9]+', say: 'such as MDM-4711' } : null,
    }),
    preflight: {
      recognise: async () => refuse('body.unreadable', 'not here'),
      decide: () => refuse('policy.forbidden', 'not here'),
      allowancesOf: () => null,
      peerOf: () => '',
    },
    describe: (_console, action) => (action === 'test.act' ? { title: lastTitle, risk: 'destructive' } : null),
    may: () => true,
    events: {
      onChange(heard) {
        hearing.add(heard);
        return () => hearing.delete(heard);
      },
      track: () => () => {},
    },
    ...NO_PAGES,
    clock: { now: () => Date.now() },
    log,
  });
  let lastTitle = '';

  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? '/', `http://${req.headers.host}`);
    if (url.hostname === 'portal.localhost') {
      res.setHeader('content-type', 'text/html').setHeader('cross-origin-opener-policy', 'same-origin');
      res.end(`<!doctype html><title>Portal</title><h1>${url.pathname}</h1>`);
      return;
    }
    if (url.pathname === `${PREFIX}preflight`) {
      const body: Buffer[] = [];
      for await (const part of req) body.push(part as Buffer);
      const head = JSON.parse(Buffer.concat(body).toString());
      preflights.push(head);
      const path = String(head.target).split('?')[0] ?? '';
      const rule = path === '/api/package' ? RULES[path] : undefined;
      const note = {
        ...{ method: head.method, path, type: '', length: '', digest: '' },
        body: '',
        hold: '',
        go: false,
      };
      const refusal = rule === undefined ? null : judge(rule, note);
      if (rule === undefined || refusal === null) return void res.writeHead(204).end();
      return answerRefusal(req, res, rule, refusal, note);
    }
    if (url.pathname.startsWith(PREFIX)) return reserved.handle(req, res, mdm());
    const parts: Buffer[] = [];
    for await (const part of req) parts.push(part as Buffer);
    const bytes = Buffer.concat(parts);
    const rule = RULES[url.pathname];
    const fromCookie = /__Host-sallyport-hold=([^;]+)/.exec(req.headers.cookie ?? '')?.[1];
    const holdId = String(req.headers['x-sallyport-hold'] ?? fromCookie ?? '');
    const note: Seen = {
      method: req.method ?? '',
      path: url.pathname,
      type: req.headers['content-type'] ?? '',
      length: req.headers['content-length'] ?? '',
      digest: sha256Hex(bytes),
      body: bytes.toString('latin1'),
      hold: holdId,
      go: true,
    };
    seen.push(note);
    if (rule) {
      const refusal = judge(rule, note);
      if (refusal !== null) {
        note.go = false;
        return answerRefusal(req, res, rule, refusal, note);
      }
      if (url.pathname === '/settings' || url.pathname === '/enrol') {
        res.writeHead(303, { location: '/done' }).end();
        return;
      }
    }
    if (url.pathname.startsWith('/api/')) {
      res.setHeader('content-type', 'application/json');
      res.end(JSON.stringify({ ok: true, path: url.pathname, size: bytes.length }));
      return;
    }
    const nonce = newSecret();
    res.setHeader('content-security-policy', strictPolicy(nonce)).setHeader('content-type', 'text/html; charset=utf-8');
    res.setHeader('set-cookie', `__Host-sallyport=${TOKEN}; Path=/; Secure; HttpOnly; SameSite=Lax`);
    res.end(consolePage(url.pathname, nonce, scripts['shim.js'].url));
  }

  type Missing = { reason: Reason; remedies: Need[] };

  function judge(rule: (typeof RULES)[string], note: Seen): Missing | null {
    if (note.path === '/down' && !state.down) return null;
    if (rule.reason) return { reason: rule.reason, remedies: [] };
    const hold = holds.get(note.hold);
    if (note.hold !== '' && hold?.state !== 'ready') return { reason: 'hold.unsigned', remedies: [] };
    if (hold && (hold.bodyDigest !== note.digest || hold.contentType !== note.type || hold.target !== note.path))
      return { reason: 'hold.mismatch', remedies: [] };
    const granted = [...grants.values()].some((grant) => grant.state === 'active' && grant.title === rule.title);
    const fresh = state.steppedUpAt !== null;
    const missing = rule.needs.filter((need) =>
      need === 'grant' ? !granted : need === 'stepup.fresh' ? !fresh : hold === undefined,
    );
    if (missing.length === 0) {
      if (hold) setHold(hold.id, 'used');
      return null;
    }
    const reason = missing.includes('grant')
      ? 'grant.required'
      : missing.includes('approval')
        ? 'approval.required'
        : 'stepup.required';
    return { reason, remedies: missing };
  }

  function answerRefusal(
    req: IncomingMessage,
    res: ServerResponse,
    rule: (typeof RULES)[string],
    { reason, remedies }: Missing,
    note: Seen,
  ): void {
    const many = note.path === '/api/devices/wipe';
    const none = note.path === '/api/admins' || note.path === '/api/tokens';
    const targets = Array.from({ length: many ? 12 : none ? 0 : 1 }, (_, at) => ({
      kind: 'device',
      id: many ? `d-01${String(at).padStart(2, '0')}` : 'd-0142',
    }));
    let hold: string | undefined;
    const signed = remedies.includes('stepup.bound');
    const approvals = remedies.includes('approval') ? 2 : 0;
    if (remedies.length > 0 && remedies.every((one) => one === 'stepup.bound' || one === 'approval')) {
      hold = newId('hol');
      const terms = { action: 'test.act', method: note.method, target: note.path, bodyDigest: note.digest, targets };
      const ada = { id: 'idp#ada', name: 'ada' };
      const about = { title: rule.title, effect: '', principal: ada, createdAt: Date.now(), epoch: 'e' };
      holds.set(hold, {
        ...{ ...terms, ...about, id: hold, console: 'mdm', session: 'ses_test', state: 'waiting' },
        ...{ contentType: note.type, expiresAt: Date.now() + 300_000, risk: 'destructive', names: {}, devices: 1 },
        ...{ needs: { signed, approvals }, approvers: ['mdm-approvers'], rule: 'r', parameters: null, asked: null },
        ...{ signedAt: null, approvals: [], denied: null },
      });
    }
    lastTitle = rule.title;
    const wipe = note.path.includes('wipe');
    const problem = {
      type: `urn:sallyport:reason:${reason}`,
      ...REASONS[reason],
      reason,
      request: 'exc_9aFq2vYyT0m1Xh3kQd7ZrA',
      portal,
      console: { id: 'mdm', name: 'Example MDM' },
      ...(rule.title === ''
        ? {}
        : {
            action: {
              name: 'test.act',
              title: rule.title,
              effect: wipe ? 'Erases everything on it. Cannot be undone.' : 'Can be undone by hand.',
              risk: wipe ? ('destructive' as const) : ('high' as const),
            },
            targets,
          }),
      remedies,
      ...(hold === undefined ? {} : { hold }),
      ...(approvals === 0 ? {} : { approvals, whom: '2 of mdm-approvers' }),
      ...(reason === 'budget.spent' ? { freesAt: Date.now() + 12 * 60_000, ask: 'the on-call lead' } : {}),
      ...(remedies.length === 0 ? {} : { why: wipe ? 'Wiping needs just-in-time access.' : 'Policy asks for it.' }),
      policies: wipe ? ['wipe-by-grant'] : [],
    };
    res.setHeader('x-sallyport-refused', reason).setHeader('cache-control', 'no-store');
    if (req.headers['sec-fetch-mode'] === 'navigate') {
      const nonce = newSecret();
      res.setHeader('content-security-policy', pagePolicy(nonce));
      res.writeHead(problem.status, { 'content-type': 'text/html; charset=utf-8' });
      const isForm = note.type === 'application/x-www-form-urlencoded';
      const fields = [...new URLSearchParams(note.body)];
      const form = isForm ? { form: { action: note.path, fields } } : {};
      res.end(renderRefusalPage({ problem, nonce, method: note.method, ...form }));
      return;
    }
    res.writeHead(problem.status, { 'content-type': 'application/problem+json' });
    res.end(JSON.stringify(problem));
  }

  return {
    origin,
    portal,
    seen,
    grants,
    holds,
    state,
    approve: (id: string) => change(id, { state: 'active', minutes: 30, activeUntil: Date.now() + 1_800_000 }),
    deny: (id: string, why: string) => change(id, { state: 'denied', denyReason: why }),
    asked,
    preflights,
    sign: (id: string) => signHold(id, null),
    approveHold: (id: string, by: string) => signHold(id, by),
    denyHold,
    cancelHold: (id: string) => setHold(id, 'cancelled'),
    listening: () => hearing.size,
    /** A message of the page's socket was refused. */
    refuseMessage: (problem: object, about = { session: 'ses_test', console: 'mdm' }) =>
      tell({ kind: 'refused', ...about, problem }),
    putHold: (hold: Hold) => holds.set(hold.id, hold),
    stepUp() {
      state.steppedUpAt = Date.now();
      tell({ kind: 'stepup', session: 'ses_test' });
    },
    reset() {
      seen.length = 0;
      grants.clear();
      holds.clear();
      asked.length = 0;
      preflights.length = 0;
      Object.assign(state, { alive: true, steppedUpAt: null, down: true, ticket: false });
    },
    async stop() {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** As strict as a console's policy can be. */
const strictPolicy = (nonce: string): string =>
  `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'`;

export type Gateway = Awaited<ReturnType<typeof startGateway>>;
