// The overlay in Chromium: a refused request of the page waits, is remedied and goes through, byte for byte the same.
import { readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildShim, gotten, type Options, openPage, startBrowser, until, violations } from './browser.ts';
import { type Gateway, startGateway } from './gateway.ts';

let browser: Browser;
let gateway: Gateway;
let page: Page;
let dist = '';
let special = false;

beforeAll(async () => {
  dist = await buildShim();
  [browser, gateway] = await Promise.all([startBrowser(), startGateway(dist)]);
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
  rmSync(dist, { recursive: true, force: true });
});
beforeEach(async () => {
  gateway.reset();
  if (page === undefined || page.isClosed() || special) {
    await page?.context().close();
    page = await openPage(browser, `${gateway.origin}/`);
    special = false;
  } else {
    await page.evaluate('sessionStorage.clear()');
    await page.goto(`${gateway.origin}/`);
  }
});

/** For a page that is not as the others are; the next test gets a new one. */
async function another(options: Options): Promise<void> {
  special = true;
  await page.context().close();
  page = await openPage(browser, `${gateway.origin}/`, options);
}

const dialog = () => page.getByRole('dialog');
const sent = (path: string) => gateway.seen.filter((one) => one.path === path);
const only = <T>(map: Map<string, T>): string => {
  expect(map.size).toBe(1);
  return [...map.keys()][0] ?? '';
};
async function askFor(reason = 'Lost in a taxi'): Promise<string> {
  await dialog().getByLabel('Reason').fill(reason);
  await dialog().getByRole('button', { name: 'Ask for access' }).click();
  await dialog().waitFor({ state: 'hidden' });
  return only(gateway.grants);
}
async function signInPopUp(button = 'Sign with passkey'): Promise<string> {
  const [popUp] = await Promise.all([
    page.context().waitForEvent('page'),
    dialog().getByRole('button', { name: button }).click(),
  ]);
  await popUp.waitForLoadState();
  const url = popUp.url();
  await popUp.close();
  return url;
}
async function axe(): Promise<string[]> {
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  const rules = JSON.stringify({ include: [['sallyport-shim']] });
  const result: { violations: { id: string; impact: string }[] } = await page.evaluate(`axe.run(${rules})`);
  return result.violations.filter((one) => ['serious', 'critical'].includes(one.impact)).map((one) => one.id);
}

