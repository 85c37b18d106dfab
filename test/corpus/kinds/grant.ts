// Stories of asking, approving and using access, played with people, passkeys and requests. A story that nobody knows how to
// play is not run, and is told so.

import type { GrantView } from '../../../src/portal/contract/grants.ts';
import type { RequestOptions } from '../../kit/authenticator.ts';
import type { Case } from '../cases.ts';
import { exchange } from '../exchange.ts';
import { CONSOLE, type Context, type CorpusStack, HOST, type Member, startCorpusStack } from '../stack.ts';
import type { Problem } from '../verdicts.ts';

type Play = (stack: CorpusStack, one: Case) => Promise<Problem>;
export type NotRun = { readonly notRun: string };

const STORIES: readonly (readonly [RegExp, Play | NotRun])[] = [
  [/requests.*alice approves|alice.*approves/, ownRequest],
  [/lookup fails/, reviewerUnknown],
  [/LOADING|READONLY|OOM/, redisErrors],
  [/restarted empty/, redisEmptied],
  [/failover/, { notRun: 'one Redis is all that there is yet: a failover needs Sentinel or Cluster' }],
  [/changed after he opened|body changed/, changedTerms],
  [/approves twice/, approvesTwice],
  [/2-of-n|counted twice/, { notRun: 'there is no rule yet that wants two approvers' }],
  [/approve after .*expired/, approvesLate],
  [
    /role removed|suspended/,
    { notRun: 'roles come with the login; ending the sessions and the grants is the way to take them back' },
  ],
  [/deny by the requester|withdraw/, givesUp],
  [/single-use grant, \d+ requests at once/, fiftyAtOnce],
  [/retried after upstream timeout/, retried],
  [/presented in carol|another person.s session/, otherPerson],
  [/bulk grant .* with ids \["1","2"\]/, subset],
  [/ms after expiry|after expiry/, afterExpiry],
];

const playOf = (one: Case): Play | NotRun | undefined =>
  STORIES.find(([pattern]) => pattern.test(one.story ?? ''))?.[1];

/** Why this story is not played; null: it is. */
export function grantNotRun(one: Case): string | null {
  const found = playOf(one);
  return found === undefined
    ? `nobody knows how to play: ${one.story}`
    : typeof found === 'function'
      ? null
      : found.notRun;
}

export async function runGrant(stack: CorpusStack, one: Case): Promise<Problem | NotRun> {
  const found = playOf(one);
  if (found === undefined) return { notRun: `nobody knows how to play: ${one.story}` };
  return typeof found === 'function' ? found(stack, one) : found;
}

const member = (stack: CorpusStack, ctx: Context): Member => stack.members.get(ctx) as Member;
const TERMS = { minutes: 60, uses: 1 };

