// Rules about the page for people: it stands alone, runs nothing, is readable for everybody, and what hostile people said is text.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startChromium } from '../../demo/browser.ts';
import { bytesOf, filesOf, make } from './kit.ts';

const dir = mkdtempSync(join(tmpdir(), 'sp-viewer-'));
const file = join(dir, 'viewer.html');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let html = '';
let browser: Browser;

beforeAll(async () => {
  html = String((await filesOf(await bytesOf((await make({ decrypt: true })).bytes()))).get('viewer.html'));
  writeFileSync(file, html);
  browser = await startChromium();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  rmSync(dir, { recursive: true, force: true });
});

const open = async (colorScheme: 'light' | 'dark', width = 1100) => {
  // Past the page's own policy, for axe only.
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 }, bypassCSP: true });
  const page = await context.newPage();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(`file://${file}`);
  return { context, page, asked };
};

describe('the viewer', () => {
  test('says who asked, who approved with which key, what was sent and what the console answered', () => {
    const text = html.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');
    expect(text).toContain('Ada asked for access');
    expect(text).toMatch(/Grace approved the access with the passkey “key of Grace” \([0-9a-f]{12}\)/);
    expect(text).toMatch(/Ada signed this very request with the passkey “key of Ada”/);
    expect(text).toMatch(/Grace approved this very request/);
    expect(text).toContain('Ada: Wipe 1 device: d-0142.');
    expect(text).toContain('POST /api/devices/d-0142/wipe');
    expect(text).toContain('The console answered with status 200.');
    expect(text).toContain('What the console answered queued');
  });
  test('holds no script, no frame, no address that is loaded, and shows markup of others as text', () => {
    expect(html).not.toMatch(/<(script|iframe|object|embed|link|img|form|base)\b/i);
    expect(html).not.toMatch(/\b(src|href)=|url\(|@import/i);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).toContain('Lost &lt;b&gt;in&lt;/b&gt; a taxi');
    expect(html).toContain("default-src 'none'");
  });
  test.each(['light', 'dark'] as const)(
    'opens from a file without network, %s, and axe finds nothing',
    async (scheme) => {
      const { context, page, asked } = await open(scheme);
      for (const details of await page.locator('details').all())
        await details.evaluate((one) => one.setAttribute('open', ''));
      await page.evaluate(axe);
      const violations = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as {
          axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
        };
        return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
      });
      expect(violations).toEqual([]);
      expect(asked).toEqual([`file://${file}`]);
      await context.close();
    },
    60_000,
  );
  test('fits on a phone', async () => {
    const { context, page } = await open('light', 360);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    await context.close();
  }, 60_000);
  test('shows on paper what is folded on the screen', async () => {
    const { context, page } = await open('dark');
    await page.emulateMedia({ media: 'print' });
    const shown = await page
      .locator('pre')
      .first()
      .evaluate((pre) => pre.getClientRects().length > 0 && pre.clientHeight > 0);
    expect(shown).toBe(true);
    await context.close();
  }, 60_000);
});
