// Believable data for looking at the portal without a gateway. Never shipped, never imported by portal/src.
import type { Me } from '../../src/portal/contract/me.ts';
import type { Passkey } from '../../src/portal/contract/passkeys.ts';
import type { ExchangeDetail, ExchangeRow, SessionRow } from '../../src/portal/contract/sessions.ts';

export const NOW = Date.now();
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const ISSUER = 'http://idp.localhost:8090';
export const person = (name: string) => ({ id: `${ISSUER}#${name}`, name });
type Role = Me['may'] & { groups: string[]; console: boolean; passkeys: number };
const NOBODY: Role = {
  groups: [],
  ask: false,
  approve: false,
  review: false,
  freeze: false,
  reviewAccess: false,
  operate: false,
  console: false,
  passkeys: 0,
};
export const ROLES: Record<string, Role> = {
  ada: { ...NOBODY, groups: ['mdm-admins'], ask: true, console: true, passkeys: 2 },
  grace: { ...NOBODY, groups: ['mdm-approvers'], approve: true, freeze: true, passkeys: 1 },
  linus: { ...NOBODY, groups: ['mdm-auditors'], review: true, reviewAccess: true },
  oscar: { ...NOBODY, groups: ['mdm-operators'], operate: true, freeze: true, passkeys: 1 },
  olga: { ...NOBODY, groups: ['mdm-admins', 'mdm-approvers'], ask: true, approve: true, console: true, passkeys: 1 },
  root: {
    groups: ['mdm-owners'],
    ask: true,
    approve: true,
    review: true,
    freeze: true,
    reviewAccess: true,
    operate: true,
    console: true,
    passkeys: 1,
  },
  mallory: NOBODY,
  newcomer: { ...NOBODY, groups: ['mdm-admins'], ask: true, approve: true, console: true },
};

const ASKS = [
  { action: 'device.wipe', label: 'Wipe devices' },
  { action: 'device.retire', label: 'Retire devices' },
  { action: 'device.lock', label: 'Lock devices' },
  { action: 'profile.install', label: 'Install profiles' },
];

export const me = (name: string): Me => {
  const { groups, console, passkeys, ...may } = ROLES[name] ?? NOBODY;
  return {
    person: { ...person(name), groups },
    session: {
      id: 'ses_8f2k',
      startedAt: NOW - HOUR,
      authenticatedAt: NOW - HOUR,
      absoluteUntil: NOW + 7 * HOUR,
      idleMinutes: 30,
      steppedUpAt: null,
    },
    may,
    consoles: [
      { id: 'acme-mdm', name: 'Acme MDM', origin: 'http://console.localhost:8080', may: console, asks: ASKS },
      { id: 'branch-mdm', name: 'Branch MDM', origin: 'http://branch.localhost:8080', may: false, asks: [] },
    ],
    csrf: 'dev',
    passkeys,
  };
};

export const PASSKEYS: Passkey[] = [
  { id: 'pk_1', name: 'Work laptop', createdAt: NOW - 90 * DAY, lastUsedAt: NOW - 12 * MINUTE, backedUp: true },
  { id: 'pk_2', name: 'Blue security key', createdAt: NOW - 20 * DAY, lastUsedAt: null, backedUp: false },
];

const START = NOW - 95 * MINUTE;
export const SESSIONS: SessionRow[] = [
  {
    id: 'ses_ada1',
    person: person('ada'),
    startedAt: START,
    lastAt: NOW - 2 * MINUTE,
    endedAt: null,
    consoles: ['acme-mdm'],
    exchanges: 212,
    acts: 3,
    refusals: 2,
    highlights: [
      { title: 'Wipe 1 device: iPad of Marie (d-0142)', risk: 'destructive', verdict: 'go' },
      { title: 'Wipe 12 devices: d-0100, d-0101 and 10 more', risk: 'destructive', verdict: 'refuse' },
      { title: 'Lock 1 device: d-0142', risk: 'high', verdict: 'go' },
    ],
  },
  {
    id: 'ses_olga',
    person: person('olga'),
    startedAt: NOW - 6 * HOUR,
    lastAt: NOW - 4 * HOUR,
    endedAt: NOW - 4 * HOUR,
    consoles: ['acme-mdm'],
    exchanges: 88,
    acts: 1,
    refusals: 0,
    highlights: [{ title: 'Lock 1 device: d-0019', risk: 'high', verdict: 'go' }],
  },
  {
    id: 'ses_ada0',
    person: person('ada'),
    startedAt: NOW - DAY - 2 * HOUR,
    lastAt: NOW - DAY,
    endedAt: NOW - DAY,
    consoles: ['acme-mdm'],
    exchanges: 431,
    acts: 0,
    refusals: 0,
    highlights: [],
  },
  {
    id: 'ses_mal',
    person: person('mallory'),
    startedAt: NOW - 2 * DAY,
    lastAt: NOW - 2 * DAY + 3 * MINUTE,
    endedAt: NOW - 2 * DAY + 33 * MINUTE,
    consoles: ['acme-mdm'],
    exchanges: 4,
    acts: 0,
    refusals: 4,
    highlights: [{ title: 'Look at devices', risk: 'read', verdict: 'refuse' }],
  },
  {
    id: 'ses_old',
    person: person('olga'),
    startedAt: NOW - 8 * DAY,
    lastAt: NOW - 8 * DAY + 50 * MINUTE,
    endedAt: NOW - 8 * DAY + 80 * MINUTE,
    consoles: ['acme-mdm'],
    exchanges: 140,
    acts: 6,
    refusals: 1,
    highlights: [
      { title: 'Install a profile on 40 devices', risk: 'high', verdict: 'go' },
      { title: 'Change the record of 1 device: d-0200', risk: 'low', verdict: 'go' },
    ],
  },
];

