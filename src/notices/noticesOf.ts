// From one event of the journal to what people should hear of it. Pure: what the event speaks of (the grant, the hold) is handed
// in as it stands now, so that a question that was answered in the meantime is not asked any more.
import type { ApprovalStep } from '../kernel/accessRules.ts';
import { ANYTHING } from '../kernel/action.ts';
import type { Json } from '../kernel/canonicalJson.ts';
import type { Grant } from '../kernel/grant.ts';
import type { Hold } from '../kernel/hold.ts';
import { sha256Hex } from '../kernel/ids.ts';
import { deviceWords } from './devices.ts';
import { type Audience, NOTICE_EVENTS, type Notice, type NoticeEvent } from './notice.ts';

/** An audit event as the journal holds it: read tolerantly, an old or odd one must never stop the rest. */
export type Told = {
  readonly kind: string;
  readonly actorName?: string;
  readonly console?: string;
  readonly facts: { readonly [key: string]: Json | undefined };
};

export type Subject = {
  readonly grant: Grant | null;
  readonly hold: Hold | null;
  /** the console's name; its id when nobody knows better; '' for none */
  readonly console: string;
  /** who may release a freeze of these acts, or must know of it */
  readonly freezeGroups: readonly string[];
  /** the freeze of a freeze event is in force now */
  readonly freezeStands: boolean;
};

/** ms that a notice may wait for others to the same place: a question keeps somebody waiting, an answer is shown live anyway */
export const PATIENCE = { alarm: 0, hold: 15_000, calm: 60_000 } as const;

/** Index of the first step that is not complete; the number of steps when all are. */
export function nextStep(steps: readonly ApprovalStep[], approvals: readonly { readonly step: number }[]): number {
  const open = steps.findIndex(({ count }, step) => approvals.filter((one) => one.step === step).length < count);
  return open < 0 ? steps.length : open;
}

export const isNoticeEvent = (kind: string): kind is NoticeEvent => NOTICE_EVENTS.some((known) => known === kind);

/** @param at when it happened, ms @returns none for events that nobody needs to hear of (any more) */
export function noticesOf(seq: number, at: number, event: Told, subject: Subject): Notice[] {
  if (!isNoticeEvent(event.kind)) return [];
  const drafts =
    event.kind === 'policy.rejected'
      ? policyRejected(event)
      : event.kind.startsWith('export.')
        ? exportInTrouble(event)
        : event.kind.startsWith('freeze.')
          ? frozen(event, subject)
          : event.kind.startsWith('hold.')
            ? ofHold(event, subject)
            : ofGrant(event, subject);
  const kind = event.kind;
  return drafts.map((draft, index) => ({
    ...NOTHING,
    where: subject.console,
    ...draft,
    who: clip(draft.who),
    what: clip(draft.what),
    why: clip(draft.why),
    ticket: clip(draft.ticket),
    id: `${seq}.${index}`,
    event: kind,
    at,
  }));
}

type Draft = Partial<Notice> & Pick<Notice, 'audience' | 'subject' | 'headline' | 'path'>;

const NOTHING = {
  who: '',
  what: '',
  devices: null,
  why: '',
  ticket: '',
  until: null,
  patience: PATIENCE.calm,
  same: '',
  open: null,
} as const;

/** Bounds what a box holds; what is shown is bounded once more, by its channel. */
const clip = (words = ''): string => words.slice(0, 2000).toWellFormed();

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const texts = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];

