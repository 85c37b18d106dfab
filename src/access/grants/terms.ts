// What a grant says, and whether a request fits into it. Pure. Everything that an approver signs is encoded here, so that
// another device, holder, reason, number or step gives another digest and the signature does not count.
import { ALL, ANYTHING, type Target } from '../../kernel/action.ts';
import { canonicalJson, type Json } from '../../kernel/canonicalJson.ts';
import type { Grant, GrantClock } from '../../kernel/grant.ts';
import { sha256Base64url } from '../../kernel/ids.ts';

/** What somebody asks for. `title` is made by the server from the pack, never taken from a client. */
export type Ask = {
  readonly console: string;
  readonly actions: readonly string[];
  readonly targets: readonly Target[];
  /** what the console calls them, by `kind:id`; never part of what is signed or matched */
  readonly names: Grant['names'];
  readonly title: string;
  readonly reason: string;
  readonly ticket: string;
  readonly minutes: number;
  readonly uses: number;
  readonly clock: GrantClock;
  /** ms; null: at once */
  readonly startAt: number | null;
};

/** What an approver leaves of it. `targets` absent: all that it covers now. */
export type ApprovedTerms = {
  readonly minutes: number;
  readonly uses: number;
  readonly targets?: readonly Target[] | undefined;
};

/** `kind:id`; a kind has no colon, so no two targets share a key. */
export const targetKey = (target: Target): string => `${target.kind}:${target.id}`;

/** Distinct targets in one order: by kind, then id. */
export function distinctTargets(targets: readonly Target[]): Target[] {
  const byKey = new Map(targets.map(({ kind, id }) => [`${kind}\n${id}`, { kind, id }]));
  return [...byKey.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, target]) => target);
}

export const distinctWords = (words: readonly string[]): string[] => [...new Set(words)].sort();

const ANY = targetKey(ANYTHING);

/** Whether every one of `targets` lies within `limits`: itself, all of its kind, or anything. */
export function within(targets: readonly Target[], limits: readonly Target[]): boolean {
  const keys = new Set(limits.map(targetKey));
  return keys.has(ANY) || targets.every(({ kind, id }) => keys.has(`${kind}:${id}`) || keys.has(`${kind}:${ALL}`));
}

/** The most that may still be approved: what was asked for, or what approvers have left of it. */
export const mostOf = ({ minutes, uses, askedMinutes, askedUses, targets }: Grant) => ({
  minutes: minutes ?? askedMinutes,
  uses: uses ?? askedUses,
  targets,
});

/** Approvers may shorten, lower and leave out, never widen: not what was asked, not what one before them has left. */
export function narrows(grant: Grant, { minutes, uses, targets }: ApprovedTerms): boolean {
  const most = mostOf(grant);
  if (!Number.isSafeInteger(minutes) || minutes < 1 || minutes > most.minutes) return false;
  if (!Number.isSafeInteger(uses) || uses < 1 || uses > most.uses) return false;
  return targets === undefined || (targets.length > 0 && within(targets, grant.targets));
}

/** Index of the first step that still lacks a yes; as many as there are steps when none does. */
export function nextStep({ steps, approvals }: Pick<Grant, 'steps' | 'approvals'>): number {
  const open = steps.findIndex(({ count }, index) => approvals.filter(({ step }) => step === index).length < count);
  return open === -1 ? steps.length : open;
}

/**
 * The members of an approval's challenge, for the digest and for the audit event that proves it later.
 * @param approver principal id of the person who signs
 */
export function approvalTerms(grant: Grant, { minutes, uses, targets }: ApprovedTerms, approver: string) {
  return {
    purpose: 'sallyport.grant.v2',
    id: grant.id,
    holder: grant.holder.id,
    console: grant.console,
    actions: [...grant.actions],
    targets: (targets ?? grant.targets).map(targetKey).sort(),
    reason: grant.reason,
    ticket: grant.ticket,
    minutes,
    uses,
    clock: grant.clock,
    startAt: grant.startAt,
    step: nextStep(grant),
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
  /** of a batch: the actions in it, each of which the grant must name; absent: `action` is all that it is */
  readonly parts?: readonly string[] | undefined;
  readonly targets: readonly Target[];
};

/**
 * Whether an active grant covers an act: the same holder and console, one of its actions, and no target outside. An act
 * without any target is covered by ANYTHING only: a grant names devices, and "none" may mean "all" to the console.
 * The times are not looked at here: `activeFor` hands out only what may be used now, and commitAct checks again.
 */
export function covers(grant: Grant, act: Act): boolean {
  if (grant.state !== 'active' || grant.holder.id !== act.principal) return false;
  if (grant.console !== act.console) return false;
  if (!(act.parts ?? [act.action]).every((name) => grant.actions.includes(name))) return false;
  if (grant.targets.some((target) => targetKey(target) === ANY)) return true;
  return act.targets.length > 0 && within(act.targets, grant.targets);
}

/** The grant that an act uses: of those that cover it the one that ends first, so that longer ones are kept. */
export function grantFor(grants: readonly Grant[], act: Act): Grant | null {
  const fitting = grants.filter((grant) => covers(grant, act) && (grant.usesLeft ?? 0) > 0);
  fitting.sort((a, b) => (a.activeUntil ?? 0) - (b.activeUntil ?? 0) || (a.id < b.id ? -1 : 1));
  return fitting[0] ?? null;
}
