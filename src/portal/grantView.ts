// A grant as one reader sees it: what they may do with it now, and why not, decided here and not in the browser.
import { type Reader, rights, standing, type Why, whyNot } from '../access/grants/states.ts';
import type { Risk, Target } from '../kernel/action.ts';
import type { Grant } from '../kernel/grant.ts';
import type { GrantView } from './contract/grants.ts';
import { PortalProblem } from './problem.ts';

/** What the packs say of an action of a console: its risk, its effect in one sentence, and the console's name. */
export type Described = { readonly risk: Risk; readonly effect: string; readonly name: string };
/** null: no pack knows the console or the action. */
export type Describe = (console: string, action: string) => Described | null;
/** The plain words of an action on these targets: "Wipe 1 device: d-0142". */
export type TitleOf = (console: string, action: string, targets: readonly Target[]) => string;

export type Now = { readonly clock: { now(): number }; epoch(): string };

export function createGrantView({ describe, now }: { readonly describe: Describe; readonly now: Now }) {
  return (stored: Grant, reader: Reader): GrantView => {
    const moment = { now: now.clock.now(), epoch: now.epoch() };
    const grant = standing(stored, moment);
    const why = reader.approver ? whyNot('approve', grant, reader, moment) : null;
    // An action that the pack has forgotten is shown as the worst: nobody shall approve it for harmless.
    const known = describe(grant.console, grant.action) ?? { risk: 'destructive', effect: '', name: grant.console };
    const { holder, action, title, reason, ticket, askedMinutes, askedUses, minutes, uses, usesLeft } = grant;
    const { askedAt, answerUntil, decidedAt, decidedBy, denyReason, activeUntil, endedAt, endedBecause, endedBy } =
      grant;
    return {
      id: grant.id,
      state: grant.state,
      holder,
      mine: reader.id === holder.id,
      console: { id: grant.console, name: known.name },
      action,
      risk: known.risk,
      targets: [...grant.targets],
      title,
      effect: known.effect,
      ...{ reason, ticket, askedMinutes, askedUses, minutes, uses, usesLeft, askedAt, answerUntil },
      ...{ decidedAt, decidedBy, denyReason, activeUntil, endedAt, endedBecause, endedBy },
      may: rights(grant, reader, moment),
      whyNot: why === null ? null : WORDS[why],
    };
  };
}

/** What people read; nothing in it comes from a request. */
const WORDS: { readonly [why in Why]: string } = {
  unknown: 'There is no such request.',
  own: 'You cannot approve your own request.',
  'not.approver': 'Only approvers may do this.',
  'not.holder': 'Only the person who asked may take it back.',
  'not.asked': 'This request was answered or taken back already.',
  lapsed: 'Nobody answered this request in time.',
  'not.active': 'This access is not active any more.',
  wider: 'You may shorten what was asked for, not widen it.',
  evidence: 'Your passkey confirmed something else. Try again.',
  'session.revoked': 'Your session was ended.',
  'too.many': 'You have too many unanswered requests. Take some back, then ask again.',
};

/** Why a deed did not happen, as the portal answers it. */
export function grantProblem(why: Why): PortalProblem {
  const detail = WORDS[why];
  switch (why) {
    case 'unknown':
      return new PortalProblem('not.found');
    case 'session.revoked':
      return new PortalProblem('session.revoked');
    case 'wider':
      return new PortalProblem('input.invalid', { faults: [{ at: 'minutes', what: detail }] });
    case 'own':
    case 'not.approver':
    case 'not.holder':
    case 'evidence':
      return new PortalProblem('forbidden', { detail });
    case 'not.asked':
    case 'lapsed':
    case 'not.active':
    case 'too.many':
      return new PortalProblem('conflict', { detail });
  }
}
