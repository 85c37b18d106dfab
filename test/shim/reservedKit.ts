// The reserved prefix over plain http, with parts behind it that answer what a test tells them and keep what they were asked.
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Console } from '../../src/kernel/exchange.ts';
import { BARE_FACTS } from '../../src/kernel/facts.ts';
import type { Grant } from '../../src/kernel/grant.ts';
import type { Hold } from '../../src/kernel/hold.ts';
import type { Session } from '../../src/kernel/session.ts';
import { go, refuse, type Verdict } from '../../src/kernel/verdict.ts';
import { policyRefusal } from '../../src/proxy/decide/offer.ts';
import type { Change } from '../../src/proxy/reserved/events.ts';
import type { AskTerms } from '../../src/proxy/reserved/grantRoutes.ts';
import type { DomTold } from '../../src/proxy/reserved/recordRoute.ts';
import { createReserved } from '../../src/proxy/reserved/reserved.ts';
import type { RecogniseRequest } from '../../src/proxy/stages/30-recognise.ts';
import { anAction, deny } from '../kit/gate.ts';

export const ORIGIN = 'http://console.localhost:1';
const CONSOLE: Console = {
  ...{ id: 'mdm', name: 'Example MDM', origin: ORIGIN, upstream: '', pack: 'p', shim: true },
  ...{ mode: 'enforce', zone: 'UTC' },
};
export const TOKEN = 't'.repeat(43);
export const session: Session = {
  ...{ id: 'ses_1', startedAt: 0, authenticatedAt: 0, absoluteUntil: 9e15, steppedUpAt: 5, epoch: 'e' },
  principal: { id: 'idp#ada', name: 'ada', groups: ['mdm-admins'] },
};
const hold: Hold = {
  ...{ id: 'hol_1', console: 'mdm', session: 'ses_1', action: 'a.b', method: 'POST', target: '/x', bodyDigest: '' },
  ...{ contentType: '', targets: [], expiresAt: 1000, state: 'waiting', title: 'T', effect: '' },
  ...{ principal: { id: 'idp#ada', name: 'ada' }, createdAt: 0, epoch: 'e', risk: 'destructive' },
  ...{ needs: { signed: true, approvals: 2 }, approvers: ['mdm-approvers'], rule: 'r', names: {}, devices: 1 },
  ...{ parameters: 'private words', asked: null, signedAt: 5, denied: null },
  approvals: [{ by: { id: 'idp#grace', name: 'grace' }, at: 6 }],
};
const grant = {
  ...{
    id: 'gra_1',
    state: 'denied',
    console: 'mdm',
    actions: ['device.wipe'],
    title: 'Wipe 1 device: d-1',
    epoch: 'e',
  },
  ...{ holder: { id: 'idp#ada', name: 'ada' }, targets: [{ kind: 'device', id: 'd-1' }], reason: 'private words' },
  ...{ ticket: 'T-1', askedMinutes: 30, askedUses: 1, minutes: null, uses: null, usesLeft: null, askedAt: 1 },
  ...{ answerUntil: 2, decidedAt: 2, decidedBy: { id: 'idp#grace', name: 'grace' }, denyReason: 'no' },
  ...{ activeUntil: null, endedAt: null, endedBecause: null, endedBy: null },
  ...{ session: '', askedTargets: [], clock: 'approval', startAt: null, rule: 'r', steps: [], approvals: [] },
  ...{ automatic: false, activeFrom: null, firstUsedAt: null, lastUsedAt: null },
} as unknown as Grant;
export const ASK = {
  ...{ console: 'mdm', actions: ['device.wipe'], targets: [{ kind: 'device', id: 'd-1' }] },
  ...{ reason: 'Lost in a taxi', ticket: '', minutes: 30, uses: 1, clock: 'approval', startAt: null },
};

/** What the parts behind the reserved prefix answer, and what they were asked. */
export const world = {
  found: async (): Promise<Verdict<Session>> => go(session),
  mayAsk: true,
  entered: go({ session: 'ses_1', returnTo: '/' }) as Verdict<{ session: string; returnTo: string }>,
  outcome: 'done' as string,
  asked: [] as AskTerms[],
  ended: [] as string[],
  redeemed: [] as unknown[][],
  cancelled: [] as string[],
  holdsAsked: [] as unknown[],
  ruled: [] as unknown[],
  faults: [] as { at: string; what: string }[],
  recognised: [] as unknown[],
  pages: [] as object[],
  startsAs: null as string | null,
  pageStands: true,
  recorderAway: false,
  dom: [] as DomTold[],
  /** of the console */
  record: 'dom' as 'dom' | 'exchanges',
  bigPages: 'exchanges' as 'exchanges' | 'dom',
};
export const hearing = new Set<(change: Change) => void>();
export const tracked = new Set<() => void>();
export const logged: object[] = [];
const script = { url: '', digest: 'abc', plain: Buffer.from('plain'), zipped: Buffer.from('zipped') };

/** /apps takes uploads, /free takes some that nobody minds, everything else is judged. */
const recognise: RecogniseRequest = async (request, readBody) => {
  world.recognised.push(request);
  const opaque = request.path === '/apps' || request.path === '/free';
  const body = await readBody(opaque ? 'opaque' : 'judged', 1);
  if (!body.go) return body;
  const name = request.path === '/apps' ? 'app.upload' : 'app.note';
  return go({ action: anAction({ name, risk: 'high', title: 'Upload an app' }), body: body.value });
};

