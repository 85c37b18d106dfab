// The identity provider and the console away, slow, cut off, talking garbage: a clear page, nothing lost, nothing crashes,
// and everything comes back by itself.
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RefusalProblem } from '../../src/portal/contract/consolePages.ts';
import type { GrantView } from '../../src/portal/contract/grants.ts';
import { until } from '../kit/arrivals.ts';
import { admin, approver, device, granted, type Person, person } from '../kit/people.ts';
import { type RawAnswer, type RawUpstream, startRawUpstream } from '../kit/rawUpstream.ts';
import { signIn } from '../kit/stack.ts';
import { type Answer, createUserAgent, type UserAgent } from '../kit/userAgent.ts';
import { type House, startHouse, uncaught } from './house.ts';
import { journalOf, verified } from './journal.ts';

const reasonOf = (answer: Answer) => [answer.status, answer.headers['x-sallyport-refused']];

describe('the identity provider', () => {
  let house: House;
  beforeAll(async () => {
    house = await startHouse({ idp: false });
  });
  afterAll(() => house.close());
  /** Signs in at the identity provider and stops at the address that it sends the browser back to. */
  async function wayBack(agent: UserAgent): Promise<string> {
    const page = await agent.visit(`${house.addresses.portal}/login?to=/`);
    const action = /<form method="post" action="([^"]+)"/.exec(page.text())?.[1] ?? '';
    let answer = await agent.send(new URL(action, page.url).href, {
      method: 'POST',
      navigate: true,
      body: 'person=ada',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
    });
    for (;;) {
      const to = new URL(answer.headers.location ?? '', answer.url).href;
      if (to.startsWith(`${house.addresses.portal}/callback`)) return to;
      answer = await agent.send(to, { navigate: true });
    }
  }
  const login = () => createUserAgent().visit(`${house.addresses.portal}/login?to=/`);

  test('away at the start: the gateway starts, logins get a page that says so, and work when it comes', async () => {
    const page = await login();
    expect(reasonOf(page)).toEqual([503, 'idp.unavailable']);
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.text()).toContain('Your sign-in service does not answer');
    expect(page.headers['cache-control']).toBe('no-store');
    // No address, no stack, no name of a part of ours.
    expect(page.text()).not.toMatch(/ECONNREFUSED|127\.0\.0\.1|node_modules|at .*\.ts/);
    await house.startIdp();
    const there = performance.now();
    await until(async () => (await login()).status === 200, 10_000);
    console.log(`identity provider back: sign-in works ${Math.round(performance.now() - there)} ms later`);
    expect((await signIn(house, 'ada')).cookiesOf(new URL(house.addresses.portal).host).has('__Host-sallyport')).toBe(
      true,
    );
  });

  test('away later: live sessions go on with passkeys and grants, new logins wait, and come back', async () => {
    const ada = await admin(house, 'ada');
    const grace = await approver(house);
    // Somebody is on the way back from there, with a code in hand.
    const half = createUserAgent();
    const callback = await wayBack(half);
    await house.stopIdp();
    expect(reasonOf(await half.send(callback, { navigate: true }))).toEqual([503, 'idp.unavailable']);
    expect(half.cookiesOf(new URL(house.addresses.portal).host).has('__Host-sallyport')).toBe(false);
    // Nothing of ours stands in the way of a new login: whoever clicks is sent there, or told at once.
    const out = await createUserAgent().send(`${house.addresses.portal}/login?to=/`, { navigate: true });
    expect([302, 303, 503]).toContain(out.status);
    if (out.status !== 503) expect(out.headers.location).toContain(house.addresses.idp);
    expect((await ada.call('GET', '/api/devices/d-0142')).status).toBe(200);
    expect((await ada.stepUp()).status).toBe(200);
    expect((await ada.call('POST', '/api/devices/d-0142/lock', {})).status).toBe(202);
    await granted(ada, grace, { targets: [device('d-0142')] });
    await house.startIdp();
    await until(async () => (await login()).status === 200, 10_000);
    // It came back with another key: the first sign-in may still fall to the old one, "Sign in again" then works.
    await until(async () => {
      const { status } = await (await signIn(house, 'linus')).call(`${house.addresses.portal}/api/me`, 'GET');
      return status === 200 || (await wait(500, false));
    }, 15_000);
    expect(uncaught(house.gateway)).toEqual([]);
  });
});

