// A grant as Redis keeps it: one hash, every member text. Written here, read here, strictly.
import type { ApprovalRule, ApprovalStep } from '../../kernel/accessRules.ts';
import type { Grant, GrantApproval, GrantClock, GrantEnd, GrantState, PersonRef } from '../../kernel/grant.ts';
import {
  maybeText,
  maybeWhole,
  names,
  type StoredHash,
  storedHash,
  targets,
  targetsIn,
  text,
  whole,
  word,
} from '../stored.ts';
import type { Ask } from './terms.ts';

const STATES: readonly GrantState[] = ['asked', 'active', 'denied', 'withdrawn', 'lapsed', 'ended'];
const ENDS: readonly GrantEnd[] = ['time', 'uses', 'holder', 'revoked', 'session', 'lockdown'];
const CLOCKS: readonly GrantClock[] = ['approval', 'first.use'];

/** The members that asking sets; state, times and epoch are added by the script, from Redis's own clock. */
export function askedFields(ask: Ask, rule: ApprovalRule, holder: PersonRef, session: string): string[] {
  const fields: { readonly [field: string]: string } = {
    holder: holder.id,
    holderName: holder.name,
    session,
    console: ask.console,
    actions: JSON.stringify(ask.actions),
    askedTargets: JSON.stringify(ask.targets),
    targets: JSON.stringify(ask.targets),
    names: JSON.stringify(ask.names),
    title: ask.title,
    reason: ask.reason,
    ticket: ask.ticket,
    askedMinutes: String(ask.minutes),
    askedUses: String(ask.uses),
    clock: ask.clock,
    startAt: ask.startAt === null ? '' : String(ask.startAt),
    rule: rule.id,
    steps: JSON.stringify(rule.steps),
    approvals: '[]',
    escalateTo: JSON.stringify(rule.escalate?.to ?? []),
  };
  return Object.entries(fields).flat();
}

/** @param answer what Redis gave for the hash; null: there is no such grant. @throws Error for a record that is not whole */
export function grantOf(answer: unknown): Grant | null {
  const found = storedHash(answer);
  if (found === null) return null;
  const hash = found.actions === undefined ? ofOneAction(found) : found;
  const escalateAt = maybeWhole(hash, 'escalateAt');
  return {
    id: text(hash, 'id'),
    state: word(hash, 'state', STATES),
    holder: { id: text(hash, 'holder'), name: text(hash, 'holderName') },
    session: text(hash, 'session'),
    console: text(hash, 'console'),
    actions: words(text(hash, 'actions'), 'actions'),
    targets: targets(hash, 'targets'),
    askedTargets: targets(hash, 'askedTargets'),
    names: names(hash),
    title: text(hash, 'title'),
    reason: text(hash, 'reason'),
    ticket: text(hash, 'ticket'),
    askedMinutes: whole(hash, 'askedMinutes'),
    askedUses: whole(hash, 'askedUses'),
    minutes: maybeWhole(hash, 'minutes'),
    uses: maybeWhole(hash, 'uses'),
    usesLeft: maybeWhole(hash, 'usesLeft'),
    clock: word(hash, 'clock', CLOCKS),
    startAt: maybeWhole(hash, 'startAt'),
    rule: text(hash, 'rule'),
    steps: stepsOf(text(hash, 'steps')),
    approvals: approvalsOf(text(hash, 'approvals')),
    automatic: word(hash, 'automatic', ['0', '1']) === '1',
    askedAt: whole(hash, 'askedAt'),
    answerUntil: whole(hash, 'answerUntil'),
    remindAt: maybeWhole(hash, 'remindAt'),
    remindedAt: maybeWhole(hash, 'remindedAt'),
    escalation: escalateAt === null ? null : { at: escalateAt, to: words(text(hash, 'escalateTo'), 'escalateTo') },
    escalatedAt: maybeWhole(hash, 'escalatedAt'),
    decidedAt: maybeWhole(hash, 'decidedAt'),
    decidedBy: person(hash, 'decidedBy'),
    denyReason: maybeText(hash, 'denyReason'),
    activeFrom: maybeWhole(hash, 'activeFrom'),
    activeUntil: maybeWhole(hash, 'activeUntil'),
    firstUsedAt: maybeWhole(hash, 'firstUsedAt'),
    lastUsedAt: maybeWhole(hash, 'lastUsedAt'),
    endedAt: maybeWhole(hash, 'endedAt'),
    endedBecause: maybeText(hash, 'endedBecause') === null ? null : word(hash, 'endedBecause', ENDS),
    endedBy: person(hash, 'endedBy'),
    epoch: text(hash, 'epoch'),
  };
}

/**
 * A record from before grants had several actions and steps. It can be read, reviewed and ended, and gives nothing more: it
 * has neither a start that it could be used from nor a step that anybody could approve.
 */
const ofOneAction = (hash: StoredHash): StoredHash => ({
  ...{ session: '', clock: 'approval', rule: '', steps: '[]', approvals: '[]', automatic: '0', escalateTo: '[]' },
  ...{ actions: JSON.stringify([hash.action]), askedTargets: hash.targets ?? '[]', names: '{}' },
  ...hash,
});

function person(hash: StoredHash, field: string): PersonRef | null {
  const id = maybeText(hash, field);
  return id === null ? null : { id, name: text(hash, `${field}Name`) };
}

type Members = { readonly [member: string]: unknown };

function listOf(json: string, field: string): readonly Members[] {
  const list: unknown = JSON.parse(json);
  if (!Array.isArray(list)) throw new Error(`stored: ${field} is no list`);
  return list.map((item: unknown) => (typeof item === 'object' && item !== null ? (item as Members) : {}));
}

function words(json: string | unknown, field: string): string[] {
  const list: unknown = typeof json === 'string' ? JSON.parse(json) : json;
  if (!Array.isArray(list) || !list.every((item) => typeof item === 'string'))
    throw new Error(`stored: ${field} is no list of words`);
  return list;
}

function count(value: unknown, field: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new Error(`stored: ${field} has a strange number`);
  return value;
}

const stepsOf = (json: string): ApprovalStep[] =>
  listOf(json, 'steps').map((step) => ({ groups: words(step.groups, 'steps'), count: count(step.count, 'steps') }));

const approvalsOf = (json: string): GrantApproval[] =>
  listOf(json, 'approvals').map(({ by, at, step, minutes, uses, targets: left }) => {
    const { id, name } = (by ?? {}) as Members;
    if (typeof id !== 'string' || id === '' || typeof name !== 'string')
      throw new Error('stored: an approval of nobody');
    const [when, which] = [count(at, 'approvals'), count(step, 'approvals')];
    const terms = { minutes: count(minutes, 'approvals'), uses: count(uses, 'approvals') };
    return { by: { id, name }, at: when, step: which, ...terms, targets: targetsIn(left, 'approvals') };
  });
