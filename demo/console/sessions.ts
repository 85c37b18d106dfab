// The console's own login sessions: cookie `acme_session`, one CSRF token each, and what must end when they end.

import type { IncomingMessage } from 'node:http';
import { newSecret, sameSecret } from '../../src/kernel/ids.ts';

export const SESSION_COOKIE = 'acme_session';
const DEMO_LOGIN = { user: 'demo', password: 'demo' };

export interface ConsoleSession {
  readonly id: string;
  readonly user: string;
  readonly csrf: string;
  /** Called at logout: open sockets and streams put themselves here. */
  readonly onEnd: Set<() => void>;
}

export type ConsoleSessions = ReturnType<typeof createSessions>;

export function readCookie(req: IncomingMessage, wanted: string): string | undefined {
  for (const part of (req.headers.cookie ?? '').split(';')) {
    const [name, ...value] = part.trim().split('=');
    if (name === wanted) return value.join('=');
  }
  return undefined;
}

export function createSessions() {
  const sessions = new Map<string, ConsoleSession>();
  return {
    /** A new session, or undefined when the credentials are wrong. */
    login(user: string, password: string): ConsoleSession | undefined {
      if (!sameSecret(user, DEMO_LOGIN.user) || !sameSecret(password, DEMO_LOGIN.password)) return undefined;
      const session = { id: newSecret(), user, csrf: newSecret(), onEnd: new Set<() => void>() };
      sessions.set(session.id, session);
      return session;
    },
    of: (req: IncomingMessage): ConsoleSession | undefined => sessions.get(readCookie(req, SESSION_COOKIE) ?? ''),
    end(session: ConsoleSession): void {
      sessions.delete(session.id);
      for (const stop of [...session.onEnd]) stop();
    },
    csrfMatches: (session: ConsoleSession, given: string | undefined): boolean =>
      given !== undefined && sameSecret(given, session.csrf),
  };
}
