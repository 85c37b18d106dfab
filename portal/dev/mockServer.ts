// Serves portal/dist with the portal's Content-Security-Policy and a mock of its API, for looking at screens. Development only.
// The reader is the cookie `dev-as` (ada, grace, linus, oscar, olga, root, mallory, newcomer); /login sets it. `dev-mode`: empty, slow,
// down, frozen, trickle (an archive that never ends).
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { detailOf, EXCHANGES, me, PASSKEYS, SESSIONS } from './data.ts';
import { answerAccess } from './mockAccess.ts';
import { answerEvidence, answerLegalHolds } from './mockEvidence.ts';

const DIST = join(import.meta.dirname, '..', 'dist');
const TYPES: Record<string, string> = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.html': 'text/html',
};

const cookie = (request: IncomingMessage, name: string): string | undefined =>
  request.headers.cookie
    ?.split('; ')
    .find((part) => part.startsWith(`${name}=`))
    ?.slice(name.length + 1);

const json = (response: ServerResponse, status: number, content: unknown) => {
  response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' });
  response.end(JSON.stringify(content));
};
const problem = (response: ServerResponse, status: number, reason: string, title: string, next: string) =>
  json(response, status, { type: `urn:sallyport:reason:${reason}`, title, status, reason, next, request: 'ex_9k2m4q' });

const bodyOf = async (request: IncomingMessage): Promise<Record<string, unknown>> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 0 ? {} : (JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>);
};

const credentials = new Set<string>();
const challenge = () => randomBytes(32).toString('base64url');
const assertionOptions = () => ({
  challenge: challenge(),
  rpId: 'localhost',
  userVerification: 'required',
  timeout: 60_000,
  allowCredentials: [...credentials].map((id) => ({ id, type: 'public-key' })),
});
let steppedUp = false;
const streams = new Set<ServerResponse>();

