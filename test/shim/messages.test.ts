// Refused messages of sockets in Chromium: the page hears of them by the gateway's events, the person sees why, goes the way
// through, and does it again in the console.
import { rmSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildShim, openPage, startBrowser, until, violations } from './browser.ts';
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
  await page?.context().close();
  gateway.reset();
  page = await openPage(browser, `${gateway.origin}/`);
  await page.goto(`${gateway.origin}/sockets`);
});

const dialog = () => page.getByRole('dialog');
const button = (name: string) => dialog().getByRole('button', { name });
const open = async () => {
  await page.click('#socket');
  await until(page, 'window.got.socket');
  await expect.poll(() => gateway.listening()).toBe(1);
};
const problem = (over: object = {}) => ({
  reason: 'stepup.required',
  title: 'Your passkey is needed',
  next: 'Confirm with your passkey.',
  portal: gateway.portal,
  console: { id: 'mdm', name: 'Example MDM' },
  action: { name: 'script.run', title: 'Run a script on 1 device: n-1', effect: '', risk: 'destructive' },
  targets: [{ kind: 'device', id: 'n-1' }],
  remedies: ['stepup.bound'],
  hold: 'hol_socket',
  ...over,
});
const hold = () =>
  gateway.putHold({
    ...{ id: 'hol_socket', console: 'mdm', session: 'ses_test', state: 'waiting', action: 'script.run' },
    ...{ method: 'MESSAGE', target: '/socket', bodyDigest: 'x', contentType: 'application/json', targets: [] },
    ...{ title: '', effect: '', createdAt: 0, epoch: 'e', expiresAt: Date.now() + 300_000, risk: 'destructive' },
    ...{ principal: { id: 'idp#ada', name: 'ada' }, needs: { signed: true, approvals: 0 }, approvers: [], rule: 'r' },
    ...{ names: {}, devices: 1, parameters: null, asked: null, signedAt: null, approvals: [], denied: null },
  });
async function popUp(name: string): Promise<string> {
  const [opened] = await Promise.all([page.context().waitForEvent('page'), button(name).click()]);
  await opened.waitForLoadState();
  const url = opened.url();
  await opened.close();
  return url;
}

test('a page without a socket listens to nothing; with one, it hears of its own console only', async () => {
  expect(gateway.listening()).toBe(0);
  await open();
  gateway.refuseMessage(problem(), { session: 'ses_test', console: 'other' });
  gateway.refuseMessage(problem(), { session: 'ses_other', console: 'mdm' });
  gateway.refuseMessage(problem({ action: { ...problem().action, title: 'Mine' } }));
  await dialog().getByRole('heading', { name: 'Mine' }).waitFor();
  expect(await violations(page)).toEqual([]);
});

test('a message to sign: after the signature the person is told to do it again, and closing takes nothing back', async () => {
  await open();
  hold();
  gateway.refuseMessage(problem());
  await dialog().getByRole('heading', { name: 'Run a script on 1 device: n-1' }).waitFor();
  expect(await popUp('Sign with passkey')).toBe(`${gateway.portal}/sign/hol_socket`);
  gateway.sign('hol_socket');
  await dialog().getByText('Done. Do it again in the console.').waitFor();
  await page.keyboard.press('Escape');
  await dialog().waitFor({ state: 'hidden' });
  expect(gateway.holds.get('hol_socket')?.state).toBe('ready');
});

test('a message that was cancelled takes its hold back', async () => {
  await open();
  hold();
  gateway.refuseMessage(problem());
  await button('Cancel').click();
  await expect.poll(() => gateway.holds.get('hol_socket')?.state).toBe('cancelled');
});

test('a passkey to show it is you: the same words afterwards', async () => {
  await open();
  gateway.refuseMessage(problem({ remedies: ['stepup.fresh'], hold: undefined }));
  await popUp('Use passkey');
  gateway.stepUp();
  await dialog().getByText('Done. Do it again in the console.').waitFor();
  await button('Close').click();
  await dialog().waitFor({ state: 'hidden' });
});
