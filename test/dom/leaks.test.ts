// Where else on a page secrets stand, and what people type: attributes, editable texts, frames, shadow roots, fields that change
// their type, keys shown as text. None of it leaves the browser.
import { rmSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startRedis, type TestRedis } from '../kit/redis.ts';
import { buildShim, startBrowser } from '../shim/browser.ts';
import { type House, open, type Served, signedIn, startHouse } from './house.ts';

const page = (body: string): Served => ({
  body: `<!doctype html><html><head><title>Devices</title></head><body>${body}<p id="said">plain words</p></body></html>`,
});
const FIELDS = `<form><input id="pw" name="password" type="password" value="CANARY-old" placeholder="CANARY-hint" title="CANARY-title" data-value="CANARY-data">
<label for="rk">Recovery key</label><input id="rk" value="CANARY-labelled"><label>Unlock code <input id="uc" value="CANARY-wrapped"></label>
<input id="name" placeholder="Name of the device"><textarea id="area" name="private_key">CANARY-area</textarea></form>`;
const KEY = 'ABCD-EF12-GH34-IJ56-KL78-MN90';
const PAGES: { [path: string]: Served } = {
  '/fields': page(FIELDS),
  '/frame': page('<iframe id="f" src="/fields"></iframe>'),
  '/shadow': page(
    `<div id="host"></div><script>document.getElementById('host').attachShadow({ mode: 'open' }).innerHTML = ${JSON.stringify(FIELDS)};</script>`,
  ),
  '/attributes':
    page(`<div id="app" data-page='{"props":{"apiToken":"CANARY-props"}}'></div><button data-clipboard-text="CANARY-clip">Copy</button>
<a id="a" href="otpauth://totp/x?secret=CANARY-totp">code</a><form action="/x?session=CANARY-action"><button id="fa" formaction="/y?token=CANARY-formaction">go</button></form>
<my-field id="own" value="CANARY-own" api-key="CANARY-apikey"></my-field><object data="/z?sig=CANARY-object"></object>
<div data-url="/enroll?enrollment_token=CANARY-url" data-password="CANARY-datapw" aria-label="Password: CANARY-aria"></div>
<img alt="" src="/i.png?auth=CANARY-img" srcset="/i.png?token=CANARY-srcset 2x"><canvas id="c" width="200" height="40"></canvas>
<video poster="/p?key=CANARY-poster"></video><input type="image" src="/s?secret=CANARY-inputsrc">`),
  '/shapes': page(
    `<table><tr><td>FileVault</td><td id="key">${KEY}</td></tr></table><pre id="pem">x</pre><div title="${KEY}">t</div>`,
  ),
  '/editable': page(
    '<div id="e" contenteditable="true">CANARY-draft</div><div id="later">CANARY-not typed</div><div id="role" role="textbox" contenteditable="plaintext-only"></div>',
  ),
};

let browser: Browser;
let redis: TestRedis;
let house: House;
let shown: House;
let context: BrowserContext;
let dist = '';

beforeAll(async () => {
  dist = await buildShim();
  [browser, redis] = await Promise.all([startBrowser(), startRedis({ commandTimeout: 3000 })]);
  const pages = (path: string) => PAGES[path.split('?')[0] ?? ''] ?? page('<p>none</p>');
  house = await startHouse({ redis, dist, pages });
  shown = await startHouse({ redis, dist, pages, dom: { inputs: 'shown' } });
  context = await signedIn(browser);
});
afterAll(async () => {
  await browser?.close();
  await house?.close();
  await shown?.close();
  await redis?.stop();
  rmSync(dist, { recursive: true, force: true });
});
afterEach(async () => {
  for (const one of context.pages()) await one.close();
});

const textOf = async (at: House, page: Page): Promise<string> =>
  JSON.stringify(at.page(await page.evaluate("window[Symbol.for('sallyport.page')]?.id()")));
