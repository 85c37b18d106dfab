// One address under the reserved prefix: what a handler gets, and the map that finds it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Console } from '../../kernel/exchange.ts';
import type { Session } from '../../kernel/session.ts';

export type Known = {
  readonly session: Session;
  readonly console: Console;
  /** asks again whether the session still stands */
  readonly alive: () => Promise<boolean>;
};
export type Call = {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** the one id in the path; '' where there is none */
  readonly id: string;
  readonly query: string;
};
export type Route = {
  readonly method: 'GET' | 'POST';
  readonly run: (known: Known, call: Call) => Promise<void> | void;
};

/** By path; `*` stands for one id. */
export type Routes = { readonly [path: string]: Route };

const ID = /^[A-Za-z0-9_-]{1,80}$/;

export function findRoute(routes: Routes, path: string): { readonly route: Route; readonly id: string } | null {
  const segments = path.split('/');
  const [, id = ''] = segments;
  if (segments.length > 1) {
    if (!ID.test(id)) return null;
    segments[1] = '*';
  }
  const name = segments.join('/');
  const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
  return route === undefined ? null : { route, id };
}
