// Whose key made which signature: that the evidence in an event holds, is over the terms that the event tells, and was made
// with a passkey that the event's person enrolled.
import { canonicalJson, type Json } from '../../kernel/canonicalJson.ts';
import { type HoldTerms, holdChallenge } from '../../kernel/hold.ts';
import { sha256Base64url } from '../../kernel/ids.ts';
import { assertionFault, type Ceremony } from './evidence.ts';
import { type Members, membersOf, type SeenEvent, textOf } from './members.ts';

/** A signature that was looked at. `terms`: what was signed, null when the event does not tell it readably. */
export type Signature = {
  readonly credential: string;
  readonly key: string;
  readonly terms: Members | null;
  readonly challenge: string;
};

export type Signers = {
  /** Notes a passkey that somebody enrolled. */
  enrolled(event: SeenEvent): void;
  /** Whether this person ever enrolled this key, whatever it was called. */
  owns(person: string, signature: Pick<Signature, 'credential' | 'key'>): boolean;
  /** Whether this person enrolled this very passkey with this very key. */
  enrolledBy(person: string, signature: Pick<Signature, 'credential' | 'key'>): boolean;
  /** Checks what stands in the event. @returns what is wrong, in words, or null */
  check(event: SeenEvent): { readonly fault: string | null; readonly signature: Signature };
};

/** A hold's terms have one digest for all who sign it; a grant's are encoded as they stand. */
const isHold = (kind: string): boolean => kind === 'hold.signed' || kind === 'hold.approved';

export function createSigners(ceremony?: Ceremony): Signers {
  const byCredential = new Map<string, { readonly key: string; readonly person: string }>();
  const byKey = new Map<string, Set<string>>();

  return {
    enrolled({ actor, facts }) {
      const key = textOf(facts.publicKey);
      if (key === '') return;
      byCredential.set(textOf(facts.passkey), { key, person: actor });
      const owners = byKey.get(key) ?? new Set();
      byKey.set(key, owners.add(actor));
    },
    owns: (person, { credential, key }) =>
      byKey.get(key)?.has(person) === true || byCredential.get(credential)?.person === person,
    enrolledBy(person, { credential, key }) {
      const known = byCredential.get(credential);
      return known !== undefined && known.key === key && known.person === person;
    },
    check(event) {
      const { kind, facts, actor } = event;
      const signed = membersOf(facts.signed) ?? facts;
      const evidence = membersOf(signed.evidence);
      const signature: Signature = {
        credential: textOf(evidence?.credentialId),
        key: textOf(evidence?.publicKey),
        terms: membersOf(signed.terms),
        challenge: textOf(signed.challenge),
      };
      const fault = (): string | null => {
        const bound = kind === 'stepup.succeeded' ? null : signature.challenge;
        if (bound === '') return 'the event names no challenge';
        const wrong =
          assertionFault(evidence, bound, ceremony) ?? (bound === null ? null : termsFault(event, signature));
        if (wrong !== null) return wrong;
        const known = byCredential.get(signature.credential);
        if (known && known.key !== signature.key) return 'another key than this passkey was enrolled with';
        return known && known.person !== actor ? 'this passkey belongs to somebody else' : null;
      };
      return { fault: fault(), signature };
    },
  };
}

/** Whether the terms in the event are those that were signed, and are those of its own number. */
function termsFault({ kind, facts, actor }: SeenEvent, { terms, challenge }: Signature): string | null {
  if (!terms) return 'the event does not tell the terms that were signed';
  let digest: string;
  try {
    digest = isHold(kind) ? holdChallenge(terms as HoldTerms) : sha256Base64url(canonicalJson(terms as Json));
  } catch {
    return 'the terms cannot be read';
  }
  if (digest !== challenge) return 'the challenge is not the digest of the terms';
  if (terms.id !== (isHold(kind) ? facts.hold : facts.grant)) return 'the terms are those of another number';
  if (isHold(kind)) return null;
  if (terms.approver !== actor) return 'the terms name another approver';
  return terms.holder === terms.approver ? 'the holder approved the own request' : null;
}
