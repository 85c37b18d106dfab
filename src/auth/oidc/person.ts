// From a checked ID token to a person. Who it is: issuer and subject, never an e-mail address (pitfalls 21, 29).
// A groups claim that is not a list of strings gives no groups at all: half a list would be a guess.
import { type Principal, principalId } from '../../kernel/principal.ts';
import { LoginRefused } from './failures.ts';

const MAX_GROUPS = 500;
const MAX_GROUP = 200;
const MAX_NAME = 100;
const MAX_EMAIL = 254;
/** One plain address: what could be read as two, or as a header, is none. */
const EMAIL = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;
const POSTURE = /^[A-Za-z0-9._:-]{1,64}$/;

/** OpenID Connect Core section 2: at most 255 ASCII characters; control characters have no place in an identity. */
const SUBJECT = /^[\x20-\x7e]{1,255}$/;
/** Control, bidirectional and other format characters could make a name read as another (pitfalls 25). */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

export type Person = {
  readonly principal: Principal /** why there are no groups, when the claim is faulty */;
  readonly groupsFault: string | null;
};

/** @throws LoginRefused when the subject is none */
export function personOf(
  claims: { readonly iss: string; readonly sub: string; readonly [claim: string]: unknown },
  groupsClaim: string,
  postureClaim?: string,
): Person {
  if (!SUBJECT.test(claims.sub)) throw new LoginRefused('token', 'the subject is not 1 to 255 ASCII characters');
  const { groups, fault } = groupsOf(claims[groupsClaim]);
  const name = nameOf(claims.name) ?? nameOf(claims.preferred_username) ?? claims.sub;
  const posture = postureClaim === undefined ? undefined : postureOf(claims[postureClaim]);
  const principal: Principal = {
    id: principalId(claims.iss, claims.sub),
    name,
    groups,
    email: emailOf(claims.email, claims.email_verified),
    ...(posture === undefined ? {} : { posture }),
  };
  return { principal, groupsFault: fault };
}

/**
 * Where notices go, never who somebody is. An address that the IdP says is not verified may be somebody else's; text instead
 * of the boolean of OpenID Connect Core 5.1 counts as no when it says no.
 */
function emailOf(claim: unknown, verified: unknown): string | null {
  if (typeof claim !== 'string' || claim.length > MAX_EMAIL || !EMAIL.test(claim)) return null;
  return verified === false || String(verified).toLowerCase() === 'false' ? null : claim;
}

/** A short word, as policies compare it; anything else is nothing known. */
function postureOf(claim: unknown): string | undefined {
  if (typeof claim === 'boolean') return String(claim);
  return typeof claim === 'string' && POSTURE.test(claim) ? claim : undefined;
}

function groupsOf(claim: unknown): { groups: string[]; fault: string | null } {
  const none = (fault: string) => ({ groups: [], fault });
  if (claim === undefined) return none('the ID token has no such claim');
  if (!Array.isArray(claim)) return none('the claim is not a list');
  if (claim.length > MAX_GROUPS) return none(`the claim lists more than ${MAX_GROUPS}`);
  const groups: string[] = [];
  for (const group of claim) {
    if (typeof group !== 'string') return none('the claim holds something that is not text');
    if (group === '' || group.length > MAX_GROUP || !group.isWellFormed()) return none('the claim holds a faulty name');
    groups.push(group);
  }
  return { groups: [...new Set(groups)].sort(), fault: null };
}

function nameOf(claim: unknown): string | undefined {
  if (typeof claim !== 'string') return undefined;
  const name = claim.toWellFormed().replace(UNSEEN, '').trim().slice(0, MAX_NAME).toWellFormed();
  return name === '' ? undefined : name;
}
