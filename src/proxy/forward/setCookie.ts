// A console's Set-Cookie as the browser may have it: for the console's own host only, and never under a name of ours.
import { isOurs } from '../canonical/cookies.ts';

/**
 * @param plain true: the console's origin is http, so a Secure cookie could never come back
 * @returns null: the cookie is refused
 */
export function cookieForBrowser(line: string, plain: boolean): string | null {
  const [pair = '', ...attributes] = line.split(';');
  const equals = pair.indexOf('=');
  const name = equals < 0 ? '' : pair.slice(0, equals).trim();
  const value = equals < 0 ? pair.trim() : pair.slice(equals + 1).trim();
  if (isOurs(name, value)) return null;
  const known = attributes.map((text) => ({ text, key: (text.split('=')[0] ?? '').trim().toLowerCase() }));
  // Browsers drop these when Secure is missing: better a Secure cookie that some browser keeps on localhost than none.
  const needsSecure =
    /^__(host|secure)-/i.test(name) ||
    known.some(({ key, text }) => key === 'partitioned' || (key === 'samesite' && /=\s*none\s*$/i.test(text)));
  const kept = known.filter(({ key }) => key !== 'domain' && !(key === 'secure' && plain && !needsSecure));
  return [pair, ...kept.map(({ text }) => text)].join(';');
}
