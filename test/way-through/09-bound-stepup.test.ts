// Point 9: a bound step-up releases one exact request, once. Everything that differs in one thing is refused with its own
// reason, and the console's log proves that nothing of it arrived.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RefusalProblem } from '../../src/portal/contract/consolePages.ts';
import type { HoldView } from '../../src/portal/contract/holds.ts';
import { arrivals, nothingArrives } from '../kit/arrivals.ts';
import type { Mutation, RequestOptions } from '../kit/authenticator.ts';
import { type PassTime, passTime } from '../kit/passTime.ts';
import { admin, approver, device, granted, type Person, person } from '../kit/people.ts';
import { sendRaw } from '../kit/rawClient.ts';
import { type Stack, startStack } from '../kit/stack.ts';
import { openStream } from '../kit/streams.ts';
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

const BODY = '{"pin":"123456","reason":"Lost in a taxi"}';
let id = 'd-0100';
let number = 100;
/** Each test wipes a device of its own. */
beforeEach(() => {
  number += 1;
  id = `d-0${number}`;
});

const wipe = (
  hold?: string,
  other: { id?: string; body?: string; method?: string; path?: string; type?: string } = {},
) => send(ada, hold, other);
const send = (
  who: Person,
  hold?: string,
  { body = BODY, method = 'POST', type = 'application/json', ...other }: Parameters<typeof wipe>[1] = {},
): Promise<Answer> =>
  who.agent.send(`${stack.addresses.console}${other.path ?? `/api/devices/${other.id ?? id}/wipe`}`, {
    method,
    body,
    headers: {
      'content-type': type,
      'x-csrf-token': tokens.get(who) ?? '',
      ...(hold === undefined ? {} : { 'x-sallyport-hold': hold }),
    },
  });
const tokens = new Map<Person, string>();
/** Another session of Ada's, in another browser. */
async function anotherSession(): Promise<Person> {
  const second = await person(stack, 'ada', ada.authenticator);
  await enter(second);
  return second;
}
async function enter(who: Person): Promise<void> {
  await who.enterConsole();
  const page = await who.agent.visit(`${stack.addresses.console}/devices`);
  tokens.set(who, /name="csrf-token" content="([^"]+)"/.exec(page.text())?.[1] ?? '');
}
const problemOf = (answer: Answer) => answer.json<RefusalProblem>();
const refusedWith = (answer: Answer, reason: string) =>
  expect([answer.status, problemOf(answer).reason]).toEqual([403, reason]);

beforeAll(() => enter(ada));

/** A hold for wiping `id`, with the grant that it needs; signed unless told otherwise. */
async function held(sign = true, targets = [device(id)], uses = 5, who = ada): Promise<string> {
  await granted(who, grace, { targets, uses });
  const { hold = '' } = problemOf(await send(who));
  expect(hold).toMatch(/^hol_/);
  if (sign) expect((await who.signHold(hold)).status).toBe(200);
  return hold;
}
/** The same request fifty times, all on their way before the first is answered. */
const volley = (who: Person, hold: string) =>
  arrivals(stack, () => Promise.all(Array.from({ length: 50 }, () => send(who, hold))));

