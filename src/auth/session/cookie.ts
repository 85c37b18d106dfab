// Our cookies: names, reading, writing. All are `__Host-`: Secure, no Domain, Path=/, so no sibling host can set them
// (pitfalls 31). Values are secrets: never in a log, an error or a page.
import { go, refuse, type Verdict } from '../../kernel/verdict.ts';

export const SESSION_COOKIE = '__Host-sallyport';
export const LOGIN_COOKIE = '__Host-sallyport-login';
const HANDOFF_COOKIE = '__Host-sallyport-handoff-';
/** Logins that may be under way in one browser: each costs up to 3 KB of headers, and node takes 16 KB. */
const MOST_HANDOFFS = 4;

/** Which of a browser's hand-offs: part of the key, and no secret. Tabs that open at once must not end each other's login. */
export const handoffTab = (key: string): string => key.slice(0, 8);
export const isHandoffTab = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9_-]{8}$/.test(value);
export const handoffCookie = (tab: string): string => `${HANDOFF_COOKIE}${tab}`;

/** Names of the hand-off cookies that make way for a new one. Browsers send the oldest first (RFC 6265, 5.4). */
export function staleHandoffs(header: string | undefined): string[] {
  const names = (header ?? '').split(';').map((part) => part.trim().split('=', 1)[0] ?? '');
  const ours = names.filter(
    (name) => name.startsWith(HANDOFF_COOKIE) && isHandoffTab(name.slice(HANDOFF_COOKIE.length)),
  );
  return ours.slice(0, Math.max(0, ours.length - MOST_HANDOFFS + 1));
}

/**
 * The value of the cookie with exactly this name; undefined: there is none.
 * Refuses two cookies of that name, and RFC 2109 syntax (`$Version`), which servers read in different ways.
 */
export function readCookie(header: string | undefined, name: string): Verdict<string | undefined> {
  let found: string | undefined;
  for (const part of (header ?? '').split(';')) {
    const pair = part.trim();
    if (pair.startsWith('$')) return refuse('request.ambiguous', 'the Cookie header uses RFC 2109 syntax');
    const equals = pair.indexOf('=');
    if (equals < 0 || pair.slice(0, equals) !== name) continue;
    if (found !== undefined) return refuse('request.ambiguous', `two cookies are named ${name}`);
    found = pair.slice(equals + 1);
  }
  return go(found);
}

/** A Set-Cookie value. @param maxAge seconds; without it the cookie ends with the browser */
export function writeCookie(name: string, value: string, maxAge?: number): string {
  const age = maxAge === undefined ? '' : `; Max-Age=${maxAge}`;
  return `${name}=${value}; Path=/; Secure; HttpOnly; SameSite=Lax${age}`;
}

/** A Set-Cookie value that removes the cookie. */
export const clearCookie = (name: string): string => writeCookie(name, '', 0);
