// The two ways in which a login can fail, apart from our own state being away (StateUnavailable).

/** Why a login was refused. The words stand in the log and the audit; people see one sentence for all of them. */
export type LoginFault =
  | 'state' // not a login that this browser began, or used already, or too late
  | 'idp' // the IdP said no; `detail` holds its error code
  | 'response' // the IdP's answer is not what the protocol asks for
  | 'token' // the ID token is wrong
  | 'stale'; // a fresh login was asked for and the IdP gave an old one

export class LoginRefused extends Error {
  override readonly name = 'LoginRefused';
  readonly fault: LoginFault;
  /** Whether it was a login that we began: only such failures are worth an audit event. */
  readonly begun: boolean;
  /** @param detail for the log and the audit: no secrets, no text of the other side but its error code */
  constructor(fault: LoginFault, detail: string, begun = true) {
    super(detail);
    this.fault = fault;
    this.begun = begun;
  }
}

/** The IdP does not answer, or not with anything usable. Passes by itself. */
export class IdpUnavailable extends Error {
  override readonly name = 'IdpUnavailable';
}
