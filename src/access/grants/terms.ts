// What a grant says, and whether a request fits into it. Pure. Everything that an approver signs is encoded here, so that
// another device, holder, reason or number gives another digest and the signature does not count.
import type { Target } from '../../kernel/action.ts';
import { canonicalJson, type Json } from '../../kernel/canonicalJson.ts';
import type { Grant } from '../../kernel/grant.ts';
import { sha256Base64url } from '../../kernel/ids.ts';

/** What somebody asks for. `title` is made by the server from the pack, never taken from a client. */
export type Ask = {
  readonly console: string;
  readonly action: string;
  readonly targets: readonly Target[];
  readonly title: string;
  readonly reason: string;
  readonly ticket: string;
  readonly minutes: number;
  readonly uses: number;
};

export type ApprovedTerms = { readonly minutes: number; readonly uses: number };

/** `kind:id`; a kind has no colon, so no two targets share a key. */
export const targetKey = (target: Target): string => `${target.kind}:${target.id}`;

/** Distinct targets in one order: by kind, then id. */
export function distinctTargets(targets: readonly Target[]): Target[] {
  const byKey = new Map(targets.map(({ kind, id }) => [`${kind}\n${id}`, { kind, id }]));
  return [...byKey.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, target]) => target);
}

/** Approvers may shorten and lower, never widen. */
export const narrows = (grant: Grant, { minutes, uses }: ApprovedTerms): boolean =>
  Number.isSafeInteger(minutes) &&
  Number.isSafeInteger(uses) &&
  minutes >= 1 &&
  uses >= 1 &&
  minutes <= grant.askedMinutes &&
  uses <= grant.askedUses;

/**
 * The members of an approval's challenge, for the digest and for the audit event that proves it later.
 * @param approver principal id of the person who signs
 */
export function approvalTerms(grant: Grant, { minutes, uses }: ApprovedTerms, approver: string) {
  return {
    purpose: 'sallyport.grant.v1',
    id: grant.id,
    holder: grant.holder.id,
    console: grant.console,
    action: grant.action,
    targets: grant.targets.map(targetKey).sort(),
    reason: grant.reason,
    ticket: grant.ticket,
    minutes,
    uses,
    approver,
  } satisfies Json;
}

/** The WebAuthn challenge of an approval: SHA-256, base64url, over the canonical terms. */
export const approvalChallenge = (grant: Grant, terms: ApprovedTerms, approver: string): string =>
  sha256Base64url(canonicalJson(approvalTerms(grant, terms, approver)));

/** A request as a grant sees it. */
export type Act = {
  readonly principal: string;
  readonly console: string;
  readonly action: string;
  readonly targets: readonly Target[];
};

/**
 * Whether an active grant covers an act: the same holder, console and action, and no target outside. An act without any
 * target is covered by nothing: a grant names devices, and "none" may mean "all" to the console.
 */
export function covers(grant: Grant, act: Act): boolean {
  if (grant.state !== 'active' || grant.holder.id !== act.principal) return false;
  if (grant.console !== act.console || grant.action !== act.action) return false;
  if (act.targets.length === 0 || grant.targets.length === 0) return false;
  const covered = new Set(grant.targets.map(targetKey));
  return act.targets.every((target) => covered.has(targetKey(target)));
}

/** The grant that an act uses: of those that cover it the one that ends first, so that longer ones are kept. */
export function grantFor(grants: readonly Grant[], act: Act): Grant | null {
  const fitting = grants.filter((grant) => covers(grant, act) && (grant.usesLeft ?? 0) > 0);
  fitting.sort((a, b) => (a.activeUntil ?? 0) - (b.activeUntil ?? 0) || (a.id < b.id ? -1 : 1));
  return fitting[0] ?? null;
}
