// The refusal page in Chromium: a refused form keeps what was typed and goes through after the remedy, byte for byte.
import { readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildShim, openPage, startBrowser, violations } from './browser.ts';
import { type Gateway, startGateway } from './gateway.ts';

let browser: Browser;
let gateway: Gateway;
let page: Page;
let dist = '';

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
  page ??= await openPage(browser, `${gateway.origin}/`);
  await page.context().clearCookies({ name: '__Host-sallyport-hold' });
  await page.goto(`${gateway.origin}/`);
});

const sent = (path: string) => gateway.seen.filter((one) => one.path === path);
const only = <T>(map: Map<string, T>): string => {
  expect(map.size).toBe(1);
  return [...map.keys()][0] ?? '';
};
async function popUp(button: string): Promise<string> {
  const [opened] = await Promise.all([
    page.context().waitForEvent('page'),
    page.getByRole('button', { name: button }).click(),
  ]);
  await opened.waitForLoadState();
  const url = opened.url();
  await opened.close();
  return url;
}

test('a form that needs a signature: what was typed is kept and sent again with the hold, once', async () => {
  await page.getByLabel('Name').fill('Zoë "& <b>');
  await page.getByLabel('Notes').fill('first\n\nthird +%');
  await page.click('#save');
  await page.getByRole('heading', { name: 'Change the settings of the console' }).waitFor();
  expect(await violations(page)).toEqual([]);
  const hold = only(gateway.holds);
  expect(await popUp('Sign with passkey')).toBe(`${gateway.portal}/sign/${hold}`);
  gateway.sign(hold);
  await page.getByRole('heading', { name: 'Saved' }).waitFor();
  const [first, second, ...more] = sent('/settings');
  expect(more).toEqual([]);
  expect(first?.body).toContain('notes=first%0D%0A%0D%0Athird+%2B%25&csrf=t%3Ck&submit=save');
  expect(second).toMatchObject({ hold, go: true, digest: first?.digest, type: first?.type, body: first?.body });
  // The cookie that carried the hold is gone with the first page after it.
  const names = (await page.context().cookies()).map((one) => one.name);
  expect(names).toContain('__Host-sallyport');
  expect(names).not.toContain('__Host-sallyport-hold');
});

test('a form that needs access: asked for in the page, and sent again when approved', async () => {
  await page.click('#enrol');
  await page.getByLabel('Reason').fill('New phone for Marie');
  await page.getByRole('button', { name: 'Ask for access' }).click();
  await page.getByText('Leave this page open').waitFor();
  gateway.approve(only(gateway.grants));
  await page.getByText('Approved by grace for 30 minutes.').waitFor();
  expect(sent('/enrol')).toHaveLength(1);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'Saved' }).waitFor();
  expect(sent('/enrol')).toHaveLength(2);
});

test('a page that needs a fresh step-up opens by itself afterwards', async () => {
  await page.goto(`${gateway.origin}/admin`);
  expect(await popUp('Use passkey')).toBe(`${gateway.portal}/stepup?console=mdm`);
  gateway.stepUp();
  await page.getByRole('heading', { name: 'Devices' }).waitFor();
  expect(sent('/admin').map((one) => one.go)).toEqual([false, true]);
});

test('what cannot be kept is said: a form with parts has to be sent again by hand', async () => {
  await page.click('#multi');
  await page.getByText('cannot be sent again').waitFor();
  await page.getByRole('button', { name: 'Go back' }).click();
  await page.getByRole('heading', { name: 'Devices' }).waitFor();
  expect(sent('/settings')).toHaveLength(1);
});

test('cancel goes back to the form', async () => {
  await page.click('#save');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('heading', { name: 'Devices' }).waitFor();
  await expect.poll(() => [...gateway.holds.values()].map((one) => one.state)).toEqual(['cancelled']);
});

test('a console that is down comes back by itself', async () => {
  await page.goto(`${gateway.origin}/down`);
  await page.getByText('The console did not answer').first().waitFor();
  gateway.state.down = false;
  await page.getByRole('heading', { name: 'Devices' }).waitFor();
});

test('axe finds nothing serious, 360 px are enough, the policy is kept', async () => {
  await page.setViewportSize({ width: 360, height: 720 });
  await page.click('#enrol');
  await page.getByLabel('Reason').waitFor();
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  const result: { violations: { id: string; impact: string }[] } = await page.evaluate('axe.run()');
  expect(result.violations.filter((one) => ['serious', 'critical'].includes(one.impact))).toEqual([]);
  expect(await violations(page)).toEqual([]);
});
