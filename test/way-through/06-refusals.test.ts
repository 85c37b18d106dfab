// Points 6 and 7: what a person hears when something is refused: what, why, and the remedy, filled in; nothing of our
// insides. And that the remedy works: a lock after a fresh step-up, many devices only with access.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RefusalProblem } from '../../src/portal/contract/consolePages.ts';
import { arrivals, nothingArrives } from '../kit/arrivals.ts';
import { type PassTime, passTime } from '../kit/passTime.ts';
import { admin, approver, device, granted, type Person } from '../kit/people.ts';
import { type Stack, startStack } from '../kit/stack.ts';
import type { Answer } from '../kit/userAgent.ts';

let stack: Stack;
let time: PassTime;
let ada: Person;
let grace: Person;
beforeAll(async () => {
  stack = await startStack();
  time = passTime(stack);
  ada = await admin(stack, 'ada');
  grace = await approver(stack);
});
afterAll(async () => {
  await time.close();
  await stack.close();
});

/** Checks the shape of a refusal, and that no insides are in it. */
function problemOf(answer: Answer) {
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.headers['x-content-type-options']).toBe('nosniff');
  const problem = RefusalProblem.strict().parse(answer.json());
  expect(answer.headers['x-sallyport-refused']).toBe(problem.reason);
  expect(problem.type).toBe(`urn:sallyport:reason:${problem.reason}`);
  expect(problem.status).toBe(answer.status);
  expect(problem.request).toMatch(/^exc_/);
  expectNoInsides(answer.text());
  return problem;
}
function expectNoInsides(text: string): void {
  const { upstream } = stack.addresses;
  for (const inside of [
    stack.dataDir,
    upstream,
    new URL(upstream).host,
    'redis',
    '.ts:',
    'at async',
    'node_modules',
    'ses_',
  ])
    expect(text).not.toContain(inside);
  for (const host of [stack.addresses.portal, stack.addresses.console])
    for (const [name, value] of ada.agent.cookiesOf(new URL(host).host)) expect(text, name).not.toContain(value);
}
const sessionOf = async (who: Person) => (await who.me()).session.id;

describe('a wipe', () => {
  test('says what was refused and why, and offers access first, then the signature', async () => {
    const refused = await nothingArrives(stack, () =>
      ada.call('POST', '/api/devices/d-0142/wipe', { pin: '123456', reason: 'Lost' }),
    );
    const problem = problemOf(refused);
    expect(problem).toMatchObject({
      status: 403,
      reason: 'grant.required',
      title: 'You need access for this',
      next: 'Ask for access; somebody else approves it.',
      action: {
        name: 'device.wipe',
        title: expect.stringMatching(/^Wipe 1 device: [^()]+ \(d-0142\)$/),
        risk: 'destructive',
      },
      targets: [{ ...device('d-0142'), name: expect.stringMatching(/, last seen 20\d\d-/) }],
      devices: 1,
      whom: '1 of mdm-approvers',
      console: { id: 'acme', name: 'Acme MDM' },
      portal: stack.addresses.portal,
      why: 'What cannot be undone needs access that somebody else approved, and your passkey on exactly this request.',
    });
    expect([...(problem.remedies ?? [])].sort()).toEqual(['grant', 'stepup.bound']);
    expect(problem.policies).toContain('admins-damage-by-grant');
    // Nothing to sign yet: it would be a signature on something that is refused anyway.
    expect(problem.hold).toBeUndefined();
    expect(refused.text()).not.toContain('123456');
  });
  test('what it offers is exactly what helps: asking with its own words is enough', async () => {
    const problem = problemOf(await ada.call('POST', '/api/devices/d-0143/wipe', {}));
    const { action, targets = [] } = problem;
    await granted(ada, grace, { action: action?.name ?? '', targets });
    const signing = problemOf(await nothingArrives(stack, () => ada.call('POST', '/api/devices/d-0143/wipe', {})));
    expect(signing).toMatchObject({
      reason: 'stepup.required',
      remedies: ['stepup.bound'],
      title: 'Your passkey is needed',
    });
    const hold = signing.hold ?? '';
    expect((await ada.signHold(hold)).status).toBe(200);
    const [done, arrived] = await arrivals(stack, () =>
      ada.call('POST', '/api/devices/d-0143/wipe', {}, { 'x-sallyport-hold': hold }),
    );
    expect([done.status, arrived.length]).toEqual([202, 1]);
  });
  test('of many: every device is named as a target, the title counts them', async () => {
    const ids = Array.from({ length: 12 }, (_, index) => `d-03${10 + index}`);
    const problem = problemOf(
      await nothingArrives(stack, () => ada.call('POST', '/api/devices/bulk', { command: 'wipe', ids })),
    );
    expect(problem.action?.title).toMatch(
      /^Wipe 12 devices: [^()]+ \(d-0310\), [^()]+ \(d-0311\), [^()]+ \(d-0312\) and 9 more$/,
    );
    expect(problem.targets?.map(({ kind, id }) => ({ kind, id }))).toEqual(ids.map(device));
    expect(problem.targets?.every(({ name }) => name !== undefined)).toBe(true);
  });
});

