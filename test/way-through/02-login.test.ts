// Point 2: signing in. Each secret of the way counts once, for the browser that began; the way back stays on the console;
// logging out ends everything, everywhere, at once.
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../kit/arrivals.ts';
import { admin, person } from '../kit/people.ts';
import { sendRaw } from '../kit/rawClient.ts';
import { choosePerson, type Stack, signIn, startStack } from '../kit/stack.ts';
import { openSocket, openStream } from '../kit/streams.ts';
import { type Answer, createUserAgent, type UserAgent } from '../kit/userAgent.ts';

let stack: Stack;
let portal: string;
let console: string;
beforeAll(async () => {
  stack = await startStack();
  ({ portal, console } = stack.addresses);
});
afterAll(() => stack.close());

const hostOf = (origin: string) => new URL(origin).host;
const secretOf = (agent: UserAgent, origin: string) => agent.cookiesOf(hostOf(origin)).get('__Host-sallyport');
const step = (agent: UserAgent, url: string) => agent.send(url, { navigate: true });
const locationOf = (answer: Answer) => new URL(answer.headers.location ?? 'none:', answer.url).href;

/** Walks redirects as a navigation until one leads to `prefix`, which is not followed. */
async function walkTo(agent: UserAgent, from: Answer, prefix: string): Promise<string> {
  let at = from;
  for (let hops = 0; hops < 15; hops += 1) {
    const to = locationOf(at);
    if (to.startsWith(prefix)) return to;
    at = await step(agent, to);
  }
  throw new Error(`never came to ${prefix}`);
}
/** A sign-in that is stopped just before the portal hears of it. The identity provider asks, or knows the person still. */
async function callbackOf(agent: UserAgent, login: string, from = `${portal}/login?to=/`): Promise<string> {
  let at = await step(agent, from);
  while (at.status >= 300 && !locationOf(at).startsWith(`${portal}/callback`)) at = await step(agent, locationOf(at));
  if (at.status >= 300) return locationOf(at);
  const action = /<form method="post" action="([^"]+)"/.exec(at.text())?.[1] ?? '';
  const chosen = await agent.send(new URL(action, at.url).href, {
    method: 'POST',
    navigate: true,
    body: new URLSearchParams({ person: login }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
  });
  return walkTo(agent, chosen, `${portal}/callback`);
}
const refusesLogin = (answer: Answer) => {
  expect(answer.status).toBe(400);
  expect(answer.text()).toContain('The sign-in did not work');
};