describe('a refusal on fetch', () => {
  test('shows what was refused, what is needed and why; cancel gives the page the very refusal', async () => {
    await page.click('#wipe');
    await dialog().getByRole('heading', { name: 'Wipe 1 device: iPad of Marie (d-0142)' }).waitFor();
    const words = String(await dialog().textContent());
    for (const part of [
      'Erases everything on it. Cannot be undone.',
      'Access that somebody else approves',
      'Your passkey on this request',
      'after that',
      'Wiping needs just-in-time access.',
    ])
      expect(words).toContain(part);
    expect(await page.evaluate('window.got.wipe')).toBeNull();
    await dialog().getByText('Technical details').click();
    expect(await dialog().textContent()).toContain('exc_9aFq2vYyT0m1Xh3kQd7ZrA');
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    const got = await gotten(page, 'wipe');
    expect(got).toMatchObject({ status: 403, refused: 'grant.required' });
    expect(JSON.parse(String(got.body))).toMatchObject({ reason: 'grant.required', portal: gateway.portal });
    expect(sent('/api/devices/d-0142/wipe')).toHaveLength(1);
    expect(await violations(page)).toEqual([]);
  });

  test('ask, approval, passkey: the same bytes go out again with the hold, once', async () => {
    await page.click('#wipe');
    const grant = await askFor();
    expect(gateway.grants.get(grant)).toMatchObject({
      reason: 'Lost in a taxi',
      askedMinutes: 30,
      targets: [{ kind: 'device', id: 'd-0142' }],
      title: 'Wipe 1 device: iPad of Marie (d-0142)',
    });
    await page.getByText('Waiting for approval').waitFor();
    gateway.approve(grant);
    // A passkey still stands between, so it goes on by itself and asks for it.
    await dialog().getByRole('button', { name: 'Sign with passkey' }).waitFor();
    expect(await dialog().getByRole('list', { name: 'What you need' }).textContent()).toMatch(
      /somebody else approvesdone/,
    );
    const hold = only(gateway.holds);
    expect(await signInPopUp()).toBe(`${gateway.portal}/sign/${hold}`);
    expect(await page.evaluate('window.got.wipe')).toBeNull();
    gateway.sign(hold);
    expect(await gotten(page, 'wipe')).toMatchObject({ status: 200, refused: null });
    await dialog().waitFor({ state: 'hidden' });
    const all = sent('/api/devices/d-0142/wipe');
    expect(all.map(({ hold: id, go }) => [id, go])).toEqual([
      ['', false],
      ['', false],
      [hold, true],
    ]);
    expect(new Set(all.map((one) => `${one.method} ${one.digest} ${one.type}`)).size).toBe(1);
    expect(await violations(page)).toEqual([]);
  });

  test('without a passkey to come, an approved request goes on only when the person says so', async () => {
    await page.click('#profile');
    gateway.approve(await askFor());
    await page.getByText('Approved by grace for 30 minutes').waitFor();
    await page.waitForTimeout(150);
    expect(sent('/api/profile')).toHaveLength(1);
    await page.getByRole('button', { name: 'Continue' }).click();
    expect(await gotten(page, 'profile')).toMatchObject({ status: 200 });
    await page.locator('.pill').waitFor({ state: 'detached' });
  });

  test('the status line outlives navigation and then says to do it again; storage holds kind, id and title only', async () => {
    await page.click('#profile');
    const grant = await askFor('A secret reason');
    const stored = await page.evaluate('JSON.stringify({ ...sessionStorage })');
    expect(JSON.parse(JSON.parse(String(stored))['sallyport.asked'])).toEqual([
      { kind: 'grant', id: grant, title: 'Install the profile Wi-Fi on 1 device: d-0142' },
    ]);
    await page.goto(`${gateway.origin}/devices`);
    await page.getByText('Waiting for approval').waitFor();
    gateway.approve(grant);
    await page.getByText('You can do it now: Install the profile').waitFor();
    expect(await page.getByRole('button', { name: 'Continue' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Close' }).click();
    await page.goto(`${gateway.origin}/`);
    expect(await page.locator('.pill').count()).toBe(0);
  });

  test('a no is told with its reason, and the page hears the refusal', async () => {
    await page.click('#wipe');
    gateway.deny(await askFor(), 'Call me first');
    await page.getByText('grace said no: Call me first').waitFor();
    expect(await gotten(page, 'wipe')).toMatchObject({ status: 403, refused: 'grant.required' });
  });

  test('a fresh step-up: pop-up, then the request again without a hold', async () => {
    await page.click('#lock');
    expect(await signInPopUp('Use passkey')).toBe(`${gateway.portal}/stepup?console=mdm`);
    gateway.stepUp();
    expect(await gotten(page, 'lock')).toMatchObject({ status: 200 });
    expect(sent('/api/devices/d-0142/lock').map((one) => one.hold)).toEqual(['', '']);
  });

  test('a cancelled signature can be tried again, with a new hold', async () => {
    await page.click('#rename');
    const first = only(gateway.holds);
    await signInPopUp();
    gateway.cancelHold(first);
    await dialog().getByText('The signature was cancelled.').waitFor();
    await dialog().getByRole('button', { name: 'Try again' }).click();
    await dialog().getByRole('button', { name: 'Sign with passkey' }).waitFor();
    gateway.holds.delete(first);
    await signInPopUp();
    gateway.sign(only(gateway.holds));
    expect(await gotten(page, 'rename')).toMatchObject({ status: 200 });
    expect(sent('/api/rename').at(-1)).toMatchObject({ method: 'PUT', body: 'name=a+b%26c' });
  });

  test('a blocked pop-up becomes a link', async () => {
    special = true;
    await page.context().addInitScript('window.open = () => null');
    await page.reload();
    await page.click('#rename');
    await dialog().getByRole('button', { name: 'Sign with passkey' }).click();
    const link = dialog().getByRole('link', { name: 'Open it here' });
    expect(await link.getAttribute('href')).toBe(`${gateway.portal}/sign/${only(gateway.holds)}`);
    gateway.sign(only(gateway.holds));
    expect(await gotten(page, 'rename')).toMatchObject({ status: 200 });
  });

  test.each(['buffer', 'upload', 'xupload'])(
    '%s: a body that the page could change or that has a boundary is sent unchanged',
    async (name) => {
      await page.click(`#${name}`);
      await signInPopUp();
      gateway.sign(only(gateway.holds));
      expect(await gotten(page, name)).toMatchObject({ status: 200 });
      const acts = gateway.seen.filter((one) => one.method !== 'GET');
      expect(acts).toHaveLength(2);
      expect(acts[1]).toMatchObject({ digest: acts[0]?.digest, type: acts[0]?.type, body: acts[0]?.body });
      // Declared, not chunked: the gateway knows beforehand how much there is to judge.
      expect(acts.map((one) => Number(one.length) > 0)).toEqual([true, true]);
      if (name === 'buffer') expect(acts[1]?.body).toBe('\u0001\u0002\u0003\u00fa');
    },
  );

  test('a form in an XMLHttpRequest has the bytes that the browser itself would send, boundary aside', async () => {
    await page.click('#xupload');
    await dialog().waitFor();
    await page.goto(`${gateway.origin}/`);
    await page.evaluate(`(() => { const frame = document.createElement('iframe'); document.body.append(frame);
      const data = new FormData(); data.append('app "q"', 'line\\nbreak');
      data.append('file', new File(['PK\\u0003\\u0004 bytes'], 'nötes "2".apk', { type: 'application/x-apk' }));
      const native = new frame.contentWindow.XMLHttpRequest();
      native.open('POST', '/plain'); return new Promise((done) => { native.onloadend = done; native.send(data); }).then(() => null); })()`);
    const plain = ({ body, type }: { body: string; type: string }) =>
      body.replaceAll(/boundary=(.+)/.exec(type)?.[1] ?? 'none', 'B');
    const [ours] = sent('/api/upload');
    const [native] = sent('/plain');
    if (!ours || !native) throw new Error('both were sent');
    expect(plain(native)).toContain('name="app %22q%22"');
    expect(plain(ours)).toBe(plain(native));
  });

  test('an aborted request rejects at once and the overlay says so', async () => {
    await page.click('#abort');
    await dialog().getByRole('button', { name: 'Sign with passkey' }).waitFor();
    await page.evaluate('window.stop.abort()');
    expect(await gotten(page, 'abort')).toEqual({ error: 'AbortError' });
    await dialog().getByText('The page stopped waiting').waitFor();
    expect(sent('/api/rename')).toHaveLength(1);
  });
});

describe('a refusal on XMLHttpRequest', () => {
  test('the same object goes on: its listeners see one request that succeeded', async () => {
    await page.click('#xwipe');
    gateway.approve(await askFor());
    await dialog().getByRole('button', { name: 'Sign with passkey' }).waitFor();
    const hold = only(gateway.holds);
    await signInPopUp();
    gateway.sign(hold);
    const got = await gotten(page, 'xwipe');
    expect(got).toMatchObject({ status: 200, refused: null, body: { ok: true } });
    await until(page, "window.got.xwipe.events.includes('loadend')");
    expect(await page.evaluate('window.got.xwipe.events')).toEqual([
      'state1',
      'state2',
      'state3',
      'state4',
      'load',
      'loadend',
    ]);
    const all = sent('/api/devices/d-0142/wipe');
    expect(all.at(-1)).toMatchObject({ hold, go: true, digest: all[0]?.digest, type: all[0]?.type });
  });

  test('cancel: its listeners see the refusal, once', async () => {
    await page.click('#xlock');
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    const got = await gotten(page, 'xlock');
    expect(got).toMatchObject({ status: 403, refused: 'stepup.required' });
    await until(page, "window.got.xlock.events.includes('loadend')");
    expect(await page.evaluate('window.got.xlock.events')).toEqual(['state1', 'state4', 'load', 'loadend']);
  });

  test('abort while the overlay waits is an abort', async () => {
    await page.click('#xwipe');
    await dialog().waitFor();
    await page.evaluate('window.x.abort()');
    expect(await gotten(page, 'xwipe')).toMatchObject({ aborted: true });
  });

  test('what is not refused passes as it always did', async () => {
    await page.click('#xfine');
    await gotten(page, 'xfine');
    await until(page, "window.got.xfine.events.includes('loadend')");
    expect(await page.evaluate('window.got.xfine.events')).toEqual([
      'state1',
      'state2',
      'state3',
      'state4',
      'load',
      'loadend',
    ]);
    const same =
      'new XMLHttpRequest() instanceof XMLHttpRequest && XMLHttpRequest.DONE === 4 && fetch.name === "fetch"';
    expect(await page.evaluate(same)).toBe(true);
  });
});

describe('the overlay itself', () => {
  test('a refusal without a remedy says what and why, and the page has its answer already', async () => {
    await page.click('#forbidden');
    expect(await gotten(page, 'forbidden')).toMatchObject({ status: 403, refused: 'policy.forbidden' });
    await dialog().getByText('You may not do this').waitFor();
    await dialog().getByRole('button', { name: 'Close' }).click();
    await dialog().waitFor({ state: 'hidden' });
  });

  test('the end of the session is said once, with a way back in', async () => {
    await page.click('#gone');
    expect(await gotten(page, 'gone2')).toMatchObject({ status: 401 });
    await dialog().getByRole('button', { name: 'Sign in again' }).waitFor();
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    await dialog().waitFor({ state: 'hidden' });
    await page.click('#gone');
    await page.waitForTimeout(150);
    expect(await dialog().count()).toBe(0);
  });

  test('a page that asks again by itself does not raise it again and again', async () => {
    await another({});
    await page.goto(`${gateway.origin}/polling`);
    await expect.poll(() => sent('/api/forbidden').length).toBeGreaterThan(2);
    expect(await dialog().count()).toBe(0);
  });

  test('keyboard only: focus inside, kept inside, Esc closes, focus returns; the page hears no key of it', async () => {
    await page.focus('#wipe');
    await page.keyboard.press('Enter');
    await dialog().waitFor();
    const active =
      "(({ name, textContent }) => name || textContent)(document.querySelector('sallyport-shim').shadowRoot.activeElement ?? {})";
    expect(await page.evaluate(active)).toBe('reason');
    const stops: unknown[] = [];
    for (let at = 0; at < 7; at += 1) {
      stops.push(await page.evaluate(active));
      await page.keyboard.press('Tab');
    }
    expect(stops).toEqual(['reason', 'minutes', 'ticket', 'Technical details', 'Cancel', 'Ask for access', 'reason']);
    await page.evaluate('window.keys = []');
    await page.keyboard.type('xyz');
    expect(await page.evaluate('window.keys')).toEqual([]);
    await page.keyboard.press('Escape');
    expect(await gotten(page, 'wipe')).toMatchObject({ status: 403 });
    expect(await page.evaluate('document.activeElement.id')).toBe('wipe');
  });

  test('a missing reason is said at its field', async () => {
    await page.click('#wipe');
    await dialog().getByLabel('Reason').fill(' ');
    await dialog().getByRole('button', { name: 'Ask for access' }).click();
    await dialog().getByText('Say in a few words why.').waitFor();
    expect(await dialog().getByLabel('Reason').getAttribute('aria-invalid')).toBe('true');
    expect(gateway.grants.size).toBe(0);
  });

  test("it stands above the console's own modal dialog", async () => {
    await page.click('#modal');
    await page.click('#inmodal');
    await signInPopUp('Use passkey');
    gateway.stepUp();
    expect(await gotten(page, 'inmodal')).toMatchObject({ status: 200 });
  });

  test.each([false, true])('axe finds nothing serious, and 360 px are enough (dark: %s)', async (dark) => {
    await another({ width: 360, dark });
    await page.click('#bulk');
    await dialog().getByText('Show the 12 devices').click();
    expect(await axe()).toEqual([]);
    const fits =
      "(() => { const d = document.querySelector('sallyport-shim').shadowRoot.querySelector('dialog'); const r = d.getBoundingClientRect(); return r.left >= 0 && r.right <= 360 && d.scrollWidth <= d.clientWidth; })()";
    expect(await page.evaluate(fits)).toBe(true);
    if (dark) return;
    await dialog().getByText('Show the 12 devices').click();
    await askFor();
    await page.getByText('Waiting for approval').waitFor();
    expect(await axe()).toEqual([]);
  });

  test('its shadow root is closed, and until it is needed nothing is in the page', async () => {
    await another({ closed: true });
    const host = "document.querySelector('sallyport-shim')";
    expect(await page.evaluate(`${host} === null`)).toBe(true);
    await page.click('#wipe');
    await until(page, `${host} !== null`);
    expect(await page.evaluate(`${host}.shadowRoot === null && ${host}.getAttribute('style') === null`)).toBe(true);
    expect(await violations(page)).toEqual([]);
  });

  test('the script is small', () => {
    const bytes = readFileSync(join(dist, 'shim.js'));
    expect(bytes.length).toBeGreaterThan(5000);
    expect(bytes.length).toBeLessThan(40_000);
  });
});
