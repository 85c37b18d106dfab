// Every documented operation of a running gateway answers as documented: done by people of the demo, at the front door, each
// answer held against the document that the gateway itself gives. What is not documented does not answer.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HoldView } from '../../src/portal/contract/holds.ts';
import { admin, approver, device, granted, type Person, person } from '../kit/people.ts';
import { type Stack, startStack } from '../kit/stack.ts';
import { openStream } from '../kit/streams.ts';
import { type Answer, createUserAgent } from '../kit/userAgent.ts';
import { type Conformance, createConformance, type Document } from './conformance.ts';

let stack: Stack;
let conformance: Conformance;
let ada: Person;
let grace: Person;
let olga: Person;
let linus: Person;
beforeAll(async () => {
  stack = await startStack();
  [ada, olga] = [await admin(stack, 'ada'), await admin(stack, 'olga')];
  [grace, linus] = [await approver(stack), await person(stack, 'linus')];
  const described = await ada.read('/api/openapi.json');
  conformance = createConformance(described.json<Document>());
  look('GET', '/api/openapi.json', described);
});
afterAll(() => stack.close());

function look(method: string, target: string, answer: Answer): Answer {
  const refused = answer.headers['x-sallyport-refused'];
  const fault = conformance.fault({
    ...{ method, target, status: answer.status, contentType: answer.headers['content-type'], text: answer.text() },
    refused: typeof refused === 'string' ? refused : undefined,
  });
  if (fault !== null) throw new Error(`${method} ${target}: ${fault}\n${answer.text().slice(0, 500)}`);
  return answer;
}
const read = async (who: Person, target: string) => look('GET', target, await who.read(target));
const post = async (who: Person, target: string, body: unknown = {}) =>
  look('POST', target, await who.post(target, body));
/** A ceremony: options, the passkey's answer, and what it is sent to. */
const sign = async (who: Person, path: string, last: string, body: object = {}) => {
  const options = await post(who, `${path}/options`, body);
  return post(who, last, { ...body, assertion: who.authenticator.get(options.json()) });
};
const idOf = (answer: Answer) => answer.json<{ id: string }>().id;
const WISH = {
  ...{ console: 'acme', actions: ['device.wipe'], targets: [device('d-0142')], reason: 'Lost in a taxi' },
  ...{ ticket: 'MDM-4711', minutes: 15, uses: 1 },
};
const ask = async () => idOf(await post(ada, '/api/grants', WISH));
const TERMS = { minutes: 15, uses: 1 };

test('access: the rule, asking, each answer to it', async () => {
  await read(ada, '/api/me');
  await read(ada, '/api/grants/rule?console=acme&action=device.wipe');
  const [taken, denied, ended] = [await ask(), await ask(), await ask()];
  await post(ada, `/api/grants/${taken}/withdraw`);
  await post(grace, `/api/grants/${denied}/deny`, { reason: 'Call me first' });
  const approved = await sign(grace, `/api/grants/${ended}/approve`, `/api/grants/${ended}/approve`, TERMS);
  expect(approved.status).toBe(200);
  await post(ada, `/api/grants/${ended}/end`);
  await read(ada, `/api/grants/${ended}`);
  for (const view of ['mine', 'inbox', 'all']) await read(grace, `/api/grants?view=${view}`);
});

test('exact requests: signed, approved, denied, cancelled', async () => {
  const ids = Array.from({ length: 6 }, (_, i) => `d-010${i + 1}`);
  await granted(ada, grace, { targets: ids.map(device), uses: 20, minutes: 60 });
  const wipe = async () => {
    const answer = await ada.call('POST', '/api/devices/bulk', { command: 'wipe', ids });
    return answer.json<{ hold: string }>().hold;
  };
  const [first, second, third] = [await wipe(), await wipe(), await wipe()];
  for (const id of [first, second, third]) expect(id).toBeTypeOf('string');
  const said = { reason: 'The whole van was stolen', ticket: 'MDM-4711' };
  for (const id of [first, second]) expect((await post(ada, `/api/holds/${id}/ask`, said)).status).toBe(200);
  for (const view of ['mine', 'inbox']) await read(view === 'mine' ? ada : grace, `/api/holds?view=${view}`);
  await sign(grace, `/api/holds/${first}`, `/api/holds/${first}/approve`);
  await sign(ada, `/api/holds/${first}`, `/api/holds/${first}/sign`);
  await post(grace, `/api/holds/${second}/deny`, { reason: 'Not all of them' });
  await post(ada, `/api/holds/${third}/cancel`);
  expect((await read(grace, `/api/holds/${first}`)).json<HoldView>()).toMatchObject({
    devices: 6,
    approvals: [{ by: { name: 'Grace Approver' } }],
  });
});

