// Believable grants and holds for looking at the portal without a gateway. Never shipped, never imported by portal/src.
import type { GrantView } from '../../src/portal/contract/grants.ts';
import type { HoldView } from '../../src/portal/contract/holds.ts';
import { DAY, HOUR, MINUTE, NOW, person, ROLES } from './data.ts';

const MARIE = { kind: 'device', id: 'd-0142', name: 'iPad of Marie' };
const ACME = { id: 'acme-mdm', name: 'Acme MDM' };
const WIPE = { action: 'device.wipe', label: 'Wipe devices' };
const step = (count: number, ...groups: string[]): GrantView['steps'][number] => ({ groups, count, approvals: [] });
const by = (name: string, at: number, minutes: number, uses: number, targets: number) => ({
  by: person(name),
  at,
  minutes,
  uses,
  targets,
});

const base: GrantView = {
  id: 'gr_0',
  state: 'asked',
  holder: person('ada'),
  mine: false,
  console: ACME,
  actions: [WIPE],
  risk: 'destructive',
  targets: [MARIE],
  askedTargets: [MARIE],
  title: 'Wipe 1 device: d-0142',
  effect: 'Erases everything on it. Cannot be undone.',
  reason: 'Lost in a taxi on Friday. Marie reported it herself and has a new one.',
  ticket: 'MDM-4711',
  askedMinutes: 30,
  askedUses: 1,
  minutes: null,
  uses: null,
  usesLeft: null,
  clock: 'approval',
  startAt: null,
  rule: 'destructive-acts',
  steps: [step(1, 'mdm-approvers')],
  automatic: false,
  askedAt: NOW - 40_000,
  answerUntil: NOW + 59 * MINUTE,
  decidedAt: null,
  decidedBy: null,
  denyReason: null,
  activeFrom: null,
  activeUntil: null,
  firstUsedAt: null,
  lastUsedAt: null,
  endedAt: null,
  endedBecause: null,
  endedBy: null,
  may: { approve: false, deny: false, withdraw: false, end: false },
  whyNot: null,
  notes: [],
};
const NAMES = ['iPad of Priya', 'Tablet of the warehouse', 'Pixel of Jonas', 'iPhone of Lea', 'Galaxy of Tom'];
const devices = (n: number, from = 200) =>
  Array.from({ length: n }, (_, i) => ({
    kind: 'device',
    id: `d-${String(from + i).padStart(4, '0')}`,
    ...(i % 3 === 2 ? {} : { name: `${NAMES[i % NAMES.length]}${i < NAMES.length ? '' : ` ${i}`}` }),
  }));
const over = (id: string, title: string, more: Partial<GrantView>): GrantView => ({ ...base, id, title, ...more });
const given = (name: string, at: number, minutes = 30, uses = 1, targets = 1): Partial<GrantView> => ({
  minutes,
  uses,
  decidedBy: person(name),
  decidedAt: at,
  activeFrom: at,
  steps: [{ ...step(1, 'mdm-approvers'), approvals: [by(name, at, minutes, uses, targets)] }],
});
const many = devices(25);
const JONAS = [{ kind: 'device', id: 'd-0077', name: 'Pixel of Jonas' }];

