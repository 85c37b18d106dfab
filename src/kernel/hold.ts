// One exact request that waits for its own admin's signature. Released once, only when the digest is the same.

import type { Target } from './action.ts';
import { canonicalJson, type Json } from './canonicalJson.ts';
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

export type Hold = HoldTerms & {
  readonly state: 'waiting' | 'signed' | 'used' | 'cancelled';
  readonly title: string;
  readonly effect: string;
  readonly principal: string;
  readonly createdAt: number;
  readonly epoch: string;
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
