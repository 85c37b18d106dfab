// The closed list of reasons to refuse. The same word stands in the verdict, the problem JSON, the audit event, the metric,
// the page and the test's name. `status` is what a client gets; `title` and `next` are the words that people read:
// what happened, and what to do. Words with details (which action, which devices) are added by the caller, not here.

export type ReasonText = { readonly status: number; readonly title: string; readonly next: string };

export const REASONS = {
  'request.malformed': {
    status: 400,
    title: 'This request is not valid HTTP',
    next: 'Try again from the console page.',
  },
  'request.ambiguous': {
    status: 400,
    title: 'This request can be read in two ways',
    next: 'Open the console page again. If it happens again, send the request id to your operator.',
  },
  'request.too_large': {
    status: 431,
    title: 'This request has too many or too long headers',
    next: 'Clear the cookies of this site, then try again.',
  },
  'request.timeout': {
    status: 408,
    title: 'The request did not arrive in time',
    next: 'Check your connection, then try again.',
  },
  'host.unknown': {
    status: 421,
    title: 'No console lives at this address',
    next: 'Check the address, or open the portal.',
  },
  'body.too_large': {
    status: 413,
    title: 'This request carries more than can be checked',
    next: 'Split it into smaller parts.',
  },
  'body.unreadable': {
    status: 400,
    title: 'The content of this request cannot be read for certain',
    next: 'Try again from the console page.',
  },
  'session.missing': { status: 401, title: 'You are not signed in', next: 'Sign in, then try again.' },
  'session.expired': { status: 401, title: 'Your session has ended because of the time', next: 'Sign in again.' },
  'session.revoked': { status: 401, title: 'Your session was ended', next: 'Sign in again.' },
  'login.failed': { status: 400, title: 'The sign-in did not work', next: 'Sign in again.' },
  'login.stale': {
    status: 403,
    title: 'Your sign-in is too long ago for this',
    next: 'Sign in again, then try again.',
  },
  'idp.unavailable': {
    status: 503,
    title: 'Your sign-in service does not answer',
    next: 'Try again in a moment. If it lasts, tell your operator.',
  },
  'passkey.refused': { status: 403, title: 'Your passkey was not accepted', next: 'Try again with your passkey.' },
  'passkey.unknown': { status: 404, title: 'You have no such passkey', next: 'Look at your list of passkeys.' },
  'passkey.limit': { status: 409, title: 'You have as many passkeys as allowed', next: 'Remove one, then try again.' },
  'origin.foreign': {
    status: 403,
    title: 'Another site sent this request',
    next: 'Open the console itself and try there.',
  },
  'action.ambiguous': {
    status: 403,
    title: 'This request could mean two actions',
    next: 'Tell your operator: two pack entries match.',
  },
  'action.broken': {
    status: 403,
    title: 'The description of this action is faulty',
    next: 'Tell your operator: run the check command.',
  },
  'policy.forbidden': {
    status: 403,
    title: 'You may not do this',
    next: 'Ask your operator if your role should allow it.',
  },
  'policy.failed': {
    status: 503,
    title: 'The policy could not be evaluated',
    next: 'Tell your operator. Nothing was sent to the console.',
  },
  'stepup.required': { status: 403, title: 'Your passkey is needed', next: 'Confirm with your passkey.' },
  'grant.required': {
    status: 403,
    title: 'You need access for this',
    next: 'Ask for access; somebody else approves it.',
  },
  'approval.required': {
    status: 403,
    title: 'Somebody else must sign this request',
    next: 'Ask for it and say why; approvers see exactly what will happen.',
  },
  'approval.denied': {
    status: 403,
    title: 'This request was turned down',
    next: 'Read why, then ask anew if something has changed.',
  },
  'budget.spent': {
    status: 403,
    title: 'This would hit more devices than allowed at this time',
    next: 'Take fewer devices, or wait until some of the budget is free again.',
  },
  'lockdown.active': {
    status: 403,
    title: 'Acts like this one are frozen',
    next: 'Two approvers must release them in the portal.',
  },
  'grant.ended': { status: 403, title: 'Your access has ended', next: 'Ask for access again.' },
  'hold.unknown': {
    status: 403,
    title: 'Nothing was signed under this number',
    next: 'Confirm the request with your passkey again.',
  },
  'hold.unsigned': { status: 403, title: 'This request is not signed yet', next: 'Confirm it with your passkey.' },
  'hold.mismatch': {
    status: 403,
    title: 'This is not the request that was signed',
    next: 'Confirm this request with your passkey.',
  },
  'hold.used': {
    status: 403,
    title: 'This signature was used already',
    next: 'Confirm the request with your passkey again.',
  },
  'hold.expired': {
    status: 403,
    title: 'The signature is too old',
    next: 'Confirm the request with your passkey again.',
  },
  'journal.unavailable': {
    status: 503,
    title: 'The audit journal cannot be written',
    next: 'Nothing was sent to the console. Try again in a moment.',
  },
  'state.unavailable': {
    status: 503,
    title: 'Sallyport cannot check your access at the moment',
    next: 'Nothing was sent to the console. Try again in a moment.',
  },
  'recording.unavailable': {
    status: 503,
    title: 'This session cannot be recorded at the moment',
    next: 'Nothing was sent to the console. Try again in a moment.',
  },
  'recording.silent': {
    status: 403,
    title: 'What this page looks like is not being recorded',
    next: 'Nothing was sent to the console. Reload the page, then try again.',
  },
  'upstream.failed': {
    status: 502,
    title: 'The console did not answer',
    next: 'Try again in a moment. If it lasts, tell your operator.',
  },
  'upstream.timeout': {
    status: 504,
    title: 'The console took too long',
    next: 'Look whether it happened before you try again.',
  },
  'gateway.stopping': { status: 503, title: 'Sallyport is restarting', next: 'Try again in a moment.' },
  'gateway.failed': {
    status: 500,
    title: 'Something went wrong in Sallyport',
    next: 'Nothing more was sent to the console. Tell your operator the request id.',
  },
} as const satisfies Record<string, ReasonText>;

export type Reason = keyof typeof REASONS;