const grants: GrantView[] = [
  { ...base, id: 'gr_taxi', notes: ['Her first wipe in 90 days.', 'Asked from her usual network.'] },
  over('gr_many', 'Lock 25 devices: d-0200, d-0201, d-0202 and 22 more', {
    holder: person('olga'),
    actions: [{ action: 'device.lock', label: 'Lock devices' }],
    risk: 'high',
    effect: 'Nobody can use it until it is unlocked.',
    targets: many,
    askedTargets: many,
    reason: 'Warehouse tablets left the building over the weekend',
    ticket: '',
    askedMinutes: 240,
    askedUses: 30,
    askedAt: NOW - 9 * MINUTE,
  }),
  over('gr_steps', 'Wipe or retire anything', {
    actions: [WIPE, { action: 'device.retire', label: 'Retire devices' }],
    targets: [{ kind: 'any', id: '*' }],
    askedTargets: [{ kind: 'any', id: '*' }],
    reason: 'Moving the branch in Linz to the new fleet tonight, as agreed with the board',
    ticket: 'CHG-20881',
    askedMinutes: 240,
    askedUses: 80,
    minutes: 120,
    uses: 80,
    clock: 'first.use',
    startAt: NOW + 5 * HOUR,
    askedAt: NOW - 24 * MINUTE,
    rule: 'whole-console',
    steps: [
      { ...step(1, 'mdm-approvers'), approvals: [by('olga', NOW - 20 * MINUTE, 120, 80, 1)] },
      step(1, 'mdm-leads', 'mdm-owners'),
    ],
  }),
  over('gr_active', 'Wipe 1 device: d-0077', {
    state: 'active',
    targets: JONAS,
    askedTargets: JONAS,
    reason: 'Jonas left the company',
    ticket: 'MDM-4698',
    ...given('grace', NOW - 17 * MINUTE - 55_000),
    usesLeft: 1,
    askedAt: NOW - 20 * MINUTE,
    activeUntil: NOW + 12 * MINUTE + 5_000,
  }),
  over('gr_narrow', 'Lock 3 devices: d-0200, d-0201, d-0202', {
    state: 'active',
    risk: 'high',
    effect: 'Nobody can use it until it is unlocked.',
    actions: [{ action: 'device.lock', label: 'Lock devices' }],
    targets: devices(3),
    askedTargets: devices(5),
    askedMinutes: 60,
    askedUses: 5,
    ...given('grace', NOW - 4 * MINUTE, 30, 3, 3),
    usesLeft: 3,
    clock: 'first.use',
    activeUntil: NOW + 7 * HOUR,
    askedAt: NOW - 11 * MINUTE,
  }),
  over('gr_later', 'Retire 1 device: d-0450', {
    state: 'active',
    risk: 'high',
    effect: 'It leaves the management; company data goes.',
    actions: [{ action: 'device.retire', label: 'Retire devices' }],
    targets: [{ kind: 'device', id: 'd-0450' }],
    askedTargets: [{ kind: 'device', id: 'd-0450' }],
    askedMinutes: 15,
    minutes: 15,
    uses: 1,
    usesLeft: 1,
    automatic: true,
    steps: [],
    rule: 'helpdesk-retire',
    startAt: NOW + 3 * HOUR,
    activeFrom: NOW + 3 * HOUR,
    activeUntil: NOW + 3 * HOUR + 15 * MINUTE,
    decidedAt: NOW - HOUR,
    askedAt: NOW - HOUR,
  }),
  over('gr_done', 'Wipe 1 device: d-0311', {
    state: 'ended',
    ...given('grace', NOW - 5 * HOUR + 2 * MINUTE),
    usesLeft: 0,
    askedAt: NOW - 5 * HOUR,
    firstUsedAt: NOW - 5 * HOUR + 9 * MINUTE,
    lastUsedAt: NOW - 5 * HOUR + 9 * MINUTE,
    endedAt: NOW - 5 * HOUR + 9 * MINUTE,
    endedBecause: 'uses',
  }),
  over('gr_unused', 'Wipe 40 devices: d-0500, d-0501, d-0502 and 37 more', {
    state: 'ended',
    targets: devices(40, 500),
    askedTargets: devices(40, 500),
    ...given('grace', NOW - 4 * DAY, 120, 40, 40),
    askedMinutes: 120,
    askedUses: 40,
    usesLeft: 40,
    askedAt: NOW - 4 * DAY - 3 * MINUTE,
    endedAt: NOW - 4 * DAY + 2 * HOUR,
    endedBecause: 'time',
  }),
  over('gr_denied', 'Wipe 3 devices: d-0012, d-0013, d-0014', {
    state: 'denied',
    targets: devices(3, 12),
    askedTargets: devices(3, 12),
    decidedBy: person('grace'),
    decidedAt: NOW - DAY,
    denyReason: 'These are the wrong devices',
    askedAt: NOW - DAY - HOUR,
  }),
  over('gr_lapsed', 'Retire 1 device: d-0450', {
    state: 'lapsed',
    actions: [{ action: 'device.retire', label: 'Retire devices' }],
    endedAt: NOW - 3 * DAY,
    askedAt: NOW - 3 * DAY - HOUR,
  }),
];

// The mock changes them in place, so none may share a part with another.
export const GRANTS = grants.map((grant) => structuredClone(grant));

const OWN = 'You cannot approve your own request. Another approver has to.';

