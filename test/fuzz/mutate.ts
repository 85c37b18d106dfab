// Turns requests of the corpus into others that are nearly so: by the tricks that gateways fell for, one to four at a time.
// Everything comes from one seeded stream of numbers, so that a seed says it all.

export type Random = { (): number; below(most: number): number; pick<T>(list: readonly T[]): T };

/** Mulberry32: small, and the same everywhere. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const below = (most: number) => Math.floor(next() * most);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  return Object.assign(next, { below, pick });
}

/** A request in the parts that are changed; text is latin1. */
type Parts = { method: string; target: string; version: string; headers: string[]; body: string; end: string };

const INSERTS = [
  ...[';', '/', '.', '\\', '%00', '//', '/./', '/../', '/..;/', ';x=1', '%2e', '%2E%2e', '%2f', '%5c', '%5C', '%3b'],
  ...['%0d%0a', '%20', '%09', ' ', '\t', '#', '?', '&', '%', '%2', '%u0077', '%c0%af', '%e0%80%af', '%ff', '%25'],
  ...['%252f', '%23', '%3f', '\0', '\x85', '\xa0', '\x0b', '~', '*', ',', ':', '@', '!', "'", '|', '^', '{', '['],
];
const KEYS = [
  ...[
    '_method=POST',
    '_METHOD=post',
    'X-HTTP-Method-Override=POST',
    'method=POST',
    'action=wipe',
    'Action=wipe',
    'cmd=wipe',
  ],
  ...['command=wipe', 'command[]=wipe', '%63ommand=wipe', 'op=wipe', 'do=wipe', 'ids=99', 'ids[]=99', '_method[]=POST'],
  ...[
    'com%6dand=wipe',
    'command%00=wipe',
    'httpMethod=POST',
    '$method=POST',
    ' _method=POST',
    '+_method=POST',
    '.command=wipe',
  ],
];
const HEADERS = [
  ...['X-HTTP-Method-Override: POST', 'X-HTTP-Method: POST', 'X-Method-Override: POST', 'X_HTTP_Method_Override: POST'],
  ...[
    'X-Original-URL: /api/v1/devices/42/wipe',
    'X-Rewrite-URL: /api/v1/devices/42/wipe',
    'X-Original-URI: /api/v1/admin',
  ],
  ...['X-Gw-User: root', 'X_Gw_User: root', 'X-Forwarded-For: 1.2.3.4', 'Forwarded: for=1.2.3.4', 'X-Real-IP: 1.2.3.4'],
  ...['Connection: close, X-Gw-User', 'Connection: upgrade', 'Upgrade: websocket', 'Upgrade: h2c', 'TE: trailers'],
  ...[
    'Trailer: X-Gw-User',
    'Expect: 100-continue',
    'Expect: 200-ok',
    'Content-Encoding: gzip',
    'Content-Encoding: identity',
  ],
  ...['Content-Type: application/json', 'Content-Type: text/plain', 'Content-Type: application/x-www-form-urlencoded'],
  ...[
    'Content-Type: application/json; charset=utf-16',
    'Content-Type: multipart/form-data; boundary=x',
    'Content-Length: 0',
  ],
  ...['Content-Length: 5', 'Content-Length: +5', 'Content-Length: 0x5', 'Content-Length : 5', 'Content-Length: 5, 5'],
  ...[
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: Chunked',
    'Transfer-Encoding: xchunked',
    'Transfer-Encoding:\x0bchunked',
  ],
  ...[
    'Transfer-Encoding: identity',
    'Transfer_Encoding: chunked',
    ' Transfer-Encoding: chunked',
    'Host: evil.test',
    'Host: gate.corp.test',
  ],
  ...[
    'Cookie: a=b',
    'Origin: https://evil.test',
    'Sec-Fetch-Site: cross-site',
    'Sec-Fetch-Mode: navigate',
    'Keep-Alive: 5',
  ],
];
const METHODS = [
  'GET',
  'POST',
  'HEAD',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'get',
  'post',
  'PROPFIND',
  'GET\t',
  'POSTX',
];
const TARGETS = [
  ...[
    '/api/v1/devices',
    '/api/v1/devices/42',
    '/api/v1/devices/42/wipe',
    '/api/v1/devices/43/wipe',
    '/api/v1/devices/bulk',
  ],
  ...[
    '/api/v1/admin',
    '/api/v1/admin/users',
    '/api/v1/stream',
    '/',
    '*',
    '/.sallyport/me',
    'http://mdm.corp.test/api/v1/admin',
  ],
];
const BODIES = [
  ...['{"command":"wipe","ids":["99"]}', '{"command":"wipe","ids":["1"],"ids":["99"]}', '{"command":"wipe","ids":[]}'],
  ...[
    '{"command":"wipe"}',
    '{"command":"wipe","ids":"99"}',
    '{"command":"wipe","ids":[99]}',
    '[{"command":"wipe","ids":["99"]}]',
  ],
  ...[
    '{"_method":"POST"}',
    'command=wipe&ids=99',
    '{"command":"wipe","ids":["1"],"all":true}',
    '{"command":"WIPE","ids":["1"]}',
  ],
];