describe('the right request', () => {
  test('is refused, signed in plain words, and then arrives exactly once, as it was signed', async () => {
    refusedWith(await nothingArrives(stack, () => wipe()), 'grant.required');
    await granted(ada, grace, { targets: [device(id)] });
    const refused = await nothingArrives(stack, () => wipe());
    refusedWith(refused, 'stepup.required');
    const { hold = '', remedies } = problemOf(refused);
    expect(remedies).toEqual(['stepup.bound']);
    const view = (await ada.read(`/api/holds/${hold}`)).json<HoldView>();
    expect(view).toMatchObject({
      state: 'waiting',
      title: expect.stringMatching(new RegExp(`^Wipe 1 device: [^()]+ \\(${id}\\)$`)),
      console: { id: 'acme', name: 'Acme MDM' },
      action: 'device.wipe',
      risk: 'destructive',
      targets: [expect.objectContaining(device(id))],
      method: 'POST',
      target: `/api/devices/${id}/wipe`,
      grant: { approver: 'Grace Approver' },
    });
    await nothingArrives(stack, () => ada.signHold(hold));
    const [done, [arrived, ...more]] = await arrivals(stack, () => wipe(hold));
    expect(done.status).toBe(202);
    expect(more).toEqual([]);
    expect(arrived).toMatchObject({ method: 'POST', target: `/api/devices/${id}/wipe`, body: { size: BODY.length } });
    const names = arrived?.headers.map(([name]) => name.toLowerCase());
    expect(names?.filter((name) => name.includes('sallyport'))).toEqual([]);
    expect(arrived?.cookieNames).toEqual(['acme_session']);
    expect((await ada.read(`/api/holds/${hold}`)).json<HoldView>().state).toBe('used');
  });

  test.each([
    ['fifty uses', 50],
    ['one use', 1],
  ])('sent fifty times at once on a grant of %s, exactly one arrives', async (_what, uses) => {
    const hasty = await anotherSession();
    const hold = await held(true, [device(id)], uses, hasty);
    const [answers, arrived] = await volley(hasty, hold);
    expect(arrived.map(({ target }) => target)).toEqual([`/api/devices/${id}/wipe`]);
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 202)) refusedWith(answer, 'hold.used');
  });

  test('two holds on a grant of one use: one of them releases, the other has no grant any more', async () => {
    await granted(ada, grace, { targets: [device(id)], uses: 1 });
    const holds = [problemOf(await wipe()).hold ?? '', problemOf(await wipe()).hold ?? ''];
    for (const hold of holds) expect((await ada.signHold(hold)).status).toBe(200);
    const [answers, arrived] = await arrivals(stack, () => Promise.all(holds.map((hold) => wipe(hold))));
    expect(arrived).toHaveLength(1);
    const refused = answers.filter(({ status }) => status !== 202);
    expect(refused).toHaveLength(1);
    expect(['grant.ended', 'grant.required']).toContain(problemOf(refused[0] as Answer).reason);
  });

  test('three holds on a grant of two uses: two of them release', async () => {
    await granted(ada, grace, { targets: [device(id)], uses: 2 });
    const holds: string[] = [];
    for (let times = 0; times < 3; times += 1) holds.push(problemOf(await wipe()).hold ?? '');
    for (const hold of holds) expect((await ada.signHold(hold)).status).toBe(200);
    const [first, second, third] = [await wipe(holds[0]), await wipe(holds[1]), await wipe(holds[2])];
    expect([first?.status, second?.status, third?.status]).toEqual([202, 202, 403]);
    expect(stack.received.filter(({ target }) => target === `/api/devices/${id}/wipe`)).toHaveLength(2);
  });

  test('a form names its hold by a cookie, which stays here', async () => {
    const hold = await held();
    const host = new URL(stack.addresses.console).host;
    const byCookie = (value: string) =>
      ada.agent.send(`${stack.addresses.console}/api/devices/${id}/wipe`, {
        method: 'POST',
        body: BODY,
        headers: {
          'content-type': 'application/json',
          'x-csrf-token': tokens.get(ada) ?? '',
          cookie: `${ada.agent.cookieHeader(host)}; __Host-sallyport-hold=${value}`,
        },
      });
    refusedWith(await nothingArrives(stack, () => byCookie('hol_AAAAAAAAAAAAAAAAAAAAAA')), 'hold.unknown');
    const [done, [arrived]] = await arrivals(stack, () => byCookie(hold));
    expect([done.status, arrived?.cookieNames]).toEqual([202, ['acme_session']]);
    refusedWith(await nothingArrives(stack, () => byCookie(hold)), 'hold.used');
  });

  test('a bulk wipe is signed for all of its devices', async () => {
    const ids = [`d-0${number}`, 'd-0301', 'd-0302'];
    await granted(ada, grace, { targets: ids.map(device) });
    const bulk = { path: '/api/devices/bulk', body: JSON.stringify({ command: 'wipe', ids }) };
    const { hold = '' } = problemOf(await wipe(undefined, bulk));
    const view = (await ada.read(`/api/holds/${hold}`)).json<HoldView>();
    expect(view.targets.map((target) => target.id).sort()).toEqual([...ids].sort());
    await ada.signHold(hold);
    const fewer = { ...bulk, body: JSON.stringify({ command: 'wipe', ids: ids.slice(1) }) };
    refusedWith(await nothingArrives(stack, () => wipe(hold, fewer)), 'hold.mismatch');
    const more = { ...bulk, body: JSON.stringify({ command: 'wipe', ids: [...ids, 'd-0303'] }) };
    refusedWith(await nothingArrives(stack, () => wipe(hold, more)), 'hold.mismatch');
    const [done, arrived] = await arrivals(stack, () => wipe(hold, bulk));
    expect([done.status, arrived.length]).toEqual([202, 1]);
  });
});

