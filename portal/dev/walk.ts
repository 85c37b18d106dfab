// Walks through the ceremonies and the live updates with a virtual authenticator, against the mock. Says what does not work.
// npx node portal/dev/walk.ts
import assert from 'node:assert/strict';
import { chromium, type Page } from 'playwright-core';
import { dropStreams, startMock } from './mockServer.ts';

const PORT = 5189;
const origin = `http://localhost:${PORT}`;
const server = await startMock(PORT);
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
});
const context = await browser.newContext({ acceptDownloads: true });
const as = (name: string) => context.addCookies([{ name: 'dev-as', value: name, url: origin }]);
const page = await context.newPage();
page.setDefaultTimeout(10_000);
const noise: string[] = [];
page.on(
  'console',
  (message) => message.type() === 'error' && !/status of 403/.test(message.text()) && noise.push(message.text()),
);
page.on('pageerror', (error) => noise.push(String(error)));
const devtools = await context.newCDPSession(page);
await devtools.send('WebAuthn.enable');
const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
  options: {
    protocol: 'ctap2',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
  },
});
const seen = (text: string | RegExp, on: Page = page) => on.getByText(text).first().waitFor();
const button = (name: string | RegExp) => page.getByRole('button', { name });
const step = async (name: string, walk: () => Promise<unknown>) => {
  await walk();
  console.log(`ok  ${name}`);
};

