// Who looked at what is in the journal BEFORE the answer leaves: when it cannot be written down, nothing is shown. The same
// look again within a minute (a page that reads again, somebody who goes back and forth) is one look; a file is never.
import type { Journal } from '../audit/journal/journal.redis.ts';
import type { AuditEvent } from '../kernel/auditEvent.ts';
import { monotonic } from '../kernel/clock.ts';
import type { Session } from '../kernel/session.ts';
import { PortalProblem } from './problem.ts';

export type Look = 'sessions.listed' | 'sessions.searched' | 'recording.viewed' | 'access.reviewed' | 'report.read';
export type Told = (by: { readonly session: Session }, kind: Look, facts: AuditEvent['facts']) => Promise<void>;

/** ms */
const SAME = 60_000;
const MOST_KEPT = 10_000;
const FILES: ReadonlySet<unknown> = new Set(['csv', 'json']);

export type ToldMore = {
  /** What this login said why it looks at that session; null: nothing. */
  readonly reasonOf?: (by: Session, viewed: string) => Promise<string | null>;
};

/** @throws PortalProblem journal.unavailable: then nothing may be shown */
export const createTold = (journal: Pick<Journal, 'append'>, { reasonOf }: ToldMore = {}): Told => {
  const told = new Map<string, number>();
  return async ({ session }, kind, facts) => {
    const { id, principal } = session;
    const now = monotonic();
    const key = JSON.stringify([id, kind, facts]);
    const before = told.get(key);
    if (before !== undefined && now - before < SAME && !FILES.has(facts.form)) return;
    const said =
      typeof facts.viewed === 'string' && facts.reason === undefined ? await reasonOf?.(session, facts.viewed) : null;
    const whole = typeof said === 'string' ? { ...facts, reason: said } : facts;
    try {
      await journal.append({ kind, actor: principal.id, actorName: principal.name, session: id, facts: whole });
    } catch {
      throw new PortalProblem('journal.unavailable');
    }
    if (told.size >= MOST_KEPT) told.clear();
    told.set(key, now);
  };
};
