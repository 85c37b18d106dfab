// The proof of a passkey assertion, as it is kept in the audit event of the change that it released. Public data only:
// whoever holds the journal can verify the signature again without us.
export type Evidence = {
  readonly credentialId: string;
  readonly publicKey: string;
  readonly authenticatorData: string;
  readonly clientDataJSON: string;
  readonly signature: string;
  readonly userVerified: boolean;
  /** ms */
  readonly at: number;
};

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
