// Who somebody is: the IdP's issuer and subject, never an e-mail address or a name (pitfalls 21, 29).

export type Principal = {
  /** `${issuer}#${subject}`, made once at login. The only thing that identities are compared by. */
  readonly id: string;
  readonly name: string;
  readonly groups: readonly string[];
  /** for notices only; null: the IdP did not vouch for one. Never compared, never shown to others. */
  readonly email?: string | null;
  /** what the IdP says of the person's own device, from the configured claim; absent: nothing */
  readonly posture?: string;
};

export const principalId = (issuer: string, subject: string): string => `${issuer}#${subject}`;
