// The overlay in Chromium when other people must sign, when a budget is spent, and when an upload is asked for its signature
// before its bytes are sent.
import { rmSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildShim, gotten, openPage, startBrowser } from './browser.ts';
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
});

const dialog = () => page.getByRole('dialog');
const sent = (path: string) => gateway.seen.filter((one) => one.path === path);
const only = <T>(map: Map<string, T>): string => {
  expect(map.size).toBe(1);
  return [...map.keys()][0] ?? '';
};
async function askForApproval(ticket = ''): Promise<void> {
  await dialog().getByLabel('Reason').fill('The branch is closed');
  if (ticket !== '') await dialog().getByLabel('Ticket').fill(ticket);
  await dialog().getByRole('button', { name: 'Ask for approval' }).click();
}
async function signInPopUp(): Promise<string> {
  const [popUp] = await Promise.all([
    page.context().waitForEvent('page'),
    dialog().getByRole('button', { name: 'Sign with passkey' }).click(),
  ]);
  await popUp.waitForLoadState();
  const url = popUp.url();
  await popUp.close();
  return url;
}

describe('a request that others must sign too', () => {
  test('others are asked, the person signs, waits with the page in use, and goes on with one press', async () => {
    await page.click('#danger');
    await dialog().getByText('The passkeys of 2 other people on this request').waitFor();
    await dialog().getByText('2 of mdm-approvers').waitFor();
    const hold = only(gateway.holds);
    await askForApproval();
    await dialog().getByText('asked', { exact: true }).waitFor();
    expect(gateway.holds.get(hold)?.asked).toMatchObject({ reason: 'The branch is closed' });
    expect(await signInPopUp()).toBe(`${gateway.portal}/sign/${hold}`);
    gateway.sign(hold);
    await dialog().waitFor({ state: 'hidden' });
    await page.getByText('Waiting for 2 approvals').waitFor();
    gateway.approveHold(hold, 'Grace');
    await page.getByText('Waiting for approval · Grace said yes').waitFor();
    expect(sent('/api/devices/many/wipe')).toHaveLength(1);
    gateway.approveHold(hold, 'Olga');
    await page.getByText('Approved by Grace and Olga').waitFor();
    // Never by itself: what cannot be undone wants a press.
    await page.waitForTimeout(200);
    expect(sent('/api/devices/many/wipe')).toHaveLength(1);
    await page.getByRole('button', { name: 'Continue' }).click();
    expect(await gotten(page, 'danger')).toMatchObject({ status: 200, refused: null });
    const [first, second] = sent('/api/devices/many/wipe');
    expect(second).toMatchObject({ hold, digest: first?.digest, type: first?.type, go: true });
  });

  test('without a signature of its own the person only asks', async () => {
    await page.click('#admins');
    await dialog().getByLabel('Reason').waitFor();
    const hold = only(gateway.holds);
    await askForApproval();
    await dialog().waitFor({ state: 'hidden' });
    await page.getByText('Waiting for 2 approvals').waitFor();
    for (const name of ['Grace', 'Olga']) gateway.approveHold(hold, name);
    await page.getByRole('button', { name: 'Continue' }).click();
    expect(await gotten(page, 'admins')).toMatchObject({ status: 200 });
  });

  test('a no is told with its reason, and the page gets its refusal', async () => {
    await page.click('#admins');
    await askForApproval();
    await page.getByText('Waiting for 2 approvals').waitFor();
    gateway.denyHold(only(gateway.holds), 'Not this week');
    await page.getByText('grace said no: Not this week').waitFor();
    expect(await gotten(page, 'admins')).toMatchObject({ status: 403, refused: 'approval.required' });
  });

  test('closing the line takes the request back', async () => {
    await page.click('#admins');
    await askForApproval();
    await page.getByText('Waiting for 2 approvals').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    const hold = only(gateway.holds);
    await expect.poll(() => gateway.holds.get(hold)?.state).toBe('cancelled');
    expect(await gotten(page, 'admins')).toMatchObject({ status: 403 });
  });

  test('approved while the person was on another page: the same request, made again, goes through', async () => {
    await page.click('#admins');
    await askForApproval();
    await page.getByText('Waiting for 2 approvals').waitFor();
    const hold = only(gateway.holds);
    await page.goto(`${gateway.origin}/other`);
    await page.getByText('Waiting for 2 approvals').waitFor();
    for (const name of ['Grace', 'Olga']) gateway.approveHold(hold, name);
    await page.getByText('You can do it now: Create an administrator').waitFor();
    await page.click('#admins');
    expect(await gotten(page, 'admins')).toMatchObject({ status: 200 });
    expect(sent('/api/admins').at(-1)).toMatchObject({ hold, go: true });
    await page.getByText('You can do it now').waitFor({ state: 'hidden' });
    expect(await dialog().count()).toBe(0);
  });

  test("a ticket that the rule wants is said in the rule's words, at its field", async () => {
    gateway.state.ticket = true;
    await page.click('#admins');
    await dialog().getByText('such as MDM-4711').waitFor();
    await askForApproval();
    await dialog().getByText('Name the ticket, such as MDM-4711.').waitFor();
    expect(await dialog().getByLabel('Ticket').getAttribute('aria-invalid')).toBe('true');
    await askForApproval('MDM-1');
    await page.getByText('Waiting for 2 approvals').waitFor();
  });
});

