// Believable data for looking at the portal without a gateway. Never shipped, never imported by portal/src.
import type { GrantView } from '../../src/portal/contract/grants.ts';
import type { HoldView } from '../../src/portal/contract/holds.ts';
import type { Me } from '../../src/portal/contract/me.ts';
import type { Passkey } from '../../src/portal/contract/passkeys.ts';
import type { ExchangeDetail, ExchangeRow, SessionRow } from '../../src/portal/contract/sessions.ts';

export const NOW = Date.now();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const ISSUER = 'http://idp.localhost:8090';
export const person = (name: string) => ({ id: `${ISSUER}#${name}`, name });
export const ROLES: Record<
  string,
  { groups: string[]; ask: boolean; approve: boolean; review: boolean; console: boolean; passkeys: number }
> = {
  ada: { groups: ['mdm-admins'], ask: true, approve: false, review: false, console: true, passkeys: 2 },
  grace: { groups: ['mdm-approvers'], ask: false, approve: true, review: false, console: false, passkeys: 1 },
  linus: { groups: ['mdm-auditors'], ask: false, approve: false, review: true, console: false, passkeys: 0 },
  olga: {
    groups: ['mdm-admins', 'mdm-approvers'],
    ask: true,
    approve: true,
    review: false,
    console: true,
    passkeys: 1,
  },
  mallory: { groups: [], ask: false, approve: false, review: false, console: false, passkeys: 0 },
  newcomer: { groups: ['mdm-admins'], ask: true, approve: true, review: false, console: true, passkeys: 0 },
};

export const me = (name: string): Me => {
  const role = ROLES[name] ?? { groups: [], ask: false, approve: false, review: false, console: false, passkeys: 0 };
  return {
    person: { ...person(name), groups: role.groups },
    session: {
      id: 'ses_8f2k',
      startedAt: NOW - HOUR,
      authenticatedAt: NOW - HOUR,
      absoluteUntil: NOW + 7 * HOUR,
      idleMinutes: 30,
      steppedUpAt: null,
    },
    may: { ask: role.ask, approve: role.approve, review: role.review },
    consoles: [
      {
        id: 'acme-mdm',
        name: 'Acme MDM',
        origin: 'http://console.localhost:8080',
        may: role.console,
        asks: [
          { action: 'device.wipe', label: 'Wipe devices' },
          { action: 'device.retire', label: 'Retire devices' },
        ],
      },
    ],
    csrf: 'dev',
    passkeys: role.passkeys,
  };
};

export const PASSKEYS: Passkey[] = [
  { id: 'pk_1', name: 'Work laptop', createdAt: NOW - 90 * DAY, lastUsedAt: NOW - 12 * MINUTE, backedUp: true },
  { id: 'pk_2', name: 'Blue security key', createdAt: NOW - 20 * DAY, lastUsedAt: null, backedUp: false },
];

const base: GrantView = {
  id: 'gr_0',
  state: 'asked',
  holder: person('ada'),
  mine: false,
  console: { id: 'acme-mdm', name: 'Acme MDM' },
  action: 'device.wipe',
  risk: 'destructive',
  targets: [{ kind: 'device', id: 'd-0142' }],
  title: 'Wipe 1 device: iPad of Marie (d-0142)',
  effect: 'Erases everything on it. Cannot be undone.',
  reason: 'Lost in a taxi on Friday. Marie reported it herself and has a new one.',
  ticket: 'MDM-4711',
  askedMinutes: 30,
  askedUses: 1,
  minutes: null,
  uses: null,
  usesLeft: null,
  askedAt: NOW - 40_000,
  answerUntil: NOW + 59 * MINUTE,
  decidedAt: null,
  decidedBy: null,
  denyReason: null,
  activeUntil: null,
  endedAt: null,
  endedBecause: null,
  endedBy: null,
  may: { approve: false, deny: false, withdraw: false, end: false },
  whyNot: null,
};
const devices = (n: number, from = 200) =>
  Array.from({ length: n }, (_, i) => ({ kind: 'device', id: `d-${String(from + i).padStart(4, '0')}` }));