describe('the console', () => {
  let house: House;
  let upstream: RawUpstream;
  let ada: Person;
  let grace: Person;
  const PAGE = (cookie = '') => `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n${cookie}Content-Length: 2\r\n\r\nok`;
  const accepted: RawAnswer = 'HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}';

  beforeAll(async () => {
    upstream = await startRawUpstream();
    house = await startHouse({
      upstream: upstream.origin,
      settings: 'limits: { upstream: 1s }\nredis: { commandTimeout: 1s }\n',
    });
    upstream.answer(PAGE());
    ada = await person(house, 'ada');
    expect((await ada.enrol()).status).toBe(200);
    await ada.agent.visit(`${house.addresses.console}/`);
    grace = await approver(house);
  });
  afterAll(async () => {
    await house.close();
    await upstream.close();
  });

  const read = (path = '/api/devices') => ada.agent.call(`${house.addresses.console}${path}`, 'GET');
  const usesLeft = async (id: string) => {
    const { grants } = (await ada.read('/api/grants?view=mine')).json<{ grants: GrantView[] }>();
    const grant = grants.find((one) => one.id === id);
    return [grant?.state, grant?.usesLeft];
  };
  let nth = 0;
  /** A wipe on a grant of its own, with everything that it needs; `before` it is sent, the console is changed. */
  async function wipe(before: () => void | Promise<void>) {
    nth += 1;
    const id = `d-0${200 + nth}`;
    const grant = await granted(ada, grace, { targets: [device(id)], uses: 1 });
    const send = (hold?: string) =>
      ada.agent.call(
        `${house.addresses.console}/api/devices/${id}/wipe`,
        'POST',
        { pin: '123456' },
        hold === undefined ? {} : { 'x-sallyport-hold': hold },
      );
    const { hold = '' } = (await send()).json<RefusalProblem>();
    expect((await ada.signHold(hold)).status).toBe(200);
    await before();
    return { answer: await send(hold), grant: grant.id, again: () => send(hold) };
  }
  const outcomeOf = async (grant: string) => {
    const entries = await journalOf(house.redisSocket);
    const intent = entries.find(({ kind, facts }) => kind === 'act.intent' && facts.grant === grant);
    return entries.find(({ kind, exchange }) => kind === 'act.outcome' && exchange === intent?.exchange)?.facts;
  };

  test('refuses connections: upstream.failed, and the use of the grant comes back, because nothing was sent', async () => {
    const { answer, grant, again } = await wipe(() => upstream.close());
    expect(reasonOf(answer)).toEqual([502, 'upstream.failed']);
    expect(await usesLeft(grant)).toEqual(['active', 1]);
    expect(await outcomeOf(grant)).toMatchObject({ sent: false, reason: 'upstream.failed' });
    // The signature was for one try.
    expect((await again()).json()).toMatchObject({ reason: 'hold.used' });
    expect(reasonOf(await read())).toEqual([502, 'upstream.failed']);
    const page = await ada.agent.visit(`${house.addresses.console}/devices`);
    expect(reasonOf(page)).toEqual([502, 'upstream.failed']);
    expect(page.text()).toContain('The console did not answer');
    expect(page.text()).not.toMatch(/ECONNREFUSED|127\.0\.0\.1:\d/);
    upstream = await startRawUpstream(upstream.port);
    upstream.answer(PAGE());
    expect((await read()).status).toBe(200);
  });

  test.each<[string, RawAnswer, number, string]>([
    ['hangs up without a word', (socket) => socket.destroy(), 502, 'upstream.failed'],
    ['says nothing', () => undefined, 504, 'upstream.timeout'],
    ['begins its head and stops', (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-'), 504, 'upstream.timeout'],
    ['speaks another language', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', 502, 'upstream.failed'],
    [
      'sends two lengths',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok',
      502,
      'upstream.failed',
    ],
    [
      'sends length and chunks',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      502,
      'upstream.failed',
    ],
    [
      'changes the protocol unasked',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
      502,
      'upstream.failed',
    ],
    ['has a status that is none', 'HTTP/1.1 999999 What\r\n\r\n', 502, 'upstream.failed'],
    [
      'has a head without end',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        for (let n = 0; n < 3000 && !socket.destroyed; n += 1) socket.write(`X-${n}: ${'y'.repeat(100)}\r\n`);
      },
      502,
      'upstream.failed',
    ],
  ])('%s: the use is gone, because something was sent', async (_what, bad, status, reason) => {
    const { answer, grant } = await wipe(() => upstream.answer(bad));
    expect(reasonOf(answer)).toEqual([status, reason]);
    expect(answer.json<RefusalProblem>().request).toMatch(/^exc_/);
    expect(await usesLeft(grant)).toEqual(['ended', 0]);
    expect(await outcomeOf(grant)).toMatchObject({ sent: true, reason });
    expect(reasonOf(await read('/api/devices/d-0142'))).toEqual([status, reason]);
    upstream.answer(PAGE());
    expect((await read()).status).toBe(200);
  });

  test('cut in the middle of an answer: the client sees it cut, never as whole, and the outcome says so', async () => {
    const cut: RawAnswer = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\nhalf of it');
      setTimeout(() => socket.destroy(), 50);
    };
    upstream.answer(cut);
    await expect(read()).rejects.toThrow(/aborted|hang up|ECONNRESET/);
    const chunks: RawAnswer = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n');
      setTimeout(() => socket.end(), 50);
    };
    upstream.answer(chunks);
    await expect(read()).rejects.toThrow(/aborted|hang up|ECONNRESET/);
    upstream.answer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nZZ\r\ngarbage');
    });
    await expect(read()).rejects.toThrow(/aborted|hang up|ECONNRESET/);
    let error: unknown;
    const known = new Set((await journalOf(house.redisSocket)).map(({ seq }) => seq));
    await wipe(() => upstream.answer(cut)).catch((thrown: unknown) => {
      error = thrown;
    });
    expect(String(error)).toMatch(/aborted|hang up|ECONNRESET/);
    await wait(100);
    const fresh = (await journalOf(house.redisSocket)).filter(({ seq }) => !known.has(seq));
    expect(fresh.find(({ kind }) => kind === 'act.outcome')?.facts).toMatchObject({ sent: true, end: 'failed' });
    upstream.answer(PAGE());
    expect((await read()).status).toBe(200);
  });

  test('slow, but within its time, is waited for; and a body that trickles is not cut', async () => {
    upstream.answer((socket) => {
      setTimeout(() => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n');
        let sent = 0;
        const timer = setInterval(() => {
          sent += 1;
          socket.write('x');
          if (sent === 10) clearInterval(timer);
        }, 150);
      }, 500);
    });
    const answer = await read();
    expect([answer.status, answer.text()]).toEqual([200, 'xxxxxxxxxx']);
  });

  test('an act that arrives is settled once, the journal is whole, and nothing was left uncaught', async () => {
    const { answer, grant } = await wipe(() => upstream.answer(accepted));
    expect(answer.status).toBe(202);
    expect(await outcomeOf(grant)).toMatchObject({ sent: true, status: 202, end: 'done' });
    const report = await verified(house.dataDir);
    expect(report).toMatchObject({ code: 0, ok: true, faults: [], unsettled: [] });
    expect(uncaught(house.gateway)).toEqual([]);
  });
});
