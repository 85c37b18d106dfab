// Where somebody is sent after signing in: a path of the same origin, or `/`. Anything that a browser, a proxy or a later
// decoding could read as another origin falls back to `/` (pitfalls 32: open redirects came through `//`, `\`, control
// characters, dot segments and encoded forms of these).

const MAX_LENGTH = 2048;
/** Printable ASCII but space, `"`, `<`, `>` and `\`: what a browser sends anyway. */
const ALLOWED = /^\/[!#-;=?-[\]-~]*$/;
/** An encoded backslash or control character in the path, or an encoded slash that makes two: a later hop might decode it. */
const ENCODED_TRICK = /%(?:0[0-9a-f]|1[0-9a-f]|7f|5c)|^\/%2f/i;

/**
 * @param value what came from outside @param closed paths that must not be returned to, such as `/login`
 * @returns the value itself when it is safe, else `/`
 */
export function safeReturnPath(value: unknown, closed: readonly string[]): string {
  if (typeof value !== 'string' || value.length > MAX_LENGTH) return '/';
  if (!ALLOWED.test(value) || value.startsWith('//')) return '/';
  const [path = ''] = value.split(/[?#]/, 1);
  if (path.includes('//') || ENCODED_TRICK.test(path)) return '/';
  // A parser must not see anything else in it: no dot segments, no other origin.
  const base = 'https://return.invalid';
  const parsed = URL.parse(value, base);
  if (!parsed || parsed.origin !== base || parsed.href !== `${base}${value}`) return '/';
  const lower = path.toLowerCase();
  if (closed.some((prefix) => lower === prefix || lower.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`)))
    return '/';
  return value;
}

/** Paths of a console origin that are Sallyport's own. */
export const CLOSED_ON_CONSOLES: readonly string[] = ['/.sallyport'];
/** Paths of the portal that do something when they are opened: no way to chain them (login loops, logout by link). */
export const CLOSED_ON_PORTAL: readonly string[] = [
  '/.sallyport',
  '/login',
  '/callback',
  '/logout',
  '/api',
  '/handoff',
];
