// Brings a login from the portal to a console's origin: a one-time code, good for 60 s, for this session, this console and
// the browser that asked. The last is proved by a cookie of the console's origin, so nobody can be signed in to somebody
// else's session by a link (login CSRF, pitfalls 32).
import { canonicalJson } from '../kernel/canonicalJson.ts';
import { newSecret, sameSecret, sha256Base64url, sha256Hex } from '../kernel/ids.ts';
import { go, refuse, type Verdict } from '../kernel/verdict.ts';
import type { Once } from './once.redis.ts';
import { CLOSED_ON_CONSOLES, safeReturnPath } from './returnPath.ts';

export type Handoff = {
  /**
   * For the console's origin.
   * @param returnPath where the person wanted to go; kept in the cookie only
   * @returns cookie: the value of the cookie `handoffCookie(handoffTab(key))` (Max-Age 600); key: for the portal's `/handoff?key=`
   */
  begin(returnPath?: string): { cookie: string; key: string };
  /** For the portal: a code for `/.sallyport/enter?code=`. @param ask what the console's origin sent along */
  issue(ask: { session: string; console: string; key: string }): Promise<string>;
  /**
   * For the console's origin: uses the code up, whatever comes of it.
   * @param console the id of the console whose origin was called
   * @returns the session to issue a token of, and a safe path to go to. Refusal: session.missing
   */
  redeem(
    code: string | undefined,
    cookie: string | undefined,
    console: string,
  ): Promise<Verdict<{ session: string; returnTo: string }>>;
};

export const HANDOFF_COOKIE_AGE = 600;
const CODE_LIFETIME = 60_000;
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** @returns whether this can be a key made by `begin` */
export const isHandoffKey = (value: unknown): value is string => typeof value === 'string' && SECRET.test(value);

export function createHandoff({ once, keys }: { once: Once; keys: { handoff(digest: string): string } }): Handoff {
  const place = (code: string) => keys.handoff(sha256Hex(code));
  return {
    begin(returnPath = '/') {
      const secret = newSecret();
      const path = safeReturnPath(returnPath, CLOSED_ON_CONSOLES);
      return { cookie: `${secret}.${Buffer.from(path).toString('base64url')}`, key: sha256Base64url(secret) };
    },
    async issue({ session, console, key }) {
      const code = newSecret();
      await once.put(place(code), canonicalJson({ session, console, key }), CODE_LIFETIME);
      return code;
    },
    async redeem(code, cookie, console) {
      if (code === undefined || !SECRET.test(code)) return refuse('session.missing', 'no hand-off code');
      const text = await once.take(place(code));
      if (text === null) return refuse('session.missing', 'the hand-off code is unknown, used or too old');
      const kept = JSON.parse(text) as { session: string; console: string; key: string };
      const [secret = '', path = ''] = (cookie ?? '').split('.', 2);
      if (!SECRET.test(secret)) return refuse('session.missing', 'no hand-off cookie');
      if (!sameSecret(sha256Base64url(secret), kept.key))
        return refuse('session.missing', 'the hand-off was asked for by another browser');
      if (kept.console !== console) return refuse('session.missing', 'the hand-off is for another console');
      const returnTo = safeReturnPath(Buffer.from(path, 'base64url').toString('utf8'), CLOSED_ON_CONSOLES);
      return go({ session: kept.session, returnTo });
    },
  };
}
