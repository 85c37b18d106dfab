// Who looked at what is in the journal BEFORE the answer leaves: when it cannot be written down, nothing is shown.
import type { Journal } from '../audit/journal/journal.redis.ts';
import type { AuditEvent } from '../kernel/auditEvent.ts';
import type { Session } from '../kernel/session.ts';
import { PortalProblem } from './problem.ts';

export type Look = 'sessions.listed' | 'recording.viewed' | 'access.reviewed';
export type Told = (by: { readonly session: Session }, kind: Look, facts: AuditEvent['facts']) => Promise<void>;

/** @throws PortalProblem journal.unavailable: then nothing may be shown */
export const createTold =
  (journal: Pick<Journal, 'append'>): Told =>
  async ({ session: { id, principal } }, kind, facts) => {
    try {
      await journal.append({ kind, actor: principal.id, actorName: principal.name, session: id, facts });
    } catch {
      throw new PortalProblem('journal.unavailable');
    }
  };