function ofGrant(event: Told, { grant }: Subject): Draft[] {
  if (grant === null) return [];
  const holder = grant.holder.name;
  const step = nextStep(grant.steps, grant.approvals);
  const requester: Audience = { role: 'requester', principal: grant.holder.id };
  const by = event.actorName ?? grant.decidedBy?.name ?? grant.endedBy?.name ?? 'Somebody';
  const common = {
    subject: { kind: 'grant', id: grant.id },
    path: `/approvals/${grant.id}`,
    who: holder,
    what: grant.title,
    devices: grant.targets.some(({ kind }) => kind === ANYTHING.kind)
      ? deviceWords(grant.targets)
      : deviceWords(grant.targets, grant.names, null),
    ticket: grant.ticket,
    why: grant.reason,
  } as const;
  const question = (headline: string, groups: readonly string[], same: string): Draft[] =>
    grant.state !== 'asked' || groups.length === 0
      ? []
      : [
          {
            ...common,
            audience: { role: 'approvers', groups },
            headline,
            until: { label: 'Answer by', at: grant.answerUntil },
            same,
            open: { step },
          },
        ];
  const answer = (headline: string, more: Partial<Draft> = {}): Draft[] => [
    { ...common, audience: requester, headline, ...more },
  ];
  const groups = grant.steps[step]?.groups ?? [];
  /** whom the event itself names: after an escalation more than the step does */
  const named = texts(event.facts.groups);

  switch (event.kind) {
    case 'grant.asked': {
      // The same person asking the same again and again is heard once.
      const what = [
        grant.holder.id,
        grant.console,
        ...grant.actions,
        ...grant.targets.map(({ kind, id }) => `${kind}:${id}`),
      ];
      return question(`${holder} asks for access`, groups, sha256Hex(JSON.stringify(['asked', ...what])));
    }
    case 'grant.reminded':
      return question(`${holder} still waits for an answer`, named.length > 0 ? named : groups, '');
    case 'grant.escalated':
      return question(`Nobody has answered ${holder} yet`, named.length > 0 ? named : groups, '');
    case 'grant.step.approved': {
      const done = grant.approvals.length;
      const needed = grant.steps.reduce((sum, { count }) => sum + count, 0);
      // Within a step its groups were asked already.
      const begun = grant.approvals.some((approval) => approval.step === step);
      const next = begun ? [] : question(`${holder} asks for access: ${by} approved, you are next`, groups, '');
      return [...next, ...(grant.state === 'asked' ? answer(`${by} approved: ${done} of ${needed}`) : [])];
    }
    case 'grant.approved': {
      if (grant.automatic || grant.state !== 'active') return [];
      const until = grant.activeUntil;
      const narrowed =
        (grant.minutes ?? grant.askedMinutes) < grant.askedMinutes ||
        (grant.uses ?? grant.askedUses) < grant.askedUses ||
        grant.targets.length !== grant.askedTargets.length;
      return answer(`${by} approved your access${narrowed ? ', with less than you asked for' : ''}`, {
        until: until === null ? null : { label: grant.clock === 'first.use' ? 'Begin by' : 'Ends', at: until },
      });
    }
    case 'grant.denied':
      return answer(`${by} refused your request`, { why: grant.denyReason ?? text(event.facts.reason) });
    case 'grant.lapsed':
      return answer(
        text(event.facts.because) === 'session'
          ? 'Your request ended with your session'
          : 'Nobody answered your request in time',
      );
    case 'grant.ended': {
      const because = text(event.facts.because) || grant.endedBecause;
      if (because === 'revoked') return answer(`${by} ended your access`, { why: '' });
      if (because === 'lockdown') return answer('Your access ended: these acts are frozen', { why: '' });
      return [];
    }
    default:
      return [];
  }
}

function ofHold(event: Told, { hold }: Subject): Draft[] {
  if (hold === null) return [];
  const by = event.actorName ?? hold.denied?.by.name ?? 'Somebody';
  const common = {
    subject: { kind: 'hold', id: hold.id },
    path: `/approvals/hold/${hold.id}`,
    who: hold.principal.name,
    what: hold.title,
    devices: deviceWords(hold.targets, hold.names, hold.devices),
    why: hold.asked?.reason ?? '',
    ticket: hold.asked?.ticket ?? '',
    patience: PATIENCE.hold,
  } as const;
  const requester: Audience = { role: 'requester', principal: hold.principal.id };
  const missing = hold.needs.approvals - hold.approvals.length;
  const question = (headline: string, same: string): Draft[] =>
    hold.state !== 'waiting' || missing <= 0 || hold.approvers.length === 0
      ? []
      : [
          {
            ...common,
            audience: { role: 'approvers', groups: hold.approvers },
            headline,
            until: { label: 'Sign by', at: hold.expiresAt },
            same,
            open: { step: 0 },
          },
        ];
  switch (event.kind) {
    case 'hold.asked': {
      const what = ['hold', hold.session, hold.method, hold.target, hold.bodyDigest];
      return question(`${hold.principal.name} asks you to sign a request`, sha256Hex(JSON.stringify(what)));
    }
    case 'hold.reminded':
      return question(`${hold.principal.name} still waits for your signature`, '');
    case 'hold.approved': {
      if (hold.state !== 'waiting' && hold.state !== 'ready') return [];
      const count = `${hold.approvals.length} of ${hold.needs.approvals}`;
      const until = { label: 'Release by', at: hold.expiresAt };
      return [{ ...common, audience: requester, headline: `${by} signed your request: ${count}`, until }];
    }
    case 'hold.denied': {
      const why = hold.denied?.reason ?? text(event.facts.reason);
      return [{ ...common, audience: requester, headline: `${by} refused your request`, why }];
    }
    default:
      return [];
  }
}

