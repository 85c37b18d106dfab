// What the access stores look at in a passkey assertion before they file it as the proof of a change.
import type { Evidence } from '../kernel/evidence.ts';

/**
 * Whether the assertion was made with user verification over this very challenge. The signature itself was verified by
 * whoever made the evidence; this second look keeps a proof of one thing from being filed under another (trap 30).
 */
export function answers(evidence: Evidence, challenge: string): boolean {
  if (evidence.userVerified !== true) return false;
  try {
    const data: unknown = JSON.parse(Buffer.from(evidence.clientDataJSON, 'base64url').toString('utf8'));
    if (typeof data !== 'object' || data === null) return false;
    const { type, challenge: signed } = data as { type?: unknown; challenge?: unknown };
    return type === 'webauthn.get' && signed === challenge;
  } catch {
    return false;
  }
}