describe('at the identity provider', () => {
  test('the way out carries state, nonce and a PKCE challenge, new ones each time', async () => {
    const [one, two] = await Promise.all(
      [createUserAgent(), createUserAgent()].map(async (agent) => {
        const { searchParams } = new URL(locationOf(await step(agent, `${portal}/login?to=/`)));
        expect(searchParams.get('response_type')).toBe('code');
        expect(searchParams.get('code_challenge_method')).toBe('S256');
        expect(searchParams.get('redirect_uri')).toBe(`${portal}/callback`);
        const secrets = ['state', 'nonce', 'code_challenge'].map((name) => searchParams.get(name) ?? '');
        for (const secret of secrets) expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
        return secrets;
      }),
    );
    expect(new Set([...(one ?? []), ...(two ?? [])]).size).toBe(6);
  });
  test('the way back counts once', async () => {
    const agent = createUserAgent();
    const callback = await callbackOf(agent, 'ada');
    expect((await step(agent, callback)).status).toBe(302);
    const first = secretOf(agent, portal);
    refusesLogin(await step(agent, callback));
    expect(secretOf(agent, portal)).toBe(first);
  });
  test('at the same instant it counts once too', async () => {
    const agent = createUserAgent();
    const callback = await callbackOf(agent, 'ada');
    const answers = await Promise.all(Array.from({ length: 10 }, () => step(agent, callback)));
    expect(answers.filter(({ status }) => status === 302)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(9);
  });
  test('it counts for the browser that began and for no other, and is spent by the attempt', async () => {
    const [ada, mallory] = [createUserAgent(), createUserAgent()];
    const callback = await callbackOf(ada, 'ada');
    refusesLogin(await step(mallory, callback));
    await step(mallory, `${portal}/login?to=/`);
    refusesLogin(await step(mallory, callback));
    expect(secretOf(mallory, portal)).toBeUndefined();
  });
  test.each(['state', 'code', 'iss'])('a way back with another %s is none', async (name) => {
    const agent = createUserAgent();
    const callback = new URL(await callbackOf(agent, 'ada'));
    callback.searchParams.set(name, name === 'iss' ? 'http://evil.example' : 'A'.repeat(43));
    refusesLogin(await step(agent, callback.href));
    callback.searchParams.delete(name);
    refusesLogin(await step(agent, callback.href));
    expect(secretOf(agent, portal)).toBeUndefined();
  });
  test('a code of one login does not finish another', async () => {
    const agent = createUserAgent();
    const one = new URL(await callbackOf(agent, 'ada'));
    const two = new URL(await callbackOf(agent, 'ada'));
    two.searchParams.set('code', one.searchParams.get('code') ?? '');
    refusesLogin(await step(agent, two.href));
  });
});

describe('where a login leads', () => {
  test.each([
    ['/approvals', '/approvals'],
    ['//evil.example/', '/'],
    ['https://evil.example/', '/'],
    ['/\\evil.example', '/'],
    ['/%0d%0aSet-Cookie:x=1', null],
    ['javascript:alert(1)', '/'],
  ])('to=%s', async (to, path) => {
    const agent = createUserAgent();
    const back = await step(agent, await callbackOf(agent, 'ada', `${portal}/login?to=${encodeURIComponent(to)}`));
    expect(back.status).toBe(302);
    const location = new URL(locationOf(back));
    expect(location.origin).toBe(portal);
    if (path !== null) expect(location.pathname).toBe(path);
  });
  test('back to the page of the console that was asked for first, with its query', async () => {
    const agent = createUserAgent();
    const page = await agent.visit(`${console}/devices/d-0142?from=mail&n=1`);
    const after = await choosePerson(agent, page, 'ada');
    // The console itself asks for its own sign-in there, and knows where she wanted to go.
    expect(after.url).toBe(`${console}/login?next=${encodeURIComponent('/devices/d-0142?from=mail&n=1')}`);
    expect(after.status).toBe(200);
  });
  test('who is signed in already comes in without being asked', async () => {
    const agent = await signIn(stack, 'ada');
    expect((await agent.visit(`${console}/login`)).url).toBe(`${console}/login`);
  });
});

describe('the hand-off to the console', () => {
  const begin = async (agent: UserAgent, path = '/login') =>
    walkTo(agent, await step(agent, `${console}${path}`), `${console}/.sallyport/enter`);

  test('its code counts once', async () => {
    const agent = await signIn(stack, 'ada');
    const enter = await begin(agent);
    expect(new URL(enter).searchParams.get('code')).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const cookie = agent.cookieHeader(hostOf(console));
    expect((await step(agent, enter)).status).toBe(302);
    const again = await agent.send(enter, { navigate: true, headers: { cookie } });
    expect(again.status).toBe(400);
    expect(again.headers['set-cookie']?.join()).not.toContain('__Host-sallyport=');
  });
  test('it counts for the browser that asked: nobody is signed in to somebody else’s session by a link', async () => {
    const [ada, victim] = [await signIn(stack, 'ada'), createUserAgent()];
    const bare = await step(victim, await begin(ada));
    expect(bare.status).toBe(400);
    // With a hand-off cookie of its own it is the same, even under the name that Ada's has.
    await step(victim, `${console}/devices`);
    expect((await step(victim, await begin(ada))).status).toBe(400);
    const enter = await begin(ada);
    const [own = ''] = victim.cookiesOf(hostOf(console)).values();
    const cookie = `__Host-sallyport-handoff-${new URL(enter).searchParams.get('tab')}=${own}`;
    expect((await victim.send(enter, { navigate: true, headers: { cookie } })).status).toBe(400);
    expect(secretOf(victim, console)).toBeUndefined();
  });
  test('the way back in its cookie cannot lead away from the console', async () => {
    for (const path of ['//evil.example/', 'https://evil.example/', '/\\evil.example', '/x\r\nSet-Cookie: a=b']) {
      const agent = await signIn(stack, 'ada');
      const enter = await begin(agent);
      const [[name = '', value = ''] = []] = agent.cookiesOf(hostOf(console));
      const [secret] = value.split('.');
      const cookie = `${name}=${secret}.${Buffer.from(path).toString('base64url')}`;
      const answer = await agent.send(enter, { navigate: true, headers: { cookie } });
      expect([answer.status, answer.headers.location]).toEqual([302, '/']);
    }
  });
  test('tabs that open at once all come in, each to its own page', async () => {
    const agent = await signIn(stack, 'ada');
    const paths = ['/devices', '/users', '/apps', '/events', '/profiles'];
    const pages = await Promise.all(paths.map((path) => agent.visit(`${console}${path}`)));
    expect(pages.map(({ status, url }) => [status, new URL(url).searchParams.get('next')])).toEqual(
      paths.map((path) => [200, path]),
    );
    expect([...agent.cookiesOf(hostOf(console)).keys()]).toEqual(['__Host-sallyport']);
  });
  test('logins that nobody finishes do not pile up in the browser', async () => {
    const agent = createUserAgent();
    for (let times = 0; times < 12; times += 1) await step(agent, `${console}/devices?page=${times}`);
    expect(agent.cookiesOf(hostOf(console)).size).toBe(4);
    await choosePerson(agent, await agent.visit(`${console}/login`), 'ada');
    expect(secretOf(agent, console)).toHaveLength(43);
  });
  test('a code that is redeemed twice at the same instant gives one cookie', async () => {
    const agent = await signIn(stack, 'ada');
    const enter = await begin(agent);
    const answers = await Promise.all(Array.from({ length: 10 }, () => step(agent, enter)));
    expect(answers.map(({ status }) => status).sort()).toEqual([302, ...Array.from({ length: 9 }, () => 400)]);
  });
  test('two codes, a code for a console that there is not, a key that is none', async () => {
    const agent = await signIn(stack, 'ada');
    const enter = await begin(agent);
    expect((await step(agent, `${enter}&code=${'A'.repeat(43)}`)).status).toBe(400);
    for (const query of ['console=other&key=x', `console=other&key=${'A'.repeat(43)}`, 'console=acme&key=x', ''])
      expect((await step(agent, `${portal}/handoff?${query}`)).status).toBe(404);
  });
  test('each origin has a cookie of its own, good there and nowhere else', async () => {
    const agent = await signIn(stack, 'ada');
    await agent.visit(`${console}/login`);
    const [here, there] = [secretOf(agent, portal), secretOf(agent, console)];
    expect(here).toHaveLength(43);
    expect(there).toHaveLength(43);
    expect(here).not.toBe(there);
    expect([...agent.cookiesOf(hostOf(console)).keys()]).toEqual(['__Host-sallyport']);
    const swapped = { headers: { cookie: `__Host-sallyport=${there}` } };
    expect((await agent.send(`${portal}/api/me`, swapped)).status).toBe(401);
  });
});

describe('the session', () => {
  test('a secret that was planted before the login is not taken over', async () => {
    const agent = createUserAgent();
    const planted = 'B'.repeat(43);
    const callback = await callbackOf(agent, 'ada');
    const cookie = `${agent.cookieHeader(hostOf(portal))}; __Host-sallyport=${planted}`;
    const answer = await agent.send(callback, { navigate: true, headers: { cookie } });
    expect(answer.status).toBe(302);
    expect(secretOf(agent, portal)).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(secretOf(agent, portal)).not.toBe(planted);
  });
  test('signing in again is a new session: the one before has ended, on the console too', async () => {
    const agent = await signIn(stack, 'ada');
    await agent.visit(`${console}/login`);
    const before = (await agent.call(`${portal}/api/me`, 'GET')).json<{ session: { id: string } }>();
    const old = agent.cookieHeader(hostOf(portal));
    await choosePerson(agent, await agent.visit(`${portal}/login?to=/&fresh=1`), 'ada');
    const after = (await agent.call(`${portal}/api/me`, 'GET')).json<{ session: { id: string } }>();
    expect(after.session.id).not.toBe(before.session.id);
    const stale = await agent.send(`${portal}/api/me`, { headers: { cookie: old } });
    expect([stale.status, stale.json().reason]).toEqual([401, 'session.revoked']);
    const there = await agent.call(`${console}/api/me`, 'GET');
    expect([there.status, there.json().reason]).toEqual([401, 'session.revoked']);
  });
  test('a link to /login from elsewhere does not end the session', async () => {
    const agent = await signIn(stack, 'ada');
    const before = secretOf(agent, portal);
    await agent.visit(`${portal}/login?to=/access`);
    expect(secretOf(agent, portal)).toBe(before);
  });
});

describe('logging out', () => {
  const shim = { 'x-sallyport-shim': '1' };
  test.each(['portal', 'console'])(
    'at the %s ends the session everywhere, what is open too, within 250 ms',
    async (where) => {
      const ada = await admin(stack, 'ada');
      const { agent } = ada;
      const cookies = { portal: agent.cookieHeader(hostOf(portal)), console: agent.cookieHeader(hostOf(console)) };
      const socket = await openSocket(agent, `${console}/ws/events`);
      const feed = await openStream(agent, `${console}/api/stream`);
      const hints = await openStream(agent, `${portal}/api/events`);
      const pageHints = await openStream(agent, `${console}/.sallyport/events`);
      const other = await admin(stack, 'ada');
      const bystander = await openSocket(other.agent, `${console}/ws/events`);
      await feed.has('hello');
      await until(() => socket.messages.length > 0);

      const at = performance.now();
      const out =
        where === 'portal'
          ? await ada.post('/api/logout')
          : await agent.call(`${console}/.sallyport/logout`, 'POST', {}, shim);
      expect(out.status).toBe(204);
      const ends = [socket, feed, hints, pageHints];
      await until(() => ends.every((one) => one.endedAt() !== undefined));
      for (const one of ends) expect((one.endedAt() ?? Number.NaN) - at).toBeLessThan(250);
      expect(hints.text()).toContain('event: ended');
      expect(pageHints.text()).toContain('event: ended');

      for (const [url, cookie] of [
        [`${portal}/api/me`, cookies.portal],
        [`${console}/api/me`, cookies.console],
        [`${console}/.sallyport/me`, cookies.console],
      ] as const) {
        const answer = await agent.send(url, { headers: { cookie } });
        expect([answer.status, answer.json().reason], url).toEqual([401, 'session.revoked']);
      }
      expect(bystander.endedAt()).toBeUndefined();
      expect((await other.call('GET', '/api/me')).status).toBe(200);
      bystander.close();
    },
  );
  test('a download that runs ends with the session', async () => {
    const ada = await admin(stack, 'ada');
    const { id } = (await ada.call('GET', '/api/apps')).json<{ apps: { id: string }[] }>().apps[0] ?? { id: '' };
    const download = await openStream(ada.agent, `${console}/api/apps/${id}/download?size=2147483648`);
    expect(download.status).toBe(200);
    const at = performance.now();
    expect((await ada.post('/api/logout')).status).toBe(204);
    await until(() => download.endedAt() !== undefined);
    expect((download.endedAt() ?? Number.NaN) - at).toBeLessThan(1000);
    expect(download.text().length).toBeLessThan(2147483648);
  });
  test('an upload that runs ends with the session, and does not look whole', async () => {
    const ada = await admin(stack, 'ada');
    expect((await ada.stepUp()).status).toBe(200);
    const head = [
      'POST /api/apps HTTP/1.1',
      `Host: ${hostOf(console)}`,
      `Cookie: ${ada.agent.cookieHeader(hostOf(console))}`,
      `Origin: ${console}`,
      'Content-Type: multipart/form-data; boundary=x',
      'Content-Length: 1000000',
      '',
      '--x\r\n',
    ].join('\r\n');
    const before = stack.received.length;
    const reply = sendRaw(stack.port, head, 5000);
    await until(() => stack.received.length > before);
    const upload = stack.received[before];
    const at = performance.now();
    expect((await ada.post('/api/logout')).status).toBe(204);
    await reply;
    expect(performance.now() - at).toBeLessThan(1000);
    await wait(50);
    expect([upload?.target, upload?.complete]).toEqual(['/api/apps', false]);
  });
  test('it takes the portal’s own page: no GET, no other origin, no missing token', async () => {
    const grace = await person(stack, 'grace');
    expect((await grace.agent.send(`${portal}/api/logout`)).status).toBeGreaterThanOrEqual(400);
    expect((await grace.post('/api/logout', {}, { origin: console })).json()).toMatchObject({ reason: 'csrf' });
    expect((await grace.post('/api/logout', {}, { 'x-sallyport-csrf': 'x' })).json()).toMatchObject({ reason: 'csrf' });
    expect((await grace.read('/api/me')).status).toBe(200);
  });
});
