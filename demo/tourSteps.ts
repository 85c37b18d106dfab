// What people do more than once in the tour.
import type { Page } from 'playwright-core';
import type { Person } from './browser.ts';

/** Does something on a page, takes its picture, and says it; fails with the step's name. */
export type Step = (what: string, page: Page, act: () => Promise<void>) => Promise<void>;

export async function signIn({ page }: Person, portal: string, button: RegExp): Promise<void> {
  await page.goto(portal);
  await page
    .getByRole('link', { name: 'Sign in' })
    .or(page.getByRole('button', { name: 'Sign in' }))
    .first()
    .click();
  await page.getByRole('button', { name: button }).click();
  await page.waitForURL(`${portal}/**`);
}

export async function addPasskey({ page }: Person, portal: string, name: string): Promise<void> {
  await page.goto(`${portal}/passkeys`);
  await page.getByRole('button', { name: 'Add a passkey' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill(name);
  await dialog
    .getByRole('button', { name: /add|continue|create/i })
    .last()
    .click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByText(name).first().waitFor();
}

export async function askInPortal({ page }: Person, portal: string): Promise<void> {
  await page.goto(`${portal}/access`);
  await page
    .getByRole('button', { name: /ask for access/i })
    .first()
    .click();
  const dialog = page.getByRole('dialog');
  await dialog
    .getByLabel(/Device/i)
    .first()
    .fill('d-0007');
  await dialog.getByLabel('Why').fill('Testing whether I may approve myself');
  await dialog.getByRole('button', { name: /ask/i }).last().click();
  await dialog.waitFor({ state: 'hidden' });
}