test('passkeys: enrolled, renamed, removed after a fresh step-up', async () => {
  const options = await post(ada, '/api/passkeys/options');
  const credential = ada.authenticator.create({ ...options.json(), excludeCredentials: [] });
  const id = idOf(await post(ada, '/api/passkeys', { name: 'Blue', credential }));
  await post(ada, `/api/passkeys/${id}/rename`, { name: 'Red' });
  await read(ada, '/api/passkeys');
  expect((await sign(ada, '/api/stepup', '/api/stepup')).status).toBe(200);
  expect((await post(ada, `/api/passkeys/${id}/remove`)).status).toBe(204);
});

test('freezes and budgets', async () => {
  const wish = { console: 'acme', what: 'destructive', reason: 'A stolen phone' };
  expect((await post(grace, '/api/freezes', wish)).status).toBe(403);
  for (const who of [grace, olga]) await sign(who, '/api/stepup', '/api/stepup');
  const id = idOf(await post(grace, '/api/freezes', wish));
  expect((await read(ada, '/api/freezes')).json<unknown[]>()).toHaveLength(1);
  for (const who of [grace, olga]) expect((await post(who, `/api/freezes/${id}/release`)).status).toBe(200);
  expect((await read(ada, '/api/budgets')).json<unknown[]>().length).toBeGreaterThan(0);
});

test('what auditors and operators read', async () => {
  await read(linus, '/api/review');
  expect((await read(linus, '/api/review.csv')).text()).toContain('Lost in a taxi');
  await read(linus, '/api/review.json');
  for (const by of ['person', 'device', 'action']) await read(linus, `/api/reports/activity?by=${by}`);
  expect((await read(linus, '/api/reports/activity.csv')).text()).toContain('Wipe');
  expect((await read(linus, '/api/reports/approvals.csv')).text()).toContain('Lost in a taxi');
  const reported = (await read(linus, '/api/reports/approvals')).json<{ sums: { approved: number } }>();
  expect(reported.sums.approved).toBeGreaterThan(0);
  expect((await read(linus, '/api/export')).json<{ destinations: unknown[] }>().destinations).toEqual([]);
  await expect
    .poll(async () => (await read(linus, '/api/sessions')).json<{ sessions: unknown[] }>().sessions.length)
    .toBeGreaterThan(0);
  const [session] = (await read(linus, '/api/sessions')).json<{ sessions: { id: string }[] }>().sessions;
  await read(linus, `/api/sessions/${session?.id}`);
  const page = await read(linus, `/api/sessions/${session?.id}/exchanges`);
  const [exchange] = page.json<{ exchanges: { id: string }[] }>().exchanges;
  await read(linus, `/api/sessions/${session?.id}/exchanges/${exchange?.id}`);
  const policies = (await read(linus, '/api/policy')).json<{ policies: unknown[]; faults: unknown[] }>();
  expect(policies.policies.length).toBeGreaterThan(5);
  expect(policies.faults).toEqual([]);
  await read(linus, '/api/policy/observed');
  await read(linus, '/api/notices');
  expect((await post(linus, '/api/notices/not_x/retry')).status).toBe(404);
});