const approved = { minutes: 30, uses: 1, decidedBy: person('grace') };

export const GRANTS: GrantView[] = [
  { ...base, id: 'gr_taxi' },
  {
    ...base,
    id: 'gr_many',
    holder: person('olga'),
    title: 'Lock 25 devices: d-0200, d-0201, d-0202 and 22 more',
    action: 'device.lock',
    risk: 'high',
    effect: 'Nobody can use it until it is unlocked.',
    targets: devices(25),
    reason: 'Warehouse tablets left the building over the weekend',
    ticket: '',
    askedMinutes: 240,
    askedUses: 30,
    askedAt: NOW - 9 * MINUTE,
  },
  {
    ...base,
    id: 'gr_active',
    state: 'active',
    title: 'Wipe 1 device: Pixel of Jonas (d-0077)',
    targets: [{ kind: 'device', id: 'd-0077' }],
    reason: 'Jonas left the company',
    ticket: 'MDM-4698',
    ...approved,
    usesLeft: 1,
    askedAt: NOW - 20 * MINUTE,
    decidedAt: NOW - 17 * MINUTE - 55_000,
    activeUntil: NOW + 12 * MINUTE + 5_000,
  },
  {
    ...base,
    id: 'gr_done',
    state: 'ended',
    title: 'Wipe 1 device: Galaxy of Priya (d-0311)',
    ...approved,
    usesLeft: 0,
    askedAt: NOW - 5 * HOUR,
    decidedAt: NOW - 5 * HOUR + 2 * MINUTE,
    endedAt: NOW - 5 * HOUR + 9 * MINUTE,
    endedBecause: 'uses',
  },
  {
    ...base,
    id: 'gr_denied',
    state: 'denied',
    title: 'Wipe 3 devices: d-0012, d-0013, d-0014',
    targets: devices(3, 12),
    decidedBy: person('grace'),
    decidedAt: NOW - DAY,
    denyReason: 'These are the wrong devices',
    askedAt: NOW - DAY - HOUR,
  },
  {
    ...base,
    id: 'gr_lapsed',
    state: 'lapsed',
    title: 'Retire 1 device: d-0450',
    action: 'device.retire',
    endedAt: NOW - 3 * DAY,
    askedAt: NOW - 3 * DAY - HOUR,
  },
];

export const viewOf = (grant: GrantView, reader: string): GrantView => {
  const role = ROLES[reader];
  const mine = grant.holder.name === reader;
  const asked = grant.state === 'asked';
  return {
    ...grant,
    mine,
    may: {
      approve: asked && !mine && role?.approve === true,
      deny: asked && !mine && role?.approve === true,
      withdraw: asked && mine,
      end: grant.state === 'active' && (mine || role?.approve === true),
    },
    whyNot:
      asked && mine && role?.approve === true ? 'You cannot approve your own request. Another approver has to.' : null,
  };
};

export const HOLDS: HoldView[] = (['waiting', 'signed', 'used', 'cancelled', 'expired'] as const).map((state) => ({
  id: `hol_${state}`,
  state,
  title: 'Wipe 1 device: iPad of Marie (d-0142)',
  effect: 'Erases everything on it. Cannot be undone.',
  console: { id: 'acme-mdm', name: 'Acme MDM', origin: 'http://console.localhost:8080' },
  action: 'device.wipe',
  risk: 'destructive',
  targets: [{ kind: 'device', id: 'd-0142' }],
  method: 'POST',
  target: '/api/devices/d-0142/wipe',
  bodyDigest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  expiresAt: NOW + 4 * MINUTE + 40_000,
  grant: { id: 'gr_active', approver: 'grace', until: NOW + 12 * MINUTE },
}));

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
