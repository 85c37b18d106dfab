// A passkey assertion as it is kept in audit events: enough to check the signature again without Sallyport
// (src/audit/verify/evidence.ts does).

/** All members but the last two are base64url. */
export type Evidence = {
  readonly credentialId: string;
  /** SPKI, DER: what `createPublicKey({ format: 'der', type: 'spki' })` reads */
  readonly publicKey: string;
  readonly authenticatorData: string;
  readonly clientDataJSON: string;
  readonly signature: string;
  readonly userVerified: boolean;
  /** when it was verified, Redis clock, ms */
  readonly at: number;
};
