// What people hear before they send something large, and what happens at a console that only observes, through the front door.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RefusalProblem } from '../../src/portal/contract/consolePages.ts';
import { AskRule } from '../../src/portal/contract/grants.ts';
import { arrivals, nothingArrives } from '../kit/arrivals.ts';
import { admin, type Person, person } from '../kit/people.ts';
import { type Stack, startStack } from '../kit/stack.ts';

let stack: Stack;
let ada: Person;
beforeAll(async () => {
  stack = await startStack('', (port) =>
    [
      '  - id: calm',
      '    name: Calm MDM',
      `    origin: "http://calm.localhost:${port}"`,
      `    upstream: "http://127.0.0.1:${port + 11}"`,
      '    pack: acme-mdm',
      '    mode: observe\n',
    ].join('\n'),
  );
  ada = await admin(stack, 'ada');
});
afterAll(() => stack.close());

const SHIM = { 'x-sallyport-shim': '1' };

describe('an upload', () => {
  const preflight = () =>
    ada.agent.call(
      `${stack.addresses.console}/.sallyport/preflight`,
      'POST',
      { method: 'POST', target: '/api/apps', contentType: 'multipart/form-data' },
      SHIM,
    );

  test('is asked for the passkey before a byte of it is sent, and goes after that', async () => {
    const answer = await nothingArrives(stack, preflight);
    expect([answer.status, answer.headers['x-sallyport-refused']]).toEqual([403, 'stepup.required']);
    const problem = RefusalProblem.strict().parse(answer.json());
    expect(problem).toMatchObject({ remedies: ['stepup.fresh'], action: { name: 'app.upload' } });
    expect(problem).not.toHaveProperty('hold');
    expect((await ada.stepUp()).status).toBe(200);
    expect((await preflight()).status).toBe(204);
  });

  test('the form hears the rule of an action before somebody asks', async () => {
    const answer = await ada.agent.call(`${stack.addresses.console}/.sallyport/rule?action=device.wipe`, 'GET');
    expect(AskRule.strict().parse(answer.json())).toMatchObject({ rule: 'destructive', whom: '1 of mdm-approvers' });
  });
});

describe('a console that only observes', () => {
  test('lets a wipe through that policy would refuse, and writes down that it would have', async () => {
    const origin = `http://calm.localhost:${stack.port}`;
    const calm = { ...stack, addresses: { ...stack.addresses, console: origin } };
    const olga = await person(calm, 'olga');
    expect((await olga.enrol()).status).toBe(200);
    await olga.enterConsole();
    const [answer, arrived] = await arrivals(stack, () => olga.call('POST', '/api/devices/d-0160/wipe', {}));
    expect(answer.status).toBe(202);
    expect(arrived.map(({ method, target }) => `${method} ${target}`)).toEqual(['POST /api/devices/d-0160/wipe']);
    const names = Object.keys(answer.headers).filter((name) => name.includes('sallyport'));
    expect(names).toEqual([]);
  });

  test('still wants to know who somebody is', async () => {
    const stranger = await nothingArrives(stack, () =>
      ada.agent.send(`http://calm.localhost:${stack.port}/api/devices/d-0161/wipe`, {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': 'application/json', 'sec-fetch-mode': 'cors' },
      }),
    );
    expect(stranger.status).toBe(401);
  });
});