describe('access', () => {
  test('for an act that names nothing is asked for everything of that action, no longer than the rule allows', async () => {
    await page.click('#tokens');
    await dialog().getByText('1 of mdm-approvers').waitFor();
    expect(await dialog().getByLabel('For').locator('option:not([disabled])').allTextContents()).toEqual([
      '5 minutes',
      '15 minutes',
      '30 minutes',
      '1 hour',
    ]);
    await dialog().getByLabel('Reason').fill('New integration');
    await dialog().getByRole('button', { name: 'Ask for access' }).click();
    await page.getByText('Waiting for approval').waitFor();
    expect(gateway.asked).toMatchObject([{ actions: ['test.act'], targets: [{ kind: 'any', id: '*' }] }]);
  });

  test('a spent budget says when to come back and whom to ask', async () => {
    await page.click('#spent');
    await dialog()
      .getByText(/Enough is free again in 12 minutes/)
      .waitFor();
    await dialog().getByText('It cannot wait: ask the on-call lead.').waitFor();
    expect(await gotten(page, 'spent')).toMatchObject({ status: 403, refused: 'budget.spent' });
  });
});

describe('an upload', () => {
  test.each(['package', 'xpackage'])('%s: is asked for the passkey before a byte of it is sent', async (name) => {
    await page.click(`#${name}`);
    await dialog().getByRole('button', { name: 'Use passkey' }).waitFor();
    expect(sent('/api/package')).toHaveLength(0);
    expect(gateway.preflights[0]).toMatchObject({
      method: 'POST',
      target: name === 'package' ? '/api/package?v=2' : '/api/package',
      contentType: expect.stringMatching(/^multipart\/form-data; boundary=/),
    });
    const [popUp] = await Promise.all([
      page.context().waitForEvent('page'),
      dialog().getByRole('button', { name: 'Use passkey' }).click(),
    ]);
    gateway.stepUp();
    expect(await gotten(page, name)).toMatchObject({ status: 200, refused: null });
    await popUp.close();
    expect(sent('/api/package')).toHaveLength(1);
  });

  test.each(['package', 'xpackage'])('%s: cancelled, the page gets the refusal', async (name) => {
    await page.click(`#${name}`);
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    expect(await gotten(page, name)).toMatchObject({ status: 403, refused: 'stepup.required' });
    expect(await dialog().count()).toBe(0);
  });

  test('aborted while it is asked for: nothing is sent, and the page hears of the abort', async () => {
    await page.click('#xpackage');
    await dialog().waitFor();
    await page.evaluate('window.x.abort()');
    expect(await gotten(page, 'xpackage')).toMatchObject({ aborted: true });
    expect(sent('/api/package')).toHaveLength(0);
  });

  test('that nothing stands in the way of is sent once', async () => {
    gateway.stepUp();
    await page.click('#package');
    expect(await gotten(page, 'package')).toMatchObject({ status: 200 });
    expect(sent('/api/package')).toHaveLength(1);
  });
});