test('searching, the replay of a session, its evidence, and what keeps it', async () => {
  const [session] = (await read(linus, '/api/sessions')).json<{ sessions: { id: string }[] }>().sessions;
  const id = session?.id ?? '';
  expect((await read(linus, '/api/sessions.csv')).text()).toContain(id);
  await expect
    .poll(
      async () => (await read(linus, '/api/search?q=action:device.wipe')).json<{ groups: unknown[] }>().groups.length,
    )
    .toBeGreaterThan(0);
  expect((await read(linus, '/api/search.csv?q=action:device.wipe')).text()).toContain('device.wipe');
  await read(linus, '/api/search/suggest?field=person&typed=Ad');
  expect((await post(linus, `/api/sessions/${id}/reason`, { reason: 'A quarterly look' })).status).toBe(204);
  const { from, to } = (await read(linus, `/api/sessions/${id}/replay`)).json<{ from: number; to: number }>();
  await read(linus, `/api/sessions/${id}/replay/requests?from=${from}&to=${to}`);
  const about = { about: { kind: 'session', id }, reason: 'A quarterly look', text: false };
  expect((await post(linus, '/api/evidence', about)).status).toBe(200);
  expect((await read(linus, `/api/sessions/${id}/retention`)).json()).toEqual({ deleted: null });
  expect((await linus.enrol()).status).toBe(200);
  await sign(linus, '/api/stepup', '/api/stepup');
  const held = idOf(await post(linus, '/api/legal-holds', { match: { kind: 'session', id }, reason: 'A dispute' }));
  expect((await read(linus, '/api/legal-holds')).json<unknown[]>()).toHaveLength(1);
  const released = await post(linus, `/api/legal-holds/${held}/release`, { reason: 'It is settled' });
  expect(released.json()).toEqual({ ended: false });
});

test('the stream of hints, and its end with the session', async () => {
  const short = await person(stack, 'linus');
  const stream = await openStream(short.agent, `${stack.addresses.portal}/api/events`);
  expect(stream.status).toBe(200);
  expect((await post(short, '/api/logout')).status).toBe(204);
  await expect.poll(() => stream.text()).toContain('event: ended');
  stream.close();
});

test('nobody gets anything of it, and no right is missing for being asked without one', async () => {
  const nobody = createUserAgent();
  for (const { method, path, operation } of conformance.operations) {
    const target = path.replace(/\{[a-z]+\}/g, 'x');
    const answer = await nobody.call(`${stack.addresses.portal}${target}`, method, method === 'POST' ? {} : undefined);
    look(method, target, answer);
    expect(answer.status, operation.operationId).toBe(401);
  }
  // Somebody without any role: none of the operations that need a right lets them in.
  const newcomer = await person(stack, 'mallory');
  const rights = conformance.operations.filter(({ operation }) => 'x-sallyport-rights' in operation);
  expect(rights.length).toBeGreaterThan(10);
  for (const { method, path, operation } of rights) {
    const target = path.replace(/\{[a-z]+\}/g, 'x');
    const answer = method === 'POST' ? await post(newcomer, target) : await read(newcomer, target);
    expect(answer.status, operation.operationId).toBe(403);
  }
});

test('other methods, other spellings and other paths do not answer', async () => {
  const { portal } = stack.addresses;
  for (const { method, path } of conformance.operations) {
    const target = path.replace(/\{[a-z]+\}/g, 'x');
    for (const spelling of [
      `${target}/`,
      target.replace('/api/', '/API/'),
      `${target}%2f`,
      target.replace('/api/', '/api//'),
    ]) {
      const answer = await ada.agent.call(`${portal}${spelling}`, 'GET');
      expect([404, 400], `${spelling}: ${answer.status}`).toContain(answer.status);
    }
    for (const other of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const answer = await ada.agent.call(`${portal}${target}`, other);
      expect(answer.status, `${other} ${target}`).toBe(403);
    }
    if (method === 'POST' && !conformance.operations.some((one) => one.method === 'GET' && one.path === path))
      expect((await ada.read(target)).status, `GET ${target}`).toBe(404);
  }
});

test('every operation was done, and answered with what it is documented for', () => {
  const done = conformance.operations.map(({ operation }) => {
    const good = Object.keys(operation.responses).find((status) => status.startsWith('2'));
    return `${operation.operationId} ${good}`;
  });
  // Its success needs a notice that nobody could deliver; see test/access/operateRoutes.test.ts.
  // What a page looked like needs a browser that drew it; see test/replay/routes.test.ts.
  const elsewhere = ['retryNotice 204', 'listen 200', 'readReplayEvents 200'];
  const missing = done.filter((one) => !conformance.seen.has(one) && !elsewhere.includes(one));
  expect(missing).toEqual([]);
});
