// Recorded pages are hostile: whatever stands in a recording, nothing of it runs, nothing leaves, and the portal stays alive. In a
// real browser, with the real replay page; a server that stands for every host outside counts what reaches it.
import { createServer, type Server } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { LineContent } from '../../src/audit/recording/lines.ts';
import { AFTER, BROKEN, deep, huge, lies, PLAYED, recordingOf } from './hostile.ts';
import { HOSTILE, SINK } from './hostilePages.ts';
import { ask, type House, looks, opening, openPortal, pageLine, SESSION, startBrowser, startHouse, T0 } from './kit.ts';

let house: House;
let browser: Browser;
let sink: Server;
let reached: string[] = [];

beforeAll(async () => {
  house = await startHouse();
  // Connections are counted too: a preconnect says nothing.
  sink = createServer((socket) => {
    reached.push('a connection');
    socket.on('error', () => undefined);
    socket.once('data', (data) => {
      reached.push(data.toString('latin1').split('\r\n')[0] ?? '');
      socket.end('HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    });
  });
  await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
  const address = sink.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  browser = await startBrowser([
    `--host-resolver-rules=MAP evil.test 127.0.0.1:${port}, MAP *.evil.test 127.0.0.1:${port}`,
  ]);
  house.record([opening('exc_1', T0)]);
});
afterAll(async () => {
  await browser.close();
  sink.close();
  await house.close();
});
beforeEach(() => {
  reached = [];
});

vi.setConfig({ testTimeout: 90_000 });
const SOON = { timeout: 20_000, interval: 50 };
let pages = 0;
let asked: string[] = [];
let shared: Page | undefined;
/** One window for all: what is measured is what a recording does, and a window costs more than that. */
async function portal(): Promise<Page> {
  if (shared !== undefined) return shared;
  const page = await openPortal(browser, house, '');
  shared = page;
  page.on('request', (request) => asked.push(request.url()));
  // What the page's policy or its origin forbids is asked of nobody; the sink says the same.
  page.on('requestfailed', (request) => {
    if (/^(csp|origin)$/.test(request.failure()?.errorText ?? '')) asked.splice(asked.indexOf(request.url()), 1);
  });
  page.on('dialog', (dialog) => {
    asked.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.context().on('page', (other) => asked.push(`window ${other.url()}`));
  return page;
}
/** Opens the replay of a page at a moment. */
async function watch(events: ReturnType<typeof recordingOf>, start: number, after = 800): Promise<Page> {
  pages += 1;
  const id = `pag_${pages}`;
  // As the gateway takes it in: whatever a page says of time, its lines have the time of their coming.
  const [line] = looks(id, [events]);
  const batches = [{ ...line, at: start + 1000, from: start, to: start + 1000 } as LineContent];
  house.record([pageLine(id, start, 'start'), ...batches, pageLine(id, start + 20_000, 'end')]);
  const page = await portal();
  asked = [];
  await page.goto(`${house.addresses.portal}/sessions/${SESSION}/replay?at=${start + after}`);
  await page.getByRole('slider', { name: 'Moment' }).waitFor();
  return page;
}
const outerOf = (page: Page) => page.frames().find((frame) => frame.url() === `${house.addresses.replay}/`);
const rebuilt = (page: Page) => page.frameLocator('iframe[title="The recorded page"]').frameLocator('iframe');
/** Everything that the browser asked for, but the portal and the replay page themselves. */
const foreign = (asked: readonly string[]) =>
  asked.filter(
    (url) =>
      !url.startsWith(house.addresses.portal) && url !== `${house.addresses.replay}/` && !url.startsWith('data:'),
  );
/** Looks of a page are looked for among all of its session's: a minute and more lies between two. */
let moment = T0;
const nextMoment = () => {
  moment += 120_000;
  return moment;
};

test('the sink hears of a page that is not rebuilt but opened: what follows could fail', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.setContent(
    `<img src="${SINK}/plain"><script>fetch('${SINK}/ran')</script><link rel=preconnect href="${SINK}">`,
  );
  await expect.poll(() => reached.filter((line) => line.startsWith('GET')).length).toBeGreaterThan(1);
  await context.close();
});

describe('nothing runs and nothing leaves', () => {
  for (const [name, payload] of Object.entries(HOSTILE))
    test(name, async () => {
      const start = nextMoment();
      const page = await watch(recordingOf(start, payload()), start, 150);
      const said = () => rebuilt(page).locator('p').first().textContent();
      await expect.poll(said, SOON).toBe('A page of a console');
      // Its later steps as they are played, and once more all at once.
      await page.keyboard.press('k');
      await expect.poll(said, SOON).toBe(PLAYED);
      await page.keyboard.press('k');
      await page.goto(`${house.addresses.portal}/sessions/${SESSION}/replay?at=${start + 800}`);
      await expect.poll(said, SOON).toBe(PLAYED);
      // And what a person who watches may do, or a script of theirs.
      await page.mouse.click(300, 500);
      for (let tab = 0; tab < 3; tab += 1) await page.keyboard.press('Tab');
      await outerOf(page)?.evaluate(`(() => {
        const own = document.querySelector('iframe')?.contentDocument;
        for (const one of own?.querySelectorAll('a, area, button, label, input') ?? []) one.click();
        for (const one of own?.forms ?? []) try { one.requestSubmit(); } catch {}
      })()`);
      await page.waitForTimeout(250);
      expect(reached).toEqual([]);
      expect(foreign(asked)).toEqual([]);
      const inside = await outerOf(page)?.evaluate<{ tags: string[]; names: string[]; links: string[] }>(`(() => {
        const own = document.querySelector('iframe')?.contentDocument;
        const found = [...(own?.querySelectorAll('*') ?? [])];
        return {
          tags: found.map(({ localName }) => localName),
          names: found.flatMap((one) => one.getAttributeNames()),
          links: found.map((one) => one.getAttribute('href')).filter((href) => href !== null && !href.startsWith('#')),
        };
      })()`);
      expect(inside?.tags.length).toBeGreaterThan(5);
      for (const tag of ['script', 'base', 'meta', 'object', 'embed', 'link', 'frame', 'portal', 'animate', 'set'])
        expect(inside?.tags).not.toContain(tag);
      expect(inside?.names.filter((attribute) => attribute.startsWith('on'))).toEqual([]);
      expect(inside?.links).toEqual([]);
      expect(
        await page
          .getByRole('button', { name: 'Pause' })
          .or(page.getByRole('button', { name: 'Play', exact: true }))
          .count(),
      ).toBe(1);
    });
});

describe('broken recordings', () => {
  for (const [name, events] of Object.entries(BROKEN))
    test(`${name}: the portal says so or shows what there is`, async () => {
      const start = nextMoment();
      const page = await watch(events(start), start);
      await expect.poll(() => page.getByLabel('Loading this moment').count(), SOON).toBe(0);
      await page.keyboard.press('k');
      await expect.poll(() => page.getByRole('button', { name: 'Pause' }).count(), SOON).toBe(1);
      expect(reached).toEqual([]);
    });

  test('lies about time move nothing but themselves, and members that are named like prototypes stay members', async () => {
    const start = nextMoment();
    const page = await watch(lies(start), start, 300);
    const said = () => rebuilt(page).locator('p').first().textContent();
    await expect.poll(said, SOON).toBe('before');
    await page.keyboard.press('k');
    await expect.poll(said, SOON).toBe(AFTER);
    const polluted = "[({}).polluted, document.querySelector('iframe')?.contentWindow.Object.prototype.polluted]";
    expect(await outerOf(page)?.evaluate(polluted)).toEqual([undefined, undefined]);
  });

  test('deep nesting is cut and said', async () => {
    const start = nextMoment();
    const page = await watch(deep(start, 900), start);
    await page.getByText('A part of this page could not be shown.').waitFor();
  });

  test('a page with far too many nodes is refused with words, and its requests stay', async () => {
    const start = nextMoment();
    const page = await watch(huge(start, 260_000), start);
    await page.getByText('This page is too large to be shown.').waitFor({ timeout: 30_000 });
    await page.getByText('Every request', { exact: true }).click();
    await page.getByRole('region', { name: 'What was done' }).waitFor();
  });
});

describe('the replay origin', () => {
  test('answers with one page, without cookies, that may ask for nothing and is shown in the portal only', async () => {
    const answer = await ask(house, 'replay', '/', { headers: { cookie: '__Host-sallyport=linus' } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('set-cookie')).toBeNull();
    const policy = answer.headers.get('content-security-policy') ?? '';
    for (const part of [
      "default-src 'none'",
      "script-src 'sha256-",
      "frame-src 'none'",
      "form-action 'none'",
      `frame-ancestors ${house.addresses.portal}`,
    ])
      expect(policy).toContain(part);
    expect(policy).not.toMatch(/script-src[^;]*(unsafe|self|\*|https?:)/);
    expect(policy).not.toMatch(/connect-src/);
  });

  test('has nothing else', async () => {
    for (const [path, method] of [
      ['/api/me', 'GET'],
      ['/?x', 'GET'],
      ['/', 'POST'],
      ['/index.html', 'GET'],
      ['/login', 'GET'],
    ] as const)
      expect((await ask(house, 'replay', path, { method })).status, `${method} ${path}`).toBe(404);
  });

  test('listens to the portal only, and the portal to it only', async () => {
    const start = nextMoment();
    const page = await watch(recordingOf(start, {}), start);
    await expect.poll(() => rebuilt(page).locator('p').first().textContent(), SOON).toBe(PLAYED);
    const outer = outerOf(page);
    // From its own window, which is not its parent, and from the portal's own window, which is not the frame.
    const forged = { protocol: 'sallyport replay 1', message: { kind: 'clear', view: 1 } };
    await outer?.evaluate(`window.postMessage(${JSON.stringify(forged)}, '*')`);
    const fault = { protocol: 'sallyport replay 1', message: { kind: 'fault', view: 1, what: 'broken' } };
    await page.evaluate(`window.postMessage(${JSON.stringify(fault)}, '*')`);
    await page.waitForTimeout(300);
    expect(await rebuilt(page).locator('p').first().textContent()).toBe(PLAYED);
    expect(await page.getByText('This page cannot be rebuilt').count()).toBe(0);
  });
});