let n = 0;
const row = (offset: number, more: Partial<ExchangeRow>): ExchangeRow => {
  n += 1;
  return {
    id: `ex_${String(n).padStart(4, '0')}`,
    at: START + offset,
    console: 'acme-mdm',
    method: 'GET',
    target: '/devices',
    action: 'device.read',
    risk: 'read',
    title: 'Look at devices',
    verdict: 'go',
    reason: null,
    status: 200,
    sent: 0,
    received: 18_200,
    took: 12,
    grant: null,
    hold: null,
    ...more,
  };
};
const reads = (from: number, many: number) =>
  Array.from({ length: many }, (_, i) =>
    row(
      from + i * 900,
      i % 3 === 0
        ? { target: '/api/devices?page=2' }
        : i % 3 === 1
          ? { target: '/assets/app.js', title: 'Load a part of the page', action: 'asset.read' }
          : { target: '/api/live', title: 'Watch live events', action: 'live.read' },
    ),
  );
const WIPE = {
  method: 'POST',
  target: '/api/devices/d-0142/wipe',
  action: 'device.wipe',
  risk: 'destructive',
  title: 'Wipe 1 device: iPad of Marie (d-0142)',
  sent: 42,
} as const;
export const EXCHANGES: ExchangeRow[] = [
  ...reads(0, 14),
  row(22_000, {
    method: 'PATCH',
    target: '/api/devices/d-0142',
    action: 'device.update',
    risk: 'low',
    title: 'Change the record of 1 device: d-0142',
    sent: 88,
    received: 310,
  }),
  row(31_000, {
    method: 'POST',
    target: '/api/devices/d-0142/lock',
    action: 'device.lock',
    risk: 'high',
    title: 'Lock 1 device: iPad of Marie (d-0142)',
    verdict: 'refuse',
    reason: 'stepup.required',
    status: null,
    sent: 0,
    received: 0,
  }),
  row(44_000, {
    method: 'POST',
    target: '/api/devices/d-0142/lock',
    action: 'device.lock',
    risk: 'high',
    title: 'Lock 1 device: iPad of Marie (d-0142)',
    sent: 2,
    received: 61,
  }),
  ...reads(60_000, 8),
  row(12 * MINUTE, { ...WIPE, verdict: 'refuse', reason: 'grant.required', status: null, sent: 0, received: 0 }),
  ...reads(12 * MINUTE + 4000, 1),
  row(15 * MINUTE, { ...WIPE, grant: 'gr_active', hold: 'hol_used', received: 77, took: 341 }),
  ...reads(15 * MINUTE + 2000, 22),
  row(24 * MINUTE, {
    method: 'DELETE',
    target: '/api/unknown/thing?with=a&rather=long&query=string-that-does-not-end-soon',
    action: 'unknown.write',
    risk: 'destructive',
    title: 'Something that no pack describes',
    verdict: 'refuse',
    reason: 'policy.forbidden',
    status: null,
    sent: 0,
    received: 0,
  }),
];

export const detailOf = (exchange: ExchangeRow): ExchangeDetail => ({
  ...exchange,
  targets: exchange.risk === 'read' ? [] : [{ kind: 'device', id: 'd-0142' }],
  policies: exchange.verdict === 'refuse' ? [] : exchange.risk === 'destructive' ? ['wipe-by-grant'] : ['admins-read'],
  policySet: '4be1d0c2a97f3358b8c4f0aa',
  requestHeaders: [
    ['accept', 'application/json'],
    ['content-type', 'application/json'],
    [
      'user-agent',
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36',
    ],
  ],
  responseHeaders:
    exchange.verdict === 'refuse'
      ? []
      : [
          ['content-type', 'application/json'],
          ['content-length', String(exchange.received)],
        ],
  requestBody: exchange.sent > 40 ? '{"confirm":true,"pin":"[redacted]","reason":"Lost in a taxi"}' : null,
  requestBodyNote: exchange.sent > 40 ? '1 value was redacted.' : null,
  bodyDigest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  events:
    exchange.verdict === 'refuse'
      ? [
          {
            seq: 411,
            at: exchange.at,
            kind: 'request.refused',
            actor: `${ISSUER}#ada`,
            facts: { reason: exchange.reason },
          },
        ]
      : exchange.grant === null
        ? []
        : [
            { seq: 413, at: exchange.at - 90_000, kind: 'grant.asked', actor: `${ISSUER}#ada`, facts: {} },
            {
              seq: 414,
              at: exchange.at - 50_000,
              kind: 'grant.approved',
              actor: `${ISSUER}#grace`,
              facts: { minutes: 30, uses: 1 },
            },
            { seq: 416, at: exchange.at - 6_000, kind: 'hold.signed', actor: `${ISSUER}#ada`, facts: {} },
            { seq: 417, at: exchange.at, kind: 'act.intent', actor: `${ISSUER}#ada`, facts: {} },
            { seq: 418, at: exchange.at + 341, kind: 'act.outcome', actor: `${ISSUER}#ada`, facts: { status: 200 } },
          ],
  messages:
    exchange.action === 'live.read'
      ? [{ at: exchange.at + 400, from: 'console', size: 64, text: '{"device":"d-0142","battery":41}' }]
      : [],
});
