// The proof on a real console: MeshCentral, which acts over a WebSocket, behind the gateway, in Chromium with real WebAuthn.
// Each step waits for what it says, and is printed when it came true. Usage: npm run test:meshcentral
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { newPerson, popUp, startChromium } from '../../demo/browser.ts';
import type { GrantPage } from '../../src/portal/contract/grants.ts';
import type { ExchangePage, ExchangeRow, SessionPage } from '../../src/portal/contract/sessions.ts';
import { approver, type Person, person } from '../kit/people.ts';
import { freePort, startStack } from '../kit/stack.ts';
import { installMeshCentral, VERSION } from './install.ts';
import { startMeshCentral, startTlsFront } from './server.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);
const ended: (() => unknown)[] = [];
let page: Page;
let gatewayLog = '';
/** What the gateway refused last, when something does not come true. */
const refusals = (): string[] =>
  gatewayLog === ''
    ? []
    : readFileSync(gatewayLog, 'utf8')
        .split('\n')
        .filter((line) => line.includes('refused'))
        .slice(-12);
let number = 0;

async function step<T>(what: string, act: () => Promise<T>): Promise<T> {
  number += 1;
  try {
    const result = await act();
    say(`  ${String(number).padStart(2)}  ${what}`);
    return result;
  } catch (error) {
    for (const line of refusals()) say(`        the gateway's log: ${line}`);
    const picture = join(tmpdir(), 'meshcentral-failed.png');
    await page?.screenshot({ path: picture }).catch(() => undefined);
    throw new Error(`step ${number}, "${what}" (at ${page?.url()}, picture ${picture}): ${error}`, { cause: error });
  }
}
const must = (truth: boolean, what: string) => {
  if (!truth) throw new Error(what);
};
async function until(what: string, truth: () => boolean | Promise<boolean>, ms = 15_000): Promise<void> {
  for (const end = Date.now() + ms; !(await truth()); await wait(50)) must(Date.now() < end, `not yet: ${what}`);
}
/** In the page of MeshCentral. */
const inPage = <T>(code: string): Promise<T> => page.evaluate(code);
const overlay = () => page.getByRole('dialog').filter({ has: page.locator('.panel') });

