// The portal's host, as an express app: headers, who calls, CSRF, the routes, the front end, and the one place where errors
// are answered. Routes come in from outside; nothing here knows what they do.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import express, { type ErrorRequestHandler, type Express, type Request, type Response, type Router } from 'express';
import helmet from 'helmet';
import { newSecret } from '../kernel/ids.ts';
import { ENDPOINTS } from './api/endpoints.ts';
import { createGate, type GateViewing } from './api/gate.ts';
import { type FindSession, identify, type May } from './authenticate.ts';
import { guardChanges } from './csrf.ts';
import { renderMessagePage } from './messagePage.ts';
import {
  noSuchApi,
  numberRequests,
  PortalProblem,
  problemBody,
  problemFor,
  requestIdOf,
  sendProblem,
} from './problem.ts';

export type PortalAppDeps = {
  /** `https://access.example.com` */
  readonly portalOrigin: string;
  /** the only one that the portal shows frames of; absent: none */
  readonly replayOrigin?: string | undefined;
  readonly sessions: FindSession;
  readonly may: May;
  /** without it nobody gets a right by a grant, and no reasons are asked for */
  readonly viewing?: GateViewing;
  /** in order; each names whole paths: `/api/...`, `/login`, ... */
  readonly routes: readonly Router[];
  /** the built front end: index.html and assets/ */
  readonly staticDir: string;
  readonly log: { error(facts: object, message: string): void };
};

const MAX_JSON = 64 * 1024;
/** What the front end shows a page for; everything else is its own not-found page, with 404. */
const PAGES =
  /^\/(?:access|approvals(?:\/(?:hold\/)?[^/]+)?|operate|passkeys|review|search|sessions(?:\/[^/]+(?:\/replay)?)?|sign\/[^/]+|stepup|signed-out)?$/;
/** Paths that answer without the front end, and need to know who calls. */
const SIGN_IN = ['/login', '/callback', '/handoff'];
/** An open event stream is not use: otherwise a page left open would never time out. */
const QUIET = ['/api/events'];

export function createPortalApp({
  portalOrigin,
  replayOrigin,
  sessions,
  may,
  viewing,
  routes,
  staticDir,
  log,
}: PortalAppDeps): Express {
  const app = express();
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.set('case sensitive routing', true);

  app.use(numberRequests, (_req, res, next) => {
    res.locals.nonce = newSecret();
    next();
  });
  app.use(securityHeaders(portalOrigin, replayOrigin));
  app.use(refuseFrames);

  const who = identify(sessions, portalOrigin, QUIET);
  // Built assets are kept for good: their names change with their content.
  const fixed = { index: false, redirect: false, fallthrough: true, dotfiles: 'ignore' as const };
  app.use('/assets', express.static(join(staticDir, 'assets'), { ...fixed, immutable: true, maxAge: '1y' }));
  // Everything else is not kept: pages hold nonces, answers hold people's data.
  app.use((_req, res, next) => {
    res.setHeader('Cache-Control', 'no-store');
    next();
  });
  app.use((req, res, next) =>
    req.path.startsWith('/api/') || SIGN_IN.includes(req.path) ? who(req, res, next) : next(),
  );
  app.use(guardChanges(portalOrigin));
  app.use('/api', express.json({ limit: MAX_JSON, type: 'application/json', inflate: false }));
  app.use('/api', createGate(ENDPOINTS, may, viewing));
  for (const router of routes) app.use(router);
  app.use('/api', noSuchApi);

  app.use(express.static(staticDir, { ...fixed, etag: false, cacheControl: false }));
  app.use(async (req, res) => {
    const page = PAGES.test(req.path);
    // A missing asset must not be answered with a page: a script tag would run into it.
    if (req.path.startsWith('/assets/') || (!page && !req.accepts('html'))) throw new PortalProblem('not.found');
    const html = await readFile(join(staticDir, 'index.html'), 'utf8').catch(() => null);
    if (html === null) throw new Error('the front end is not built: index.html is missing');
    res.status(page ? 200 : 404).type('html');
    res.send(html.replaceAll('__NONCE__', nonceOf(res)));
  });

  const answerError: ErrorRequestHandler = (error, req, res, next) => {
    if (res.headersSent) return next(error);
    const { problem, failure } = problemFor(error);
    if (failure)
      log.error(
        {
          request: requestIdOf(res),
          path: req.path.slice(0, 200),
          error: error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 500) : 'unknown',
        },
        'portal request failed',
      );
    res.setHeader('Cache-Control', 'no-store');
    if (req.path.startsWith('/api/') || !req.accepts('html')) sendProblem(res, problem);
    else sendPage(req, res, problem);
  };
  app.use(answerError);
  return app;
}

const nonceOf = (res: { readonly locals?: { readonly nonce?: unknown } }): string => String(res.locals?.nonce ?? '');

function securityHeaders(portalOrigin: string, replayOrigin: string | undefined) {
  const self = ["'self'"];
  const none = ["'none'"];
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: none,
        scriptSrc: self,
        styleSrc: [...self, (_req, res) => `'nonce-${nonceOf(res as unknown as Response)}'`],
        imgSrc: [...self, 'data:'],
        connectSrc: self,
        fontSrc: self,
        frameAncestors: none,
        baseUri: none,
        formAction: self,
        // Recorded pages are rebuilt there, and nowhere here.
        ...(replayOrigin === undefined ? {} : { frameSrc: [replayOrigin] }),
      },
    },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: portalOrigin.startsWith('https:')
      ? { maxAge: 31_536_000, includeSubDomains: false }
      : false,
  });
}

/** Nothing of the portal is ever shown inside another page, whatever the browser thinks of frame-ancestors. */
const refuseFrames: express.RequestHandler = (req, _res, next) => {
  if (['iframe', 'frame', 'embed', 'object', 'fencedframe'].includes(String(req.headers['sec-fetch-dest'])))
    throw new PortalProblem('forbidden', { detail: 'The portal is not shown inside other pages.' });
  next();
};

function sendPage(req: Request, res: Response, problem: PortalProblem): void {
  const body = problemBody(problem, requestIdOf(res));
  const signIn = SIGN_IN.includes(req.path);
  const passing = body.status === 503 && req.path !== '/callback';
  const again = passing ? req.originalUrl : '/login';
  res.status(body.status).setHeader('X-Sallyport-Refused', problem.reason);
  if (body.status === 503) res.setHeader('Retry-After', '5');
  res.type('html').send(
    renderMessagePage({
      status: body.status,
      title: body.title,
      next: body.next ?? '',
      nonce: nonceOf(res),
      request: requestIdOf(res),
      link: signIn ? { href: again, text: passing ? 'Try again' : 'Sign in' } : { href: '/', text: 'Open the portal' },
      ...(passing ? { retryAfter: 5 } : {}),
    }),
  );
}
