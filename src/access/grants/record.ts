// A grant as Redis keeps it: one hash, every member text. Written here, read here, strictly.
import type { Grant, GrantEnd, GrantState, PersonRef } from '../../kernel/grant.ts';
import { maybeText, maybeWhole, type StoredHash, storedHash, targets, text, whole, word } from '../stored.ts';
import type { Ask } from './terms.ts';

const STATES: readonly GrantState[] = ['asked', 'active', 'denied', 'withdrawn', 'lapsed', 'ended'];
const ENDS: readonly GrantEnd[] = ['time', 'uses', 'holder', 'revoked'];

/** The members that asking sets; state, times and epoch are added by the script, from Redis's own clock. */
export function askedFields(ask: Ask, holder: PersonRef): string[] {
  const fields: { readonly [field: string]: string } = {
    holder: holder.id,
    holderName: holder.name,
    console: ask.console,
    action: ask.action,
    targets: JSON.stringify(ask.targets),
    title: ask.title,
    reason: ask.reason,
    ticket: ask.ticket,
    askedMinutes: String(ask.minutes),
    askedUses: String(ask.uses),
  };
  return Object.entries(fields).flat();
}

/** @param answer what Redis gave for the hash; null: there is no such grant. @throws Error for a record that is not whole */
export function grantOf(answer: unknown): Grant | null {
  const hash = storedHash(answer);
  if (hash === null) return null;
  return {
    id: text(hash, 'id'),
    state: word(hash, 'state', STATES),
    holder: { id: text(hash, 'holder'), name: text(hash, 'holderName') },
    console: text(hash, 'console'),
    action: text(hash, 'action'),
    targets: targets(hash, 'targets'),
    title: text(hash, 'title'),
    reason: text(hash, 'reason'),
    ticket: text(hash, 'ticket'),
    askedMinutes: whole(hash, 'askedMinutes'),
    askedUses: whole(hash, 'askedUses'),
    minutes: maybeWhole(hash, 'minutes'),
    uses: maybeWhole(hash, 'uses'),
    usesLeft: maybeWhole(hash, 'usesLeft'),
    askedAt: whole(hash, 'askedAt'),
    answerUntil: whole(hash, 'answerUntil'),
    decidedAt: maybeWhole(hash, 'decidedAt'),
    decidedBy: person(hash, 'decidedBy'),
    denyReason: maybeText(hash, 'denyReason'),
    activeUntil: maybeWhole(hash, 'activeUntil'),
    endedAt: maybeWhole(hash, 'endedAt'),
    endedBecause: maybeText(hash, 'endedBecause') === null ? null : word(hash, 'endedBecause', ENDS),
    endedBy: person(hash, 'endedBy'),
    epoch: text(hash, 'epoch'),
  };
}

function person(hash: StoredHash, field: string): PersonRef | null {
  const id = maybeText(hash, field);
  return id === null ? null : { id, name: text(hash, `${field}Name`) };
}
