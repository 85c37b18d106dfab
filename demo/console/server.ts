// "Acme MDM": the console of the demo and of the tests. A plain, believable product that knows nothing of the
// gateway in front of it, and that writes down every request that reaches it. Loopback only.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { type Clock, systemClock } from '../../src/kernel/clock.ts';
import { answerError, RequestFault, redirect } from './answer.ts';
import { createAppApi } from './api/apps.ts';
import { createCatalogueApi } from './api/catalogue.ts';
import { createDeviceApi } from './api/devices.ts';
import { createAssetRoutes } from './assets.ts';
import { createLiveFeeds } from './live.ts';
import { createDashboardRoutes } from './pages/dashboard.ts';
import { createDevicePages } from './pages/devices.ts';
import { createLoginRoutes } from './pages/login.ts';
import { createOtherPages } from './pages/others.ts';
import { createUserPages } from './pages/users.ts';
import { createRequestLog, type ReceivedRequest } from './requestLog.ts';
import { createRouter, type Route } from './route.ts';
import { type ConsoleSession, createSessions } from './sessions.ts';
import { createState } from './state.ts';

export type { ReceivedRequest } from './requestLog.ts';

export interface DemoConsoleOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Where people see this console; its pages may open the live socket. */
  readonly publicOrigin: string;
  /** Gets one JSON line per request that reached the console. */
  readonly logFile?: string;
  /** The same seed gives the same fleet. */
  readonly seed?: number;
  readonly clock?: Clock;
}

export interface DemoConsole {
  readonly origin: string;
  readonly port: number;
  /** Every request, upgrade and socket message that reached the console, oldest first. */
  readonly log: readonly ReceivedRequest[];
  close(): Promise<void>;
}

/** Starts the console. Rejects when the port is taken. */
export async function startDemoConsole(options: DemoConsoleOptions): Promise<DemoConsole> {
  const clock = options.clock ?? systemClock;
  const state = createState(options.seed ?? 1, clock);
  const sessions = createSessions();
  const log = createRequestLog(clock, options.logFile);
  let origin = '';
  const live = createLiveFeeds({ state, sessions, log, origins: () => [options.publicOrigin, origin] });
  const routes: Route[] = [
    ...createAssetRoutes(),
    ...createLoginRoutes(sessions),
    ...createDashboardRoutes(state),
    ...createDevicePages(state),
    ...createUserPages(state, sessions),
    ...createOtherPages(),
    ...createDeviceApi(state),
    ...createCatalogueApi(state),
    ...createAppApi(state),
    ...live.routes,
  ];
  const route = createRouter(routes);

  async function serve(req: IncomingMessage, res: ServerResponse, body: Readable): Promise<void> {
    const target = req.url ?? '/';
    const url = target.startsWith('/') ? URL.parse(`http://console${target}`) : null;
    if (url === null) {
      await answerError(req, res, 400, 'The request target is not a path');
      return;
    }
    const session = sessions.of(req);
    const match = route(req.method ?? '', url.pathname);
    if (session === undefined && (match === undefined || match === 'method' || match.route.access !== 'open')) {
      await turnAway(req, res, url);
      return;
    }
    if (match === undefined) return await answerError(req, res, 404, 'There is nothing here');
    if (match === 'method') return await answerError(req, res, 405, 'That does not work here');
    const call = { req, res, url, body, param: (name: string) => match.params.get(name) ?? '' };
    if (match.route.access === 'open') return await match.route.handle({ ...call, session });
    if (session === undefined) return await turnAway(req, res, url);
    if (match.route.access === 'api' && match.route.method !== 'GET' && !hasCsrfToken(req, session)) {
      return await answerError(req, res, 403, 'The CSRF token is missing or wrong. Load the page again.');
    }
    await match.route.handle({ ...call, session });
  }

  async function turnAway(req: IncomingMessage, res: ServerResponse, url: URL): Promise<void> {
    if (url.pathname.startsWith('/api/')) await answerError(req, res, 401, 'Sign in first');
    else redirect(req, res, 302, `/login?next=${encodeURIComponent(url.pathname + url.search)}`);
  }

  function hasCsrfToken(req: IncomingMessage, session: ConsoleSession): boolean {
    const given = req.headers['x-csrf-token'];
    return sessions.csrfMatches(session, typeof given === 'string' ? given : undefined);
  }

  const server = createServer({ requestTimeout: 0 }, (req, res) => {
    const { entry, body } = log.request(req);
    res.on('error', () => {});
    res.once('close', () => {
      entry.status = res.headersSent ? res.statusCode : undefined;
      log.write(entry);
    });
    serve(req, res, body)
      .catch(async (fault: unknown) => {
        if (res.headersSent || res.destroyed) res.destroy();
        else if (fault instanceof RequestFault) await answerError(req, res, fault.status, fault.message);
        else await answerError(req, res, 500, 'Something went wrong');
      })
      // What no handler wanted is read and dropped, so that the connection can go on.
      .finally(() => body.resume());
  });
  // Longer than a gateway keeps idle connections, so that it is the gateway that closes them.
  server.keepAliveTimeout = 65_000;
  server.on('upgrade', live.upgrade);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  origin = `http://${options.host}:${port}`;

  return {
    origin,
    port,
    log: log.entries,
    async close() {
      live.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await log.close();
    },
  };
}
