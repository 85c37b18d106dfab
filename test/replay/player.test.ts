// What somebody who watches a session can do, in Chromium: by keyboard and by hand, over pauses, gaps and pages that were not
// recorded; and, in front of a real gateway, a session that goes on, with a request that a script sent and one that a person did.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Stack, startStack } from '../kit/stack.ts';
import { click, consolePage, type Event, meta, setText, whole } from './events.ts';
import { type House, looks, opening, openPortal, pageLine, SESSION, startBrowser, startHouse, T0 } from './kit.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const MINUTE = 60_000;
const EMPTY = 'ses_empty';
let house: House;
let stack: Stack;
let browser: Browser;
vi.setConfig({ testTimeout: 90_000 });

beforeAll(async () => {
  [house, stack, browser] = await Promise.all([startHouse(), startStack(), startBrowser()]);
  const { node, clock, button } = consolePage(30);
  const batches: Event[][] = [[meta(T0), whole(T0 + 5, node)]];
  // Ten minutes: a step and a line a second, a whole look a minute, one click.
  for (let second = 1; second <= 600; second += 1) {
    const at = T0 + second * 1000 - 300;
    const batch = [setText(at, clock, `second ${second}`)];
    if (second % 60 === 0) batch.push(meta(at + 1), whole(at + 2, node), setText(at + 3, clock, `second ${second}`));
    if (second === 150) batch.push(click(at + 3, button));
    batches.push(batch);
  }
  const lock = { action: 'device.lock', title: 'Lock 1 device', risk: 'high', method: 'POST' } as const;
  house.record([
    pageLine('pag_1', T0, 'start'),
    // The lines of half a minute never came.
    ...looks('pag_1', batches).filter((_, second) => second <= 300 || second > 330),
    pageLine('pag_1', T0 + 500_000, 'silent'),
    pageLine('pag_1', T0 + 520_000, 'resumed'),
    pageLine('pag_1', T0 + 10 * MINUTE, 'end'),
    pageLine('pag_2', T0 + 11 * MINUTE, 'start', { mode: 'exchanges', why: 'The page forbids scripts of others.' }),
    pageLine('pag_2', T0 + 12 * MINUTE, 'end', { mode: 'exchanges' }),
    opening('exc_1', T0 + 152_000, { ...lock, target: '/devices/d-1/lock', page: 'pag_1', gesture: true }),
    opening('exc_2', T0 + 400_000, { ...lock, target: '/devices/d-2/lock', page: 'pag_1', gesture: true }),
    opening('exc_3', T0 + 690_000),
    opening('exc_4', T0, { session: EMPTY }),
  ]);
  house.database.prepare('UPDATE sessions SET ended_at = last_at').run();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await Promise.all([house?.close(), stack?.close()]);
});

const slider = (page: Page) => page.getByRole('slider', { name: 'Moment' });
const second = async (page: Page): Promise<number> => Number(await slider(page).getAttribute('aria-valuenow'));
const seen = (page: Page) => page.frameLocator('iframe[title="The recorded page"]').frameLocator('iframe');
const watch = async (at: number, width?: number): Promise<Page> => {
  const page = await openPortal(browser, house, `/sessions/${SESSION}/replay?at=${T0 + at * 1000}`, width);
  await slider(page).waitFor();
  return page;
};
async function faults(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const found = await page.evaluate<{ id: string; impact: string }[]>(
    "axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, impact }) => ({ id, impact })))",
  );
  return found.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id }) => id);
}

test('a link leads to its moment, and every key that the page names does what it says', async () => {
  const page = await watch(60);
  await seen(page).getByText('second 60', { exact: true }).waitFor();
  const walk = new Map([
    ['ArrowRight', 65],
    ['Shift+ArrowRight', 125],
    ['ArrowLeft', 120],
    ['j', 110],
    ['l', 120],
    ['Shift+ArrowLeft', 60],
    ['Home', 0],
    ['n', 151],
    ['End', 720],
    ['p', 399],
  ]);
  for (const [key, to] of walk) {
    await page.keyboard.press(key);
    await expect.poll(() => second(page), { message: key, interval: 20 }).toBe(to);
  }
  await seen(page).getByText('second 399', { exact: true }).waitFor();
  await page.keyboard.press('s');
  expect(await page.getByRole('radio', { name: '2×' }).isChecked()).toBe(true);
  // Who has clicked on the picture still has the keys.
  await page.getByRole('region', { name: 'The page as it looked' }).locator('iframe').click({ force: true });
  const home = async () => {
    await page.keyboard.press('Home');
    return second(page);
  };
  await expect.poll(home).toBe(0);
  for (const key of ['k', ' ']) {
    await page.keyboard.press(key);
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await page.keyboard.press(key);
    await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
  }
  await page.getByRole('button', { name: 'Keys' }).click();
  for (const key of ['Space', 'K', 'J', 'L', 'Home', 'End', 'P', 'N', 'S'])
    await page.locator('kbd', { hasText: new RegExp(`^${key}$`) }).waitFor();
  await page.context().close();
});

