// People of the demo at the front door: signed in through the identity provider, with a passkey of their own, doing what
// the portal's and the console's pages do.
import type { GrantView } from '../../src/portal/contract/grants.ts';
import type { Me } from '../../src/portal/contract/me.ts';
import { type Authenticator, type CreationOptions, createAuthenticator, type RequestOptions } from './authenticator.ts';
import { consoleToken, openConsole, type Stack, signIn, unlessBusy } from './stack.ts';
import { type Answer, createUserAgent, type UserAgent } from './userAgent.ts';

type Where = Pick<Stack, 'addresses'>;
export type Asking = {
  console?: string;
  action?: string;
  targets?: { kind: string; id: string }[];
  reason?: string;
  ticket?: string;
  minutes?: number;
  uses?: number;
};

export type Person = {
  readonly agent: UserAgent;
  readonly authenticator: Authenticator;
  me(): Promise<Me>;
  /** GET of the portal's API */
  read(path: string): Promise<Answer>;
  /** POST to the portal's API, as its pages do */
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  enrol(name?: string): Promise<Answer>;
  /** Asks for options at `path`/options, answers with the passkey at `path` or `last`. */
  sign(path: string, last: string, body?: object): Promise<Answer>;
  stepUp(): Promise<Answer>;
  ask(asking?: Asking): Promise<Answer>;
  approve(grant: string, terms?: { minutes: number; uses: number }): Promise<Answer>;
  signHold(hold: string): Promise<Answer>;
  askHold(hold: string, reason?: string): Promise<Answer>;
  /** Another person's signature on the very request. */
  approveHold(hold: string): Promise<Answer>;
  /** A call of the console's pages: with its CSRF token, when it changes something. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Signs in to the console itself. */
  enterConsole(): Promise<void>;
};

export const device = (id: string) => ({ kind: 'device', id });

/** Signs in. @param authenticator the same one for a second session of the same person */
export async function person(
  stack: Where,
  login: string,
  authenticator: Authenticator = createAuthenticator(stack.addresses.portal),
): Promise<Person> {
  const { portal, console } = stack.addresses;
  const agent = await signIn(stack, login, createUserAgent());
  let token = '';
  const me = async () => (await unlessBusy(() => agent.call(`${portal}/api/me`, 'GET'))).json<Me>();
  const { csrf } = await me();
  const post: Person['post'] = (path, body = {}, headers = {}) =>
    agent.call(`${portal}${path}`, 'POST', body, { 'x-sallyport-csrf': csrf, ...headers });
  const sign: Person['sign'] = async (path, last, body = {}) => {
    const options = await post(`${path}/options`, body);
    if (options.status !== 200) return options;
    return post(last, { ...body, assertion: authenticator.get(options.json<RequestOptions>()) });
  };
  return {
    agent,
    authenticator,
    me,
    read: (path) => agent.call(`${portal}${path}`, 'GET'),
    post,
    sign,
    async enrol(name = `${login}'s key`) {
      const options = await post('/api/passkeys/options');
      if (options.status !== 200) return options;
      return post('/api/passkeys', { name, credential: authenticator.create(options.json<CreationOptions>()) });
    },
    stepUp: () => sign('/api/stepup', '/api/stepup'),
    ask: ({ action = 'device.wipe', ...asking } = {}) =>
      post('/api/grants', {
        console: 'acme',
        actions: [action],
        targets: [device('d-0142')],
        reason: 'Lost in a taxi',
        ticket: 'MDM-4711',
        minutes: 15,
        uses: 1,
        ...asking,
      }),
    approve: (grant, terms = { minutes: 15, uses: 1 }) =>
      sign(`/api/grants/${grant}/approve`, `/api/grants/${grant}/approve`, terms),
    signHold: (hold) => sign(`/api/holds/${hold}`, `/api/holds/${hold}/sign`),
    askHold: (hold, reason = 'The whole van was stolen') =>
      post(`/api/holds/${hold}/ask`, { reason, ticket: 'MDM-4711' }),
    approveHold: (hold) => sign(`/api/holds/${hold}`, `/api/holds/${hold}/approve`),
    async enterConsole() {
      await openConsole(stack, agent, login);
      token = await consoleToken(stack, agent);
    },
    call: (method, path, body, headers = {}) =>
      agent.call(`${console}${path}`, method, body, {
        ...(method === 'GET' || method === 'HEAD' ? {} : { 'x-csrf-token': token }),
        ...headers,
      }),
  };
}

/** Signed in, with a passkey, and in the console. */
export async function admin(stack: Where, login: 'ada' | 'olga'): Promise<Person> {
  const someone = await person(stack, login);
  expectStatus(await someone.enrol(), 200);
  await someone.enterConsole();
  return someone;
}

/** Signed in, with a passkey. */
export async function approver(stack: Where, login: 'grace' | 'olga' = 'grace'): Promise<Person> {
  const someone = await person(stack, login);
  expectStatus(await someone.enrol(), 200);
  return someone;
}

/** Asks, and has it approved: a grant that is active. */
export async function granted(holder: Person, by: Person, asking: Asking = {}): Promise<GrantView> {
  const { id } = expectStatus(await holder.ask(asking), 201).json<GrantView>();
  const terms = { minutes: asking.minutes ?? 15, uses: asking.uses ?? 1 };
  return expectStatus(await by.approve(id, terms), 200).json<GrantView>();
}

function expectStatus(answer: Answer, status: number): Answer {
  if (answer.status !== status)
    throw new Error(`${answer.url}: ${answer.status} instead of ${status}: ${answer.text().slice(0, 400)}`);
  return answer;
}
