// The demo IdP: a real OpenID provider whose sign-in page is one click per person. For the demo and tests only: it
// has no passwords, so it must never listen anywhere but on loopback.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Provider } from 'oidc-provider';
import { type Clock, systemClock } from '../../src/kernel/clock.ts';
import { findDemoPerson } from '../people.ts';
import { type IdpPage, renderErrorPage, renderSignInPage } from './pages.ts';
import { createDemoProvider } from './provider.ts';

export interface DemoIdpOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** The issuer, or how to make it from the port. Without one: `http://<host>:<port>`. */
  readonly issuer?: string | ((port: number) => string);
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUris: readonly string[];
  readonly clock?: Clock;
}

export interface DemoIdp {
  readonly issuer: string;
  readonly port: number;
  close(): Promise<void>;
}

const MAX_FORM_BYTES = 4096;

function send(res: ServerResponse, status: number, page: IdpPage): void {
  res.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': page.policy,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
  });
  res.end(page.html);
}

async function readForm(req: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const chunk of req) {
    text += String(chunk);
    if (text.length > MAX_FORM_BYTES) throw new Error('form too large');
  }
  return new URLSearchParams(text);
}

async function interact(provider: Provider, req: IncomingMessage, res: ServerResponse): Promise<void> {
  let details: Awaited<ReturnType<Provider['interactionDetails']>>;
  try {
    details = await provider.interactionDetails(req, res);
  } catch {
    send(res, 400, renderErrorPage('This sign-in has ended', 'Go back to where you came from and start again.'));
    return;
  }
  if (details.prompt.name !== 'login') {
    await provider.interactionFinished(req, res, { consent: {} });
    return;
  }
  if (req.method === 'POST') {
    const form = await readForm(req);
    if (form.has('cancel')) {
      await provider.interactionFinished(req, res, { error: 'access_denied', error_description: 'Sign-in cancelled' });
      return;
    }
    const person = findDemoPerson(form.get('person') ?? '');
    if (person !== undefined) {
      await provider.interactionFinished(req, res, { login: { accountId: person.sub, remember: true } });
      return;
    }
  }
  const current = details.session === undefined ? undefined : findDemoPerson(details.session.accountId);
  send(res, 200, renderSignInPage(`/interaction/${details.uid}`, current));
}

/** Starts the IdP. Rejects when the port is taken. */
export async function startDemoIdp(options: DemoIdpOptions): Promise<DemoIdp> {
  let handle: (req: IncomingMessage, res: ServerResponse) => Promise<void> = async (_req, res) => {
    res.writeHead(503).end();
  };
  const server = createServer((req, res) => {
    handle(req, res).catch(() => {
      if (res.headersSent) res.destroy();
      else send(res, 500, renderErrorPage('Something went wrong', 'Start the sign-in again.'));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const issuer =
    typeof options.issuer === 'function' ? options.issuer(port) : (options.issuer ?? `http://${options.host}:${port}`);

  const { clientId, clientSecret, redirectUris } = options;
  const clock = options.clock ?? systemClock;
  const provider = createDemoProvider({ issuer, clientId, clientSecret, redirectUris, clock });
  const callback = provider.callback();
  const issuerHost = new URL(issuer).host;
  handle = async (req, res) => {
    // oidc-provider builds endpoint addresses from Host. A back channel may come by 127.0.0.1 where *.localhost does not
    // resolve; the addresses it is told must still be the issuer's.
    req.headers.host = issuerHost;
    if (req.url?.startsWith('/interaction/')) await interact(provider, req, res);
    else if (req.url === '/' || req.url === '/favicon.ico')
      send(res, 404, renderErrorPage('Acme Sign-in', 'Nothing to see here. Start from the portal.'));
    else await callback(req, res);
  };

  return {
    issuer,
    port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