export const viewOf = (grant: GrantView, reader: string): GrantView => {
  const role = ROLES[reader];
  const mine = grant.holder.name === reader;
  const asked = grant.state === 'asked';
  const already = grant.steps.some((each) => each.approvals.some((approval) => approval.by.name === reader));
  const approver = asked && !mine && role?.approve === true;
  return {
    ...grant,
    mine,
    may: {
      approve: approver && !already,
      deny: approver,
      withdraw: asked && mine,
      end: grant.state === 'active' && (mine || role?.approve === true),
    },
    whyNot:
      asked && role?.approve === true
        ? mine
          ? OWN
          : already
            ? 'You have approved it. Another person is next.'
            : null
        : null,
    notes: role?.approve === true ? grant.notes : [],
  };
};

const hold: HoldView = {
  id: 'hol_0',
  state: 'waiting',
  title: 'Wipe 1 device: iPad of Marie (d-0142)',
  effect: 'Erases everything on it. Cannot be undone.',
  console: { ...ACME, origin: 'http://console.localhost:8080' },
  action: 'device.wipe',
  risk: 'destructive',
  targets: [MARIE],
  devices: 1,
  method: 'POST',
  target: '/api/devices/d-0142/wipe',
  bodyDigest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  parameters: '{"confirm":true,"pin":"[redacted]","reason":"Lost in a taxi"}',
  holder: person('ada'),
  mine: false,
  needs: { signed: true, approvals: 0 },
  whom: '',
  asked: null,
  signedAt: null,
  approvals: [],
  denied: null,
  createdAt: NOW - 50_000,
  expiresAt: NOW + 4 * MINUTE + 40_000,
  grant: { id: 'gr_active', approver: 'grace', until: NOW + 12 * MINUTE },
  may: { sign: false, ask: false, approve: false, deny: false, cancel: false },
  whyNot: null,
  notes: [],
};
const group = [
  { kind: 'group', id: 'g-12', name: 'Warehouse Linz' },
  { kind: 'device', id: 'd-0900', name: 'Scanner 1' },
];
const asked = {
  reason: 'The warehouse in Linz closes on Friday, as announced',
  ticket: 'CHG-20890',
  at: NOW - 3 * MINUTE,
};
const two: HoldView = {
  ...hold,
  title: 'Wipe 312 devices: Warehouse Linz, d-0900',
  targets: group,
  devices: 312,
  method: 'POST',
  target: '/api/groups/g-12/wipe?also=d-0900',
  needs: { signed: true, approvals: 2 },
  whom: '2 of mdm-approvers',
  signedAt: NOW - 3 * MINUTE,
  expiresAt: NOW + 55 * MINUTE,
  createdAt: NOW - 4 * MINUTE,
  grant: null,
  asked,
  notes: ['Her first act on a whole group.'],
};
const OLGA = [{ by: person('olga'), at: NOW - 60_000 }];

const holds: HoldView[] = [
  { ...hold, id: 'hol_waiting' },
  { ...hold, id: 'hol_signed', state: 'ready', signedAt: NOW },
  { ...hold, id: 'hol_used', state: 'used', signedAt: NOW },
  { ...hold, id: 'hol_cancelled', state: 'cancelled' },
  { ...hold, id: 'hol_expired', state: 'expired' },
  { ...two, id: 'hol_ask', asked: null, signedAt: NOW - 60_000, notes: [] },
  { ...two, id: 'hol_two', approvals: OLGA },
  { ...two, id: 'hol_both', signedAt: null, asked: null, notes: [] },
  {
    ...two,
    id: 'hol_ready',
    state: 'ready',
    approvals: [...OLGA, { by: person('grace'), at: NOW }],
  },
  {
    ...two,
    id: 'hol_denied',
    state: 'denied',
    denied: { by: person('grace'), at: NOW - 5000, reason: 'Not before the stock-taking on Monday' },
  },
];

export const HOLDS = holds.map((each) => structuredClone(each));

export const holdViewOf = (of: HoldView, reader: string): HoldView => {
  const mine = of.holder.name === reader;
  const waits = of.state === 'waiting';
  const already = of.approvals.some((each) => each.by.name === reader);
  const approver = waits && !mine && of.asked !== null && ROLES[reader]?.approve === true;
  return {
    ...of,
    mine,
    may: {
      sign: waits && mine && of.needs.signed && of.signedAt === null,
      ask: waits && mine && of.needs.approvals > 0 && of.asked === null,
      approve: approver && !already,
      deny: approver,
      cancel: waits && mine,
    },
    whyNot: already && waits ? 'You have signed it. Another person must too.' : null,
    notes: mine ? [] : of.notes,
  };
};
