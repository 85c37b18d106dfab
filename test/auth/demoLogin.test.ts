// Signing in with a real OpenID provider: the demo's. What hostile IdPs do is in login.test.ts.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DemoIdp, startDemoIdp } from '../../demo/idp/server.ts';
import { startRedis, type TestRedis } from '../kit/redis.ts';
import { type Browser, createBrowser, startPortal, type TestPortal } from './portal.ts';

let redis: TestRedis;
let portal: TestPortal;
let idp: DemoIdp;

beforeAll(async () => {
  redis = await startRedis({ commandTimeout: 5000 });
  portal = await startPortal(redis);
  const client = { clientId: 'sallyport', clientSecret: 'a secret of the tests' };
  idp = await startDemoIdp({
    ...{ host: '127.0.0.1', port: 0, ...client, redirectUris: [portal.callback] },
    issuer: (port) => `http://idp.localhost:${port}`,
  });
  portal.serve({ issuer: idp.issuer, ...client });
});
afterAll(async () => {
  await portal?.close();
  await idp?.close();
  await redis?.stop();
});

/** Follows redirects, and chooses a person when asked. @returns where it ended */
async function follow(browser: Browser, start: string, choice: Record<string, string>): Promise<Response> {
  let address = start;
  for (let hops = 0; hops < 12; hops += 1) {
    let answer = await browser.send(address);
    if (answer.status === 200 && address.includes('/interaction/'))
      answer = await browser.send(address, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(choice).toString(),
      });
    const location = answer.headers.get('location');
    if (location === null) return answer;
    address = new URL(location, address).href;
  }
  throw new Error('too many redirects');
}

test.each([
  ['ada', 'Ada Admin', ['mdm-admins'], { ask: true, approve: false }],
  ['olga', 'Olga Operator', ['mdm-admins', 'mdm-approvers'], { ask: true, approve: true }],
  ['mallory', 'Mallory Nobody', [], { ask: false, approve: false }],
])('%s signs in at a real IdP', async (login, name, groups, may) => {
  const browser = createBrowser(portal.origin);
  const page = await follow(browser, `${portal.origin}/login?to=/access`, { person: login });
  expect(page.status).toBe(200);
  const { me } = await browser.me();
  expect(me).toMatchObject({ person: { id: `${idp.issuer}#u-${login}`, name, groups }, may });
});

test('a fresh sign-in is asked for again although the IdP knows the person', async () => {
  const browser = createBrowser(portal.origin);
  await follow(browser, `${portal.origin}/login`, { person: 'ada' });
  const first = (await browser.me()).me.session as { id: string; authenticatedAt: number };
  await new Promise((resolve) => setTimeout(resolve, 1100));
  await follow(browser, `${portal.origin}/login?fresh=1`, { person: 'ada' });
  const second = (await browser.me()).me.session as { id: string; authenticatedAt: number };
  expect(second.id).not.toBe(first.id);
  expect(second.authenticatedAt).toBeGreaterThan(first.authenticatedAt);
});

test('who cancels at the IdP gets a clear page and no session', async () => {
  const browser = createBrowser(portal.origin);
  const page = await follow(browser, `${portal.origin}/login`, { cancel: '1' });
  expect(page.status).toBe(400);
  expect(await page.text()).toContain('The sign-in did not work');
  expect((await browser.me()).status).toBe(401);
});
