// A hold as Redis keeps it: one hash. Written here, read here, strictly.
import type { Hold, HoldTerms } from '../../kernel/hold.ts';
import { storedHash, targets, text, whole, word } from '../stored.ts';

const STATES: readonly Hold['state'][] = ['waiting', 'signed', 'used', 'cancelled'];

/** The request that a hold stands for; id and expiry are given by the store. */
export type HeldRequest = Omit<HoldTerms, 'id' | 'expiresAt'>;
export type NewHold = HeldRequest & { readonly title: string; readonly effect: string; readonly principal: string };

export function holdFields(hold: NewHold): string[] {
  const fields: { readonly [field: string]: string } = {
    console: hold.console,
    session: hold.session,
    action: hold.action,
    method: hold.method,
    target: hold.target,
    bodyDigest: hold.bodyDigest,
    contentType: hold.contentType,
    targets: JSON.stringify(hold.targets.map(({ kind, id }) => ({ kind, id }))),
    title: hold.title,
    effect: hold.effect,
    principal: hold.principal,
  };
  return Object.entries(fields).flat();
}

/** @returns null: no such hold. @throws Error for a record that is not whole */
export function holdOf(answer: unknown): Hold | null {
  const hash = storedHash(answer);
  if (hash === null) return null;
  return {
    id: text(hash, 'id'),
    state: word(hash, 'state', STATES),
    console: text(hash, 'console'),
    session: text(hash, 'session'),
    action: text(hash, 'action'),
    method: text(hash, 'method'),
    target: text(hash, 'target'),
    bodyDigest: text(hash, 'bodyDigest'),
    contentType: text(hash, 'contentType'),
    targets: targets(hash, 'targets'),
    title: text(hash, 'title'),
    effect: text(hash, 'effect'),
    principal: text(hash, 'principal'),
    createdAt: whole(hash, 'createdAt'),
    expiresAt: whole(hash, 'expiresAt'),
    epoch: text(hash, 'epoch'),
  };
}

/** The terms alone: what is digested, signed and filed. */
export const termsOf = (hold: Hold): HoldTerms => ({
  id: hold.id,
  console: hold.console,
  session: hold.session,
  action: hold.action,
  method: hold.method,
  target: hold.target,
  bodyDigest: hold.bodyDigest,
  contentType: hold.contentType,
  targets: hold.targets,
  expiresAt: hold.expiresAt,
});

/** The first term in which a request is not the held one; null: it is the same request. */
export function difference(hold: Hold, request: HeldRequest): keyof HeldRequest | null {
  const same = (member: Exclude<keyof HeldRequest, 'targets'>): boolean => hold[member] === request[member];
  const members = ['session', 'console', 'action', 'method', 'target', 'bodyDigest', 'contentType'] as const;
  for (const member of members) if (!same(member)) return member;
  const sorted = (list: HeldRequest['targets']): string =>
    JSON.stringify(list.map(({ kind, id }) => [kind, id]).sort());
  return sorted(hold.targets) === sorted(request.targets) ? null : 'targets';
}
