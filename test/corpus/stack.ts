// The real gateway for the corpus: wire.ts with its embedded Redis, the corpus's pack and policies, an identity provider that
// signs what it is told, and a raw upstream. People sign in, enrol, step up, ask and approve as in real life.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUNDLED, loadConfig } from '../../src/config/load.ts';
import type { GrantView } from '../../src/portal/contract/grants.ts';
import { createRedisClient } from '../../src/redis/client.ts';
import { createKeys } from '../../src/redis/keys.ts';
import { startGateway } from '../../src/wire.ts';
import { type FakeIdp, startFakeIdp, type Token } from '../auth/fakeIdp.ts';
import {
  type Authenticator,
  type CreationOptions,
  createAuthenticator,
  type RequestOptions,
} from '../kit/authenticator.ts';
import { type PassTime, passTime } from '../kit/passTime.ts';
import { type RawUpstream, startRawUpstream } from '../kit/rawUpstream.ts';
import { type Answer, createUserAgent, type UserAgent } from '../kit/userAgent.ts';

export const HOST = 'mdm.corp.test';
export const PORTAL = 'https://gate.corp.test';
export const CONSOLE = `https://${HOST}`;
export const COOKIE = '__Host-sallyport';

/** Contexts of the corpus: login, groups, and what they hold. */
const PEOPLE = {
  reader: { login: 'alice', groups: ['mdm-admins'], holds: null },
  wiper: { login: 'bob', groups: ['mdm-admins'], holds: { action: 'device.wipe', ids: ['42'] } },
  bulkwiper: { login: 'carol', groups: ['mdm-admins'], holds: { action: 'device.wipe.bulk', ids: ['1', '2', '3'] } },
  approver: { login: 'dave', groups: ['mdm-approvers'], holds: null },
} as const;
export type Context = keyof typeof PEOPLE;
/** The corpus's cookies name sessions by these words. */
const WORDS: Readonly<Record<string, Context>> = {
  READER: 'reader',
  WIPER: 'wiper',
  BULK: 'bulkwiper',
  APPROVER: 'approver',
};
const USES = 100;

export type Member = {
  readonly agent: UserAgent;
  readonly authenticator: Authenticator;
  readonly csrf: string;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  read(path: string): Promise<Answer>;
  enrol(): Promise<Answer>;
  /** options at `path`/options, answered with the passkey at `last` */
  sign(path: string, last: string, body?: object): Promise<Answer>;
};

export type CorpusStack = {
  readonly port: number;
  readonly dataDir: string;
  readonly upstream: RawUpstream;
  readonly idp: FakeIdp;
  readonly members: ReadonlyMap<Context, Member>;
  /** Goes through the portal's sign-in. @param login the subject at the identity provider */
  signIn(login: string, groups: readonly string[], token?: Token, agent?: UserAgent): Promise<Member>;
  newAgent(): UserAgent;
  /** The Cookie header that a context brings to the console; undefined: none. */
  cookieOf(ctx: string): string | undefined;
  /** The corpus's cookies, as the product calls them. */
  withOurCookies(text: string): string;
  /** Makes sure that this many acts of every context are granted. */
  refill(acts?: number): Promise<void>;
  /** A new session and grant for a context whose own was ended by a case. */
  renew(ctx: Context): Promise<void>;
  /** As renew, with what the context holds. */
  renewAll(ctx: Context): Promise<void>;
  /** The context's person gives back all access that is active. */
  endGrants(ctx: Context): Promise<void>;
  /** The time of all access that is active is over. */
  expireGrants(ctx: Context): Promise<void>;
  readonly time: PassTime;
  /** a command to the gateway's embedded Redis */
  redis(name: string, ...args: string[]): Promise<unknown>;
  /** Every challenge that waits for a passkey is too old now. */
  lapseChallenges(): Promise<void>;
  loginWas(member: Member, ago: number): Promise<void>;
  /** all events of the journal, as they are stored */
  journal(): Promise<readonly string[]>;
  portal(path: string): string;
  csrfOf(ctx: Context): Promise<Record<string, string>>;
  /** asks as the context's person and has it approved */
  grant(ctx: Context, action: string, ids: readonly string[], uses: number): Promise<GrantView>;
  askOf(member: Member, action: string, ids: readonly string[], more?: object): Promise<Answer>;
  approve(id: string, terms: { minutes: number; uses: number }, by?: Member): Promise<Answer>;
  logLines(): readonly string[];
  close(): Promise<void>;
};

