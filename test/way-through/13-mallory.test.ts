// Point 13: mallory has an account and nothing more. She can sign in, do nothing, and is told why.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RefusalProblem } from '../../src/portal/contract/consolePages.ts';
import { nothingArrives } from '../kit/arrivals.ts';
import { admin, approver, device, type Person, person } from '../kit/people.ts';
import { choosePerson, type Stack, startStack } from '../kit/stack.ts';
import { openSocket } from '../kit/streams.ts';
import { createUserAgent } from '../kit/userAgent.ts';

let stack: Stack;
let mallory: Person;
beforeAll(async () => {
  stack = await startStack();
  mallory = await person(stack, 'mallory');
  // Comes in at the console as well, as far as one comes without a role.
  await mallory.agent.visit(`${stack.addresses.console}/`);
});
afterAll(() => stack.close());

test('she is signed in, and the portal says that she may do nothing in it', async () => {
  const me = await mallory.me();
  expect(me.person).toMatchObject({ name: 'Mallory Nobody', groups: [] });
  expect(Object.entries(me.may).filter(([, allowed]) => allowed)).toEqual([]);
  expect(me.consoles).toEqual([expect.objectContaining({ id: 'acme', may: false })]);
});

test('the console is closed: a page that says so, with what to do', async () => {
  const agent = createUserAgent();
  const page = await nothingArrives(stack, async () =>
    choosePerson(agent, await agent.visit(`${stack.addresses.console}/devices`), 'mallory'),
  );
  expect(page.url).toBe(`${stack.addresses.console}/devices`);
  expect([page.status, page.headers['x-sallyport-refused']]).toEqual([403, 'policy.forbidden']);
  expect(page.text()).toContain('You may not do this');
  expect(page.text()).toContain('Ask your operator if your role should allow it.');
  expect(page.text()).not.toContain('Ask for access');
});

test.each([
  ['GET', '/api/devices'],
  ['GET', '/assets/base.css'],
  ['GET', '/api/stream'],
  ['GET', '/anything'],
  ['HEAD', '/'],
  ['POST', '/login'],
  ['POST', '/api/devices/d-0142/lock'],
  ['POST', '/api/devices/d-0142/wipe'],
  ['POST', '/api/anything'],
])('%s %s: nothing arrives, and nothing is offered', async (method, path) => {
  const form = path === '/login';
  const answer = await nothingArrives(stack, () =>
    mallory.agent.send(`${stack.addresses.console}${path}`, {
      method,
      ...(method === 'POST' ? { body: form ? 'user=demo&password=demo' : '{}' } : {}),
      headers: { 'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json' },
    }),
  );
  const { status, headers } = answer;
  // A GET with a content type but no body is a GET.
  expect([status, headers['x-sallyport-refused']]).toEqual([403, 'policy.forbidden']);
  if (method === 'HEAD') return;
  const problem = answer.json<RefusalProblem>();
  expect(problem.remedies ?? []).toEqual([]);
  expect(problem.hold).toBeUndefined();
});

test('no socket opens', async () => {
  await nothingArrives(stack, () =>
    expect(openSocket(mallory.agent, `${stack.addresses.console}/ws/events`)).rejects.toThrow('status 403'),
  );
});

test('with a passkey and a fresh step-up it is the same', async () => {
  expect((await mallory.enrol()).status).toBe(200);
  expect((await mallory.stepUp()).status).toBe(200);
  const answer = await nothingArrives(stack, () => mallory.call('POST', '/api/devices/d-0142/lock', {}));
  expect([answer.status, answer.json().reason]).toEqual([403, 'policy.forbidden']);
});

test('in the portal she asks for nothing, approves nothing, sees nobody’s sessions', async () => {
  const ask = await mallory.ask();
  expect(ask.json()).toMatchObject({ status: 403, reason: 'forbidden', title: 'You may not do this' });
  const shim = { 'x-sallyport-shim': '1' };
  const terms = {
    console: 'acme',
    actions: ['device.wipe'],
    targets: [device('d-0142')],
    reason: 'I want to',
    minutes: 5,
  };
  const fromPage = await mallory.agent.call(`${stack.addresses.console}/.sallyport/grants`, 'POST', terms, shim);
  expect(fromPage.json()).toMatchObject({ status: 403, reason: 'forbidden' });
  for (const path of ['/api/grants?view=inbox', '/api/grants?view=all', '/api/sessions']) {
    const answer = await mallory.read(path);
    expect([path, answer.status, answer.json().reason]).toEqual([path, 403, 'forbidden']);
  }
  expect((await mallory.read('/api/grants?view=mine')).json()).toEqual({ grants: [], next: null });

  const [ada, grace] = [await admin(stack, 'ada'), await approver(stack)];
  const { id } = (await ada.ask()).json<{ id: string }>();
  for (const path of ['approve/options', 'deny', 'withdraw', 'end']) {
    const answer = await mallory.post(`/api/grants/${id}/${path}`, { minutes: 5, uses: 1, reason: 'No' });
    expect([path, answer.status]).toEqual([path, 404]);
  }
  expect((await grace.read(`/api/grants/${id}`)).json()).toMatchObject({ state: 'asked' });
  const session = (await ada.me()).session.id;
  expect((await mallory.read(`/api/sessions/${session}`)).status).toBe(403);
});

test('approvers and auditors have nothing to do in the console either', async () => {
  for (const login of ['grace', 'linus']) {
    const someone = await person(stack, login);
    const page = await nothingArrives(stack, () => someone.agent.visit(`${stack.addresses.console}/devices`));
    expect([page.status, page.headers['x-sallyport-refused']]).toEqual([403, 'policy.forbidden']);
  }
});
