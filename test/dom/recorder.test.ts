// What a console page looks like, recorded by Chromium: first in the page, masked, alive, and in nobody's way.
import { rmSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { DomEvent } from '../../src/audit/recording/domEvents.ts';
import { startRedis, type TestRedis } from '../kit/redis.ts';
import { buildShim, startBrowser } from '../shim/browser.ts';
import { type House, open, type Served, signedIn, startHouse } from './house.ts';

let browser: Browser;
let redis: TestRedis;
let house: House;
let context: BrowserContext;
let dist = '';

const page = (body: string, head = ''): Served => ({
  body: `<!doctype html><html><head>${head}<title>Devices</title></head><body>${body}</body></html>`,
});
const PAGES: { [path: string]: Served } = {
  '/': page('<h1>Devices of Acme</h1><button id="b">Go</button><p id="p">first</p>'),
  '/form': page(
    `<meta name="csrf-token" content="CANARY-meta"><form>
<input id="name" value="CANARY-default"><input id="empty" value="CANARY-emptied"><input type="hidden" name="csrf" value="CANARY-hidden">
<input id="pw" type="password"><input id="otp" autocomplete="one-time-code"><textarea id="note">CANARY-note</textarea>
<select id="sel"><option>red</option><option>blue</option></select><input id="made">
<p class="recovery">CANARY-recovery</p><a href="/go?token=CANARY-href&x=1">go</a><p id="said">plain words</p></form>`,
    '<script>window.scripted = "CANARY-script";</script>',
  ),
  '/early': page(
    '<h1>early</h1>',
    `<script>
window.first = document.querySelector('script').src;
window.fetch = () => Promise.reject(new Error('mine')); JSON.stringify = () => 'mine';
Array.prototype.toJSON = function () { return 'mine'; }; window.setInterval = () => 0; window.Blob = null; window.Response = null;
EventTarget.prototype.addEventListener = () => undefined; performance.now = () => 0;</script>`,
  ),
  '/strict': {
    ...page('<h1>strict</h1>'),
    headers: {
      'content-security-policy':
        "default-src 'none'; script-src 'nonce-abc123'; style-src 'nonce-abc123'; connect-src 'self'; base-uri 'none'; require-trusted-types-for 'script'",
    },
  },
  '/mute': {
    ...page('<h1>mute</h1>', '<script>fetch</script>'),
    headers: { 'content-security-policy': "script-src 'self' 'unsafe-inline'; connect-src https://api.example.com" },
  },
  '/closed': { ...page('<h1>closed</h1>'), headers: { 'content-security-policy': "script-src 'sha256-abc='" } },
  '/frames': page('<h1>outer</h1><iframe src="/inner"></iframe>'),
  '/inner': page('<button id="in">inner words</button>'),
};

beforeAll(async () => {
  dist = await buildShim();
  [browser, redis] = await Promise.all([startBrowser(), startRedis({ commandTimeout: 3000 })]);
  house = await startHouse({
    redis,
    dist,
    pages: (path) => PAGES[path.split('?')[0] ?? ''] ?? page('<p>none</p>'),
    dom: { maskText: ['.recovery'] },
  });
  context = await signedIn(browser);
});
afterAll(async () => {
  await browser?.close();
  await house?.close();
  await redis?.stop();
  rmSync(dist, { recursive: true, force: true });
});
afterEach(async () => {
  house.answers = null;
  for (const one of context.pages()) await one.close();
});

const ID = "document[Symbol.for('x')] ?? window[Symbol.for('sallyport.page')]?.id()";
const idOf = (page: Page): Promise<string> => page.evaluate(ID);
const eventsOf = async (page: Page): Promise<DomEvent[]> => house.page(await idOf(page));
const textOf = async (page: Page): Promise<string> => JSON.stringify(await eventsOf(page));
const shows = (page: Page, text: string) =>
  expect.poll(() => textOf(page), { timeout: 10_000, interval: 50 }).toContain(text);
const post = (page: Page, path: string): Promise<{ status: number; refused: string | null }> =>
  page.evaluate(
    `fetch('${path}', { method: 'POST' }).then((answer) => ({ status: answer.status, refused: answer.headers.get('X-Sallyport-Refused') }))`,
  );

test('a page is recorded from its first picture on, and its changes after that', async () => {
  const page = await open(context, `${house.origin}/?token=CANARY-url#CANARY-hash`);
  await shows(page, 'Devices of Acme');
  await page.evaluate("document.getElementById('p').textContent = 'second words'");
  await shows(page, 'second words');
  const [start] = house.told.pages.filter(({ what }) => what === 'start');
  expect(start).toMatchObject({ id: await idOf(page), session: 'ses_ada', console: 'acme', mode: 'dom' });
  const events = await eventsOf(page);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, at) => at));
  // Where it is, without what may be a token.
  expect(JSON.stringify(events)).not.toContain('CANARY');
});