export async function startCorpusStack(): Promise<CorpusStack> {
  const dataDir = mkdtempSync(join(tmpdir(), 'spc-'));
  const upstream = await startRawUpstream();
  const idp = await startFakeIdp(`${PORTAL}/callback`);
  writeFolders(dataDir);
  const file = join(dataDir, 'sallyport.yaml');
  writeFileSync(file, configText(idp.issuer, upstream.origin));
  const lines: string[] = [];
  const write = (level: string) => (facts: object, message: string) =>
    void lines.push(JSON.stringify({ level, message, ...facts }));
  const log = { info: write('info'), warn: write('warn'), error: write('error') };
  const config = loadConfig(file, { CORPUS_SECRET: idp.client.secret });
  const gateway = await startGateway(config, log as never);
  const { port } = gateway;
  const newAgent = () => createUserAgent({ host: '127.0.0.1', port });

  const signIn: CorpusStack['signIn'] = async (login, groups, token = {}, agent = newAgent()) => {
    const out = await agent.send(`${PORTAL}/login?fresh=1`, { navigate: true });
    const claims = { sub: login, name: login, groups, ...token.claims };
    const back = idp.answer(String(out.headers.location), { ...token, claims });
    const came = await agent.send(back.href, { navigate: true });
    if (came.status !== 302) throw new Error(`${login} could not sign in: ${came.status}`);
    return memberOf(agent, createAuthenticator(PORTAL));
  };

  const members = new Map<Context, Member>();
  const left = new Map<Context, number>();
  const cookies = new Map<string, string>();
  const enter = async (ctx: Context, member: Member): Promise<void> => {
    members.set(ctx, member);
    if (ctx === 'approver') return void cookies.set(ctx, member.agent.cookiesOf('gate.corp.test').get(COOKIE) ?? '');
    // The hand-off: console, portal, console.
    await member.agent.visit(`${CONSOLE}/api/v1/devices`);
    const secret = member.agent.cookiesOf(HOST).get(COOKIE);
    if (secret === undefined) throw new Error(`${ctx} did not come into the console`);
    cookies.set(ctx, secret);
  };
  const must = (answer: Answer, status: number): Answer => {
    if (answer.status !== status) throw new Error(`${answer.url}: ${answer.status}: ${answer.text().slice(0, 300)}`);
    return answer;
  };
  const askOf: CorpusStack['askOf'] = (member, action, ids, more = {}) =>
    member.post('/api/grants', {
      console: 'corpus',
      actions: [action],
      targets: ids.map((id) => ({ kind: 'device', id })),
      reason: 'The corpus says that they may',
      minutes: 60,
      uses: 1,
      ...more,
    });
  const approve: CorpusStack['approve'] = (id, terms, by = members.get('approver')) => {
    if (by === undefined) throw new Error('nobody approves');
    return by.sign(`/api/grants/${id}/approve`, `/api/grants/${id}/approve`, terms);
  };
  const grant: CorpusStack['grant'] = async (ctx, action, ids, uses) => {
    const member = members.get(ctx);
    if (member === undefined) throw new Error(`nobody is ${ctx}`);
    const { id } = must(await askOf(member, action, ids, { uses }), 201).json<GrantView>();
    return must(await approve(id, { minutes: 60, uses }), 200).json<GrantView>();
  };
  const refill = async (acts = USES / 2): Promise<void> => {
    for (const [ctx, { holds }] of Object.entries(PEOPLE) as [Context, (typeof PEOPLE)[Context]][]) {
      if (holds === null) continue;
      const used = left.get(ctx) ?? 0;
      if (used >= acts) {
        left.set(ctx, used - acts);
        continue;
      }
      must(await (members.get(ctx) as Member).sign('/api/stepup', '/api/stepup'), 200);
      await grant(ctx, holds.action, holds.ids, USES);
      left.set(ctx, used + USES - acts);
    }
  };

  const renew: CorpusStack['renew'] = async (ctx) => {
    const { login, groups } = PEOPLE[ctx];
    const before = members.get(ctx);
    const member = await signIn(login, groups);
    // The passkey stays the person's; a second session signs with the same one.
    const keyed = before === undefined ? member : await memberOf(member.agent, before.authenticator);
    if (before === undefined) must(await keyed.enrol(), 200);
    must(await keyed.sign('/api/stepup', '/api/stepup'), 200);
    await enter(ctx, keyed);
  };

  upstream.answer('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok');
  for (const ctx of ['approver', 'reader', 'wiper', 'bulkwiper'] as const) await renew(ctx);
  const gone = await signIn('erin', ['mdm-admins']);
  await gone.agent.visit(`${CONSOLE}/api/v1/devices`);
  const expired = gone.agent.cookiesOf(HOST).get(COOKIE) ?? '';
  must(await gone.post('/api/logout'), 204);
  cookies.set('expired', expired);
  await refill();

  const activeGrants = async (ctx: Context): Promise<readonly GrantView[]> => {
    const { grants } = (await (members.get(ctx) as Member).read('/api/grants')).json<{ grants: GrantView[] }>();
    return grants.filter(({ state }) => state === 'active');
  };
  const endGrants: CorpusStack['endGrants'] = async (ctx) => {
    const member = members.get(ctx) as Member;
    for (const { id } of await activeGrants(ctx)) must(await member.post(`/api/grants/${id}/end`), 200);
    left.set(ctx, 0);
  };
  const keys = createKeys('demo');
  const time = passTime({ dataDir });
  const redis = createRedisClient({
    address: { socketPath: join(dataDir, 'redis/redis.sock') },
    commandTimeout: 2000,
    onError: () => undefined,
  });
  const secretOf = (word: string): string => cookies.get(WORDS[word] ?? '') ?? word;
  return {
    ...{ port, dataDir, upstream, idp, members, signIn, newAgent, refill, renew, grant, askOf, approve, endGrants },
    async expireGrants(ctx) {
      for (const { id, holder } of await activeGrants(ctx)) await time.grantEnds(id, holder.id);
      left.set(ctx, 0);
    },
    async renewAll(ctx) {
      await renew(ctx);
      left.set(ctx, 0);
      await refill(0);
    },
    time,
    async redis(name, ...args) {
      while (!redis.connected()) await new Promise((resolve) => setTimeout(resolve, 5));
      return redis.command(name, ...args);
    },
    async lapseChallenges() {
      const names = (await redis.command('KEYS', `${keys.challenge('')}*`)) as string[];
      for (const name of names) await redis.command('DEL', name);
    },
    async loginWas(member, ago) {
      const { session } = (await member.read('/api/me')).json<{ session: { id: string } }>();
      await time.loginWas(session.id, ago);
    },
    async journal() {
      const rows = (await redis.command('XRANGE', keys.journal, '-', '+')) as [string, string[]][];
      return rows.map(([, fields]) => fields[fields.indexOf('event') + 1] ?? '');
    },
    portal: (path) => `${PORTAL}${path}`,
    csrfOf: async (ctx) => ({ 'x-sallyport-csrf': members.get(ctx)?.csrf ?? '' }),
    cookieOf: (ctx) => (cookies.has(ctx) ? `${COOKIE}=${cookies.get(ctx)}` : undefined),
    withOurCookies: (text) =>
      text
        .replaceAll(
          /__Host-gw=([A-Z]+)/gi,
          (pair, word: string) => `${pair.slice(0, -1 - word.length)}=${secretOf(word)}`,
        )
        .replaceAll(/__Host-gw/g, COOKIE)
        .replaceAll(/__host-gw/g, COOKIE.toLowerCase())
        .replaceAll(/__HOST-GW/g, COOKIE.toUpperCase()),
    logLines: () => lines,
    async close() {
      await time.close();
      await redis.close();
      await gateway.close();
      await idp.close();
      await upstream.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function memberOf(agent: UserAgent, authenticator: Authenticator): Promise<Member> {
  const { csrf } = (await agent.call(`${PORTAL}/api/me`, 'GET')).json<{ csrf: string }>();
  const post: Member['post'] = (path, body = {}, headers = {}) =>
    agent.call(`${PORTAL}${path}`, 'POST', body, { 'x-sallyport-csrf': csrf, ...headers });
  return {
    ...{ agent, authenticator, csrf, post },
    read: (path) => agent.call(`${PORTAL}${path}`, 'GET'),
    async enrol() {
      const options = await post('/api/passkeys/options');
      if (options.status !== 200) return options;
      const credential = authenticator.create(options.json<CreationOptions>());
      return post('/api/passkeys', { name: 'key', credential });
    },
    async sign(path, last, body = {}) {
      const options = await post(`${path}/options`, body);
      if (options.status !== 200) return options;
      return post(last, { ...body, assertion: authenticator.get(options.json<RequestOptions>()) });
    },
  };
}

/** The corpus's catalogue has an action of its own for wipes in bulk: added to the product's vocabulary. */
function writeFolders(dataDir: string): void {
  const here = import.meta.dirname;
  cpSync(join(here, 'packs'), join(dataDir, 'packs'), { recursive: true });
  const vocabulary = readFileSync(join(BUNDLED, 'packs/vocabulary.yaml'), 'utf8');
  const bulk =
    "  device.wipe.bulk:\n    risk: destructive\n    title: 'Wipe {count device} at once: {list device}'\n    effect: 'Erases everything on them. Cannot be undone.'\n";
  writeFileSync(join(dataDir, 'packs/vocabulary.yaml'), vocabulary.replace(/^actions:\n/m, `actions:\n${bulk}`));
  mkdirSync(join(dataDir, 'policies'));
  cpSync(join(BUNDLED, 'policies/portal.cedar'), join(dataDir, 'policies/portal.cedar'));
  cpSync(join(here, 'policies/corpus.cedar'), join(dataDir, 'policies/corpus.cedar'));
}

const configText = (issuer: string, upstream: string) => `
deployment: demo
listen: { host: 127.0.0.1, port: 0 }
portal: { origin: "${PORTAL}" }
oidc: { issuer: "${issuer}", clientId: sallyport, clientSecret: { env: CORPUS_SECRET } }
consoles:
  - { id: corpus, name: Corpus MDM, origin: "${CONSOLE}", upstream: "${upstream}", pack: corpus, shim: false }
redis: { commandTimeout: 5s }
limits: { requestHead: 700ms, requestBody: 700ms, upstream: 5s }
packs: packs
policies: policies
data: .
`;
