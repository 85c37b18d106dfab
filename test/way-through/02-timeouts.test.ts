// Point 2, the time-outs, with a gateway whose limits are short: a session ends when it is not used, and at its last hour
// however much it is used; what is open then ends too, and the login brings a new one.
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nothingArrives, until } from '../kit/arrivals.ts';
import { person } from '../kit/people.ts';
import { type Stack, startStack } from '../kit/stack.ts';
import { openSocket, openStream } from '../kit/streams.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack('session: { idle: 2s, absolute: 9s }\n');
});
afterAll(() => stack.close());

test('idle: use keeps it alive, silence ends it, in the portal and in the console', async () => {
  const begun = performance.now();
  const ada = await person(stack, 'ada');
  await ada.enterConsole();
  for (let times = 0; times < 3; times += 1) {
    await wait(900);
    expect((await ada.call('GET', '/api/me')).status).toBe(200);
  }
  // The portal's live hints are no use of it: a page that was left open does not keep it alive.
  const hints = await openStream(ada.agent, `${stack.addresses.portal}/api/events`);
  await until(() => hints.endedAt() !== undefined, 6000);
  // Long before its last hour, so it was the silence.
  expect(performance.now() - begun).toBeLessThan(8500);
  const refused = await nothingArrives(stack, () => ada.call('GET', '/api/me'));
  expect([refused.status, refused.json().reason]).toEqual([401, 'session.expired']);
  expect(refused.json().title).toBe('Your session has ended because of the time');
  expect((await ada.read('/api/me')).json()).toMatchObject({ status: 401, reason: 'session.expired' });
  // The identity provider knows her still; the page leads there.
  const page = await ada.agent.send(`${stack.addresses.console}/devices`, { navigate: true });
  expect(page.status).toBe(302);
});

test('absolute: it ends however much it is used, and what is open ends with it', async () => {
  const ada = await person(stack, 'ada');
  const { session } = await ada.me();
  expect(session.absoluteUntil - session.startedAt).toBe(9000);
  await ada.enterConsole();
  const feed = await openStream(ada.agent, `${stack.addresses.console}/api/stream`);
  const socket = await openSocket(ada.agent, `${stack.addresses.console}/ws/events`);
  let last = await ada.call('GET', '/api/me');
  for (const end = performance.now() + 14_000; last.status === 200 && performance.now() < end; await wait(200))
    last = await ada.call('GET', '/api/me');
  expect([last.status, last.json().reason]).toEqual([401, 'session.expired']);
  await until(() => feed.endedAt() !== undefined && socket.endedAt() !== undefined, 2500);
});
