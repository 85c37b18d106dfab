// What the overlay asks of the gateway besides: the rule before the form, other people's signatures, what an upload would be told.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RefusalProblem, ShimHold } from '../../src/portal/contract/consolePages.ts';
import { COOKIE, call, OWN, reasonOf, resetWorld, startServer, stopServer, world } from './reservedKit.ts';

beforeAll(startServer);
beforeEach(resetWorld);
afterAll(stopServer);

describe('a hold', () => {
  test('says what it still needs and who has signed by name, and nothing of what is in it', async () => {
    const answer = await call('GET', 'holds/hol_1', COOKIE);
    expect(ShimHold.strict().parse(JSON.parse(answer.text))).toEqual({
      ...{ id: 'hol_1', state: 'waiting', expiresAt: 1000, needs: { signed: true, approvals: 2 } },
      ...{ signed: true, approvedBy: ['grace'], asked: false, denied: null },
    });
    expect(answer.text).not.toMatch(/private words|idp#|ses_/);
  });

  const WORDS = JSON.stringify({ reason: 'Lost in a taxi', ticket: 'T-1' });
  test('is put before others with a reason', async () => {
    const answer = await call('POST', 'holds/hol_1/ask', OWN, WORDS);
    expect([answer.status, JSON.parse(answer.text).asked]).toEqual([200, true]);
    expect(world.holdsAsked).toEqual([{ id: 'hol_1', reason: 'Lost in a taxi', ticket: 'T-1' }]);
    expect(answer.text).not.toContain('taxi');
  });

  test.each([
    ['of another session', 'hol_2', OWN, WORDS, 404, 'not.found'],
    ['that nobody knows', 'hol_9', OWN, WORDS, 404, 'not.found'],
    ['without a reason', 'hol_1', OWN, '{"reason":"  "}', 400, 'input.invalid'],
    [
      'with words that are not asked for',
      'hol_1',
      OWN,
      '{"reason":"Lost in a taxi","approver":"x"}',
      400,
      'input.invalid',
    ],
    ['from another site', 'hol_1', { ...OWN, origin: 'http://evil.test' }, WORDS, 403, 'csrf'],
    ['without the shim’s header', 'hol_1', { ...OWN, 'x-sallyport-shim': '' }, WORDS, 403, 'csrf'],
  ] as const)('%s is not', async (_what, id, headers, body, status, reason) => {
    const answer = await call('POST', `holds/${id}/ask`, headers, body);
    expect([answer.status, reasonOf(answer)]).toEqual([status, reason]);
    expect(world.holdsAsked).toEqual([]);
  });

  test('what does not fit its rule is said, each at its place; a hold that is over is a conflict', async () => {
    world.faults = [{ at: 'ticket', what: 'Name the ticket' }];
    const answer = await call('POST', 'holds/hol_1/ask', OWN, WORDS);
    expect(JSON.parse(answer.text)).toMatchObject({ status: 400, faults: [{ at: 'ticket', what: 'Name the ticket' }] });
    expect(world.holdsAsked).toEqual([]);
    world.faults = [];
    world.outcome = 'used';
    expect((await call('POST', 'holds/hol_1/ask', OWN, WORDS)).status).toBe(409);
  });
});

describe('the rule of an action', () => {
  test('is what the form must know', async () => {
    const answer = await call('GET', 'rule?console=mdm&action=device.wipe', COOKIE);
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([
      200,
      { rule: 'r', whom: '1 of mdm-approvers', longest: 60 },
    ]);
    expect(world.ruled).toEqual([['mdm', ['device.wipe']]]);
  });

  test.each([
    ['of another console', 'rule?console=other&action=device.wipe', 400],
    ['of an action that there is not', 'rule?action=device.explode', 400],
    ['of no action', 'rule', 400],
    ['of something else', 'rule?action=__proto__', 400],
  ])('%s is refused', async (_what, path, status) => {
    expect((await call('GET', path, COOKIE)).status).toBe(status);
    expect(world.ruled).toEqual([]);
  });

  test('there is none: nobody can be asked', async () => {
    world.outcome = 'no.rule';
    expect((await call('GET', 'rule?action=device.wipe', COOKIE)).status).toBe(409);
  });
});

describe('an upload', () => {
  const ask = (over: object = {}, headers: Record<string, string> = OWN) =>
    call(
      'POST',
      'preflight',
      headers,
      JSON.stringify({ method: 'POST', target: '/apps', contentType: 'multipart/form-data', ...over }),
    );

  test('hears before it is sent what it would be told, and no hold is made for it', async () => {
    const answer = await ask();
    expect([answer.status, answer.headers['x-sallyport-refused']]).toEqual([403, 'stepup.required']);
    const problem = RefusalProblem.strict().parse(JSON.parse(answer.text));
    expect(problem).toMatchObject({
      remedies: ['stepup.fresh'],
      action: { title: 'Upload an app' },
      sentences: ['Uploads need a key.'],
    });
    expect(problem).not.toHaveProperty('hold');
  });

  test('is judged by its own head: nothing of the asking’s, and no hold that is named', async () => {
    await ask({}, { ...OWN, 'x-sallyport-hold': 'hol_1' });
    const [{ method, path, headers, bodyLength }] = world.recognised as [
      { method: string; path: string; headers: string[][]; bodyLength: null },
    ];
    expect([method, path, bodyLength]).toEqual(['POST', '/apps', null]);
    const names = headers.map(([name]) => name);
    expect(names.filter((name) => name?.startsWith('x-sallyport') || name === 'content-length')).toEqual([]);
    expect(headers.filter(([name]) => name === 'content-type')).toEqual([
      ['content-type', 'multipart/form-data; boundary=none'],
    ]);
  });

  test.each([
    ['that may go', { target: '/free' }],
    ['that is none: it is judged when it comes', { target: '/devices' }],
    ['of a target that can be read in two ways', { target: '/apps/%2e%2e/x' }],
    ['of a target that is none', { target: 'https://evil.test/apps' }],
    ['that is a read', { method: 'GET' }],
    ['of a method that there is not', { method: 'BREW' }],
  ])('%s: 204', async (_what, over) => {
    expect((await ask(over)).status).toBe(204);
  });

  test('from another site, of nobody, or with odd members, is asked for in vain', async () => {
    expect(reasonOf(await ask({}, { ...OWN, origin: 'http://evil.test' }))).toBe('csrf');
    expect((await ask({}, {})).status).toBe(401);
    expect(reasonOf(await ask({ session: 'ses_2' }))).toBe('input.invalid');
    expect(world.recognised).toEqual([]);
  });
});
