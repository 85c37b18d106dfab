// The whole product in Chromium: the demo's console is recorded while it is used, nothing of what is typed stands in the recording,
// and a dangerous act of a page whose recorder fell silent is refused with words that help.
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDomReader } from '../../src/audit/recording/domEvents.ts';
import { readingKeys } from '../../src/audit/recording/keys.ts';
import type { DomLine } from '../../src/audit/recording/lines.ts';
import { createRecordingReader, type ReadLine } from '../../src/audit/recording/reader.ts';
import { type Stack, startStack } from '../kit/stack.ts';
import { OPEN_SHADOW, startBrowser } from '../shim/browser.ts';

let browser: Browser;
let stack: Stack;
beforeAll(async () => {
  [browser, stack] = await Promise.all([startBrowser(), startStack()]);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await stack?.close();
});

async function signIn(): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 } });
  await context.addInitScript(OPEN_SHADOW);
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(`${stack.addresses.console}/devices/d-0142`);
  await page.getByRole('button', { name: /Ada Admin/ }).click();
  await page.getByRole('button', { name: /sign in|log in/i }).click();
  await page.locator('#wipe').waitFor();
  return page;
}
async function wipe(page: Page): Promise<void> {
  await page.locator('#wipe').click();
  await page.locator('dialog [name=reason]').first().fill('CANARY lost in a taxi');
  await page.locator('dialog button.danger').click();
}
async function recorded(): Promise<ReadLine[]> {
  const identities = await readingKeys(stack.dataDir, []);
  const reader = createRecordingReader({ dir: join(stack.dataDir, 'recordings'), identities });
  const lines: ReadLine[] = [];
  for (const session of await reader.sessions())
    for await (const { line } of reader.sessionLines(session)) lines.push(line);
  return lines;
}

test('a console is recorded as it is used; when the recorder of a page is cut off, dangerous acts of it are refused', async () => {
  const page = await signIn();
  const id: string = await page.evaluate("window[Symbol.for('sallyport.page')].id()");
  await wipe(page);
  await page.getByRole('button', { name: 'Ask for access' }).waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();

  const look = async () => {
    const events = createDomReader();
    const lines = (await recorded()).filter((line) => line.type === 'dom' && line.id === id) as (ReadLine & DomLine)[];
    return JSON.stringify(lines.flatMap((line) => events.take(line)));
  };
  await expect.poll(look, { timeout: 20_000, interval: 1000 }).toContain('d-0142');
  expect(await look()).not.toContain('CANARY');
  const [act] = (await recorded()).filter((line) => line.type === 'open' && line.action === 'device.wipe');
  expect(act).toMatchObject({ page: id, gesture: true, verdict: 'refuse', facts: { recorded: 'page' } });

  await page.route('**/.sallyport/record', (route) => route.abort());
  await page.route('**/.sallyport/page', (route) => route.abort());
  const silent = async () =>
    (await recorded()).some((line) => line.type === 'page' && line.id === id && line.what === 'silent');
  await expect.poll(silent, { timeout: 45_000, interval: 1000 }).toBe(true);
  await wipe(page);
  const reload = page.getByRole('button', { name: 'Reload the page' });
  await reload.waitFor();
  await page.getByText('What this page looks like is not being recorded').first().waitFor();
  const last = (await recorded()).filter((line) => line.type === 'open' && line.action === 'device.wipe').at(-1);
  expect(last).toMatchObject({ page: id, verdict: 'refuse', reason: 'recording.silent' });

  // Reloading helps: a page of its own, heard from the start.
  await page.unroute('**/.sallyport/record');
  await page.unroute('**/.sallyport/page');
  await reload.click();
  await expect.poll(() => page.evaluate("window[Symbol.for('sallyport.page')]?.id()").catch(() => id)).not.toBe(id);
  await wipe(page);
  await page.getByRole('button', { name: 'Ask for access' }).waitFor();
}, 180_000);