describe('a lock', () => {
  const lock = (headers: Record<string, string> = {}) =>
    ada.call('POST', '/api/devices/d-0150/lock', { message: 'Please return this iPad' }, headers);

  test('needs a fresh step-up, works with it, and needs it again after five minutes', async () => {
    const problem = problemOf(await nothingArrives(stack, () => lock()));
    expect(problem).toMatchObject({
      reason: 'stepup.required',
      remedies: ['stepup.fresh'],
      action: { name: 'device.lock', title: expect.stringMatching(/^Lock 1 device: [^()]+ \(d-0150\)$/), risk: 'high' },
      why: 'Changes need your passkey within the last five minutes.',
    });
    expect(problem.hold).toBeUndefined();
    expect((await ada.stepUp()).status).toBe(200);
    const [done, arrived] = await arrivals(stack, () => lock());
    expect([done.status, arrived.length]).toEqual([202, 1]);
    await time.stepUpWas(await sessionOf(ada), 302_000);
    expect(problemOf(await nothingArrives(stack, () => lock())).reason).toBe('stepup.required');
    await time.stepUpWas(await sessionOf(ada), 290_000);
    expect((await lock()).status).toBe(202);
  });
  test('of another session does not count here', async () => {
    const other = await admin(stack, 'ada');
    expect((await other.stepUp()).status).toBe(200);
    await time.stepUpWas(await sessionOf(ada), 600_000);
    expect(problemOf(await nothingArrives(stack, () => lock())).reason).toBe('stepup.required');
  });
  test('of more than ten devices needs access too, step-up or not', async () => {
    expect((await ada.stepUp()).status).toBe(200);
    const ids = Array.from({ length: 11 }, (_, index) => `d-03${30 + index}`);
    const bulk = (some: string[]) => ada.call('POST', '/api/devices/bulk', { command: 'lock', ids: some });
    expect((await bulk(ids.slice(1))).status).toBe(202);
    const problem = problemOf(await nothingArrives(stack, () => bulk(ids)));
    expect(problem.reason).toBe('grant.required');
    expect(problem.why).toContain('more than ten devices');
  });
});

describe('what nobody described', () => {
  test('a write is refused for good: no remedy, the reason in words', async () => {
    expect((await ada.stepUp()).status).toBe(200);
    const problem = problemOf(await nothingArrives(stack, () => ada.call('POST', '/api/devices/d-0142/unenrol', {})));
    expect(problem).toMatchObject({
      reason: 'policy.forbidden',
      title: 'You may not do this',
      remedies: [],
      action: { name: 'unknown.write' },
    });
    expect(problem.action?.title).toContain('POST /api/devices/d-0142/unenrol');
    expect(problem.policies).toContain('unknown-writes-never');
  });
  test('what cannot be read for certain is refused before it is judged', async () => {
    const send = (body: string) =>
      nothingArrives(stack, () =>
        ada.agent.send(`${stack.addresses.console}/api/devices/bulk`, {
          method: 'POST',
          body,
          headers: { 'content-type': 'application/json' },
        }),
      );
    for (const body of ['{"command":"wipe","ids":["d-0001"],"ids":["d-0002"]}', '{"command":"wipe","ids":[]}', '{'])
      expect(problemOf(await send(body))).toMatchObject({ status: 400, reason: 'body.unreadable' });
  });
});

describe('a page or a form', () => {
  test('a form is answered with a page that can send it again, and tells the password nowhere', async () => {
    await time.stepUpWas(await sessionOf(ada), 600_000);
    const page = await nothingArrives(stack, () =>
      ada.agent.submit(`${stack.addresses.console}/users`, {
        csrf_token: 'abc',
        name: '<script>alert(1)</script>',
        email: 'marie@acme.example',
      }),
    );
    expect([page.status, page.headers['x-sallyport-refused']]).toEqual([403, 'stepup.required']);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(page.text()).toContain('Your passkey is needed');
    expect(page.text()).not.toContain('<script>alert(1)</script>');
    expectNoInsides(page.text());
  });
  test('from another site nothing is done, whoever is signed in', async () => {
    expect((await ada.stepUp()).status).toBe(200);
    for (const headers of [
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      { origin: stack.addresses.portal, 'sec-fetch-site': 'same-site' },
      { origin: 'null', 'sec-fetch-site': 'cross-site' },
    ]) {
      const answer = await nothingArrives(stack, () => ada.call('POST', '/api/devices/d-0150/lock', {}, headers));
      expect(problemOf(answer).reason).toBe('origin.foreign');
    }
  });
});

test('every word that a person reads is a sentence without shouting', async () => {
  const some = [
    await ada.call('POST', '/api/devices/d-0142/wipe', {}),
    await ada.call('POST', '/api/nothing', {}),
    await ada.call('POST', '/api/devices/bulk', { command: 'wipe', ids: [] }),
  ].map(problemOf);
  for (const { title, next = '', why = 'A.' } of some) {
    expect(title).toMatch(/^[A-Z][^!]*[^.!]$/);
    expect(next).toMatch(/^[A-Z][^!]*\.$/);
    expect(why).toMatch(/^[A-Z][^!]*\.$/);
  }
});
