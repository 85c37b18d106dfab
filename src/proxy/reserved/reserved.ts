// The few things of ours that live on a console's origin, all under /.sallyport/. The console's scripts are not trusted
// and can call every one of them: nothing here signs, approves or widens anything, and all of it is about the caller's
// own session. Everything but `enter` and the scripts needs the session.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { clearCookie, readCookie, SESSION_COOKIE } from '../../auth/session/cookie.ts';
import type { Console } from '../../kernel/exchange.ts';
import type { Principal } from '../../kernel/principal.ts';
import type { Session } from '../../kernel/session.ts';
import type { Verdict } from '../../kernel/verdict.ts';
import type { ShimMe } from '../../portal/contract/consolePages.ts';
import { isStateUnavailable, type Log } from '../exchange.ts';
import { ReservedProblem, sendJson, sendProblem, setCommonHeaders } from './answer.ts';
import { requireOwnPage } from './change.ts';
import { type EnterParts, enter } from './enter.ts';
import { createEvents, type EventParts } from './events.ts';
import { type GrantRouteParts, grantRoutes } from './grantRoutes.ts';
import { type HoldRouteParts, holdRoutes } from './holdRoutes.ts';
import { type PageRouteParts, pageRoutes } from './pageRoute.ts';
import { type PreflightParts, preflightRoutes } from './preflight.ts';
import { type RecordRouteParts, recordRoutes } from './recordRoute.ts';
import { findRoute, type Route, type Routes } from './route.ts';
import { type PageScripts, sendScript } from './scripts.ts';

export type ReservedParts = GrantRouteParts &
  HoldRouteParts & {
    readonly portalOrigin: string;
    readonly scripts: PageScripts;
    readonly sessions: {
      find(secret: string | undefined, origin: string): Promise<Verdict<Session>>;
      end(id: string, how: { by: string | null; because: 'logout' }): Promise<void>;
    };
    readonly enter: EnterParts;
    readonly preflight: Omit<PreflightParts, 'portalOrigin' | 'clock' | 'log'>;
    readonly may: (principal: Principal, right: 'access.ask') => boolean;
    readonly events: EventParts;
    /** what pages look like, on its way into the recording */
    readonly pages: PageRouteParts['pages'];
    readonly recordDom: RecordRouteParts['recordDom'];
    /** of the recording's lines */
    readonly recordClock: RecordRouteParts['clock'];
    readonly log: Log;
  };

export type Reserved = {
  /** Answers every request whose path begins with PREFIX. Never rejects. */
  handle(req: IncomingMessage, res: ServerResponse, console: Console): Promise<void>;
};

export const PREFIX = '/.sallyport/';

export function createReserved(parts: ReservedParts): Reserved {
  const { portalOrigin, scripts, sessions, may, clock, log } = parts;
  const events = createEvents(parts.events);

  const me: Route = {
    method: 'GET',
    run({ session, console }, { res }) {
      const view: ShimMe = {
        person: { name: session.principal.name },
        console: { id: console.id, name: console.name },
        portal: portalOrigin,
        may: { ask: may(session.principal, 'access.ask') },
        steppedUpAt: session.steppedUpAt,
      };
      sendJson(res, view);
    },
  };

  const logout: Route = {
    method: 'POST',
    async run({ session }, { res }) {
      await sessions.end(session.id, { by: session.principal.id, because: 'logout' });
      res.setHeader('Set-Cookie', clearCookie(SESSION_COOKIE));
      res.writeHead(204).end();
    },
  };

  const watch: Route = {
    method: 'GET',
    run: ({ alive, ...known }, { req, res }) => events.open(req, res, known, alive),
  };

  /** The whole map: nothing else answers. */
  const ROUTES: Routes = {
    me,
    logout,
    ...grantRoutes(parts),
    ...holdRoutes(parts),
    ...preflightRoutes({ ...parts.preflight, portalOrigin, clock, log }),
    events: watch,
    ...pageRoutes(parts),
    ...recordRoutes({ pages: parts.pages, recordDom: parts.recordDom, clock: parts.recordClock }),
  };

  async function answer(req: IncomingMessage, res: ServerResponse, console: Console): Promise<void> {
    const [path = '', query = ''] = splitOnce((req.url ?? '').slice(PREFIX.length), '?');
    const reads = req.method === 'GET' || req.method === 'HEAD';
    if (path === 'shim.js' || path === 'page.js' || path === 'recorder.js') {
      if (!reads) throw new ReservedProblem('method.wrong');
      sendScript(req, res, scripts[path], query);
      return;
    }
    if (path === 'enter') {
      if (req.method !== 'GET') throw new ReservedProblem('method.wrong');
      return enter(parts.enter, req, res, console, query);
    }
    const secret = readCookie(req.headers.cookie, SESSION_COOKIE);
    if (!secret.go) throw new ReservedProblem(secret.reason);
    const stands = () => sessions.find(secret.value, console.origin);
    const session = await stands();
    if (!session.go) throw new ReservedProblem(session.reason);
    const found = findRoute(ROUTES, path);
    if (found === null) throw new ReservedProblem('not.found');
    if (req.method !== found.route.method) throw new ReservedProblem('method.wrong');
    const site = req.headers['sec-fetch-site'];
    if (found.route.method === 'POST') requireOwnPage(req, console);
    else if (site !== undefined && site !== 'same-origin' && site !== 'none') throw new ReservedProblem('csrf');
    const alive = async () => (await stands()).go;
    await found.route.run({ session: session.value, console, alive }, { req, res, id: found.id, query });
  }

  return {
    async handle(req, res, console) {
      setCommonHeaders(res);
      try {
        await answer(req, res, console);
      } catch (error) {
        if (res.headersSent || res.destroyed) {
          res.destroy();
          return;
        }
        // What is left of a body that was not read must not become the next request.
        if (!req.complete) res.setHeader('Connection', 'close');
        if (error instanceof ReservedProblem) {
          sendProblem(res, error.reason, error.more);
        } else if (isStateUnavailable(error)) {
          sendProblem(res, 'state.unavailable');
        } else {
          log.error({ error: error instanceof Error ? error.message : 'unknown' }, 'a reserved path failed');
          sendProblem(res, 'gateway.failed');
        }
      }
    },
  };
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
