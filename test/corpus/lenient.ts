// What the most forgiving upstream would run for the bytes that it got: decodes twice, folds case, cuts ;parameters, merges
// slashes, resolves dots and backslashes, honours overrides in headers, query and body, takes the last of two equal JSON keys.
// Nothing that it runs may be something that the sender has no right to, whatever a case expects.
import type { RawRequest } from '../kit/rawUpstream.ts';

export type Ran =
  | { readonly what: 'device.wipe' | 'device.wipe.bulk'; readonly ids: readonly string[] }
  | { readonly what: 'device.read' | 'stream' | 'unknown' };

const OVERRIDING_HEADERS = new Set(['xhttpmethodoverride', 'xhttpmethod', 'xmethodoverride']);
const REROUTING_HEADERS = new Set(['xoriginalurl', 'xrewriteurl', 'xoriginaluri', 'xrewriteuri']);
const OVERRIDING_KEYS = new Set(['method', 'methodoverride', 'httpmethod', 'xhttpmethod', 'xhttpmethodoverride']);
const COMMAND_KEYS = new Set(['action', 'cmd', 'command', 'do', 'op', 'operation']);

export function wouldRun(request: RawRequest): Ran {
  const [firstMethod = '', target = ''] = request.line.split(/[ \t]+/);
  let method = firstMethod.toUpperCase();
  let url = target;
  for (const [name, value] of headersOf(request.head)) {
    if (OVERRIDING_HEADERS.has(name)) method = value.trim().toUpperCase();
    if (REROUTING_HEADERS.has(name)) url = value.trim();
  }
  const [rawPath = '', rawQuery = ''] = url.replace(/#.*$/s, '').split(/\?(.*)/s);
  let command = '';
  const form = request.body.toString('latin1');
  for (const [key, value] of [...pairsOf(rawQuery), ...(/^[^{[]*=/.test(form) ? pairsOf(form) : [])]) {
    const plain = key.toLowerCase().replaceAll(/[^a-z]/g, '');
    // A plain `method` is a word of many APIs, and no framework's override.
    if (key.trim().toLowerCase() !== 'method' && OVERRIDING_KEYS.has(plain)) method = value.toUpperCase();
    if (COMMAND_KEYS.has((key.split(/[[\0]/, 1)[0] ?? '').trim().toLowerCase())) command = value.toLowerCase();
  }
  const path = foldPath(rawPath);
  const json = readLastKeyWins(request.body);
  if (typeof json?._method === 'string') method = json._method.toUpperCase();

  const one = /^\/api\/v1\/devices\/([^/]+)\/wipe(?:\.[a-z]+)?$/.exec(path)?.[1];
  if (one !== undefined && method === 'POST') return { what: 'device.wipe', ids: [one] };
  if (/^\/api\/v1\/devices\/bulk(?:\.[a-z]+)?$/.test(path) && method === 'POST') {
    const said = String(json?.command ?? command)
      .toLowerCase()
      .trim();
    const ids = Array.isArray(json?.ids) ? json.ids.map((id) => String(id)) : ['every device'];
    return said === 'wipe' ? { what: 'device.wipe.bulk', ids } : { what: 'unknown' };
  }
  if (command === 'wipe') return { what: 'device.wipe', ids: ['said by the query'] };
  if (method !== 'GET' && method !== 'HEAD') return { what: 'unknown' };
  if (path === '/api/v1/stream') return { what: 'stream' };
  return /^\/api\/v1\/devices(\/|$)/.test(path) ? { what: 'device.read' } : { what: 'unknown' };
}

/** @param ctx a context of the corpus @returns true when it may have this run */
export function mayRun(ctx: string, ran: Ran): boolean {
  const known = ['reader', 'wiper', 'bulkwiper'].includes(ctx);
  if (ran.what === 'device.read' || ran.what === 'stream') return known;
  if (ran.what === 'device.wipe') return ctx === 'wiper' && ran.ids.every((id) => id === '42');
  if (ran.what === 'device.wipe.bulk')
    return ctx === 'bulkwiper' && ran.ids.every((id) => ['1', '2', '3'].includes(id));
  return false;
}

/** Names folded as CGI-like upstreams fold them. */
export function headersOf(head: string): [string, string][] {
  return head
    .split('\r\n')
    .slice(1)
    .map((line) => [
      line
        .slice(0, line.indexOf(':'))
        .toLowerCase()
        .replaceAll(/[^a-z0-9]/g, ''),
      line.slice(line.indexOf(':') + 1).trim(),
    ]);
}

function pairsOf(text: string): [string, string][] {
  return text
    .split(/[&;]/)
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [key = '', value = ''] = pair.split(/=(.*)/s);
      return [twice(key), twice(value)];
    });
}

function foldPath(raw: string): string {
  const flat = twice(raw)
    .replaceAll('\\', '/')
    .replaceAll(/;[^/]*/g, '')
    .replaceAll(/[^\x21-\x7e]/g, '')
    .replaceAll(/\/{2,}/g, '/')
    .toLowerCase();
  const kept: string[] = [];
  for (const segment of flat.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') kept.pop();
    else kept.push(segment);
  }
  return `/${kept.join('/')}`;
}

function twice(text: string): string {
  const once = (from: string) =>
    from.replaceAll(/%([0-9a-f]{2})/gi, (_all, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  return once(once(text));
}

function readLastKeyWins(body: Buffer): Record<string, unknown> | undefined {
  if (body.length === 0) return undefined;
  try {
    const value: unknown = JSON.parse(body.toString('utf8').replace(/^\ufeff/, ''));
    if (typeof value !== 'object' || value === null) return undefined;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key.toUpperCase().toLowerCase(), member]));
  } catch {
    return undefined;
  }
}
