// WebAuthn ceremonies: options from the API -> the browser -> the answer back. Says in words what went wrong.
import {
  browserSupportsWebAuthn,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  startAuthentication,
  startRegistration,
  WebAuthnError,
} from '@simplewebauthn/browser';
import type { Api, CeremonyJson, Terms } from './client.ts';
import { ApiError, reasonOf } from './problems.ts';

// The browser library checks and reads the members; the server made them.
const assertionFor = (options: CeremonyJson) =>
  startAuthentication({ optionsJSON: options as unknown as PublicKeyCredentialRequestOptionsJSON });

export const approveWithPasskey = async (api: Api, id: string, terms: Terms) =>
  api.approve(id, terms, await assertionFor(await api.approveOptions(id, terms)));

export const signHoldWithPasskey = async (api: Api, id: string) =>
  api.signHold(id, await assertionFor(await api.holdOptions(id)));

/** Over the same digest as its own person's signature: the exact request. */
export const approveHoldWithPasskey = async (api: Api, id: string) =>
  api.approveHold(id, await assertionFor(await api.holdOptions(id)));

export const stepUpWithPasskey = async (api: Api) => api.stepUp(await assertionFor(await api.stepUpOptions()));

export const enrolPasskey = async (api: Api, name: string) => {
  const options = (await api.enrolOptions()) as unknown as PublicKeyCredentialCreationOptionsJSON;
  return api.enrol(name, await startRegistration({ optionsJSON: options }));
};

export const passkeysSupported = (): boolean => browserSupportsWebAuthn();

const own = (title: string, next: string): ApiError =>
  new ApiError({ type: 'urn:sallyport:reason:ceremony', title, status: 0, reason: 'ceremony', next });

/** A ceremony's failure in words. `nothing` says what did not happen: "Nothing was approved." */
export const ceremonyFault = (error: unknown, nothing: string): unknown => {
  if (error instanceof ApiError) return error;
  if (error instanceof WebAuthnError) {
    if (error.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED')
      return own(
        'This device has a passkey of yours already',
        'Use another device or security key, or keep the one you have.',
      );
    if (error.code === 'ERROR_INVALID_DOMAIN' || error.code === 'ERROR_INVALID_RP_ID')
      return own(
        'Passkeys do not work at this address',
        `${nothing} Tell your operator that the portal's address is not the passkeys' one.`,
      );
    if (error.code === 'ERROR_AUTHENTICATOR_MISSING_USER_VERIFICATION_SUPPORT')
      return own('This key cannot check who you are', `${nothing} Use one with a PIN, a fingerprint or a face check.`);
  }
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotAllowedError' || name === 'AbortError')
    return own('The passkey was not confirmed', `${nothing} You can try again.`);
  if (!passkeysSupported())
    return own('This browser has no passkeys', `${nothing} Open this page in a current browser.`);
  return own('The passkey did not work', `${nothing} Try again, or use another passkey.`);
};

/** Does what needs a fresh step-up: when the server asks for it, the passkey is asked for, and then it is done once more. */
export const withStepUp = async <T>(api: Api, act: () => Promise<T>, nothing: string): Promise<T> => {
  try {
    return await act();
  } catch (refusal) {
    if (reasonOf(refusal) !== 'stepup.required') throw refusal;
  }
  try {
    await stepUpWithPasskey(api);
  } catch (error) {
    throw ceremonyFault(error, nothing);
  }
  return act();
};