const api = async (request: IncomingMessage, response: ServerResponse, path: string, search: URLSearchParams) => {
  const as = cookie(request, 'dev-as');
  const mode = cookie(request, 'dev-mode');
  if (mode === 'slow' && path !== '/api/me') return;
  if (mode === 'down' && path !== '/api/me')
    return problem(
      response,
      503,
      'state.unavailable',
      'Sallyport cannot check your access at the moment',
      'Try again in a moment.',
    );
  if (as === undefined)
    return problem(response, 401, 'session.missing', 'You are not signed in', 'Sign in, then try again.');
  const empty = mode === 'empty';
  if (path === '/api/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': hello\n\n');
    streams.add(response);
    response.on('close', () => streams.delete(response));
    return;
  }
  if (path === '/api/me') return json(response, 200, me(as));
  if (path === '/api/logout') return response.writeHead(204).end();
  const body = request.method === 'POST' ? await bodyOf(request) : {};
  const changed = /^\/api\/(grants|holds|freezes)/.exec(path)?.[1];
  if (request.method === 'POST' && changed !== undefined)
    response.on('finish', () => {
      for (const stream of streams) stream.write(`event: ${changed}\ndata: {}\n\n`);
    });
  const post = request.method === 'POST';
  if (path === '/api/evidence' && post) return answerEvidence(response, mode === 'trickle');
  const answer =
    answerLegalHolds({ post, path, body, as, empty, steppedUp }) ??
    answerAccess({ post, ...{ path, search, body, as, mode, steppedUp }, options: assertionOptions });
  if (answer !== undefined) {
    if ('problem' in answer) return problem(response, ...answer.problem);
    if ('done' in answer) return response.writeHead(204).end();
    return json(response, 200, answer.content);
  }
  if (path === '/api/passkeys' && request.method === 'GET') return json(response, 200, empty ? [] : PASSKEYS);
  if (path === '/api/passkeys/options') {
    if (as === 'newcomer')
      return problem(response, 403, 'login.stale', 'Your sign-in is too old for this', 'Sign in again.');
    return json(response, 200, {
      challenge: challenge(),
      rp: { id: 'localhost', name: 'Sallyport' },
      user: { id: challenge(), name: as, displayName: as },
      pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
    });
  }
  if (path === '/api/passkeys') {
    credentials.add(String((body.credential as { id: string }).id));
    const passkey = {
      id: `pk_${PASSKEYS.length + 1}`,
      name: String(body.name),
      createdAt: Date.now(),
      lastUsedAt: null,
      backedUp: false,
    };
    PASSKEYS.push(passkey);
    return json(response, 200, passkey);
  }
  const passkeyPath = /^\/api\/passkeys\/([^/]+)\/(rename|remove)$/.exec(path);
  if (passkeyPath !== null) {
    const at = PASSKEYS.findIndex((each) => each.id === passkeyPath[1]);
    if (passkeyPath[2] === 'remove') {
      if (!steppedUp)
        return problem(response, 403, 'stepup.required', 'Your passkey is needed', 'Confirm with your passkey.');
      PASSKEYS.splice(at, 1);
      return response.writeHead(204).end();
    }
    const found = PASSKEYS[at];
    if (found !== undefined) found.name = String(body.name);
    return json(response, 200, found);
  }
  if (path === '/api/stepup/options') return json(response, 200, assertionOptions());
  if (path === '/api/stepup') {
    steppedUp = true;
    return json(response, 200, { steppedUpAt: Date.now() });
  }
  if (path === '/api/sessions.csv')
    return response.writeHead(200, { 'content-type': 'text/csv' }).end('Person\r\nada\r\n');
  if (path === '/api/sessions') {
    const verdict = search.get('verdict');
    const risk = search.get('risk');
    const shown = SESSIONS.filter((row) => row.person.name.includes(search.get('person') ?? ''))
      .filter((row) => verdict !== 'refuse' || row.refusals > 0)
      .filter((row) => risk === null || row.highlights.some((each) => each.risk === risk));
    return json(response, 200, { sessions: empty ? [] : shown, next: null });
  }
  if (path === '/api/search/suggest')
    return json(response, 200, {
      suggestions: [
        { value: 'device.wipe', says: null },
        { value: 'iPad of Marie', says: 'd-0142' },
      ],
    });
  if (path === '/api/search') {
    if (search.get('q')?.includes('rebuilding'))
      return problem(response, 503, 'index.rebuilding', 'The index of sessions is being rebuilt', '41 % is done.');
    if (search.get('q')?.includes('approval'))
      return problem(
        response,
        403,
        'grant.required',
        'You need access for this',
        'Ask for access; somebody else approves it.',
      );
    const groups = SESSIONS.slice(0, 2).map((row) => ({
      ...{ session: row.id, person: row.person },
      hits: [
        ...EXCHANGES.slice(0, 4).map(({ sent: _sent, received: _received, took: _took, ...hit }) => ({
          ...{ ...hit, kind: 'act' as const, session: row.id },
        })),
        {
          kind: 'screen',
          at: row.startedAt,
          session: row.id,
          console: 'acme',
          page: 'pag_1',
          text: 'Devices · iPad of Marie · Wipe',
        },
      ],
    }));
    const nothing = empty || search.get('q') === 'nothing';
    return json(response, 200, {
      groups: nothing ? [] : groups,
      next: nothing ? null : '1',
      searchedTo: nothing ? null : Date.now() - 90 * 86_400_000,
      marks: ['wipe', 'marie'],
    });
  }
  if (/^\/api\/sessions\/[^/]+\/retention$/.test(path)) return json(response, 200, { deleted: null });
  const sessionPath = /^\/api\/sessions\/([^/]+)(?:\/exchanges(?:\/(.+))?)?$/.exec(path);
  const session = SESSIONS.find((each) => each.id === sessionPath?.[1]);
  if (session === undefined) return problem(response, 404, 'not.found', 'There is no such session', 'Check the link.');
  if (sessionPath?.[2] !== undefined) {
    const exchange = EXCHANGES.find((each) => each.id === sessionPath[2]);
    if (exchange === undefined)
      return problem(response, 404, 'not.found', 'There is no such request', 'Check the link.');
    return json(response, 200, detailOf(exchange));
  }
  if (!path.endsWith('/exchanges')) return json(response, 200, session);
  const kind = search.get('kind');
  const exchanges = EXCHANGES.filter((each) =>
    kind === 'acts' ? each.risk !== 'read' : kind === 'refused' ? each.verdict === 'refuse' : true,
  );
  const latestFirst = [...exchanges].sort((a, b) => b.at - a.at);
  return json(response, 200, { exchanges: empty ? [] : latestFirst, next: null });
};

/** Breaks every event stream, as a restart would. */
export const dropStreams = (): void => {
  for (const stream of streams) stream.destroy();
};

export const startMock = (port: number) => {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const nonce = randomBytes(16).toString('base64');
    response.setHeader(
      'content-security-policy',
      `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'`,
    );
    if (url.pathname.startsWith('/api/')) return void (await api(request, response, url.pathname, url.searchParams));
    if (url.pathname === '/login') {
      response.writeHead(302, { location: url.searchParams.get('to') ?? '/', 'set-cookie': 'dev-as=ada; Path=/' });
      return void response.end();
    }
    const wanted = normalize(url.pathname);
    const file = extname(wanted) === '' ? 'index.html' : wanted;
    const content = await readFile(join(DIST, file)).catch(() => null);
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    if (content === null) return void response.writeHead(404).end();
    response.end(file === 'index.html' ? content.toString().replaceAll('__NONCE__', nonce) : content);
  });
  return new Promise<typeof server>((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
};

if (import.meta.main) {
  await startMock(5180);
  console.log('http://localhost:5180/login');
}