const reserved = createReserved({
  portalOrigin: 'http://portal.localhost:1',
  scripts: { 'shim.js': script, 'page.js': script, 'recorder.js': script },
  sessions: {
    find: (secret, origin) =>
      secret === TOKEN && origin === ORIGIN ? world.found() : Promise.resolve(refuse('session.missing', 'no cookie')),
    end: async (id) => {
      world.ended.push(id);
    },
  },
  enter: {
    async redeem(...args) {
      world.redeemed.push(args);
      return world.entered;
    },
    issueToken: async ({ id }, origin) => `token-of-${id}-${origin === ORIGIN}`,
  },
  grants: {
    async ask(_actor, ask) {
      world.asked.push(ask);
      return world.outcome === 'done' ? { done: true, grant } : { done: false, why: world.outcome };
    },
    get: async (id) =>
      id === 'gra_1' ? grant : id === 'gra_2' ? { ...grant, id, holder: { id: 'idp#eve', name: 'eve' } } : null,
  },
  holds: {
    get: async (id) => (id === 'hol_1' ? hold : id === 'hol_2' ? { ...hold, id, session: 'ses_2' } : null),
    async cancel(id) {
      world.cancelled.push(id);
      return { done: true, hold };
    },
    async ask(id, _by, words) {
      world.holdsAsked.push({ id, ...words });
      const asked = { ...words, at: 7 };
      return world.outcome === 'done' ? { done: true, hold: { ...hold, asked } } : { done: false, why: world.outcome };
    },
  },
  askFaults: () => world.faults,
  askRule(console, actions) {
    world.ruled.push([console, actions]);
    const rule = { rule: 'r', reason: null, ticket: null, longest: 60, mostUses: 1 };
    return world.outcome === 'no.rule' ? null : { ...rule, whom: '1 of mdm-approvers', automatic: false };
  },
  preflight: {
    recognise,
    decide: (request) =>
      request.action.name === 'app.upload'
        ? policyRefusal('stepup.required', {
            ...{ decision: deny(['stepup.fresh']), facts: BARE_FACTS, action: request.action },
            ...{ hold: null, sentences: ['Uploads need a key.'], whom: null },
          })
        : go(request),
    allowancesOf: () => null,
    peerOf: (address) => address ?? '',
  },
  describe: (_console, action) =>
    action === 'device.wipe' ? { title: 'Wipe 1 device: d-1', risk: 'destructive' } : null,
  may: () => world.mayAsk,
  events: {
    onChange(heard) {
      hearing.add(heard);
      return () => hearing.delete(heard);
    },
    track(_id, close) {
      tracked.add(close);
      return () => tracked.delete(close);
    },
  },
  pages: {
    async start(speaker, url, why) {
      world.pages.push({ what: 'start', ...speaker, url, ...(why === undefined ? {} : { why }) });
      return world.startsAs ?? speaker.page;
    },
    async beat(speaker) {
      world.pages.push({ what: 'beat', ...speaker });
      return world.pageStands;
    },
    async exchangesOnly(speaker, why) {
      world.pages.push({ what: 'exchanges', ...speaker, why });
      return world.pageStands;
    },
    async end(speaker) {
      world.pages.push({ what: 'end', ...speaker });
    },
  },
  async recordDom(line) {
    if (world.recorderAway) throw new Error('no space');
    world.dom.push(line);
  },
  recordClock: { now: () => 10_000 },
  clock: { now: () => 500 },
  log: { info: () => {}, warn: () => {}, error: (facts) => logged.push(facts) },
});
const server = createServer(
  (req, res) =>
    void reserved.handle(req, res, {
      ...CONSOLE,
      record: world.record,
      dom: { inputs: 'masked', maskText: [], bigPages: world.bigPages, notice: false },
    }),
);
let port = 0;
export const portOf = (): number => port;

export async function startServer(): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
}

export function stopServer(): void {
  server.closeAllConnections();
  server.close();
}

export function resetWorld(): void {
  Object.assign(world, {
    found: async () => go(session),
    mayAsk: true,
    outcome: 'done',
    entered: go({ session: 'ses_1', returnTo: '/devices?page=2' }),
    ...{ asked: [], ended: [], redeemed: [], cancelled: [] },
    ...{ holdsAsked: [], ruled: [], faults: [], recognised: [] },
    ...{
      pages: [],
      startsAs: null,
      pageStands: true,
      recorderAway: false,
      dom: [],
      record: 'dom',
      bigPages: 'exchanges',
    },
  });
  logged.length = 0;
}

export type Headers = Record<string, string>;
export type Answer = { status: number; headers: Record<string, string | string[] | undefined>; text: string };
export const COOKIE = { cookie: `a=b; __Host-sallyport=${TOKEN}` };
export const OWN: Headers = {
  ...COOKIE,
  ...{ origin: ORIGIN, 'sec-fetch-site': 'same-origin', 'x-sallyport-shim': '1', 'content-type': 'application/json' },
};

/** node's own client: it sends Origin, Sec-Fetch-Site and odd paths as they stand here. */
export function call(method: string, path: string, headers: Headers = {}, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', method, path: `/.sallyport/${path}`, headers }, (res) => {
      let text = '';
      res.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
export const reasonOf = ({ text }: Answer): string => JSON.parse(text).reason;

/** An event stream, left open. */
export const openEvents = () => request({ port, host: '127.0.0.1', path: '/.sallyport/events', headers: COOKIE });
