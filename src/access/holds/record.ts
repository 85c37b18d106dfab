// A hold as Redis keeps it: one hash. Written here, read here, strictly: what cannot be read is an error, never a default.
import type { Risk } from '../../kernel/action.ts';
import type { HeldRequest, Hold, HoldTerms, NewHold } from '../../kernel/hold.ts';
import { maybeText, maybeWhole, names, type StoredHash, storedHash, targets, text, whole, word } from '../stored.ts';

const STATES: readonly Hold['state'][] = ['waiting', 'ready', 'used', 'cancelled', 'denied'];
const RISKS: readonly Risk[] = ['read', 'low', 'high', 'destructive'];

export function holdFields(hold: NewHold): string[] {
  const { needs, principal } = hold;
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
    risk: hold.risk,
    principal: principal.id,
    principalName: principal.name,
    needSigned: needs.signed ? '1' : '0',
    needApprovals: String(needs.approvals),
    approvers: JSON.stringify(hold.approvers),
    rule: hold.rule,
    names: JSON.stringify(hold.names),
    devices: String(hold.devices),
    parameters: hold.parameters ?? '',
  };
  return Object.entries(fields).flat();
}

/** @returns null: no such hold. @throws Error for a record that is not whole */
export function holdOf(answer: unknown): Hold | null {
  const hash = storedHash(answer);
  if (hash === null) return null;
  const approvals = approvalsOf(hash);
  if (approvals.length !== whole(hash, 'approvalCount')) throw new Error('stored: approvals and their number differ');
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
    risk: word(hash, 'risk', RISKS),
    principal: { id: text(hash, 'principal'), name: text(hash, 'principalName') },
    needs: { signed: word(hash, 'needSigned', ['0', '1']) === '1', approvals: whole(hash, 'needApprovals') },
    approvers: list(hash, 'approvers').map(asText),
    rule: text(hash, 'rule'),
    names: names(hash),
    devices: whole(hash, 'devices'),
    parameters: maybeText(hash, 'parameters'),
    asked: deedOf(hash, 'askedAt', (at) => ({
      reason: text(hash, 'askedReason'),
      ticket: text(hash, 'askedTicket'),
      at,
    })),
    signedAt: maybeWhole(hash, 'signedAt'),
    approvals,
    denied: deedOf(hash, 'deniedAt', (at) => ({
      by: { id: text(hash, 'deniedBy'), name: text(hash, 'deniedByName') },
      at,
      reason: text(hash, 'denyReason'),
    })),
    createdAt: whole(hash, 'createdAt'),
    expiresAt: whole(hash, 'expiresAt'),
    epoch: text(hash, 'epoch'),
  };
}

function deedOf<T>(hash: StoredHash, field: string, read: (at: number) => T): T | null {
  const at = maybeWhole(hash, field);
  return at === null ? null : read(at);
}

function list(hash: StoredHash, field: string): unknown[] {
  const value: unknown = JSON.parse(text(hash, field));
  if (!Array.isArray(value)) throw new Error(`stored: ${field} is no list`);
  return value;
}

function asText(value: unknown): string {
  if (typeof value !== 'string') throw new Error('stored: a list has a member that is no text');
  return value;
}

function approvalsOf(hash: StoredHash): Hold['approvals'] {
  return list(hash, 'approvals').map((item: unknown) => {
    const { id, name, at } = (item ?? {}) as { id?: unknown; name?: unknown; at?: unknown };
    if (typeof id !== 'string' || id === '' || typeof name !== 'string' || !Number.isSafeInteger(at))
      throw new Error('stored: an approval is not whole');
    return { by: { id, name }, at: Number(at) };
  });
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
  const sorted = (of: HeldRequest['targets']): string => JSON.stringify(of.map(({ kind, id }) => [kind, id]).sort());
  return sorted(hold.targets) === sorted(request.targets) ? null : 'targets';
}