function take(text: string): Parts {
  const at = text.indexOf('\r\n\r\n');
  const head = at < 0 ? text : text.slice(0, at);
  const [line = '', ...headers] = head.split('\r\n');
  const [method = 'GET', target = '/', version = 'HTTP/1.1'] = line.split(' ');
  return { method, target, version, headers, body: at < 0 ? '' : text.slice(at + 4), end: '\r\n' };
}

const put = ({ method, target, version, headers, body, end }: Parts): string =>
  [`${method} ${target} ${version}`, ...headers, '', body].join(end === '\r\n' ? '\r\n' : end);

const insert = (text: string, at: number, what: string): string => text.slice(0, at) + what + text.slice(at);
const change = (text: string, at: number, how: (character: string) => string): string =>
  text.slice(0, at) + how(text[at] ?? '') + text.slice(at + 1);
const hex = (character: string): string => character.charCodeAt(0).toString(16).padStart(2, '0');
const otherCase = (character: string): string =>
  character === character.toLowerCase() ? character.toUpperCase() : character.toLowerCase();

type Mutation = (parts: Parts, random: Random) => void;
const MUTATIONS: readonly Mutation[] = [
  (p, r) => {
    p.target = change(p.target, r.below(p.target.length), (c) => `%${r() < 0.5 ? hex(c) : hex(c).toUpperCase()}`);
  },
  (p, r) => {
    p.target = change(p.target, r.below(p.target.length), (c) => `%25${hex(c)}`);
  },
  (p, r) => {
    p.target = change(p.target, r.below(p.target.length), otherCase);
  },
  (p, r) => {
    p.target = insert(p.target, r.below(p.target.length + 1), r.pick(INSERTS));
  },
  (p, r) => {
    p.target += (p.target.includes('?') ? r.pick(['&', ';', '&&', '%26']) : '?') + r.pick(KEYS);
  },
  (p, r) => {
    p.target = r.pick(TARGETS);
  },
  (p, r) => {
    p.target += r.pick([
      '/',
      '.json',
      '.xml',
      '/.',
      '/..',
      ';',
      '%20',
      '.',
      '/wipe',
      '/../42/wipe',
      '%2fwipe',
      '\\wipe',
      '/x/y/z',
    ]);
  },
  (p, r) => {
    p.method = r.pick(METHODS);
  },
  (p, r) => {
    p.headers.splice(r.below(p.headers.length + 1), 0, r.pick(HEADERS));
  },
  (p, r) => {
    p.headers.splice(r.below(p.headers.length + 1), 0, r.pick(p.headers) ?? '');
  },
  (p, r) => {
    const at = r.below(p.headers.length);
    const how = [
      (line: string) => line.replace(':', ' :'),
      (line: string) => line.replace(':', '\t:'),
      (line: string) => line.replaceAll('-', '_'),
      (line: string) => line.toUpperCase(),
      (line: string) => ` ${line}`,
      (line: string) => `${line}\r\n ${r.pick(HEADERS)}`,
      (line: string) => line.replace(': ', ':'),
      (line: string) => `${line}\0`,
      (line: string) => `${line}\n${r.pick(HEADERS)}`,
      (line: string) => `${line}\r${r.pick(HEADERS)}`,
      (line: string) => change(line, r.below(line.length), otherCase),
    ];
    if (p.headers.length > 0) p.headers[at] = r.pick(how)(p.headers[at] ?? '');
  },
  (p, r) => {
    p.body = r.pick(BODIES);
    withLength(p);
  },
  (p, r) => {
    if (p.body === '') p.body = r.pick(BODIES);
    const at = r.below(p.body.length);
    p.body = r.pick([
      (body: string) => change(body, at, otherCase),
      (body: string) =>
        insert(
          body,
          at,
          r.pick(['"ids":["99"],', '\\u0069', '\0', '\xef\xbb\xbf', ' ', '/**/', ',', '"', '[', '{', '\\']),
        ),
      (body: string) => body.replace('{', '{"ids":["99"],'),
      (body: string) => body.replace(/\}$/, ',"ids":["99"]}'),
      (body: string) => body.replace(/\}$/, ',"Ids":["99"]}'),
      (body: string) => body.replace('command', r.pick(['Command', 'c\\u006fmmand', 'command ', 'COMMAND'])),
      (body: string) => `\xef\xbb\xbf${body}`,
      (body: string) => body + body,
      (body: string) => change(body, at, (c) => String.fromCharCode(c.charCodeAt(0) ^ (1 << r.below(8)))),
    ])(p.body);
    if (r() < 0.9) withLength(p);
  },
  (p, r) => {
    if (p.body === '') p.body = r.pick(BODIES);
    const size = p.body.length.toString(16);
    const first = r.pick([
      size,
      `0${size}`,
      `0x${size}`,
      `+${size}`,
      ` ${size}`,
      `${size} `,
      `${size};a=b`,
      `${size};a\n`,
      size.toUpperCase(),
      `-${size}`,
      'FFFFFFFFFFFFFFFF',
    ]);
    const last = r.pick([
      '0\r\n\r\n',
      '0\r\nX-Gw-User: root\r\n\r\n',
      '00\r\n\r\n',
      '0\n\n',
      '0\r\nContent-Length: 5\r\n\r\n',
      '0\r\n',
      '',
    ]);
    p.body = `${first}${r.pick(['\r\n', '\r\n', '\r\n', '\n', '\r'])}${p.body}${r.pick(['\r\n', '\r\n', '\n', 'xx', ''])}${last}`;
    p.headers = p.headers.filter((line) => !/^content-length/i.test(line) || r() < 0.2);
    p.headers.push(
      r.pick([
        'Transfer-Encoding: chunked',
        'Transfer-Encoding: chunked',
        'transfer-encoding: CHUNKED',
        'Transfer-Encoding: chunked, chunked',
      ]),
    );
  },
  (p, r) => {
    p.version = r.pick([
      'HTTP/1.1',
      'HTTP/1.0',
      'HTTP/1.2',
      'HTTP/2.0',
      'http/1.1',
      'HTTP/1.1 x',
      '',
      'HTTP/01.1',
      'HTTP/1.1\r',
    ]);
  },
  (p, r) => {
    p.end = r.pick(['\n', '\r', '\r\r\n', '\r\n\r\n']);
  },
  (p, r) => {
    p.target =
      r.pick(['http://evil.test', 'http://mdm.corp.test', '//evil.test', 'https://mdm.corp.test@evil.test', '/..']) +
      p.target;
  },
];

function withLength(parts: Parts): void {
  parts.headers = parts.headers.filter((line) => !/^content-length/i.test(line));
  parts.headers.push(`Content-Length: ${parts.body.length}`);
}

/** @param others requests of the same sender, to put behind this one or into it */
export function mutate(text: string, others: readonly string[], random: Random): string {
  const parts = take(text);
  const times = random() < 0.5 ? 1 : 1 + random.below(4);
  for (let n = 0; n < times; n += 1) random.pick(MUTATIONS)(parts, random);
  const whole = put(parts);
  const more = random();
  if (more < 0.06) return whole + random.pick(others);
  if (more < 0.09) return whole + random.pick(others).replace(/^Cookie:.*\r\n/gim, '');
  if (more < 0.12 && whole.length > 0)
    return change(whole, random.below(whole.length), () => String.fromCharCode(random.below(256)));
  return whole;
}
