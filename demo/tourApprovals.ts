// The part of the tour where one person is not enough: six devices at once, two others sign the very request.
import type { Person } from './browser.ts';
import { popUp } from './browser.ts';
import type { Demo } from './run.ts';
import { addPasskey, type Step, signIn } from './tourSteps.ts';

type Parts = {
  readonly step: Step;
  readonly ada: Person;
  readonly grace: Person;
  readonly olga: Person;
  readonly demo: Pick<Demo, 'addresses' | 'received'>;
};

const REASON = 'The van with the tablets was stolen';

export async function twoPeopleDecide({ step, ada, grace, olga, demo }: Parts): Promise<void> {
  const { portal, console } = demo.addresses;
  const wipes = () => demo.received.filter(({ method, target }) => method === 'POST' && target === '/api/devices/bulk');
  const must = (truth: boolean, what: string) => {
    if (!truth) throw new Error(what);
  };
  const overlay = () => ada.page.getByRole('dialog').last();

  await step('Six devices at once need access first', ada.page, async () => {
    await ada.page.goto(`${console}/devices`);
    for (let at = 0; at < 6; at += 1) await ada.page.locator('#rows input[type=checkbox]').nth(at).check();
    await ada.page.locator('#bulk [data-bulk=wipe]').click();
    await ada.page.locator('dialog button.danger').click();
    await overlay().getByLabel('Reason').fill(REASON);
    await overlay().getByRole('button', { name: 'Ask for access' }).click();
    await grace.page.getByText(REASON).first().waitFor();
    await grace.page.getByRole('button', { name: 'Approve with passkey' }).click();
    await ada.page.getByRole('button', { name: 'Ask for approval' }).waitFor();
    must(wipes().length === 0, 'a wipe reached the console');
  });
  await step('And two other people who sign exactly this request', ada.page, async () => {
    await ada.page.getByText('The passkeys of 2 other people on this request').waitFor();
    await overlay().getByLabel('Reason').fill(REASON);
  });
  await step('Ada signs it herself and goes on working while it waits', ada.page, async () => {
    await overlay().getByRole('button', { name: 'Ask for approval' }).click();
    const popup = await popUp(ada, () => ada.page.getByRole('button', { name: 'Sign with passkey' }).click());
    await popup.getByRole('button', { name: 'Sign', exact: true }).click();
    await ada.page.getByText(/Waiting for 2 approvals/).waitFor();
    must(wipes().length === 0, 'a wipe reached the console before anybody agreed');
  });
  await step('Grace reads on her phone what would happen, to the letter', grace.page, async () => {
    await grace.page.getByText(REASON).first().waitFor();
    await grace.page
      .getByText(/6 devices/)
      .first()
      .waitFor();
  });
  await step('Grace signs it; one more is needed', ada.page, async () => {
    await grace.page.getByRole('button', { name: 'Approve with passkey' }).click();
    await ada.page.getByText(/Grace Approver said yes/).waitFor();
  });
  await step('Olga is the second one', olga.page, async () => {
    await signIn(olga, portal, /Olga/);
    await addPasskey(olga, portal, "Olga's key");
    await olga.page.goto(`${portal}/approvals`);
    await olga.page.getByText(REASON).first().waitFor();
  });
  await step('Approved by both: one press, and it is done once', ada.page, async () => {
    await olga.page.getByRole('button', { name: 'Approve with passkey' }).click();
    await ada.page.getByText(/Approved by Grace Approver and Olga Operator/).waitFor();
    must(wipes().length === 0, 'a wipe went before it was pressed');
    await ada.page.getByRole('button', { name: 'Continue' }).click();
    await ada.page
      .getByText(/Wipe command sent/i)
      .first()
      .waitFor();
    must(wipes().length === 1, `${wipes().length} wipes reached the console`);
  });
}
