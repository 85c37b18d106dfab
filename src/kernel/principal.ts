// Who somebody is: the IdP's issuer and subject, never an e-mail address or a name (pitfalls 21, 29).

export type Principal = {
  /** `${issuer}#${subject}`, made once at login. The only thing that identities are compared by. */
  readonly id: string;
  readonly name: string;
  readonly groups: readonly string[];
};

export const principalId = (issuer: string, subject: string): string => `${issuer}#${subject}`;
