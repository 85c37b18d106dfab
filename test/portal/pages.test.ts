// Legal holds, evidence and filters as people use them: the built portal in Chromium, at a phone's width, in the dark, with a passkey.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, startChromium } from '../../demo/browser.ts';
import { startMock } from '../../portal/dev/mockServer.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let browser: Browser;
let server: Awaited<ReturnType<typeof startMock>>;
let origin: string;

beforeAll(async () => {
  [server, browser] = await Promise.all([startMock(0), startChromium()]);
  origin = `http://localhost:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await browser.close();
  server.closeAllConnections();
  server.close();
});

const open = async (as: string, path: string, mode?: string): Promise<Page> => {
  const { context, page } = await newPerson(browser, { width: 360, height: 740, dark: true });
  const cookies = { 'dev-as': as, ...(mode === undefined ? {} : { 'dev-mode': mode }) };
  await context.addCookies(Object.entries(cookies).map(([name, value]) => ({ name, value, url: origin })));
  await page.goto(`${origin}${path}`);
  return page;
};

/** What keeps people who cannot see, or who use no mouse, from using it; and whether the page is wider than the screen. */
const faultsOn = async (page: Page): Promise<string[]> => {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    type Found = { violations: { id: string; impact: string; nodes: { html: string }[] }[] };
    const { axe } = globalThis as unknown as { axe: { run(options: object): Promise<Found> } };
    const { violations } = await axe.run({ resultTypes: ['violations'] });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)}`);
  });
  const wide = await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
  return wide === true ? [...found, 'scrolls sideways'] : found;
};

const addPasskey = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('Passkey added').waitFor();
};

test('a session is kept from its page, with a reason and a passkey, and its end needs one more person', async () => {
  const page = await open('root', '/passkeys');
  await addPasskey(page);
  await page.goto(`${origin}/sessions/ses_mal`);
  await page.getByRole('link', { name: 'Keep this (legal hold)' }).click();
  const dialog = page.getByRole('dialog', { name: 'Set a legal hold' });
  await dialog.getByRole('radio', { name: 'This session' }).waitFor();
  await dialog.getByRole('button', { name: 'Keep' }).click();
  await dialog.getByText('Say in a few words why.').waitFor();
  expect(await faultsOn(page)).toEqual([]);
  await dialog.getByLabel('Reason').fill('Case 2026-18');
  await page.keyboard.press('Tab');
  await dialog.getByRole('button', { name: 'Keep' }).press('Enter');
  const row = page.getByRole('listitem').filter({ hasText: 'Case 2026-18' });
  await row.getByRole('link', { name: 'ses_mal' }).waitFor();
  expect(await faultsOn(page)).toEqual([]);

  await row.getByRole('button', { name: 'End: One session' }).click();
  await page.getByRole('dialog', { name: 'End a legal hold' }).getByLabel('Reason').fill('The case is closed');
  await page.getByRole('button', { name: 'Agree to its end', exact: true }).click();
  await row.getByText('Somebody else must agree, too.').waitFor();
  expect(await row.getByRole('button').count()).toBe(0);
  await page.context().close();
});

test('without a legal hold the page says what one is for', async () => {
  const page = await open('linus', '/legal-holds', 'empty');
  await page.getByText('No legal hold', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Set a legal hold' }).click();
  await page.getByText('You have no passkey yet.').waitFor();
  await page.context().close();
});

test('what a list is filtered by stands in the address, and clearing it empties the fields', async () => {
  const page = await open('linus', '/sessions?verdict=refuse');
  await page.getByLabel('Person').fill('mal');
  await page.waitForURL(/verdict=refuse&person=mal/);
  await page.getByRole('button', { name: 'Clear' }).click();
  await expect.poll(() => page.getByLabel('Person').inputValue()).toBe('');
  expect(new URL(page.url()).search).toBe('');
  await page.context().close();
});

test('evidence of an access shows how much has come, and closing stops it; of an incident it names person and period', async () => {
  const page = await open('root', '/approvals/gr_taxi', 'trickle');
  await page.getByRole('button', { name: 'Export evidence' }).click();
  await page.getByLabel('Why you take it').fill('Case 2026-18');
  const [asked] = await Promise.all([
    page.waitForRequest('**/api/evidence'),
    page.getByRole('button', { name: 'Export', exact: true }).click(),
  ]);
  expect(asked.postDataJSON()).toEqual({
    about: { kind: 'grant', id: 'gr_taxi' },
    reason: 'Case 2026-18',
    text: false,
  });
  await page.getByText('1.2 MB so far.').waitFor();
  expect(await faultsOn(page)).toEqual([]);
  const [stopped] = await Promise.all([page.waitForEvent('requestfailed'), page.keyboard.press('Escape')]);
  expect(stopped.url()).toBe(`${origin}/api/evidence`);

  await page.context().clearCookies({ name: 'dev-mode' });
  await page.goto(`${origin}/reports?from=2026-11-02&to=2026-11-03`);
  await page.getByRole('button', { name: 'Evidence' }).click();
  await page.getByRole('dialog').getByRole('combobox', { name: 'Person' }).click();
  await page.getByRole('option', { name: 'olga' }).click();
  await page.getByLabel('Why you take it').fill('Case 2026-18');
  const [request, download] = await Promise.all([
    page.waitForRequest('**/api/evidence'),
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export', exact: true }).click(),
  ]);
  const day = (text: string) => new Date(`${text}T00:00:00`).getTime();
  expect(request.postDataJSON().about).toEqual({
    kind: 'incident',
    person: 'http://idp.localhost:8090#olga',
    from: day('2026-11-02'),
    to: day('2026-11-04') - 1,
  });
  expect(download.suggestedFilename()).toBe('evidence-incident-2026-11-02.tar');
  await page.context().close();
});