describe('a signed hold releases nothing else', () => {
  const cases: [string, () => Parameters<typeof wipe>[1]][] = [
    ['another device', () => ({ id: 'd-0400' })],
    ['another body', () => ({ body: '{"pin":"654321","reason":"Lost in a taxi"}' })],
    ['a body that differs by a space', () => ({ body: `${BODY} ` })],
    ['no body', () => ({ body: '' })],
    ['another action on the device', () => ({ path: `/api/devices/${id}/lock`, body: '{}' })],
    [
      'the same device through the bulk path',
      () => ({ path: '/api/devices/bulk', body: JSON.stringify({ command: 'wipe', ids: [id] }) }),
    ],
    ['another content type', () => ({ type: 'application/json; charset=utf-8' })],
  ];
  test.each(cases)('%s: hold.mismatch', async (_what, other) => {
    const hold = await held(true, [device(id), device('d-0400')]);
    refusedWith(await nothingArrives(stack, () => wipe(hold, other())), 'hold.mismatch');
    // It still releases what was signed.
    const [done, arrived] = await arrivals(stack, () => wipe(hold));
    expect([done.status, arrived.length]).toEqual([202, 1]);
  });

  test('another method, a query, another way to the same path: not known, and so refused', async () => {
    const hold = await held();
    for (const other of [
      { method: 'PUT' },
      { method: 'DELETE' },
      { path: `/api/devices/${id}/wipe?force=1` },
      { path: `/api/devices/${id}/wipe/` },
      { path: `/API/devices/${id}/wipe` },
    ])
      refusedWith(await nothingArrives(stack, () => wipe(hold, other)), 'policy.forbidden');
  });

  test('another session of the same person', async () => {
    const hold = await held();
    const second = await anotherSession();
    refusedWith(await nothingArrives(stack, () => send(second, hold)), 'hold.mismatch');
    const [done] = await arrivals(stack, () => wipe(hold));
    expect(done.status).toBe(202);
  });

  test('another person, who has a grant too', async () => {
    const hold = await held();
    const olga = await admin(stack, 'olga');
    await granted(olga, grace, { targets: [device(id)] });
    await enter(olga);
    refusedWith(await nothingArrives(stack, () => send(olga, hold)), 'hold.mismatch');
    for (const answer of [await olga.read(`/api/holds/${hold}`), await olga.post(`/api/holds/${hold}/options`)])
      expect([answer.status, answer.json().reason]).toEqual([404, 'not.found']);
  });

  test('a second use', async () => {
    const hold = await held();
    const [, arrived] = await arrivals(stack, () => wipe(hold));
    expect(arrived).toHaveLength(1);
    for (const _again of [1, 2]) refusedWith(await nothingArrives(stack, () => wipe(hold)), 'hold.used');
  });

  test('after its time', async () => {
    const hold = await held();
    await time.holdExpires(hold);
    refusedWith(await nothingArrives(stack, () => wipe(hold)), 'hold.expired');
  });

  test('without a signature', async () => {
    const hold = await held(false);
    const refused = await nothingArrives(stack, () => wipe(hold));
    refusedWith(refused, 'hold.unsigned');
    expect(problemOf(refused).hold).toBe(hold);
  });

  test('a number that nobody gave out', async () => {
    await granted(ada, grace, { targets: [device(id)] });
    for (const unknown of ['hol_AAAAAAAAAAAAAAAAAAAAAA', 'x', '../d-0142', '*'])
      refusedWith(await nothingArrives(stack, () => wipe(unknown)), 'hold.unknown');
  });

  test('two numbers at once are no number', async () => {
    const hold = await held();
    const { console } = stack.addresses;
    const host = new URL(console).host;
    const reply = await nothingArrives(stack, () =>
      sendRaw(
        stack.port,
        [
          `POST /api/devices/${id}/wipe HTTP/1.1`,
          `Host: ${host}`,
          `Cookie: ${ada.agent.cookieHeader(host)}`,
          `Origin: ${console}`,
          'Sec-Fetch-Site: same-origin',
          'Content-Type: application/json',
          `X-Sallyport-Hold: ${hold}`,
          'X-Sallyport-Hold: hol_AAAAAAAAAAAAAAAAAAAAAA',
          `Content-Length: ${BODY.length}`,
          '',
          BODY,
        ].join('\r\n'),
      ),
    );
    expect([reply.status, reply.header('x-sallyport-refused')]).toEqual([400, 'request.ambiguous']);
  });

  test('once cancelled', async () => {
    const hold = await held();
    expect((await ada.post(`/api/holds/${hold}/cancel`)).json()).toMatchObject({ state: 'cancelled' });
    refusedWith(await nothingArrives(stack, () => wipe(hold)), 'hold.unknown');
  });

  test('once the grant is revoked', async () => {
    const grant = await granted(ada, grace, { targets: [device(id)] });
    const { hold = '' } = problemOf(await wipe());
    await ada.signHold(hold);
    expect((await grace.post(`/api/grants/${grant.id}/end`)).status).toBe(200);
    refusedWith(await nothingArrives(stack, () => wipe(hold)), 'grant.required');
  });

  test('a fresh step-up is no signature on the request', async () => {
    await granted(ada, grace, { targets: [device(id)] });
    expect((await ada.stepUp()).status).toBe(200);
    refusedWith(await nothingArrives(stack, () => wipe()), 'stepup.required');
  });

  test('once the session is over', async () => {
    const other = await anotherSession();
    await granted(ada, grace, { targets: [device(id)] });
    const { hold = '' } = problemOf(await send(other));
    await other.signHold(hold);
    await other.post('/api/logout');
    const answer = await nothingArrives(stack, () => send(other, hold));
    expect([answer.status, problemOf(answer).reason]).toEqual([401, 'session.revoked']);
    refusedWith(await nothingArrives(stack, () => wipe(hold)), 'hold.mismatch');
  });
});

