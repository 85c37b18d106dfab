// Our cookies: names, reading, writing. All are `__Host-`: Secure, no Domain, Path=/, so no sibling host can set them
// (pitfalls 31). Values are secrets: never in a log, an error or a page.
import { go, refuse, type Verdict } from '../../kernel/verdict.ts';

export const SESSION_COOKIE = '__Host-sallyport';
export const LOGIN_COOKIE = '__Host-sallyport-login';
export const HANDOFF_COOKIE = '__Host-sallyport-handoff';

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
