// Whose page sent this request (pitfalls 32, 33). Cookies come along whoever sent it; these two headers cannot be forged
// by a page. A client that is not a browser sends neither, and has no cookie that it was not given on purpose.
import { type Canonical, headerOf } from '../../kernel/exchange.ts';

/**
 * True when nobody says that the console's own page opens this socket. Browsers always send Origin here (RFC 6455, 4.1) and
 * ask nobody before they do, so a session's cookie without it, or with another one, comes from somewhere else (pitfall 33).
 */
export const isForeignSocket = (request: Pick<Canonical, 'headers' | 'console'>): boolean =>
  headerOf(request.headers, 'origin') !== request.console.origin;

/** True when a browser says that another origin's page sent this. For requests that a page reads or acts with. */
export function isForeign(request: Pick<Canonical, 'headers' | 'console'>): boolean {
  const site = headerOf(request.headers, 'sec-fetch-site');
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  const origin = headerOf(request.headers, 'origin');
  // A page with `Referrer-Policy: no-referrer` posts its forms with `Origin: null` (Fetch, "append a request Origin header").
  // A sandboxed or foreign page does too, but of those the browser says cross-site.
  if (origin === 'null' && site === 'same-origin' && headerOf(request.headers, 'sec-fetch-mode') === 'navigate')
    return false;
  return origin !== undefined && origin !== request.console.origin;
}
