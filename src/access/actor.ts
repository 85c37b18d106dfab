// Who does something, as the access scripts and events name them. A Session fits.
import type { Session } from '../kernel/session.ts';

export type Actor = Pick<Session, 'id'> & { readonly principal: Pick<Session['principal'], 'id' | 'name'> };

/** With the groups that the IdP says they are in: what rules ask for. */
export type Member = Actor & { readonly principal: Pick<Session['principal'], 'groups'> };

/** @throws when nobody is named: a missing identity must never pass a comparison (trap 21). */
export function actorOf(actor: Actor): { actor: string; actorName: string; session: string } {
  const { id, name } = actor.principal;
  if (id === '' || actor.id === '') throw new Error('a deed without a person');
  return { actor: id, actorName: name, session: actor.id };
}
