// People, sessions, devices and consoles as OCSF objects.
import { isIP } from 'node:net';
import type { Json } from '../../../kernel/canonicalJson.ts';
import { compact, type Facts, type Ocsf, type ReadEvent, text, texts } from './event.ts';

/** Devices and other targets that an event names at most: a receiver's messages are bounded (RFC 5425, section 4.3.1). */
export const MOST_NAMED = 100;

const USER = 1;
const SYSTEM = 3;

/** Who did it; without a person it was the gateway itself. */
export const userOf = (id: string | null, name: string | null | undefined): Ocsf =>
  id === null
    ? { name: 'Sallyport', type_id: SYSTEM, type: 'System' }
    : compact({ uid: id, name: name ?? id, type_id: USER, type: 'User' });

export const actorOf = ({ actor, actorName, session }: ReadEvent): Ocsf =>
  compact({
    user: userOf(actor, actorName),
    session: session === null ? undefined : { uid: session },
    app_name: actor === null ? 'Sallyport' : undefined,
  });

/** Where it came from, as far as it is known. */
export function sourceOf(facts: Facts): Ocsf {
  const peer = text(facts.peer);
  return peer !== undefined && isIP(peer) !== 0 ? { ip: peer } : { name: peer ?? 'unknown' };
}

/** `kind:id` -> resources of OCSF */
export const resourcesOf = (targets: unknown, console: string | null): Json[] | undefined => {
  const list = Array.isArray(targets) ? targets.map(targetOf).filter((one) => one !== null) : [];
  if (list.length === 0) return undefined;
  return list
    .slice(0, MOST_NAMED)
    .map(({ kind, id }) => compact({ type: kind, uid: id, namespace: console ?? undefined }));
};

type Target = { readonly kind: string; readonly id: string };

/** Acts write targets as `kind:id`, grants as objects. */
function targetOf(target: unknown): Target | null {
  if (typeof target === 'string') {
    const colon = target.indexOf(':');
    return colon > 0 ? { kind: target.slice(0, colon), id: text(target.slice(colon + 1), 400) ?? '' } : null;
  }
  if (typeof target !== 'object' || target === null) return null;
  const { kind, id } = target as { kind?: unknown; id?: unknown };
  return typeof kind === 'string' && typeof id === 'string' && id !== '' ? { kind, id } : null;
}

export const privilegesOf = (facts: Facts): string[] => {
  const actions = texts(facts.actions);
  return actions.length > 0 ? actions : [text(facts.title) ?? 'access'];
};
