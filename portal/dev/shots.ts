// Photographs every screen in light and dark, wide and narrow, runs axe on each, and reports CSP violations and console errors.
// npx node portal/dev/shots.ts <folder> [name part]
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Page } from 'playwright-core';
import { startMock } from './mockServer.ts';

const [out = 'portal-shots', only = '', extent = ''] = process.argv.slice(2);
const PORT = 5188;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
mkdirSync(out, { recursive: true });

type Shot = { name: string; as?: string; mode?: string; path: string; act?: (page: Page) => Promise<void> };
const SHOTS: Shot[] = [
  { name: 'signin', path: '/' },
  { name: 'signed-out', path: '/signed-out' },
  { name: 'home-ada', as: 'ada', path: '/' },
  { name: 'home-ada-empty', as: 'ada', mode: 'empty', path: '/' },
  { name: 'home-grace', as: 'grace', path: '/' },
  { name: 'home-olga', as: 'olga', path: '/' },
  { name: 'home-linus', as: 'linus', path: '/' },
  { name: 'home-mallory', as: 'mallory', path: '/' },
  { name: 'home-oscar', as: 'oscar', path: '/' },
  { name: 'home-oscar-frozen', as: 'oscar', mode: 'frozen', path: '/' },
  { name: 'home-root-frozen', as: 'root', mode: 'frozen', path: '/' },
  { name: 'home-newcomer', as: 'newcomer', mode: 'empty', path: '/' },
  { name: 'menu', as: 'ada', path: '/', act: (page) => page.getByRole('button', { name: /account menu/ }).click() },
  { name: 'access', as: 'ada', path: '/access' },
  { name: 'search', as: 'linus', path: '/search' },
  { name: 'search-found', as: 'linus', path: '/search?q=wipe+marie' },
  { name: 'search-nothing', as: 'linus', path: '/search?q=nothing' },
  { name: 'search-rebuilding', as: 'linus', path: '/search?q=rebuilding' },
  { name: 'search-approval', as: 'linus', path: '/search?q=approval' },
  {
    name: 'search-suggest',
    as: 'linus',
    path: '/search',
    act: async (page) => {
      await page.getByRole('combobox', { name: 'Search' }).pressSequentially('action:dev');
      await page.getByRole('option').first().waitFor();
    },
  },
  { name: 'access-empty', as: 'ada', mode: 'empty', path: '/access' },
  { name: 'access-ask', as: 'ada', path: '/access?ask' },
  {
    name: 'access-ask-faults',
    as: 'ada',
    path: '/access?ask',
    act: async (page) => void (await page.getByRole('dialog').getByRole('button', { name: 'Ask for access' }).click()),
  },
  {
    name: 'access-again',
    as: 'ada',
    path: '/access',
    act: (page) => page.getByRole('button', { name: /^Ask again: Wipe 3/ }).click(),
  },
  {
    name: 'access-ask-wide',
    as: 'ada',
    path: '/access?ask',
    act: async (page) => {
      const dialog = page.getByRole('dialog');
      await dialog.getByText('Anything on this console').click();
      await dialog.getByLabel('Starts').selectOption('later');
    },
  },
  {
    name: 'access-ask-automatic',
    as: 'ada',
    path: '/access?ask',
    act: async (page) => {
      await page.getByLabel('What you want to do').first().click();
      await page.keyboard.press('Backspace');
      await page.getByRole('option', { name: 'Retire devices' }).click();
      await page.keyboard.press('Escape');
    },
  },
  { name: 'approvals', as: 'grace', path: '/approvals' },
  { name: 'approvals-frozen', as: 'grace', mode: 'frozen', path: '/approvals/gr_taxi' },
  {
    name: 'approvals-details',
    as: 'grace',
    path: '/approvals',
    act: async (page) => {
      for (const details of await page.getByText('Details').all()) await details.click();
    },
  },
  { name: 'approvals-steps', as: 'grace', path: '/approvals/gr_steps' },
  { name: 'approvals-hold', as: 'grace', path: '/approvals/hold/hol_two' },
  { name: 'approvals-hold-own', as: 'ada', path: '/approvals/hold/hol_two' },
  { name: 'approvals-own', as: 'olga', path: '/approvals' },
  {
    name: 'approvals-deny',
    as: 'grace',
    path: '/approvals/gr_taxi',
    act: (page) => page.getByRole('button', { name: 'Deny' }).click(),
  },
  {
    name: 'approvals-narrow',
    as: 'grace',
    path: '/approvals/gr_many',
    act: async (page) => {
      await page.getByRole('button', { name: 'Narrow' }).click();
      await page.getByLabel('For at most').selectOption('30');
      await page.getByRole('checkbox').nth(3).click();
    },
  },
  { name: 'approvals-empty', as: 'grace', mode: 'empty', path: '/approvals' },
  { name: 'approvals-history', as: 'grace', path: '/approvals?view=history' },
  { name: 'approvals-one', as: 'grace', path: '/approvals/gr_taxi' },
  { name: 'approvals-missing', as: 'grace', path: '/approvals/gr_none' },
  { name: 'passkeys', as: 'ada', path: '/passkeys' },
  { name: 'passkeys-empty', as: 'ada', mode: 'empty', path: '/passkeys' },
  {
    name: 'passkeys-stale',
    as: 'newcomer',
    mode: 'empty',
    path: '/passkeys',
    act: async (page) => {
      await page.getByRole('button', { name: 'Add a passkey' }).click();
      await page.getByRole('button', { name: 'Continue' }).click();
    },
  },
  {
    name: 'passkeys-remove',
    as: 'ada',
    path: '/passkeys',
    act: async (page) => {
      await page.getByRole('button', { name: 'Change Blue security key' }).click();
      await page.getByRole('menuitem', { name: 'Remove' }).click();
    },
  },
  { name: 'sessions', as: 'linus', path: '/sessions' },
  { name: 'sessions-none', as: 'linus', mode: 'empty', path: '/sessions?verdict=refuse' },
  { name: 'session', as: 'linus', path: '/sessions/ses_ada1' },
  { name: 'session-refused', as: 'linus', path: '/sessions/ses_ada1?kind=refused' },
  { name: 'session-exchange', as: 'linus', path: '/sessions/ses_ada1?exchange=ex_0028' },
  { name: 'session-exchange-refused', as: 'linus', path: '/sessions/ses_ada1?exchange=ex_0026' },
  { name: 'review-long', as: 'linus', path: '/review?from=2024-01-01' },
  { name: 'legal-holds', as: 'linus', path: '/legal-holds' },
  { name: 'legal-holds-empty', as: 'linus', mode: 'empty', path: '/legal-holds' },
  { name: 'legal-holds-set', as: 'linus', path: '/legal-holds?session=ses_ada1' },
  {
    name: 'legal-holds-person',
    as: 'root',
    path: '/legal-holds?set',
    act: async (page) => {
      await page.getByRole('combobox', { name: 'Person' }).fill('a');
      await page.getByRole('option').first().waitFor();
    },
  },
  {
    name: 'legal-holds-end',
    as: 'linus',
    path: '/legal-holds',
    act: (page) => page.getByRole('button', { name: 'Agree to its end: Recordings of olga' }).click(),
  },
  {
    name: 'evidence-grant',
    as: 'root',
    mode: 'trickle',
    path: '/approvals/gr_taxi',
    act: async (page) => {
      await page.getByRole('button', { name: 'Export evidence' }).click();
      await page.getByLabel('Why you take it').fill('Case 2026-17');
      await page.getByRole('button', { name: 'Export', exact: true }).click();
    },
  },
  {
    name: 'evidence-incident',
    as: 'linus',
    path: '/reports',
    act: (page) => page.getByRole('button', { name: 'Evidence' }).click(),
  },
  { name: 'sign', as: 'ada', path: '/sign/hol_waiting' },
  { name: 'sign-signed', as: 'ada', path: '/sign/hol_signed' },
  { name: 'sign-ask', as: 'ada', path: '/sign/hol_ask' },
  { name: 'sign-both', as: 'ada', mode: 'frozen', path: '/sign/hol_both' },
  { name: 'sign-others', as: 'ada', path: '/sign/hol_two' },
  { name: 'sign-ready', as: 'ada', path: '/sign/hol_ready' },
  { name: 'sign-denied', as: 'ada', path: '/sign/hol_denied' },
  { name: 'freeze', as: 'grace', path: '/?freeze' },
  { name: 'review', as: 'linus', path: '/review' },
  { name: 'review-empty', as: 'linus', mode: 'empty', path: '/review' },
  { name: 'operate', as: 'oscar', path: '/operate' },
  {
    name: 'operate-frozen',
    as: 'oscar',
    mode: 'frozen',
    path: '/operate',
    act: (page) => page.getByText('wipe-by-grant').first().click(),
  },
  { name: 'operate-empty', as: 'oscar', mode: 'empty', path: '/operate' },
  { name: 'sign-expired', as: 'ada', path: '/sign/hol_expired' },
  { name: 'sign-unknown', as: 'ada', path: '/sign/hol_none' },
  { name: 'sign-signedout', path: '/sign/hol_waiting' },
  { name: 'stepup', as: 'ada', path: '/stepup?console=acme-mdm' },
  { name: 'stepup-newcomer', as: 'newcomer', path: '/stepup?console=acme-mdm&back=1' },
  { name: 'loading', as: 'ada', mode: 'slow', path: '/access' },
  { name: 'down', as: 'ada', mode: 'down', path: '/access', act: (page) => page.waitForTimeout(6000) },
  { name: 'forbidden', as: 'ada', path: '/sessions' },
  { name: 'nothing', as: 'ada', path: '/nowhere' },
];