async function main(): Promise<void> {
  const folder = installMeshCentral(say);
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-mesh-'));
  ended.push(() => rmSync(dir, { recursive: true, force: true }));
  const port = await freePort();
  const publicPort = port + 10;
  const mesh = await startMeshCentral(folder, dir, { port, publicPort });
  ended.push(mesh.close);
  for (const part of ['vocabulary.yaml', 'acme-mdm', 'meshcentral'])
    cpSync(join('config/packs', part), join(dir, 'packs', part), { recursive: true });
  const origin = `https://mesh.localhost:${publicPort}`;
  const stack = await startStack(
    `packs: ${JSON.stringify(join(dir, 'packs'))}\n`,
    () =>
      `  - { id: mesh, name: MeshCentral, origin: "${origin}", upstream: "http://127.0.0.1:${port}", pack: meshcentral }\n`,
  );
  ended.push(stack.close);
  const front = await startTlsFront(mesh.certificate, publicPort, stack.port);
  ended.push(front.close);
  const { portal } = stack.addresses;
  const grace = await approver(stack);
  const linus = await person(stack, 'linus');
  gatewayLog = join(stack.dataDir, 'gateway.log');
  const browser = await startChromium();
  ended.push(() => browser.close());
  const ada = await newPerson(browser, { ignoreHTTPSErrors: true });
  page = ada.page;
  say(`MeshCentral ${VERSION} behind the gateway at ${origin}`);

  await step('Ada opens MeshCentral and is asked to sign in at the identity provider', async () => {
    await page.goto(origin);
    await page.getByRole('button', { name: /Ada Admin/ }).click();
    await page.locator('#username').waitFor({ state: 'attached' });
    must(page.url().startsWith(origin), page.url());
  });
  await step('She adds a passkey in the portal', async () => {
    await page.goto(`${portal}/passkeys`);
    await page.getByRole('button', { name: 'Add a passkey' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill("Ada's laptop");
    await dialog
      .getByRole('button', { name: /add|continue|create/i })
      .last()
      .click();
    await dialog.waitFor({ state: 'hidden' });
  });
  await step('The first account of MeshCentral: an administrator, so it needs access and a signature', async () => {
    await page.goto(origin);
    await inPage('go(2)');
    for (const [id, value] of [
      ['ausername', 'ada'],
      ['aemail', 'ada@example.com'],
      ['apassword1', 'Correct-Horse-9'],
      ['apassword2', 'Correct-Horse-9'],
    ])
      await page.locator(`#${id}`).fill(value ?? '');
    await inPage('validateCreate(5)');
    await page.locator('#createButton').click();
    await page.getByRole('heading', { name: 'Create the account ada' }).waitFor();
  });
  await step('She asks for access, Grace approves it', async () => {
    await ask('The first account');
    await approveLast(grace);
    await page.getByRole('button', { name: 'Continue' }).click();
  });
  await step('She signs it with her passkey; MeshCentral makes the account and opens', async () => {
    const window = await popUp(ada, () => page.getByRole('button', { name: 'Sign with passkey' }).click());
    await window.getByRole('button', { name: 'Sign and continue' }).click();
    await page.locator('#p1').waitFor({ state: 'attached' });
    must(page.url().startsWith(origin), page.url());
  });
  await step('Its pages and its control socket work: reads pass without a question', async () => {
    await until('the socket is open', () => inPage('meshserver?.State === 2 && userinfo != null && meshes != null'));
    must((await overlay().count()) === 0, 'an overlay');
  });

  const groups = () => inPage<string[]>('Object.values(meshes).map((one) => one.name)');
  const createGroup = async (name: string) => {
    await inPage('account_createMesh()');
    await page.locator('#dp2meshname').fill(name);
    await inPage('account_validateMeshCreate()');
    await page.locator('#idx_dlgOkButton').click();
  };
  await step('She creates a device group: the message is held back, the page says why', async () => {
    await createGroup('Phones');
    await overlay()
      .getByRole('heading', { name: /Create the device group .*Phones/ })
      .waitFor();
    await wait(300);
    must((await groups()).length === 0, 'the group was created');
    must(await inPage<boolean>('meshserver.State === 2'), 'the socket was closed');
  });
  await step('Her passkey, then the same again: the group is there', async () => {
    const window = await popUp(ada, () => overlay().getByRole('button', { name: 'Use passkey' }).click());
    await window.getByRole('button', { name: 'Confirm with passkey' }).click();
    await overlay().getByText('Done. Do it again in the console.').waitFor();
    await overlay().getByRole('button', { name: 'Close' }).click();
    await createGroup('Phones');
    await until('the group is there', async () => (await groups()).includes('Phones'));
  });
  const deleteGroup = () =>
    inPage(`meshserver.send({ action: 'deletemesh', meshid: Object.values(meshes)[0]._id, meshname: 'Phones' })`);
  await step('She deletes it: that cannot be undone, so she asks for access; Grace approves', async () => {
    await deleteGroup();
    await overlay()
      .getByRole('heading', { name: /Delete the device group/ })
      .waitFor();
    await ask('No phones any more');
    await approveLast(grace);
    await page.getByText(/Approved by Grace/).waitFor();
    must((await groups()).length === 1, 'the group is gone');
  });
  await step('The same again: now this very message waits for her signature', async () => {
    await deleteGroup();
    const window = await popUp(ada, () => overlay().getByRole('button', { name: 'Sign with passkey' }).click());
    await window.getByRole('button', { name: 'Sign and continue' }).click();
    await overlay().getByText('Done. Do it again in the console.').waitFor();
    await overlay().getByRole('button', { name: 'Close' }).click();
    must((await groups()).length === 1, 'the group is gone');
  });
  await step('And again: released once, and the group is gone', async () => {
    await deleteGroup();
    await until('the group is gone', async () => (await groups()).length === 0);
  });
  await step('A message that nobody described is not sent, and the socket lives on', async () => {
    await inPage(`meshserver.send({ action: 'formatdisk', nodeids: ['node//x'] })`);
    await wait(1000);
    // Told only to somebody who has just done something in the page.
    const close = overlay().getByRole('button', { name: 'Close' });
    if ((await close.count()) > 0) await close.click();
    must(await inPage<boolean>('meshserver.State === 2'), 'the socket was closed');
    await createGroup('Tablets');
    await until('the next one passes', async () => (await groups()).includes('Tablets'));
  });
  const rows = await step('The auditor finds every message with its verdict', async () => {
    let found: ExchangeRow[] = [];
    const { sessions } = (await linus.read('/api/sessions')).json<SessionPage>();
    const session = sessions.find((one) => one.person.name.startsWith('Ada'))?.id;
    await until('the recordings are indexed', async () => {
      found = [];
      for (let cursor = ''; cursor !== 'end'; ) {
        const answer = await linus.read(`/api/sessions/${session}/exchanges?kind=all${cursor}`);
        const one = answer.json<ExchangePage>();
        found.push(...one.exchanges.filter(({ method }) => method === 'MESSAGE'));
        cursor = one.next === null ? 'end' : `&cursor=${encodeURIComponent(one.next)}`;
      }
      return found.some(({ title, verdict }) => title.includes('Tablets') && verdict === 'go');
    });
    const has = (action: string, verdict: string) =>
      must(
        found.some((row) => row.action === action && row.verdict === verdict),
        `no ${verdict} of ${action} among ${found.length}`,
      );
    for (const action of ['group.create', 'group.delete']) {
      has(action, 'refuse');
      has(action, 'go');
    }
    has('unknown.write', 'refuse');
    return found;
  });
  for (const { verdict, reason, action, title } of rows.toReversed().filter(({ risk }) => risk !== 'read'))
    say(
      `        ${verdict === 'go' ? 'went on ' : 'refused '} ${action.padEnd(14)} ${title}${reason === null ? '' : ` (${reason})`}`,
    );
  say(`        and ${rows.filter(({ risk }) => risk === 'read').length} reads`);
}

/** Fills in the form of the refusal page or of the overlay. */
async function ask(reason: string): Promise<void> {
  await page.getByLabel('Reason').last().fill(reason);
  await page.getByRole('button', { name: 'Ask for access' }).click();
  await page
    .getByText(/Waiting for approval/)
    .first()
    .waitFor();
}

async function approveLast(grace: Person): Promise<void> {
  const { grants } = (await grace.read('/api/grants?view=inbox')).json<GrantPage>();
  const [grant] = grants;
  if (grant === undefined) throw new Error('nobody asked');
  const answer = await grace.approve(grant.id, { minutes: grant.askedMinutes, uses: grant.askedUses });
  must(answer.status === 200, answer.text());
}

try {
  await main();
  say('MeshCentral works behind the gateway.');
} catch (error) {
  say(String(error instanceof Error ? error.message : error));
  process.exitCode = 1;
} finally {
  for (const end of ended.reverse()) await end();
}