test('what is typed, passwords shown as text, hidden values, tokens and named texts never leave the browser', async () => {
  const page = await open(context, `${house.origin}/form`);
  await shows(page, 'plain words');
  await page.fill('#empty', '');
  await page.fill('#name', 'CANARY-typed');
  await page.fill('#pw', 'CANARY-password');
  await page.evaluate("document.getElementById('pw').type = 'text'");
  await page.fill('#otp', 'CANARY-code');
  await page.evaluate("document.getElementById('made').setAttribute('value', 'CANARY-attribute')");
  await page.evaluate("document.getElementById('made').value = 'CANARY-script-set'");
  await page.evaluate("document.getElementById('note').textContent = 'CANARY-area'");
  await page.evaluate("document.querySelector('.recovery').textContent = 'CANARY-new recovery'");
  await page.evaluate("document.forms[0].append(document.getElementById('empty').cloneNode(true))");
  await page.evaluate("document.getElementById('said').textContent = 'at last'");
  await shows(page, 'at last');
  const text = await textOf(page);
  expect(text.match(/CANARY[^"]{0,30}/g) ?? []).toEqual([]);
  expect(text).toContain('••••••••');
});

test('the recorder is first: scripts that change what the browser gives do not stop it', async () => {
  const page = await open(context, `${house.origin}/early`);
  expect(await page.evaluate('window.first')).toContain('/.sallyport/recorder.js?v=');
  await shows(page, 'early');
});

test('a strict policy with a nonce is enough, and nothing of it is broken', async () => {
  const page = await context.newPage();
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  await page.goto(`${house.origin}/strict`);
  await shows(page, 'strict');
  expect(said).toEqual([]);
});

test('where the page policy does not let it speak, the recording says so and acts go through as they did', async () => {
  for (const [path, why] of [
    ['/mute', 'talk'],
    ['/closed', 'no script'],
  ] as const) {
    const before = house.told.pages.length;
    const page = await open(context, `${house.origin}${path}`);
    await expect.poll(() => house.told.pages.length).toBeGreaterThan(before);
    const told = house.told.pages.at(-1);
    expect(told).toMatchObject({ what: 'start', mode: 'exchanges' });
    expect(told?.why).toContain(why);
    expect(await page.evaluate("window[Symbol.for('sallyport.page')] === undefined")).toBe(true);
  }
});

test('acts carry the page and whether a person had clicked or typed', async () => {
  const page = await open(context, `${house.origin}/`);
  const id = await idOf(page);
  // The very first act after the page was loaded: no race.
  expect(await post(page, '/devices/d-1/wipe')).toEqual({ status: 200, refused: null });
  await page.click('#b');
  expect(await post(page, '/devices/d-2/wipe')).toEqual({ status: 200, refused: null });
  const [first, second] = (house.gates[0]?.recordings ?? [])
    .filter(({ opening }) => opening.method === 'POST')
    .slice(-2)
    .map(({ opening }) => opening);
  expect(first).toMatchObject({ page: id, gesture: false, facts: { recorded: 'page' } });
  expect(second).toMatchObject({ page: id, gesture: true, facts: { recorded: 'page' } });
});

test('a frame of the same origin is a part of the page: one track, and its acts are the page’s', async () => {
  const page = await open(context, `${house.origin}/frames`);
  await shows(page, 'inner words');
  const [, inner] = page.frames();
  await inner?.click('#in');
  await inner?.evaluate("fetch('/devices/d-3/wipe', { method: 'POST' }).then((answer) => answer.status)");
  // Loads of the page itself may be recorded after the act.
  const act = () => house.gates[0]?.recordings.find(({ opening }) => opening.target === '/devices/d-3/wipe')?.opening;
  await expect.poll(act).toMatchObject({ page: await idOf(page), gesture: true });
  // Pages of the tests before may still say that they end: only what begins counts.
  const id = await idOf(page);
  expect(house.told.pages.filter((told) => told.id === id).map(({ what }) => what)).toEqual(['start']);
  expect(house.told.pages.filter(({ url }) => url?.includes('/inner')).length).toBe(0);
});

test('document.open and document.write leave it recording', async () => {
  const page = await open(context, `${house.origin}/`);
  await shows(page, 'Devices of Acme');
  await page.evaluate("document.open(); document.write('<h1>written anew</h1><input id=i>'); document.close();");
  await shows(page, 'written anew');
  await page.evaluate("document.querySelector('h1').textContent = 'and changed'");
  await shows(page, 'and changed');
  // The recorder's own listeners are there again: a click is seen.
  const clicks = async () => (await textOf(page)).split('"source":2').length;
  const before = await clicks();
  await expect
    .poll(
      async () => {
        await page.click('#i');
        return clicks();
      },
      { timeout: 10_000, interval: 300 },
    )
    .toBeGreaterThan(before);
});

test('a page that goes away says so; the same page from the browser’s cache or a copied tab is told apart', async () => {
  const page = await open(context, `${house.origin}/`);
  await shows(page, 'Devices of Acme');
  const id = await idOf(page);
  await page.evaluate("document.getElementById('p').textContent = 'last words'; undefined");
  await page.goto(`${house.origin}/inner`);
  await expect
    .poll(() => house.told.pages.filter((line) => line.id === id).map(({ what }) => what))
    .toEqual(['start', 'end']);
  await expect.poll(() => JSON.stringify(house.page(id))).toContain('last words');
  await page.goBack();
  await shows(page, 'Devices of Acme');
});

test('a copied tab gets an id of its own', async () => {
  const page = await open(context, `${house.origin}/`);
  const html = await page.evaluate(
    `fetch('/', { headers: { accept: 'text/html', 'x-navigate': '1' } }).then((answer) => answer.text())`,
  );
  expect(String(html)).toContain('Devices of Acme');
  const id = await idOf(page);
  await shows(page, 'Devices of Acme');
  const copy = await context.newPage();
  await copy.route('**/', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<html><head><script src="/.sallyport/recorder.js" data-page="${id}"></script></head><body>copied words</body></html>`,
    }),
  );
  await copy.goto(`${house.origin}/`);
  await expect.poll(() => idOf(copy)).not.toBe(id);
  await shows(copy, 'copied words');
  expect(await textOf(page)).not.toContain('copied words');
});

test('what the gateway did not take is sent again, and nothing stands there twice', async () => {
  const page = await open(context, `${house.origin}/`);
  await shows(page, 'Devices of Acme');
  let refusals = 0;
  house.answers = (url) => (url.includes('record') && refusals++ < 2 ? 503 : null);
  await page.evaluate("document.getElementById('p').textContent = 'late words'");
  await shows(page, 'late words');
  expect(refusals).toBeGreaterThanOrEqual(2);
  const seqs = (await eventsOf(page)).map(({ seq }) => seq);
  expect(new Set(seqs).size).toBe(seqs.length);
});

test('where typing may be shown, secrets still are not, and the page says that it is recorded when it shall', async () => {
  const shown = await startHouse({
    redis,
    dist,
    pages: (path) => PAGES[path] ?? page('<p>none</p>'),
    dom: { inputs: 'shown', notice: true, maskText: ['.recovery'] },
  });
  try {
    const page = await open(context, `${shown.origin}/form`);
    const text = async () => JSON.stringify(shown.page(await idOf(page)));
    await expect.poll(text).toContain('plain words');
    await page.fill('#name', 'seen as typed');
    await page.fill('#pw', 'CANARY-password');
    await page.evaluate("document.getElementById('pw').type = 'text'");
    await page.fill('#pw', 'CANARY-password in the open');
    await page.fill('#otp', 'CANARY-code');
    await page.evaluate("document.getElementById('said').textContent = 'at last'");
    await expect.poll(text, { timeout: 10_000 }).toContain('at last');
    expect(await text()).toContain('seen as typed');
    const secrets = /CANARY-(password|code|hidden|meta|recovery|href|script)/;
    expect(secrets.exec(await text())?.[0]).toBeUndefined();
    // In the overlay's own place beside the page, where the page's scripts and the recording do not see it.
    expect(await page.evaluate("Boolean(document.querySelector('sallyport-shim'))")).toBe(true);
  } finally {
    await shown.close();
  }
});
