// One exact request that waits for signatures: its own admin's, other people's, or both, all over one digest. Released
// once, only when the digest is the same.

import type { Risk, Target } from './action.ts';
import { canonicalJson, type Json } from './canonicalJson.ts';
import type { PersonRef } from './grant.ts';
import { sha256Base64url } from './ids.ts';

/** What is signed. Every member is part of the WebAuthn challenge. */
export type HoldTerms = {
  readonly id: string;
  readonly console: string;
  readonly session: string;
  readonly action: string;
  readonly method: string;
  /** the canonical request target (path and query), as it will be sent */
  readonly target: string;
  /** SHA-256 of the body bytes, hex; of zero bytes when there is none */
  readonly bodyDigest: string;
  /** the content type as it will be sent; '' for none: the same bytes may mean another thing under another type */
  readonly contentType: string;
  readonly targets: readonly Target[];
  /** ms, Redis clock */
  readonly expiresAt: number;
};

/** The request that a hold stands for; id and expiry are given by the store. */
export type HeldRequest = Omit<HoldTerms, 'id' | 'expiresAt'>;

/** waiting -> ready (everything it needs is there) -> used; or cancelled by its own person, denied by an approver. */
export type HoldState = 'waiting' | 'ready' | 'used' | 'cancelled' | 'denied';

export type HoldNeeds = {
  /** its own admin's signature */
  readonly signed: boolean;
  /** so many other people's */
  readonly approvals: number;
};

export type Hold = HoldTerms & {
  readonly state: HoldState;
  readonly title: string;
  readonly effect: string;
  readonly risk: Risk;
  readonly principal: PersonRef;
  readonly needs: HoldNeeds;
  /** whose signatures count as approvals: groups of the rule, when it was made */
  readonly approvers: readonly string[];
  readonly rule: string;
  /** what the console calls the targets, by `kind:id` */
  readonly names: { readonly [target: string]: string };
  /** devices that it hits in truth */
  readonly devices: number;
  /** the body as a recording would show it, clipped; null: none or not readable */
  readonly parameters: string | null;
  /** what its person said when asking others; null: they have not asked */
  readonly asked: { readonly reason: string; readonly ticket: string; readonly at: number } | null;
  /** when its own person signed */
  readonly signedAt: number | null;
  readonly approvals: readonly { readonly by: PersonRef; readonly at: number }[];
  readonly denied: { readonly by: PersonRef; readonly at: number; readonly reason: string } | null;
  readonly createdAt: number;
  readonly epoch: string;
};

/** A request that is to be held, with what the people who sign are shown. */
export type NewHold = HeldRequest &
  Pick<
    Hold,
    'title' | 'effect' | 'risk' | 'principal' | 'needs' | 'approvers' | 'rule' | 'names' | 'devices' | 'parameters'
  > & {
    /** ms that others have to answer (the rule says it); null: nobody else is needed, or as the store does */
    readonly answerWithin: number | null;
  };

/** The WebAuthn challenge of a bound step-up: SHA-256, base64url, over the canonical encoding of the terms. */
export function holdChallenge(terms: HoldTerms): string {
  const encoded: Json = {
    purpose: 'sallyport.hold.v1',
    id: terms.id,
    console: terms.console,
    session: terms.session,
    action: terms.action,
    method: terms.method,
    target: terms.target,
    bodyDigest: terms.bodyDigest,
    contentType: terms.contentType,
    targets: terms.targets.map((target) => `${target.kind}:${target.id}`).sort(),
    expiresAt: terms.expiresAt,
  };
  return sha256Base64url(canonicalJson(encoded));
}
