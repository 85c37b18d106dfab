// Believable freezes, budgets, review, policies and notices for looking at the portal without a gateway. Never shipped.
import type { BudgetView, FreezeView } from '../../src/portal/contract/freezes.ts';
import type { GrantView } from '../../src/portal/contract/grants.ts';
import type { NoticeReport, ObservedReport, PolicyView } from '../../src/portal/contract/operate.ts';
import type { ReviewPage, ReviewRow } from '../../src/portal/contract/review.ts';
import { DAY, HOUR, MINUTE, NOW, person } from './data.ts';

const ACME = { id: 'acme-mdm', name: 'Acme MDM' };

export const FREEZES: FreezeView[] = [
  {
    id: 'fr_1',
    title: 'Acts that cannot be undone, on Acme MDM',
    console: ACME,
    by: person('ada'),
    budget: 'wipes-per-day',
    reason: '31 devices within 1 hour, 30 freeze such acts',
    since: NOW - 14 * MINUTE,
    releases: [person('olga')],
    may: { release: false },
    whyNot: null,
  },
];

export const BUDGETS: BudgetView[] = [
  {
    id: 'wipes-per-day',
    per: 'admin',
    console: null,
    title: 'Wipe, retire and 3 more',
    used: 3,
    devices: 10,
    windowMinutes: 1440,
    freesAt: NOW + 3 * HOUR,
  },
  {
    id: 'locks-per-hour',
    per: 'console',
    console: ACME,
    title: 'Lock devices',
    used: 46,
    devices: 50,
    windowMinutes: 60,
    freesAt: NOW + 9 * MINUTE,
  },
];

const rowOf = (grant: GrantView): ReviewRow => {
  const given = grant.minutes !== null && grant.state !== 'asked';
  const used = (grant.uses ?? 0) - (grant.usesLeft ?? grant.uses ?? 0);
  const { id, holder, console, actions, targets, title, reason, ticket, askedAt, state, automatic } = grant;
  const { activeFrom, activeUntil, endedAt, endedBecause, minutes, uses, lastUsedAt } = grant;
  return {
    grant: id,
    ...{ holder, console, actions, targets, title, reason, ticket, askedAt, state, automatic },
    approvedBy: grant.steps.flatMap((step) => step.approvals.map((approval) => approval.by)),
    ...{ activeFrom, activeUntil, endedAt, endedBecause, minutes, uses, lastUsedAt },
    used,
    unused: given && grant.state === 'ended' && used === 0,
  };
};

export const reviewOf = (grants: readonly GrantView[], who: string): ReviewPage => {
  const rows = grants.map(rowOf).filter((row) => row.holder.name.includes(who));
  return {
    rows,
    next: null,
    keptFrom: NOW - 400 * 24 * HOUR,
    sums: {
      asked: rows.length,
      approved: rows.filter((row) => row.minutes !== null).length,
      denied: rows.filter((row) => row.state === 'denied').length,
      unused: rows.filter((row) => row.unused).length,
      automatic: rows.filter((row) => row.automatic).length,
    },
  };
};

const permit = (id: string, why: string, remedy: string | null): PolicyView['policies'][number] => ({
  id,
  effect: 'permit',
  why,
  remedy,
  text: `@id("${id}")\n@why("${why}")\npermit (\n  principal in Group::"mdm-admins",\n  action in Action::"destructive",\n  resource\n)\nwhen { context.granted && context.signed };`,
});
export const POLICY: PolicyView = {
  digest: '4be1d0c2a97f3358b8c4f0aa7cc1d2f83ee10f54b6c8d9e0a1b2c3d4e5f60718',
  loadedAt: NOW - 26 * HOUR,
  policies: [
    permit('admins-read', 'Admins read everything.', null),
    permit(
      'wipe-by-grant',
      'What cannot be undone needs access from somebody else and a passkey on the exact request.',
      'grant',
    ),
    permit('many-by-two', 'What cannot be undone on more than 10 devices needs two other people.', 'approval'),
    {
      id: 'frozen',
      effect: 'forbid',
      why: 'Frozen acts are refused for everybody.',
      remedy: null,
      text: '@id("frozen")\nforbid (principal, action, resource)\nwhen { context.lockdown };',
    },
  ],
  faults: [],
  consoles: [
    { ...ACME, mode: 'enforce' },
    { id: 'branch-mdm', name: 'Branch MDM', mode: 'observe' },
  ],
};
export const FAULTS: PolicyView['faults'] = [
  {
    file: 'policies/40-office-hours.cedar',
    line: 12,
    column: 7,
    what: 'No action is called device.wype. Did you mean device.wipe?',
  },
];

const observed = (
  name: string,
  label: string,
  action: string,
  more: [string, string],
  times: number,
  devices: number,
) => ({
  console: { id: 'branch-mdm', name: 'Branch MDM' },
  person: person(name),
  action,
  label,
  reason: more[0],
  title: more[1],
  times,
  devices,
  lastAt: NOW - times * HOUR,
});
export const OBSERVED: ObservedReport = {
  from: NOW - 7 * DAY,
  to: NOW,
  requests: 18_412,
  rows: [
    observed('ada', 'Wipe devices', 'device.wipe', ['grant.required', 'You need access for this'], 4, 6),
    observed('olga', 'Lock devices', 'device.lock', ['stepup.required', 'Your passkey is needed'], 31, 29),
    observed('mallory', 'Change settings', 'settings.update', ['policy.forbidden', 'You may not do this'], 2, 0),
  ],
};

export const NOTICES: NoticeReport = {
  channels: [
    { id: 'mail', kind: 'e-mail', sent: 212, waiting: 0, dead: 0 },
    { id: 'ops-chat', kind: 'Slack', sent: 208, waiting: 1, dead: 2 },
  ],
  dead: [
    {
      id: 'no_1',
      channel: 'ops-chat',
      title: 'ada wants to wipe 1 device',
      at: NOW - 2 * HOUR,
      tries: 8,
      error: 'The other end answered 404: no_service',
    },
    {
      id: 'no_2',
      channel: 'ops-chat',
      title: 'olga wants to lock 25 devices',
      at: NOW - 3 * HOUR,
      tries: 1,
      error: 'The other end answered 410: gone',
    },
  ],
};
