// The whole thing for front-door tests: identity provider, console, gateway with its embedded Redis, in this process, on
// ports of its own; and people who sign in to it with a software authenticator.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Demo, startDemo } from '../../demo/run.ts';
import { createUserAgent, type UserAgent } from './userAgent.ts';

export type Stack = Demo & { readonly dataDir: string; readonly port: number };

const free = (port: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });

/** A port such that it, it + 10 and it + 11 are free (demo/run.ts). */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    const port = await free(0);
    if (port && port < 65_000 && (await free(port + 10)) && (await free(port + 11))) return port;
  }
  throw new Error('no free ports');
}

/**
 * @param settings more lines for the gateway's configuration, such as `session: { idle: 2s }`
 * @param consoles more consoles at this port, as lines of its list
 */
export async function startStack(settings = '', consoles: (port: number) => string = () => ''): Promise<Stack> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sp-'));
  const port = await freePort();
  const demo = await startDemo({ port, dataDir, settings, consoles: consoles(port) });
  return {
    ...demo,
    dataDir,
    port,
    async close() {
      await demo.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Signs a person in at the portal through the identity provider's page. */
export async function signIn(
  stack: Pick<Stack, 'addresses'>,
  login: string,
  agent: UserAgent = createUserAgent(),
): Promise<UserAgent> {
  await unlessBusy(async () => {
    const page = await agent.visit(`${stack.addresses.portal}/login?to=/`);
    return page.status === 503 ? page : choosePerson(agent, page, login);
  });
  return agent;
}

/**
 * The gateway refuses with 503 as long as it has not heard from Redis for a moment, as it must (tests of that look themselves);
 * a machine with too much to do makes such moments, and whoever only sets the scene waits until they are over.
 */
export async function unlessBusy<A extends { readonly status: number }>(ask: () => Promise<A>): Promise<A> {
  for (let tries = 0; ; tries += 1) {
    const answer = await ask();
    if (answer.status !== 503 || tries === 40) return answer;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** Opens a console through the gateway, signing in on the way when needed, and logs in to the console itself. */
export async function openConsole(stack: Pick<Stack, 'addresses'>, agent: UserAgent, login?: string): Promise<void> {
  let page = await agent.visit(`${stack.addresses.console}/login`);
  if (page.url.startsWith(stack.addresses.idp)) {
    if (!login) throw new Error('nobody is signed in');
    page = await choosePerson(agent, page, login);
  }
  if (page.status !== 200 || !page.url.startsWith(stack.addresses.console))
    throw new Error(`the console did not open: ${page.status} at ${page.url}`);
  await agent.submit(`${stack.addresses.console}/login`, { next: '/', user: 'demo', password: 'demo' });
}

export async function choosePerson(agent: UserAgent, page: { url: string; text(): string }, login: string) {
  const action = /<form method="post" action="([^"]+)"/.exec(page.text())?.[1];
  if (!action) throw new Error(`no sign-in form at ${page.url}: ${page.text().slice(0, 300)}`);
  return agent.submit(new URL(action, page.url).href, { person: login });
}

/** The console's CSRF token of this agent's console session. */
export async function consoleToken(stack: Pick<Stack, 'addresses'>, agent: UserAgent): Promise<string> {
  const page = await agent.visit(`${stack.addresses.console}/devices`);
  return /name="csrf-token" content="([^"]+)"/.exec(page.text())?.[1] ?? '';
}