/** Everything that was recorded of the page, once its last change is in it. */
async function recorded(at: House, page: Page): Promise<string> {
  await page.evaluate("document.getElementById('said').textContent = 'at last'");
  await expect.poll(() => textOf(at, page), { interval: 50 }).toContain('at last');
  return textOf(at, page);
}
const canaries = (text: string): string[] => [...new Set(text.match(/CANARY[-\w ]{0,30}/g) ?? [])];

test.each([
  ['masked', '/fields', ''],
  ['shown', '/fields', ''],
  ['masked', '/frame', "document.getElementById('f').contentDocument"],
  ['shown', '/frame', "document.getElementById('f').contentDocument"],
  ['shown', '/shadow', "document.getElementById('host').shadowRoot"],
])('secret fields, with typing %s: %s', async (inputs, path, root) => {
  const at = inputs === 'shown' ? shown : house;
  const page = await open(context, `${at.origin}${path}`);
  await expect.poll(() => textOf(at, page)).toContain('Recovery key');
  const frame = path === '/frame' ? page.frames()[1] : page.mainFrame();
  await frame?.fill('#pw', 'CANARY-typed');
  await frame?.fill('#name', 'kitchen tablet');
  await frame?.fill('#rk', 'CANARY-typed key');
  await frame?.fill('#uc', 'CANARY-typed code');
  await page.evaluate(`{ const pw = (${root || 'document'}).querySelector('#pw'); pw.type = 'text'; pw.placeholder = 'CANARY-later';
    pw.setAttribute('value', 'CANARY-later'); pw.title = 'CANARY-later'; const area = (${root || 'document'}).querySelector('#area');
    area.firstChild.data = 'CANARY-data'; area.textContent = 'CANARY-text'; area.value = 'CANARY-value';
    const made = pw.cloneNode(true); pw.parentNode.append(made); }`);
  await frame?.fill('#pw', 'CANARY-typed in the open');
  const text = await recorded(at, page);
  expect(canaries(text)).toEqual([]);
  // Typing in shadow roots is not followed.
  expect(text.includes('kitchen tablet')).toBe(inputs === 'shown' && path !== '/shadow');
});

test('attributes: state for scripts, clipboards, addresses with tokens, elements of the page’s own', async () => {
  const page = await open(context, `${house.origin}/attributes`);
  await expect.poll(() => textOf(house, page)).toContain('plain words');
  await page.evaluate(`{ document.getElementById('own').setAttribute('value', 'CANARY-own2'); document.getElementById('fa').setAttribute('formaction', '/q?token=CANARY-later');
    document.getElementById('a').setAttribute('href', '/q#access_token=CANARY-later'); document.getElementById('app').dataset.page = '{"token":"CANARY-later"}';
    document.getElementById('c').getContext('2d').fillText('CANARY-canvas', 5, 20); navigator.clipboard?.writeText('CANARY-copied').catch(() => 0); }`);
  const text = await recorded(house, page);
  expect(canaries(text)).toEqual([]);
  expect(text).toContain('otpauth://totp/x?secret=***');
});

test('keys that are known by how they look are not recorded from texts and attributes', async () => {
  const page = await open(context, `${house.origin}/shapes`);
  await expect.poll(() => textOf(house, page)).toContain('plain words');
  await page.evaluate(`document.getElementById('pem').textContent = '-----BEGIN PRIVATE KEY-----\\nCANARY-pem\\n-----END PRIVATE KEY-----';
    document.getElementById('key').firstChild.data = 'the key: ${KEY.toLowerCase().toUpperCase()}'`);
  const text = await recorded(house, page);
  expect([canaries(text), text.includes('EF12')]).toEqual([[], false]);
});

test('what is typed into editable texts is masked like fields are', async () => {
  const page = await open(context, `${house.origin}/editable`);
  await expect.poll(() => textOf(house, page)).toContain('plain words');
  await page.click('#e');
  await page.keyboard.type('CANARY-typed');
  await page.evaluate(
    "document.getElementById('later').textContent = ''; document.getElementById('later').contentEditable = 'true'",
  );
  await page.click('#role');
  await page.keyboard.type('CANARY-role');
  const text = await recorded(house, page);
  expect(canaries(text)).toEqual(['CANARY-not typed']);
});
