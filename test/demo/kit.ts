// What the demo console's tests share: a console of their own, and a client that is signed in to it.

import { type DemoConsole, startDemoConsole } from '../../demo/console/server.ts';

export const PUBLIC_ORIGIN = 'http://console.localhost:8080';

export function startConsole(logFile?: string): Promise<DemoConsole> {
  return startDemoConsole({
    host: '127.0.0.1',
    port: 0,
    publicOrigin: PUBLIC_ORIGIN,
    ...(logFile === undefined ? {} : { logFile }),
  });
}

export interface SignedIn {
  readonly cookie: string;
  readonly csrf: string;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  act(method: string, path: string, body?: unknown): Promise<Response>;
}

export async function signIn(origin: string): Promise<SignedIn> {
  const answer = await fetch(`${origin}/login`, {
    method: 'POST',
    body: new URLSearchParams({ user: 'demo', password: 'demo', next: '/devices' }),
    redirect: 'manual',
  });
  const cookie = (answer.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '';
  const page = await (await fetch(`${origin}/devices`, { headers: { cookie } })).text();
  const csrf = /<meta name="csrf-token" content="([^"]+)"/.exec(page)?.[1] ?? '';
  if (csrf === '') throw new Error('no CSRF token on the page: the sign-in failed');
  return {
    cookie,
    csrf,
    get: (path, headers = {}) => fetch(origin + path, { headers: { cookie, ...headers }, redirect: 'manual' }),
    act: (method, path, body) =>
      fetch(origin + path, {
        method,
        redirect: 'manual',
        headers: {
          cookie,
          'x-csrf-token': csrf,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  };
}
