// Chromium with the shim's shadow root opened for the tests (the shim asks for a closed one; one test looks at that), and
// every violation of the page's policy kept.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { expect } from 'vitest';

export const OPEN_SHADOW = `const own = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (init) { return own.call(this, { ...init, mode: 'open' }); };`;
const VIOLATIONS = `window.violations = [];
document.addEventListener('securitypolicyviolation', (event) => window.violations.push(event.violatedDirective + ' ' + event.blockedURI));`;

/** Builds the two scripts into a folder of this test file's own. @returns the folder */
export async function buildShim(): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), 'sallyport-shim-'));
  const configFile = fileURLToPath(new URL('../../shim/vite.config.ts', import.meta.url));
  await build({ configFile, build: { outDir } });
  return outDir;
}

export const startBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });

export type Options = { readonly closed?: boolean; readonly width?: number; readonly dark?: boolean };

export async function openPage(
  browser: Browser,
  url: string,
  { closed, width = 1100, dark }: Options = {},
): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width, height: 720 },
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
  });
  await context.addInitScript(closed ? VIOLATIONS : OPEN_SHADOW + VIOLATIONS);
  const page = await context.newPage();
  page.setDefaultTimeout(8000);
  await page.goto(url);
  return page;
}

/** Asks the page until the expression is true. (Playwright's own way evaluates inside the page, which the policy forbids.) */
export const until = (page: Page, expression: string): Promise<void> =>
  expect.poll(() => page.evaluate(`Boolean(${expression})`), { timeout: 8000, interval: 25 }).toBe(true);

/** What the page's own code got for a request; waits for it. */
export async function gotten(page: Page, name: string): Promise<Record<string, unknown>> {
  await until(page, `window.got.${name}`);
  return page.evaluate(`window.got.${name}`);
}

export const violations = (page: Page): Promise<string[]> => page.evaluate('window.violations');
