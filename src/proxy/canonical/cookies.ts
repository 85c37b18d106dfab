// The Cookie header: finding our own, and keeping our own from going upstream. Splits at every `;`, inside quotes too:
// a reader that honours quotes can be made to swallow the cookie behind (pitfall 31).
import { type HeaderList, headerOf } from '../../kernel/exchange.ts';
import { go, refuse, type Verdict } from '../../kernel/verdict.ts';

/** Every cookie of ours starts so; none of them may go upstream or come from there. */
export const OURS = '__host-sallyport';

/** Browsers keep fewer a site. Readers differ in how many they look at, so more could push ours out of sight of one. */
const MOST_COOKIES = 200;

/** What two readers of cookies would split differently is refused, for consoles as for the portal. */
export function checkCookies(headers: HeaderList): Verdict<null> {
  const header = headerOf(headers, 'cookie') ?? '';
  if (header.length > MOST_COOKIES && header.split(';', MOST_COOKIES + 1).length > MOST_COOKIES)
    return refuse('request.too_large', `more than ${MOST_COOKIES} cookies`);
  // `$Version` makes some readers honour quotes and commas (RFC 2109), where others see a cookie of that name.
  if (header.includes('$') && /(?:^|[;,])\s*\$/.test(header))
    return refuse('request.ambiguous', 'the Cookie header uses RFC 2109 syntax');
  return go(null);
}

type Cookie = { readonly name: string; readonly value: string; readonly text: string };

function cookiesOf(header: string): readonly Cookie[] {
  const cookies: Cookie[] = [];
  for (const part of header.split(';')) {
    const text = part.trim();
    if (text === '') continue;
    const equals = text.indexOf('=');
    const name = equals < 0 ? '' : text.slice(0, equals).trim();
    cookies.push({ name, value: equals < 0 ? text : text.slice(equals + 1).trim(), text });
  }
  return cookies;
}

/** All values of the cookies with exactly this name. More than one: somebody tossed a cookie, and neither is believed. */
export const cookiesNamed = (headers: HeaderList, name: string): readonly string[] =>
  cookiesOf(headerOf(headers, 'cookie') ?? '')
    .filter((cookie) => cookie.name === name)
    .map(({ value }) => value);

/** Case, odd white space and a missing name do not hide a cookie of ours: some reader may see through them. */
export const isOurs = (name: string, value: string): boolean =>
  (name === '' ? value : name)
    .replaceAll(/[^\x21-\x7e]/g, '')
    .toLowerCase()
    .startsWith(OURS);

/** The header without our cookies; undefined when nothing is left. */
export function withoutOurs(header: string): string | undefined {
  const left = cookiesOf(header).filter(({ name, value }) => !isOurs(name, value));
  return left.length === 0 ? undefined : left.map(({ text }) => text).join('; ');
}
