// The route table: pattern and method to handler, and who may come in. A route is closed unless it says 'open'.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { ConsoleSession } from './sessions.ts';

export interface Call {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly url: URL;
  readonly body: Readable;
  readonly session: ConsoleSession;
  /** A named part of the path, decoded. */
  param(name: string): string;
}

export type OpenCall = Omit<Call, 'session'> & { readonly session: ConsoleSession | undefined };

export type Route = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** `/api/devices/:id` */
  readonly path: string;
} & (
  | { readonly access: 'page' | 'api'; readonly handle: (call: Call) => Promise<void> | void }
  | { readonly access: 'open'; readonly handle: (call: OpenCall) => Promise<void> | void }
);

export interface Match {
  readonly route: Route;
  readonly params: ReadonlyMap<string, string>;
}

function compile(path: string): RegExp {
  return new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)').replace(/\*$/, '(?<rest>.+)')}$`);
}

/** A finder over the routes; the first that fits wins. HEAD finds GET. Answers 'method' when only the method is wrong. */
export function createRouter(routes: readonly Route[]) {
  const table = routes.map((route) => ({ route, pattern: compile(route.path) }));
  return (method: string, pathname: string): Match | 'method' | undefined => {
    const wanted = method === 'HEAD' ? 'GET' : method;
    let otherMethod = false;
    for (const { route, pattern } of table) {
      const found = pattern.exec(pathname);
      if (found === null) continue;
      if (route.method !== wanted) {
        otherMethod = true;
        continue;
      }
      const params = new Map<string, string>();
      for (const [name, value] of Object.entries(found.groups ?? {})) {
        try {
          params.set(name, decodeURIComponent(value));
        } catch {
          return undefined;
        }
      }
      return { route, params };
    }
    return otherMethod ? 'method' : undefined;
  };
}