export function wipeBytes(stack: CorpusStack, ctx: Context, id: string): Buffer {
  const lines = [
    `POST /api/v1/devices/${id}/wipe HTTP/1.1`,
    `Host: ${HOST}`,
    `Origin: ${CONSOLE}`,
    `Cookie: ${stack.cookieOf(ctx)}`,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`);
}

/** alice may approve too in this story: only that it is her own ask stands against it. */
async function ownRequest(stack: CorpusStack): Promise<Problem> {
  const alice = await stack.signIn('alice-of-both', ['mdm-admins', 'mdm-approvers']);
  await alice.enrol();
  const again = await stack.signIn('alice-of-both', ['mdm-admins', 'mdm-approvers']);
  const { id } = (await stack.askOf(alice, 'device.wipe', ['42'])).json<GrantView>();
  const own = await stack.approve(id, TERMS, alice);
  const other = await stack.approve(id, TERMS, { ...again, authenticator: alice.authenticator });
  const { state } = (await alice.read(`/api/grants/${id}`)).json<GrantView>();
  await alice.post(`/api/grants/${id}/withdraw`);
  return own.status !== 200 && other.status !== 200 && state === 'asked'
    ? null
    : `own ask: ${own.status}, ${other.status}, ${state}`;
}

async function changedTerms(stack: CorpusStack): Promise<Problem> {
  const dave = member(stack, 'approver');
  const { id } = (await stack.askOf(member(stack, 'reader'), 'device.wipe', ['42'], { uses: 5 })).json<GrantView>();
  const options = await dave.post(`/api/grants/${id}/approve/options`, { minutes: 5, uses: 1 });
  const assertion = dave.authenticator.get(options.json<RequestOptions>());
  const { status } = await dave.post(`/api/grants/${id}/approve`, { minutes: 60, uses: 5, assertion });
  await member(stack, 'reader').post(`/api/grants/${id}/withdraw`);
  return status === 200 ? 'what he did not sign was approved' : null;
}

async function approvesTwice(stack: CorpusStack): Promise<Problem> {
  const { id } = (await stack.askOf(member(stack, 'reader'), 'device.wipe', ['9'])).json<GrantView>();
  const answers = [(await stack.approve(id, TERMS)).status, (await stack.approve(id, TERMS)).status];
  await member(stack, 'reader').post(`/api/grants/${id}/end`);
  return answers[0] === 200 && answers[1] !== 200 ? null : `was answered with ${answers}`;
}

async function approvesLate(stack: CorpusStack): Promise<Problem> {
  const { id, holder } = (await stack.askOf(member(stack, 'reader'), 'device.wipe', ['9'])).json<GrantView>();
  await stack.time.askLapses(id, holder.id);
  return (await stack.approve(id, TERMS)).status === 200 ? 'was approved too late' : null;
}

async function givesUp(stack: CorpusStack): Promise<Problem> {
  const alice = member(stack, 'reader');
  const { id } = (await stack.askOf(alice, 'device.wipe', ['9'])).json<GrantView>();
  const { status } = await alice.post(`/api/grants/${id}/withdraw`);
  return status === 200 ? null : `was answered with ${status}`;
}

async function fiftyAtOnce(stack: CorpusStack, one: Case): Promise<Problem> {
  const { concurrent = 50, allow = 1 } = one.times ?? {};
  await stack.endGrants('wiper');
  await stack.grant('wiper', 'device.wipe', ['42'], allow);
  stack.upstream.reset();
  stack.upstream.answer('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  const agent = member(stack, 'wiper').agent;
  const call = () => agent.call(`${CONSOLE}/api/v1/devices/42/wipe`, 'POST', undefined, { 'content-length': '0' });
  const answers = await Promise.all(Array.from({ length: concurrent }, call));
  const went = stack.upstream.requests.length;
  const through = answers.filter(({ status }) => status === 200).length;
  return went === allow && through === allow ? null : `${went} went up, ${through} were answered with 200`;
}

async function retried(stack: CorpusStack): Promise<Problem> {
  await stack.endGrants('wiper');
  await stack.grant('wiper', 'device.wipe', ['42'], 1);
  stack.upstream.reset();
  stack.upstream.answer((socket) => socket.destroy());
  const agent = member(stack, 'wiper').agent;
  const call = () => agent.call(`${CONSOLE}/api/v1/devices/42/wipe`, 'POST', undefined, { 'content-length': '0' });
  const first = await call();
  const second = await call();
  const went = stack.upstream.requests.length;
  return went === 1 && first.status >= 500 && second.status === 403
    ? null
    : `${went} went up: ${first.status}, ${second.status}`;
}

async function otherPerson(stack: CorpusStack): Promise<Problem> {
  await stack.refill(1);
  const seen = await exchange(stack, wipeBytes(stack, 'bulkwiper', '42'));
  return seen.requests.length === 0 && seen.reply.status === 403 ? null : `was answered with ${seen.reply.status}`;
}

async function subset(stack: CorpusStack): Promise<Problem> {
  await stack.refill(1);
  stack.upstream.reset();
  stack.upstream.answer('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  const { agent } = member(stack, 'bulkwiper');
  const { status } = await agent.call(`${CONSOLE}/api/v1/devices/bulk`, 'POST', { command: 'wipe', ids: ['1', '2'] });
  return status === 200 ? null : `was answered with ${status}`;
}

async function afterExpiry(stack: CorpusStack): Promise<Problem> {
  await stack.endGrants('wiper');
  const { id, holder } = await stack.grant('wiper', 'device.wipe', ['42'], 5);
  await stack.time.grantEnds(id, holder.id);
  const seen = await exchange(stack, wipeBytes(stack, 'wiper', '42'));
  return seen.requests.length === 0 && seen.reply.status === 403 ? null : `was answered with ${seen.reply.status}`;
}

/** Redis takes no writes: its answer to every one of them is an error. */
async function withoutWrites<T>(stack: CorpusStack, work: () => Promise<T>): Promise<T> {
  await stack.redis('CONFIG', 'SET', 'maxmemory', '1');
  try {
    return await work();
  } finally {
    await stack.redis('CONFIG', 'SET', 'maxmemory', '0');
  }
}

async function reviewerUnknown(stack: CorpusStack): Promise<Problem> {
  const alice = member(stack, 'reader');
  const dave = member(stack, 'approver');
  const { id } = (await stack.askOf(alice, 'device.wipe', ['9'])).json<GrantView>();
  const options = (await dave.post(`/api/grants/${id}/approve/options`, TERMS)).json<RequestOptions>();
  const assertion = dave.authenticator.get(options);
  const { status } = await withoutWrites(stack, () => dave.post(`/api/grants/${id}/approve`, { ...TERMS, assertion }));
  const { state } = (await alice.read(`/api/grants/${id}`)).json<GrantView>();
  await alice.post(`/api/grants/${id}/withdraw`);
  return status >= 400 && state === 'asked' ? null : `was answered with ${status}, and is ${state}`;
}

async function redisErrors(stack: CorpusStack): Promise<Problem> {
  await stack.refill(1);
  const seen = await withoutWrites(stack, () => exchange(stack, wipeBytes(stack, 'wiper', '42')));
  if (seen.bytes > 0 || seen.reply.status < 400) return `OOM: was answered with ${seen.reply.status}`;
  await stack.redis('SCRIPT', 'FLUSH');
  const reloaded = await exchange(stack, wipeBytes(stack, 'wiper', '42'));
  return reloaded.reply.status === 200 ? null : `NOSCRIPT: was answered with ${reloaded.reply.status}`;
}

/** On a gateway of its own, because everybody's session and access is gone afterwards. */
async function redisEmptied(): Promise<Problem> {
  const own = await startCorpusStack();
  try {
    await own.redis('FLUSHALL');
    const seen = await exchange(own, wipeBytes(own, 'wiper', '42'));
    return seen.bytes === 0 && seen.reply.status >= 400 ? null : `was answered with ${seen.reply.status}`;
  } finally {
    await own.close();
  }
}