function frozen(event: Told, { freezeGroups, freezeStands }: Subject): Draft[] {
  // Its second release ends it: one message, not two.
  if (event.kind === 'freeze.released' && !freezeStands) return [];
  const by = event.actorName ?? 'The gateway';
  const { facts } = event;
  const budget = text(facts.budget);
  const set = budget === '' ? `${by} froze acts` : `${by} tried more devices than a budget allows: acts are frozen`;
  const headlines = {
    'freeze.set': set,
    'freeze.released': `${by} released a freeze; a second person must agree`,
    'freeze.ended': `${by} ended a freeze: acts are possible again`,
  };
  const common = {
    subject: { kind: 'freeze', id: text(facts.freeze) },
    path: '/',
    headline: headlines[event.kind as keyof typeof headlines],
    who: by,
    what: `${frozenActs(facts.match)}${budget === '' ? '' : ` (budget ${budget})`}`,
    why: text(facts.reason),
    patience: PATIENCE.alarm,
  } as const;
  const operators: Draft = { ...common, audience: { role: 'operators' } };
  if (freezeGroups.length === 0) return [operators];
  return [{ ...common, audience: { role: 'approvers', groups: freezeGroups } }, operators];
}

function frozenActs(match: Json | undefined): string {
  if (typeof match !== 'object' || match === null || Array.isArray(match)) return 'Acts';
  const { actions, risks } = match as { readonly [key: string]: Json | undefined };
  const names = texts(actions);
  if (names.length > 0 && !names.includes('*')) return names.slice(0, 5).join(', ');
  return texts(risks).join() === 'destructive' ? 'Acts that cannot be undone' : 'Everything but looking';
}

function policyRejected(event: Told): Draft[] {
  const faults = Array.isArray(event.facts.faults) ? event.facts.faults : [];
  const words = faults.slice(0, 3).map((fault: Json) => {
    if (typeof fault === 'string') return fault;
    const { file, line, what } = (fault ?? {}) as { readonly [key: string]: Json | undefined };
    return `${text(file)}${typeof line === 'number' ? `:${line}` : ''} ${text(what)}`.trim();
  });
  const more = faults.length > words.length ? `; and ${faults.length - words.length} more` : '';
  return [
    {
      audience: { role: 'operators' },
      subject: { kind: 'policy', id: text(event.facts.digest) || 'policy' },
      headline: 'New rules were not taken: the old ones stay in force',
      what: 'Policies, packs or access rules',
      why: `${words.join('; ')}${more}`,
      path: '/operate',
      patience: PATIENCE.calm,
      same: sha256Hex(JSON.stringify(['policy', ...words])),
    },
  ];
}

function exportInTrouble({ kind, facts }: Told): Draft[] {
  const id = text(facts.destination) || 'export';
  const lagging = kind === 'export.lagging';
  const number = lagging ? facts.lag : facts.count;
  const count =
    typeof number === 'number'
      ? `${number} ${number === 1 ? 'entry' : 'entries'} of the journal`
      : 'Entries of the journal';
  return [
    {
      audience: { role: 'operators' },
      subject: { kind: 'export', id },
      headline: lagging ? `The export to ${id} is too far behind` : `The export to ${id} left something out`,
      what: `${count} ${lagging ? 'wait; nothing is lost' : 'did not get there'}`,
      why: text(facts.why),
      path: '/operate',
      patience: PATIENCE.calm,
      same: sha256Hex(JSON.stringify(['export', kind, id])),
    },
  ];
}

/** Whether an open question is still open: answered ones are dropped even when they were on their way already. */
export function stillOpen(notice: Notice, subject: Pick<Subject, 'grant' | 'hold'>, now: number): boolean {
  if (notice.open === null) return true;
  if (notice.until !== null && notice.until.at <= now) return false;
  if (notice.subject.kind === 'grant') {
    const { grant } = subject;
    return grant !== null && grant.state === 'asked' && nextStep(grant.steps, grant.approvals) === notice.open.step;
  }
  if (notice.subject.kind === 'hold') {
    const { hold } = subject;
    return hold !== null && hold.state === 'waiting' && hold.approvals.length < hold.needs.approvals;
  }
  return true;
}
