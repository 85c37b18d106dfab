// A user agent for tests: cookies per host, redirects by hand, `*.localhost` on loopback. Behaves like a browser where it
// matters: Sec-Fetch headers, Origin on changes of state, HttpOnly cookies sent to their own host only.
import { type IncomingHttpHeaders, request } from 'node:http';

export type Answer = {
  readonly url: string;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  text(): string;
  json<T = Record<string, unknown>>(): T;
};
export type SendOptions = {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  navigate?: boolean;
  cookies?: boolean;
};

export type UserAgent = {
  /** One request; no redirect is followed. */
  send(url: string, options?: SendOptions): Promise<Answer>;
  /** A navigation, redirects followed like a browser would. */
  visit(url: string): Promise<Answer>;
  /** Submits a form as a navigation and follows. */
  submit(url: string, fields: Record<string, string>): Promise<Answer>;
  /** fetch() from a page of the same origin, JSON both ways. */
  call(url: string, method: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  cookiesOf(host: string): Map<string, string>;
  /** The Cookie header for a host, for raw sockets. */
  cookieHeader(host: string): string;
};

/** @param dial where every host is reached; without it: the URL's own host and port, `*.localhost` on loopback */
export function createUserAgent(dial?: { readonly host: string; readonly port: number }): UserAgent {
  const jars = new Map<string, Map<string, string>>();
  const jarOf = (host: string) => {
    const jar = jars.get(host) ?? new Map<string, string>();
    jars.set(host, jar);
    return jar;
  };
  const cookieHeader = (host: string) => [...jarOf(host)].map(([name, value]) => `${name}=${value}`).join('; ');

  const send: UserAgent['send'] = (url, options = {}) =>
    new Promise((resolve, reject) => {
      const { host, hostname, port, pathname, search, origin } = new URL(url);
      const method = options.method ?? 'GET';
      const headers: Record<string, string> = { host, accept: '*/*', 'user-agent': 'sallyport-tests' };
      if (options.navigate)
        Object.assign(headers, {
          accept: 'text/html,application/xhtml+xml',
          'sec-fetch-mode': 'navigate',
          'sec-fetch-dest': 'document',
          'sec-fetch-site': 'none',
        });
      else
        Object.assign(headers, {
          'sec-fetch-mode': 'cors',
          'sec-fetch-dest': 'empty',
          'sec-fetch-site': 'same-origin',
        });
      if (method !== 'GET' && method !== 'HEAD') headers.origin = origin;
      const cookie = cookieHeader(host);
      if (cookie && options.cookies !== false) headers.cookie = cookie;
      if (options.body !== undefined) headers['content-length'] = String(Buffer.byteLength(options.body));
      Object.assign(headers, options.headers);
      const outgoing = request(
        {
          host: dial?.host ?? (hostname.endsWith('localhost') ? '127.0.0.1' : hostname),
          port: dial?.port ?? port,
          path: pathname + search,
          method,
          headers,
          setHost: false,
          agent: false,
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () => {
            for (const line of incoming.headers['set-cookie'] ?? []) keep(jarOf(host), line);
            const body = Buffer.concat(chunks);
            resolve({
              url,
              status: incoming.statusCode ?? 0,
              headers: incoming.headers,
              body,
              text: () => body.toString('utf8'),
              json: () => JSON.parse(body.toString('utf8')),
            });
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(options.body);
    });

  const follow = async (answer: Answer): Promise<Answer> => {
    let at = answer;
    for (let hops = 0; at.headers.location !== undefined && at.status >= 300 && at.status < 400; hops += 1) {
      if (hops > 15) throw new Error(`too many redirects at ${at.url}`);
      at = await send(new URL(at.headers.location, at.url).href, { navigate: true });
    }
    return at;
  };

  return {
    send,
    visit: async (url) => follow(await send(url, { navigate: true })),
    submit: async (url, fields) =>
      follow(
        await send(url, {
          method: 'POST',
          navigate: true,
          body: new URLSearchParams(fields).toString(),
          headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
        }),
      ),
    call: (url, method, body, headers) =>
      send(url, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      }),
    cookiesOf: (host) => new Map(jarOf(host)),
    cookieHeader,
  };
}

function keep(jar: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split(';');
  const cut = pair.indexOf('=');
  const name = pair.slice(0, cut).trim();
  const gone = attributes.some(
    (attribute) => /^\s*max-age=0\s*$/i.test(attribute) || /^\s*expires=Thu, 01 Jan 1970/i.test(attribute),
  );
  if (gone) jar.delete(name);
  else jar.set(name, pair.slice(cut + 1).trim());
}