const server = await startMock(PORT);
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
let faults = 0;
// Two of the four combinations show nearly everything; `all` as third argument takes the rest too.
const LOOKS = (
  [
    [1280, 'light'],
    [360, 'dark'],
    [360, 'light'],
    [1280, 'dark'],
  ] as const
).slice(0, extent === 'all' ? 4 : 2);
for (const [width, scheme] of LOOKS) {
  for (const shot of SHOTS.filter((each) => each.name.includes(only))) {
    const context = await browser.newContext({
      viewport: { width, height: width === 360 ? 740 : 800 },
      colorScheme: scheme,
      reducedMotion: 'reduce',
      bypassCSP: false,
    });
    const cookies = Object.entries({ 'dev-as': shot.as, 'dev-mode': shot.mode }).flatMap(([name, value]) =>
      value === undefined ? [] : [{ name, value, url: `http://localhost:${PORT}` }],
    );
    await context.addCookies(cookies);
    const page = await context.newPage();
    const noise: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of (401|403|404|503)/.test(message.text())) noise.push(message.text());
    });
    page.on('pageerror', (error) => noise.push(String(error)));
    await page.goto(`http://localhost:${PORT}${shot.path}`);
    await page.waitForTimeout(shot.mode === 'slow' ? 500 : 350);
    await shot.act?.(page).catch((error: unknown) => noise.push(`act: ${String(error).split('\n')[0]}`));
    await page.waitForTimeout(300);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
    if (wide) noise.push('the page scrolls sideways');
    await page.screenshot({ path: `${out}/${shot.name}-${width}-${scheme}.png`, fullPage: true });
    await page.evaluate(axe);
    const found = await page.evaluate(async () => {
      const run = (
        globalThis as unknown as {
          axe: {
            run(): Promise<{
              violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
            }>;
          };
        }
      ).axe;
      const { violations } = await run.run();
      return violations.map(
        ({ id, impact, nodes }) =>
          `${impact} ${id}: ${nodes
            .slice(0, 2)
            .map((node) => `${node.html.slice(0, 160)} | ${node.failureSummary.split('\n')[1]}`)
            .join('\n      ')}`,
      );
    });
    for (const line of [...noise, ...found]) {
      faults += 1;
      console.log(`${shot.name} ${width} ${scheme}: ${line}`);
    }
    await context.close();
  }
}
console.log(`${faults} findings`);
await browser.close();
server.close();
server.closeAllConnections();
