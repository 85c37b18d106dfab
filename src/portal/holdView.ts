// A hold as one reader sees it: what they may do with it now, and why not, decided here and not in the browser.
import { type HoldReader, type HoldWhy, holdStanding, whomOf, whyNotHold } from '../access/holds/states.ts';
import { ALL, WHOLE_FLEET } from '../kernel/action.ts';
import type { Grant } from '../kernel/grant.ts';
import type { Hold } from '../kernel/hold.ts';
import type { HoldView } from './contract/holds.ts';
import { named } from './grantView.ts';
import { type Fault, PortalProblem } from './problem.ts';

export type HoldViewDeps = {
  readonly consoles: readonly { readonly id: string; readonly name: string; readonly origin: string }[];
  /** Redis's clock */
  readonly clock: { now(): number };
  /** what is unusual about it, in sentences; asked only for others than its own person */
  readonly notesOf: (hold: Hold) => readonly string[];
};

/** @returns makes the view; `grant`: the one that the act would rest on */
export function createHoldView({ consoles, clock, notesOf }: HoldViewDeps) {
  return (hold: Hold, reader: HoldReader, grant: Grant | null): HoldView => {
    const now = clock.now();
    const console = consoles.find(({ id }) => id === hold.console);
    const mine = reader.id === hold.principal.id;
    const why = (deed: Parameters<typeof whyNotHold>[0]): HoldWhy | null => whyNotHold(deed, hold, reader, now);
    const may = (deed: Parameters<typeof whyNotHold>[0]): boolean => why(deed) === null;
    const not = mine ? why('cancel') : reader.approver ? why('approve') : null;
    const { id, title, effect, action, risk, devices, method, target, bodyDigest, parameters } = hold;
    const { needs, asked, signedAt, approvals, denied, createdAt, expiresAt } = hold;
    return {
      ...{ id, title, effect, action, risk, devices, method, target, bodyDigest, parameters, needs, asked, signedAt },
      ...{ denied, createdAt, expiresAt, mine },
      state: holdStanding(hold, now),
      console: { id: hold.console, name: console?.name ?? hold.console, origin: console?.origin ?? '' },
      targets: named(hold.targets, hold.names),
      holder: hold.principal,
      whom: whomOf(hold),
      approvals: [...approvals],
      grant: grant && { id: grant.id, approver: approverOf(grant), until: grant.activeUntil ?? 0 },
      may: { sign: may('sign'), ask: may('ask'), approve: may('approve'), deny: may('deny'), cancel: may('cancel') },
      whyNot: not === null ? null : HOLD_WORDS[not],
      notes: mine ? [] : [...inGroups(hold), ...notesOf(hold)],
    };
  };
}

/**
 * What a signature over a group does not cover: consoles tell how many devices are in one, not which, so the signed digest holds
 * the group and not its members. More of them than were shown do not go; other ones would.
 */
function inGroups({ targets, devices }: Hold): string[] {
  const named = targets.filter(({ kind }) => kind === 'device');
  if (named.some(({ id }) => id === ALL) || devices <= named.length) return [];
  const most = devices < WHOLE_FLEET ? `, but not more than ${devices}` : '';
  return [`It hits whatever devices the console has in the group when it is sent: maybe other ones than now${most}.`];
}

const approverOf = ({ decidedBy, automatic }: Grant): string => decidedBy?.name ?? (automatic ? 'a rule' : '');

/** What people read; nothing in it comes from a request. */
const HOLD_WORDS: { readonly [why in HoldWhy]: string } = {
  unknown: 'There is no such request.',
  foreign: 'This request was made in another session: sign in there.',
  own: 'You cannot approve your own request.',
  used: 'This request was sent already.',
  cancelled: 'This request was cancelled.',
  denied: 'This request was turned down.',
  expired: 'The time for this request is over.',
  'not.waiting': 'This request is signed already.',
  'not.needed': 'Nobody waits for this signature.',
  asked: 'Others were asked already.',
  'not.asked': 'Nobody was asked to approve this yet.',
  'not.approver': 'People of other groups approve this.',
  twice: 'You have approved this already. Somebody else must, too.',
  enough: 'Enough people have approved this already.',
  'same.key': 'This passkey counts for somebody else already. Use one of your own.',
  'too.many': 'You have asked for too much at once. Wait for an answer, or cancel something, then ask again.',
  evidence: 'Your passkey confirmed something else. Try again.',
  'session.revoked': 'Your session was ended.',
};

/** Why a deed did not happen, as the portal answers it. */
export function holdProblem(why: HoldWhy): PortalProblem {
  const detail = HOLD_WORDS[why];
  switch (why) {
    case 'unknown':
      return new PortalProblem('not.found');
    case 'used':
      return new PortalProblem('hold.used');
    case 'expired':
      return new PortalProblem('hold.expired');
    case 'denied':
      return new PortalProblem('approval.denied');
    case 'session.revoked':
      return new PortalProblem('session.revoked');
    case 'evidence':
      return new PortalProblem('hold.mismatch');
    case 'foreign':
    case 'own':
    case 'not.approver':
    case 'same.key':
      return new PortalProblem('forbidden', { detail });
    case 'cancelled':
    case 'not.waiting':
    case 'not.needed':
    case 'asked':
    case 'not.asked':
    case 'twice':
    case 'enough':
    case 'too.many':
      return new PortalProblem('conflict', { detail });
  }
}

/** A reason or a ticket that its rule does not take. */
export const askProblem = (faults: readonly Fault[]): PortalProblem => new PortalProblem('input.invalid', { faults });
