// A grant as one reader sees it: what they may do with it now, and why not, decided here and not in the browser.
import { type Reader, rights, standing, type Why, whyNot } from '../access/grants/states.ts';
import type { Risk, Target } from '../kernel/action.ts';
import type { Grant } from '../kernel/grant.ts';
import type { Describe } from './consoleWords.ts';
import type { GrantView } from './contract/grants.ts';
import { type Fault, PortalProblem } from './problem.ts';

export type { Describe };

export type Now = { readonly clock: { now(): number }; epoch(): string };

export type ViewDeps = {
  readonly describe: Describe;
  readonly now: Now;
  /** what is unusual about it, in sentences; asked only for people who could approve it */
  readonly notesOf: (grant: Grant) => readonly string[];
};

export function createGrantView({ describe, now, notesOf }: ViewDeps) {
  return (stored: Grant, reader: Reader): GrantView => {
    const moment = { now: now.clock.now(), epoch: now.epoch() };
    const grant = standing(stored, moment);
    const mine = reader.id === grant.holder.id;
    const why = reader.approver ? whyNot('approve', grant, reader, moment) : null;
    const about = aboutOf(describe, grant);
    const { holder, title, reason, ticket, askedMinutes, askedUses, minutes, uses, usesLeft } = grant;
    const { clock, startAt, rule, automatic, askedAt, answerUntil, decidedAt, decidedBy, denyReason } = grant;
    const { activeFrom, activeUntil, firstUsedAt, lastUsedAt, endedAt, endedBecause, endedBy } = grant;
    return {
      id: grant.id,
      state: grant.state,
      ...{ holder, mine, title, reason, ticket, askedMinutes, askedUses, minutes, uses, usesLeft, clock, startAt },
      console: { id: grant.console, name: about.console },
      actions: about.actions.map(({ action, label }) => ({ action, label })),
      risk: about.risk,
      effect: about.effect,
      targets: named(grant.targets, grant.names),
      askedTargets: named(grant.askedTargets, grant.names),
      rule,
      steps: stepsOf(grant),
      ...{ automatic, askedAt, answerUntil, decidedAt, decidedBy, denyReason, activeFrom, activeUntil },
      ...{ firstUsedAt, lastUsedAt, endedAt, endedBecause, endedBy },
      may: rights(grant, reader, moment),
      whyNot: why === null ? null : WORDS[why],
      notes: reader.approver && !mine && grant.state === 'asked' ? [...notesOf(grant)] : [],
    };
  };
}

/** With what the console calls each of them, when it was asked. */
export const named = (targets: readonly Target[], names: Grant['names']): GrantView['targets'] =>
  targets.map(({ kind, id }) => {
    const name = Object.hasOwn(names, `${kind}:${id}`) ? names[`${kind}:${id}`] : undefined;
    return { kind, id, ...(name === undefined ? {} : { name }) };
  });

const RISKS: readonly Risk[] = ['read', 'low', 'high', 'destructive'];

/** An action that the pack has forgotten is shown as the worst: nobody shall approve it for harmless. */
export function aboutOf(describe: Describe, { console, actions }: Pick<Grant, 'console' | 'actions'>) {
  const known = actions.map((action) => {
    const words = describe(console, action) ?? {
      risk: 'destructive' as const,
      effect: '',
      name: console,
      label: action,
    };
    return { action, ...words };
  });
  return {
    actions: known,
    console: known[0]?.name ?? console,
    risk: RISKS.findLast((risk) => known.some((action) => action.risk === risk)) ?? 'destructive',
    effect: [...new Set(known.map(({ effect }) => effect).filter((effect) => effect !== ''))].join(' '),
  };
}

const stepsOf = ({ steps, approvals }: Grant): GrantView['steps'] =>
  steps.map(({ groups, count }, index) => ({
    groups: [...groups],
    count,
    approvals: approvals
      .filter(({ step }) => step === index)
      .map(({ by, at, minutes, uses, targets }) => ({ by, at, minutes, uses, targets: targets.length })),
  }));

/** What people read; nothing in it comes from a request. */
const WORDS: { readonly [why in Why]: string } = {
  unknown: 'There is no such request.',
  own: 'You cannot approve your own request.',
  'own.key': 'This passkey belongs to the person who asked. Use one of your own.',
  'not.approver': 'Only approvers may do this.',
  'not.holder': 'Only the person who asked may take it back.',
  'not.asked': 'This request was answered or taken back already.',
  'not.next': 'People of other groups must approve this now.',
  twice: 'You have approved this already. Somebody else must, too.',
  lapsed: 'Nobody answered this request in time.',
  frozen: 'These acts are frozen. Release them before you approve this.',
  'not.active': 'This access is not active any more.',
  wider: 'You may shorten what was asked for, not widen it.',
  evidence: 'Your passkey confirmed something else. Try again.',
  'session.revoked': 'Your session was ended.',
  'too.many': 'You have too many unanswered requests. Take some back, then ask again.',
  'too.often': 'You have asked as often as you may within a day. Ask again later.',
  'no.rule': 'No rule says who could approve this. Ask your operator for one.',
  terms: 'The rule for this does not allow to ask so.',
};

/** Why a deed did not happen, as the portal answers it. @param faults what of an ask its rule does not allow, and when it may be asked again */
export function grantProblem(why: Why, faults: readonly Fault[] = []): PortalProblem {
  const detail = WORDS[why];
  switch (why) {
    case 'unknown':
      return new PortalProblem('not.found');
    case 'session.revoked':
      return new PortalProblem('session.revoked');
    case 'wider':
      return new PortalProblem('input.invalid', { faults: [{ at: 'minutes', what: detail }] });
    case 'no.rule':
    case 'terms':
      return new PortalProblem('input.invalid', {
        faults: faults.length > 0 ? faults : [{ at: 'actions', what: detail }],
      });
    case 'own':
    case 'own.key':
    case 'not.approver':
    case 'not.holder':
    case 'not.next':
    case 'evidence':
      return new PortalProblem('forbidden', { detail });
    case 'not.asked':
    case 'twice':
    case 'lapsed':
    case 'frozen':
    case 'not.active':
    case 'too.many':
      return new PortalProblem('conflict', { detail });
    case 'too.often':
      return new PortalProblem('conflict', { detail: faults[0]?.what ?? detail });
  }
}