describe('signing', () => {
  const optionsOf = async (hold: string) => (await ada.post(`/api/holds/${hold}/options`)).json<RequestOptions>();

  test('the passkey answers a digest that is another one for every request', async () => {
    await granted(ada, grace, { targets: [device(id)], uses: 2 });
    const one = problemOf(await wipe()).hold ?? '';
    const two = problemOf(await wipe()).hold ?? '';
    expect(one).not.toBe(two);
    const [first, second] = [await optionsOf(one), await optionsOf(two)];
    expect(first.challenge).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(first.challenge).not.toBe(second.challenge);
    const assertion = ada.authenticator.get(first);
    const answer = await ada.post(`/api/holds/${two}/sign`, { assertion });
    expect([answer.status, answer.json().reason]).toEqual([403, 'passkey.refused']);
    refusedWith(await nothingArrives(stack, () => wipe(two)), 'hold.unsigned');
  });

  const wrong: [string, Mutation][] = [
    ['the user not verified', { userVerified: false }],
    ['a broken signature', { brokenSignature: true }],
    ['the console’s origin', { origin: 'http://console.localhost:8080' }],
    ['another digest', { challenge: 'A'.repeat(43) }],
    ['a key that nobody enrolled', { foreignKey: true }],
  ];
  test.each(wrong)('%s signs nothing', async (_what, mutation) => {
    const hold = await held(false);
    const assertion = ada.authenticator.get(await optionsOf(hold), mutation);
    const answer = await ada.post(`/api/holds/${hold}/sign`, { assertion });
    expect([answer.status, answer.json().reason]).toEqual([403, 'passkey.refused']);
    refusedWith(await nothingArrives(stack, () => wipe(hold)), 'hold.unsigned');
  });

  test('one signature, sent ten times at once, signs once', async () => {
    const hold = await held(false);
    const assertion = ada.authenticator.get(await optionsOf(hold));
    const sent = Array.from({ length: 10 }, () => ada.post(`/api/holds/${hold}/sign`, { assertion }));
    expect((await Promise.all(sent)).filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test('an assertion for a fresh step-up signs no request', async () => {
    const hold = await held(false);
    const options = (await ada.post('/api/stepup/options')).json<RequestOptions>();
    const assertion = ada.authenticator.get(options);
    expect((await ada.post(`/api/holds/${hold}/sign`, { assertion })).status).toBe(403);
    refusedWith(await nothingArrives(stack, () => wipe(hold)), 'hold.unsigned');
  });

  test('another session of the same person does not sign it; a signed or expired one is not signed again', async () => {
    const hold = await held(false);
    const second = await person(stack, 'ada', ada.authenticator);
    const foreign = await second.signHold(hold);
    expect([foreign.status, foreign.json().reason]).toEqual([403, 'forbidden']);
    expect((await ada.signHold(hold)).status).toBe(200);
    expect((await ada.signHold(hold)).json()).toMatchObject({ status: 409, reason: 'conflict' });
    const late = problemOf(await wipe()).hold ?? '';
    await time.holdExpires(late);
    expect((await ada.signHold(late)).json()).toMatchObject({ status: 403, reason: 'hold.expired' });
  });

  test('the page that was refused hears of the signature at once', async () => {
    const hold = await held(false);
    const events = await openStream(ada.agent, `${stack.addresses.console}/.sallyport/events`);
    await ada.signHold(hold);
    await events.has(`event: hold\ndata: {"id":"${hold}"}`, 1000);
    const state = await ada.agent.call(`${stack.addresses.console}/.sallyport/holds/${hold}`, 'GET');
    expect(state.json()).toMatchObject({ id: hold, state: 'ready', signed: true });
    events.close();
  });
});
