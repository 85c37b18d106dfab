// The headers of the console's answer as the browser may have them: framing checked, hop-by-hop and host-wide powers dropped,
// the upstream's address replaced by the console's (pitfalls 18, 31).
import type { HeaderList } from '../../kernel/exchange.ts';
import { cookieForBrowser } from './setCookie.ts';

const DROPPED = new Set([
  // hop by hop
  ...[
    'connection',
    'keep-alive',
    'proxy-authenticate',
    'proxy-authentication-info',
    'proxy-connection',
    'te',
    'trailer',
  ],
  ...['transfer-encoding', 'upgrade'],
  // would speak for the whole origin, which is ours, or to a proxy that is not there
  ...['clear-site-data', 'service-worker-allowed', 'strict-transport-security', 'alt-svc', 'public-key-pins'],
  ...['nel', 'report-to', 'reporting-endpoints', 'origin-agent-cluster', 'sourcemap'],
]);
const DROPPED_FAMILIES = /^(x-accel-|x-sallyport-|access-control-|x-sendfile)/;

export type RawAnswer = { readonly statusCode?: number | undefined; readonly rawHeaders: readonly string[] };

/** Why an answer cannot be passed on, or null. Node's parser lets some of these through. */
export function faultOf({ statusCode: status = 0, rawHeaders: raw }: RawAnswer, upstream: URL): string | null {
  let length: string | null = null;
  let coded = false;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    const value = raw[at + 1] ?? '';
    if (name === 'content-length') {
      if (length !== null) return 'its length is said twice';
      length = value;
    } else if (name === 'location') {
      if (leavesUnsaid(value, upstream)) return 'a Location that leaves without naming a scheme';
    } else if (name === 'transfer-encoding') {
      if (value.trim().toLowerCase() !== 'chunked') return 'a transfer coding other than chunked';
      if (coded) return 'its length is said twice';
      coded = true;
    }
  }
  if (coded && length !== null) return 'both Content-Length and Transfer-Encoding';
  if (length !== null && !/^\d{1,15}$/.test(length)) return 'a Content-Length that is not a number';
  return status >= 200 && status <= 599 ? null : `status ${status}`;
}

/**
 * `//evil.test`, `/\evil.test`: a path to some readers, another host to browsers. Consoles build these from their input; who
 * means to send people elsewhere writes the scheme (pitfall 32).
 */
function leavesUnsaid(location: string, upstream: URL): boolean {
  if (!/^\s*[/\\]\s*[/\\]/.test(location)) return false;
  return URL.parse(location.trim(), upstream.href)?.origin !== upstream.origin;
}

export function answerHeaders({ statusCode, rawHeaders: raw }: RawAnswer, origin: string, upstream: URL): HeaderList {
  const nominated = nominatedIn(raw);
  const kept: [string, string][] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    const value = raw[at + 1] ?? '';
    if (DROPPED.has(name) || DROPPED_FAMILIES.test(name)) continue;
    if (name === 'content-length') {
      if (statusCode !== 204) kept.push([name, value]);
    } else if (nominated.includes(name)) continue;
    else if (name === 'set-cookie') {
      const cookie = cookieForBrowser(value, origin.startsWith('http:'));
      if (cookie !== null) kept.push([name, cookie]);
    } else if (name === 'location' || name === 'content-location') kept.push([name, moved(value, origin, upstream)]);
    else if (name === 'refresh')
      kept.push([
        name,
        value.replace(
          /^(\s*[\d.]+\s*[;,]\s*(?:url\s*=\s*)?["']?)(.*)$/i,
          (_, head, url) => head + moved(url, origin, upstream),
        ),
      ]);
    else kept.push([name, value]);
  }
  return kept;
}

/** The names that `Connection` makes hop by hop. */
function nominatedIn(raw: readonly string[]): readonly string[] {
  const names: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2)
    if (raw[at]?.toLowerCase() === 'connection') names.push(...(raw[at + 1] ?? '').toLowerCase().split(/\s*,\s*/));
  return names;
}

/** An address on the upstream's origin becomes the same one on the console's; anything else stays. */
function moved(address: string, origin: string, upstream: URL): string {
  const text = address.trim();
  const absolute = text.startsWith('//') ? `${upstream.protocol}${text}` : text;
  if (!/^https?:/i.test(absolute) || !URL.canParse(absolute)) return address;
  if (new URL(absolute).origin !== upstream.origin) return address;
  // Cut, not parsed and put together again: path and query stay as the console wrote them.
  return origin + absolute.replace(/^[a-z]+:[/\\]*[^/\\?#]*/i, '');
}
