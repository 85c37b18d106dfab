// The few things of ours that live on a console's origin, all under /.sallyport/. The console's scripts are not trusted
// and can call every one of them: nothing here signs, approves or widens anything, and all of it is about the caller's
// own session. Everything but `enter` and the two scripts needs the session.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { clearCookie, readCookie, SESSION_COOKIE } from '../../auth/session/cookie.ts';
import type { Target } from '../../kernel/action.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Console } from '../../kernel/exchange.ts';
import type { Grant } from '../../kernel/grant.ts';
import type { Hold } from '../../kernel/hold.ts';
import type { Principal } from '../../kernel/principal.ts';
import type { Session } from '../../kernel/session.ts';
import type { Verdict } from '../../kernel/verdict.ts';
import type { ShimMe } from '../../portal/contract/consolePages.ts';
import { AskGrant } from '../../portal/contract/grants.ts';
import { isStateUnavailable, type Log } from '../exchange.ts';
import { ReservedProblem, sendJson, sendProblem, setCommonHeaders } from './answer.ts';
import { readJson, requireOwnPage } from './change.ts';
import { type EnterParts, enter } from './enter.ts';
import { createEvents, type EventParts } from './events.ts';
import { type PageScripts, sendScript } from './scripts.ts';
import { grantView, holdView } from './views.ts';

type Asked = { readonly done: true; readonly grant: Grant } | { readonly done: false; readonly why: string };
type Answered = { readonly done: boolean };

export type ReservedParts = {
  readonly portalOrigin: string;
  readonly scripts: PageScripts;
  readonly sessions: {
    find(secret: string | undefined, origin: string): Promise<Verdict<Session>>;
    end(id: string, how: { by: string | null; because: 'logout' }): Promise<void>;
  };
  readonly enter: EnterParts;
  readonly grants: {
    ask(actor: Session, ask: AskTerms): Promise<Asked>;
    get(id: string): Promise<Grant | null>;
  };
  readonly holds: {
    get(id: string): Promise<Hold | null>;
    cancel(id: string, by: Session): Promise<Answered>;
  };
  /** The plain words for an action of this console on these targets; null: its pack knows no such action. */
  readonly describe: (
    console: Console,
    action: string,
    targets: readonly Target[],
  ) => { readonly title: string } | null;
  readonly may: (principal: Principal, right: 'access.ask') => boolean;
  readonly events: EventParts;
  /** Redis's clock */
  readonly clock: Clock;
  readonly log: Log;
};
export type AskTerms = {
  readonly console: string;
  readonly action: string;
  readonly targets: readonly Target[];
  readonly title: string;
  readonly reason: string;
  readonly ticket: string;
  readonly minutes: number;
  readonly uses: number;
};

export type Reserved = {
  /** Answers every request whose path begins with PREFIX. Never rejects. */
  handle(req: IncomingMessage, res: ServerResponse, console: Console): Promise<void>;
};

export const PREFIX = '/.sallyport/';
const ID = /^[A-Za-z0-9_-]{1,80}$/;
const Ask = AskGrant.strict();
const Nothing = z.strictObject({});

type Known = { readonly session: Session; readonly console: Console; readonly alive: () => Promise<boolean> };
type Call = { readonly req: IncomingMessage; readonly res: ServerResponse; readonly id: string };
type Route = {
  readonly method: 'GET' | 'POST';
  readonly run: (known: Known, call: Call) => Promise<void> | void;
};

export function createReserved(parts: ReservedParts): Reserved {
  const { portalOrigin, scripts, sessions, grants, holds, describe, may, clock, log } = parts;
  const events = createEvents(parts.events);

  /** Somebody else's is as unknown as none. */
  async function ownHold(id: string, session: Session): Promise<Hold> {
    const hold = await holds.get(id);
    if (hold === null || hold.session !== session.id) throw new ReservedProblem('not.found');
    return hold;
  }

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

  const askGrant: Route = {
    method: 'POST',
    async run({ session, console }, { req, res }) {
      const ask = await readJson(req, Ask);
      if (!may(session.principal, 'access.ask')) throw new ReservedProblem('forbidden');
      if (ask.console !== console.id) {
        throw new ReservedProblem('input.invalid', { faults: [{ at: 'console', what: 'This is another console' }] });
      }
      const words = describe(console, ask.action, ask.targets);
      if (words === null) {
        throw new ReservedProblem('input.invalid', {
          faults: [{ at: 'action', what: 'No such action is known here' }],
        });
      }
      const outcome = await grants.ask(session, { ...ask, title: words.title });
      if (outcome.done) sendJson(res, grantView(outcome.grant), 201);
      else if (outcome.why === 'session.revoked') throw new ReservedProblem('session.revoked');
      else if (outcome.why === 'too.many') {
        const title = 'You have too many requests for access open';
        throw new ReservedProblem('conflict', { title, next: 'Take some back in the portal, then ask again.' });
      } else throw new ReservedProblem('conflict');
    },
  };

  const readGrant: Route = {
    method: 'GET',
    async run({ session }, { res, id }) {
      const grant = await grants.get(id);
      if (grant === null || grant.holder.id !== session.principal.id) throw new ReservedProblem('not.found');
      sendJson(res, grantView(grant));
    },
  };

  const readHold: Route = {
    method: 'GET',
    async run({ session }, { res, id }) {
      sendJson(res, holdView(await ownHold(id, session), clock.now()));
    },
  };

  const cancelHold: Route = {
    method: 'POST',
    async run({ session }, { req, res, id }) {
      await readJson(req, Nothing);
      await ownHold(id, session);
      const outcome = await holds.cancel(id, session);
      if (!outcome.done) throw new ReservedProblem('conflict');
      res.writeHead(204).end();
    },
  };

  const watch: Route = {
    method: 'GET',
    run: ({ alive, ...known }, { req, res }) => events.open(req, res, known, alive),
  };

  /** The whole map: nothing else answers. `*` stands for one id. */
  const ROUTES: { readonly [path: string]: Route } = {
    me,
    logout,
    grants: askGrant,
    'grants/*': readGrant,
    'holds/*': readHold,
    'holds/*/cancel': cancelHold,
    events: watch,
  };

  function find(path: string): { route: Route; id: string } | null {
    const segments = path.split('/');
    const [, id = ''] = segments;
    if (segments.length > 1) {
      if (!ID.test(id)) return null;
      segments[1] = '*';
    }
    const name = segments.join('/');
    const route = Object.hasOwn(ROUTES, name) ? ROUTES[name] : undefined;
    return route === undefined ? null : { route, id };
  }

  async function answer(req: IncomingMessage, res: ServerResponse, console: Console): Promise<void> {
    const [path = '', query = ''] = splitOnce((req.url ?? '').slice(PREFIX.length), '?');
    const reads = req.method === 'GET' || req.method === 'HEAD';
    if (path === 'shim.js' || path === 'page.js') {
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
    const found = find(path);
    if (found === null) throw new ReservedProblem('not.found');
    if (req.method !== found.route.method) throw new ReservedProblem('method.wrong');
    const site = req.headers['sec-fetch-site'];
    if (found.route.method === 'POST') requireOwnPage(req, console);
    else if (site !== undefined && site !== 'same-origin' && site !== 'none') throw new ReservedProblem('csrf');
    const alive = async () => (await stands()).go;
    await found.route.run({ session: session.value, console, alive }, { req, res, id: found.id });
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
