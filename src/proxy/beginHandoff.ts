// A navigation to a console without a session: the way to the portal's sign-in, and the cookie that the way back is bound to.
import { HANDOFF_COOKIE_AGE, type Handoff } from '../auth/handoff.ts';
import { clearCookie, handoffCookie, handoffTab, staleHandoffs, writeCookie } from '../auth/session/cookie.ts';
import type { Console } from '../kernel/exchange.ts';

export type BegunHandoff = { readonly location: string; readonly setCookie: string[] };

/** @returns from the console, the path that was wanted, and the Cookie header that came */
export function createBeginHandoff(deps: { readonly handoff: Pick<Handoff, 'begin'>; readonly portalOrigin: string }) {
  const { handoff, portalOrigin } = deps;
  return (console: Pick<Console, 'id'>, path: string, cookies: Parameters<typeof staleHandoffs>[0]): BegunHandoff => {
    const { cookie, key } = handoff.begin(path);
    return {
      location: `${portalOrigin}/handoff?console=${console.id}&key=${key}`,
      setCookie: [
        writeCookie(handoffCookie(handoffTab(key)), cookie, HANDOFF_COOKIE_AGE),
        ...staleHandoffs(cookies).map(clearCookie),
      ],
    };
  };
}