test('time that nobody did anything in is skipped or not, at the speed that was chosen, and an act is one click away', async () => {
  const page = await watch(20);
  const play = () => page.getByRole('button', { name: 'Play', exact: true }).click();
  const pause = () => page.getByRole('button', { name: 'Pause' }).click();
  await seen(page).getByText('second 20', { exact: true }).waitFor();
  await play();
  await expect.poll(() => second(page)).toBeGreaterThanOrEqual(147);
  await pause();

  await page.getByRole('switch', { name: 'Skip idle time' }).click({ force: true });
  await page.keyboard.press('Home');
  await play();
  await expect.poll(() => second(page)).toBeGreaterThan(0);
  await pause();
  expect(await second(page)).toBeLessThan(140);
  // As long as a second is one, this would take longer than patience lasts.
  await page.getByText('16×').click();
  await play();
  await expect.poll(() => second(page)).toBeGreaterThan(40);
  await pause();

  await page.getByRole('list', { name: 'Acts' }).getByRole('button', { name: /6:40/ }).click();
  await expect.poll(() => second(page)).toBe(399);
  await seen(page).getByText('second 399', { exact: true }).waitFor();
  expect(await faults(page)).toEqual([]);

  // The frame is a process of its own: a page that is too much for it takes no button away.
  const frame = page.frames().find((one) => one.url() === `${house.addresses.replay}/`);
  let over = false;
  const busy = frame?.evaluate('{ const until = performance.now() + 60_000; while (performance.now() < until); }');
  busy?.then(
    () => (over = true),
    () => undefined,
  );
  await page.keyboard.press('End');
  await expect.poll(() => second(page)).toBe(720);
  expect([busy === undefined, over]).toEqual([false, false]);
  await page.context().close();
});

test('what is missing is said: steps that never came, silence, pages of which only requests were recorded; on a phone too', async () => {
  const page = await watch(332, 360);
  await page.getByText('30 steps of this page never came to be recorded.').waitFor();
  await page.goto(`${house.addresses.portal}/sessions/${SESSION}/replay?at=${T0 + 510_000}`);
  await page.getByText('The page sent nothing at this moment').waitFor();
  await page.goto(`${house.addresses.portal}/sessions/${SESSION}/replay?at=${T0 + 690_000}`);
  await page.getByText('Only requests were recorded').waitFor();
  await page.getByText('The page forbids scripts of others.').waitFor();
  await page.getByText('Every request', { exact: true }).click();
  await page.getByRole('list', { name: 'Requests around this moment' }).getByText('GET /devices').waitFor();
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
  expect(await faults(page)).toEqual([]);

  await page.goto(`${house.addresses.portal}/sessions/${EMPTY}/replay`);
  await page.getByText('Only requests were recorded').waitFor();
  await page.getByText('Acts', { exact: true }).click();
  await page.getByText('This session changed nothing in a console').waitFor();
  await page.keyboard.press('k');
  await page.keyboard.press('End');
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
  expect(await faults(page)).toEqual([]);
  await page.context().close();
});

test('a session that goes on is watched as it goes on; what a script sent stands out, what its person did does not', async () => {
  const { addresses } = stack;
  const person = async (name: RegExp, url: string): Promise<Page> => {
    const page = await (await browser.newContext({ reducedMotion: 'reduce' })).newPage();
    page.setDefaultTimeout(30_000);
    await page.goto(url);
    if (url.startsWith(addresses.portal)) await page.getByRole('link', { name: 'Sign in' }).click();
    await page.getByRole('button', { name }).click();
    return page;
  };
  const ada = await person(/Ada Admin/, `${addresses.console}/devices/d-0142`);
  await ada.getByRole('button', { name: /sign in|log in/i }).click();
  await ada.locator('#wipe').waitFor();

  const linus = await person(/Linus Auditor/, `${addresses.portal}/sessions`);
  await linus
    .getByRole('link', { name: /Ada Admin/ })
    .first()
    .click();
  await linus
    .getByRole('link', { name: /Watch/ })
    .or(linus.getByRole('button', { name: /Watch/ }))
    .first()
    .click();
  await linus.getByText('Live', { exact: true }).waitFor();
  const acts = linus.getByRole('list', { name: 'Acts' }).getByRole('listitem');
  const strange = acts.filter({ hasText: 'No click or key came before this' });
  await linus.getByRole('button', { name: 'Jump to now' }).click();
  await linus.getByText('You follow this session.').waitFor();
  // The gateway knows of the page: what is said of clicks in it counts.
  await linus.getByRole('button', { name: '/devices/d-0142' }).waitFor();

  // Its answer is the shim's to wait for.
  await ada.evaluate(`void fetch('/api/devices/d-0143/wipe', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-csrf-token': document.querySelector('meta[name=csrf-token]')?.content ?? '',
    },
    body: '{"reason":"a script"}',
  })`);
  await strange.filter({ hasText: 'd-0143' }).waitFor();
  expect(await strange.count()).toBe(1);
  // By hand.
  await ada.goto(`${addresses.console}/devices/d-0142`);
  await ada.locator('#wipe').click();
  await ada.locator('dialog [name=reason]').first().fill('lost');
  await ada.locator('dialog button.danger').click();
  await acts.filter({ hasText: 'd-0142' }).waitFor();
  expect(await strange.count()).toBe(1);
  await linus.getByText('One dangerous request without a click or key before').waitFor();
  await ada.goto(`${addresses.console}/devices`);
  await seen(linus).getByRole('heading', { name: 'Devices' }).waitFor();
  expect(await faults(linus)).toEqual([]);

  // Looking back stops it; what is new still comes, and the way to it is there.
  await linus.keyboard.press('ArrowLeft');
  await linus.getByRole('button', { name: 'Jump to now' }).waitFor();
  await linus.keyboard.press('End');
  await linus.getByText('You follow this session.').waitFor();
  await ada.goto(`${addresses.portal}/`);
  await ada.getByRole('button', { name: /Ada Admin/ }).click();
  await ada.getByRole('menuitem', { name: /Sign out/ }).click();
  await linus.getByText(/This session ended at/).waitFor();
  await linus.getByRole('button', { name: 'Play', exact: true }).waitFor();
  expect(await linus.getByRole('button', { name: 'Jump to now' }).count()).toBe(0);
});