await as('ada');
await step('add a passkey', async () => {
  await page.goto(`${origin}/passkeys`);
  await button('Add a passkey').click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Test key');
  await button('Continue').click();
  await seen('Passkey added');
  await seen('Test key');
});
await step('rename it', async () => {
  await button('Change Test key').click();
  await page.getByRole('menuitem', { name: 'Rename' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('My key');
  await button('Save').click();
  await seen('My key');
});
await step('remove another one, with the step-up in between', async () => {
  await button('Change Blue security key').click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  await button(/^Remove$/).click();
  await seen('is removed');
  await button('Change Blue security key').waitFor({ state: 'detached' });
});
const elsewhere = await browser.newContext();
await elsewhere.addCookies([{ name: 'dev-as', value: 'olga', url: origin }]);
const approver = await elsewhere.newPage();
await approver.goto(`${origin}/approvals`);
await seen('Live', approver);
await step('ask for access', async () => {
  await page.goto(`${origin}/access?ask`);
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Device ids').fill('d-0142, d-0143');
  await dialog.getByText('2 devices').waitFor();
  await dialog.getByText('Goes to 1 of mdm-approvers').waitFor();
  await dialog.getByLabel('Why').fill('Lost in a taxi');
  await dialog.getByRole('button', { name: 'Ask for access' }).click();
  await dialog.getByText('A ticket like MDM-4711.').nth(1).waitFor();
  await dialog.getByLabel('Ticket').fill('MDM-4712');
  await dialog.getByRole('button', { name: 'Ask for access' }).click();
  await seen('Asked');
});
await step('an approver sees the new request without doing anything', () =>
  seen('ada wants to wipe 2 devices', approver).then(() => approver.getByText('Ticket MDM-4712').waitFor()),
);
await step('a lost connection is said, and heals', async () => {
  await elsewhere.route('**/api/events', (route) => route.abort());
  dropStreams();
  await seen('The connection to Sallyport is lost.', approver);
  await elsewhere.unroute('**/api/events');
  await seen('Live', approver);
  assert.equal(await approver.getByText('The connection to Sallyport is lost.').count(), 0);
});
await step('end an active grant early', async () => {
  await button('End now').first().click();
  await seen('The access has ended.');
});
await step('sign a request; the window closes or says so', async () => {
  await page.goto(`${origin}/sign/hol_waiting`);
  await button('Sign and continue').click();
  await seen('Signed. You can close this window.');
});
await step('ask others to sign, and the page turns by itself when they have', async () => {
  await page.goto(`${origin}/sign/hol_ask`);
  await page.getByLabel('Why').fill('The warehouse closes on Friday');
  await button('Ask for approval').click();
  await seen('Waiting for 2 approvals: mdm-approvers');
  const sign = (who: string) =>
    fetch(`${origin}/api/holds/hol_ask/approve`, {
      method: 'POST',
      headers: { cookie: `dev-as=${who}` },
      body: '{}',
    });
  await sign('olga');
  await seen('Waiting for 1 more approval: mdm-approvers');
  await sign('grace');
  await seen('Approved by olga and grace');
});
await step('confirm it is you', async () => {
  await page.goto(`${origin}/stepup?console=acme-mdm&back=1`);
  await button('Confirm with passkey').click();
  await page.getByRole('link', { name: 'Back to Acme MDM' }).waitFor();
});
await as('grace');
await step('a ceremony that is refused says that nothing was approved', async () => {
  await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
  await page.goto(`${origin}/approvals`);
  await button('Approve with passkey').first().click();
  await seen(/Nothing was approved/);
  await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
});
await step('approve, narrowed', async () => {
  await page.goto(`${origin}/approvals/gr_taxi`);
  await button('Narrow').click();
  await page.getByLabel('For at most').selectOption('5');
  await seen('You approve 5 minutes, 1 use, 1 device.');
  await button('Approve with passkey').click();
  await seen('Approved by grace for 5 minutes, 1 use.');
});
await step('approve fewer devices', async () => {
  await page.goto(`${origin}/approvals/gr_many`);
  await button('Narrow').click();
  await button('None').click();
  await seen('Leave at least one, or deny the request.');
  await page.getByLabel('Search the list by name or id').first().fill('warehouse');
  await page.getByRole('checkbox', { name: 'Tablet of the warehouse (d-0201)' }).check();
  await button('Approve with passkey').click();
  await seen('olga asked for 25 devices; grace left 1 device.');
});
await step('sign the exact request of somebody else', async () => {
  await page.goto(`${origin}/approvals/hold/hol_two`);
  await seen('POST /api/groups/g-12/wipe?also=d-0900');
  await button('Approve with passkey').click();
  await seen('Approved by olga and grace');
});
await step('release what is frozen, with the step-up in between', async () => {
  await context.addCookies([{ name: 'dev-mode', value: 'frozen', url: origin }]);
  await page.goto(`${origin}/approvals`);
  await seen('Acts that cannot be undone, on Acme MDM: frozen');
  await button('Release').click();
  await button('Release').waitFor({ state: 'detached' });
  await context.clearCookies({ name: 'dev-mode' });
});
await step('deny with one tap', async () => {
  await page.goto(`${origin}/approvals/gr_steps`);
  await button('Deny').click();
  await page.getByText('Not now').click();
  await button('Deny this request').click();
  await seen('Denied by grace: Not now');
});
await as('linus');
await step('filter, open a session and a request, by keyboard', async () => {
  await page.goto(`${origin}/sessions`);
  await page.getByLabel('Verdict').selectOption('refuse');
  await page.waitForURL(/verdict=refuse/);
  const csv = page.getByRole('link', { name: 'CSV' });
  const [download] = await Promise.all([page.waitForEvent('download'), csv.click()]);
  assert.equal(download.suggestedFilename(), 'sallyport-sessions.csv');
  await page.getByRole('link', { name: 'ada' }).first().press('Enter');
  await button(/Wipe 1 device.*200/s).press('Enter');
  await page.waitForURL(/exchange=ex_/);
  await seen('grace approved the access for 30 minutes, 1 use');
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !location.search.includes('exchange'));
});
await step('a session that ends leads to the sign-in', async () => {
  await context.clearCookies();
  await page.evaluate(() => window.dispatchEvent(new Event('visibilitychange')));
  await page.goto(`${origin}/sessions`);
  const link = page.getByRole('link', { name: 'Sign in' });
  await link.waitFor();
  assert.equal(await link.getAttribute('href'), '/login?to=%2Fsessions');
});
for (const line of noise) console.log(`console: ${line}`);
await browser.close();
server.close();
server.closeAllConnections();
