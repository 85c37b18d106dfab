// The caller's passkeys, and the fresh step-up.
import { changes, json, NOTHING, reads } from '../api/endpoint.ts';
import { Nothing } from '../contract/nouns.ts';
import {
  Assertion,
  AssertionOptions,
  EnrolOptions,
  EnrolPasskey,
  Passkey,
  PasskeyList,
  RenamePasskey,
  SteppedUp,
} from '../contract/passkeys.ts';

const tag = 'Passkeys';

export const listPasskeys = reads({
  name: 'listPasskeys',
  path: '/api/passkeys',
  tag,
  says: "The caller's own passkeys.",
  answer: json(PasskeyList),
});
export const passkeyOptions = changes({
  name: 'passkeyOptions',
  path: '/api/passkeys/options',
  tag,
  says: 'Begins the enrolment of a passkey; the sign-in must be at most five minutes old.',
  body: Nothing,
  answer: json(EnrolOptions),
  refuses: ['login.stale', 'passkey.limit'],
});
export const enrolPasskey = changes({
  name: 'enrolPasskey',
  path: '/api/passkeys',
  tag,
  says: 'Ends the enrolment of a passkey.',
  body: EnrolPasskey,
  answer: json(Passkey),
  refuses: ['passkey.refused', 'passkey.limit', 'login.stale'],
});
export const renamePasskey = changes({
  name: 'renamePasskey',
  path: '/api/passkeys/:id/rename',
  tag,
  says: 'Gives a passkey of the caller another name.',
  body: RenamePasskey,
  answer: json(Passkey),
  refuses: ['passkey.unknown'],
});
export const removePasskey = changes({
  name: 'removePasskey',
  path: '/api/passkeys/:id/remove',
  tag,
  says: 'Removes a passkey of the caller; needs a fresh step-up.',
  body: Nothing,
  answer: NOTHING,
  refuses: ['passkey.unknown', 'stepup.required'],
});
export const stepUpOptions = changes({
  name: 'stepUpOptions',
  path: '/api/stepup/options',
  tag,
  says: 'Begins a fresh step-up.',
  body: Nothing,
  answer: json(AssertionOptions),
});
export const stepUp = changes({
  name: 'stepUp',
  path: '/api/stepup',
  tag,
  says: 'A fresh step-up: it counts for five minutes, for this session.',
  body: Assertion,
  answer: json(SteppedUp),
  refuses: ['passkey.refused'],
});
