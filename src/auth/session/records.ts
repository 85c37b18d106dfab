// A session and a token as they are stored in Redis, and back. What cannot be read is no session.
import type { Session } from '../../kernel/session.ts';

/** A session with what only the store needs. */
export type StoredSession = { readonly session: Session; readonly lastAt: number };

/** What a cookie's digest stands for; `ended` when its session is over. */
export type StoredToken = { readonly session: string; readonly origin: string } | { readonly ended: string };

/** @param fields what HGETALL answered: field, value, field, value... */
export function readSession(fields: readonly string[]): StoredSession | undefined {
  const row = new Map<string, string>();
  for (let i = 0; i + 1 < fields.length; i += 2) row.set(fields[i] ?? '', fields[i + 1] ?? '');
  const number = (name: string): number => {
    const text = row.get(name) ?? '';
    return /^\d+$/.test(text) ? Number(text) : Number.NaN;
  };
  try {
    const principal = principalOf(JSON.parse(row.get('principal') ?? 'null'));
    if (principal === undefined) return undefined;
    const steppedUpAt = row.get('steppedUpAt') ? number('steppedUpAt') : null;
    const session: Session = {
      id: row.get('id') ?? '',
      principal,
      startedAt: number('startedAt'),
      authenticatedAt: number('authenticatedAt'),
      absoluteUntil: number('absoluteUntil'),
      steppedUpAt,
      epoch: row.get('epoch') ?? '',
    };
    const numbers = [session.startedAt, session.authenticatedAt, session.absoluteUntil, steppedUpAt ?? 0];
    const lastAt = number('lastAt');
    if (session.id === '' || session.epoch === '' || ![...numbers, lastAt].every(Number.isSafeInteger))
      return undefined;
    return { session, lastAt };
  } catch {
    return undefined;
  }
}

export function readToken(text: string): StoredToken | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { session, origin, ended } = value as Record<string, unknown>;
    if (typeof ended === 'string') return { ended };
    return typeof session === 'string' && typeof origin === 'string' ? { session, origin } : undefined;
  } catch {
    return undefined;
  }
}

function principalOf(value: unknown): Session['principal'] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, name, groups, posture } = value as Record<string, unknown>;
  if (typeof id !== 'string' || id === '' || typeof name !== 'string' || !Array.isArray(groups)) return undefined;
  if (!groups.every((group) => typeof group === 'string')) return undefined;
  return { id, name, groups, ...(typeof posture === 'string' ? { posture } : {}) };
}
