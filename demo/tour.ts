// The whole story in a headless browser, with real WebAuthn (virtual authenticators): told step by step, a screenshot of each.
// It is the end-to-end test and makes the README's pictures. Every step waits for what it says; none can pass by itself.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { newPerson, popUp, startChromium } from './browser.ts';
import type { Demo } from './run.ts';
import { twoPeopleDecide } from './tourApprovals.ts';
import { addPasskey, askInPortal, type Step, signIn } from './tourSteps.ts';

export type TourOptions = {
  readonly demo: Pick<Demo, 'addresses' | 'received'>;
  readonly pictures: string;
  readonly say: (line: string) => void;
  /** Looks at a page as each step shows it: tests look for accessibility faults. */
  readonly look?: (page: Page, step: string) => Promise<void>;
};

const DEVICE = 'd-0142';

/** @throws when a step does not come true, naming it */
export async function playTour(options: TourOptions): Promise<void> {
  mkdirSync(options.pictures, { recursive: true });
  const browser = await startChromium();
  try {
    await story(browser, options);
  } finally {
    await browser.close();
  }
}

async function story(browser: Browser, { demo, pictures, say, look }: TourOptions): Promise<void> {
  const { addresses, received } = demo;
  let number = 0;
  const step: Step = async (what, page, act) => {
    number += 1;
    const name = `${String(number).padStart(2, '0')}-${what
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, 50)
      .replace(/-$/, '')}`;
    try {
      await act();
    } catch (error) {
      await page.screenshot({ path: join(pictures, `${name}-FAILED.png`) }).catch(() => undefined);
      throw new Error(`step ${number}, "${what}": ${error instanceof Error ? error.message : error}`, { cause: error });
    }
    await page.screenshot({ path: join(pictures, `${name}.png`) });
    await look?.(page, what);
    say(`  ${String(number).padStart(2)}  ${what}`);
  };
  const wipes = () =>
    received.filter(({ method, target }) => method === 'POST' && target === `/api/devices/${DEVICE}/wipe`).length;
  const must = (truth: boolean, what: string) => {
    if (!truth) throw new Error(what);
  };

  const ada = await newPerson(browser);
  await step('Ada opens the console and is asked to sign in', ada.page, async () => {
    await ada.page.goto(`${addresses.console}/devices/${DEVICE}`);
    await ada.page.getByRole('button', { name: /Ada Admin/ }).waitFor();
  });
  await step('Back on the page that she asked for, the console asks for its own login', ada.page, async () => {
    await ada.page.getByRole('button', { name: /Ada Admin/ }).click();
    await ada.page.getByRole('button', { name: /sign in|log in/i }).waitFor();
    must(ada.page.url().startsWith(addresses.console), `at ${ada.page.url()}`);
  });
  await step('The console, as if the gateway were not there', ada.page, async () => {
    await ada.page.getByRole('button', { name: /sign in|log in/i }).click();
    await ada.page.locator('#wipe').waitFor();
  });
  await step('Ada adds a passkey in the portal', ada.page, async () => {
    await addPasskey(ada, addresses.portal, "Ada's laptop");
  });
  await step('Wiping is refused, with the reason and the way on', ada.page, async () => {
    await ada.page.goto(`${addresses.console}/devices/${DEVICE}`);
    await ada.page.locator('#wipe').click();
    await ada.page.locator('dialog [name=reason]').first().fill('Lost in a taxi');
    await ada.page.locator('dialog button.danger').click();
    await ada.page.getByRole('button', { name: 'Ask for access' }).waitFor();
    must(wipes() === 0, 'a wipe reached the console');
  });
  await step('She asks for access, with a reason and a ticket', ada.page, async () => {
    await ada.page.getByLabel('Reason').last().fill('Lost in a taxi, reported by Marie');
    await ada.page.getByLabel(/Ticket/).fill('MDM-4711');
    await ada.page.getByRole('button', { name: 'Ask for access' }).click();
    await ada.page
      .getByText(/Waiting for approval/)
      .first()
      .waitFor();
  });

  const grace = await newPerson(browser, { width: 390, height: 844 });
  await step('Grace signs in on her phone and adds a passkey', grace.page, async () => {
    await signIn(grace, addresses.portal, /Grace Approver/);
    await addPasskey(grace, addresses.portal, "Grace's phone");
  });
  await step('Grace sees what will happen, to which device, and why', grace.page, async () => {
    await grace.page.goto(`${addresses.portal}/approvals`);
    await grace.page
      .getByText(/Lost in a taxi, reported by Marie/)
      .first()
      .waitFor();
  });
  await step('Grace approves with her passkey', grace.page, async () => {
    await grace.page.getByRole('button', { name: 'Approve with passkey' }).click();
    await grace.page.getByText(/Nobody waits for you/).waitFor();
  });

  await step('Ada hears of it at once: now the exact request waits for her passkey', ada.page, async () => {
    await ada.page.getByRole('button', { name: 'Sign with passkey' }).waitFor();
    must(wipes() === 0, 'a wipe reached the console before it was signed');
  });
  const popup = await popUp(ada, () => ada.page.getByRole('button', { name: 'Sign with passkey' }).click());
  await step('In plain words on the portal: one sentence, one button', popup, async () => {
    await popup.getByRole('button', { name: 'Sign and continue' }).waitFor();
    must(popup.url().startsWith(addresses.portal), `at ${popup.url()}`);
  });
  await step('Signed: the device is wiped, once', ada.page, async () => {
    await popup.getByRole('button', { name: 'Sign and continue' }).click();
    await ada.page
      .getByText(/Wipe command sent/i)
      .first()
      .waitFor();
    must(wipes() === 1, `${wipes()} wipes reached the console`);
  });
  await step('A second wipe needs access again', ada.page, async () => {
    await ada.page.reload();
    await ada.page.locator('#wipe').click();
    await ada.page.locator('dialog button.danger').click();
    await ada.page.getByRole('button', { name: 'Ask for access' }).waitFor();
    must(wipes() === 1, `${wipes()} wipes reached the console`);
  });

  const olga = await newPerson(browser);
  await twoPeopleDecide({ step, ada, grace, olga, demo: { addresses, received } });
  await step('Olga is admin and approver, and cannot approve her own request', olga.page, async () => {
    await askInPortal(olga, addresses.portal);
    await olga.page.goto(`${addresses.portal}/approvals`);
    await olga.page
      .getByText(/cannot approve your own/i)
      .first()
      .waitFor();
  });

  const mallory = await newPerson(browser);
  await step('Mallory can sign in and do nothing, and is told why', mallory.page, async () => {
    await signIn(mallory, addresses.portal, /Mallory/);
    await mallory.page
      .getByText(/no role/i)
      .first()
      .waitFor();
  });
  await step('The console stays closed for Mallory', mallory.page, async () => {
    await mallory.page.goto(addresses.console);
    await mallory.page
      .getByText(/may not/i)
      .first()
      .waitFor();
  });

  const linus = await newPerson(browser);
  await step('Linus the auditor finds the session', linus.page, async () => {
    await signIn(linus, addresses.portal, /Linus Auditor/);
    await linus.page.goto(`${addresses.portal}/sessions`);
    await linus.page
      .getByRole('link', { name: /Ada Admin/ })
      .or(linus.page.getByText(/Wipe 1 device/))
      .first()
      .waitFor();
  });
  await step('Its timeline: the refusal, the approval, the signature, the act', linus.page, async () => {
    await linus.page
      .getByRole('link', { name: /Ada Admin/ })
      .first()
      .click();
    await linus.page
      .getByText(/Wipe 1 device/)
      .first()
      .waitFor();
  });
  await step('The very request, who agreed to it, and what the console answered', linus.page, async () => {
    const done = linus.page
      .getByRole('button', { name: /Wipe 1 device/ })
      .filter({ hasNotText: /You need|passkey is needed/ });
    await done.first().click();
    await linus.page
      .getByText('Wipe command sent', { exact: false })
      .or(linus.page.getByText(/answered|202|200/))
      .first()
      .waitFor();
    await linus.page
      .getByRole('dialog')
      .getByText(/Grace Approver/)
      .first()
      .waitFor();
  });
  await step('And the page as Ada saw it, beside the requests as they were', linus.page, async () => {
    await linus.page.keyboard.press('Escape');
    await linus.page
      .getByRole('link', { name: /Watch/ })
      .or(linus.page.getByRole('button', { name: /Watch/ }))
      .first()
      .click();
    await linus.page.waitForURL(/\/replay/);
    const frame = linus.page.frameLocator('iframe').frameLocator('iframe');
    await frame.getByText('Acme', { exact: false }).first().waitFor();
  });
  for (const person of [ada, grace, olga, mallory, linus]) await person.close();
}
