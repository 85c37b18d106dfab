// Through the front door: somebody asks in the portal, the approvers get a mail with the link, the answer is told, and no call of the
// portal waited for any of it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../kit/arrivals.ts';
import { approver, granted, type Person, person } from '../kit/people.ts';
import { type Stack, startStack } from '../kit/stack.ts';
import { startMailServer, startReceiver } from './kit.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-notices-'));
let stack: Stack;
let ada: Person;
let grace: Person;
const mails = await startMailServer();
const silent = await startReceiver(() => undefined);
const there = await startReceiver();

beforeAll(async () => {
  const secrets = {
    smtp: `smtp://127.0.0.1:${mails.port}`,
    silent: silent.url,
    well: there.url,
    key: `whsec_${'A'.repeat(43)}=`,
  };
  for (const [name, value] of Object.entries(secrets)) writeFileSync(join(folder, name), value);
  const file = (name: string) => `{ file: "${join(folder, name)}" }`;
  stack = await startStack(`notices:
  channels:
    - { id: mail, kind: email, smtp: ${file('smtp')}, from: sallyport@acme.example }
    - { id: broken, kind: slack, url: ${file('silent')} }
    - { id: siem, kind: webhook, url: ${file('well')}, secret: ${file('key')} }
  routes:
    - { to: approvers, channels: [mail, broken] }
    - { to: requester, channels: [siem] }
  addresses: { mdm-approvers: [approvers@acme.example] }
`);
  [ada, grace] = await Promise.all([person(stack, 'ada'), approver(stack)]);
});
afterAll(async () => {
  for (const one of [stack, mails, silent, there]) await one?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('the approvers get the link, the requester the answer, with a chat that never answers beside', async () => {
  const begun = performance.now();
  const grant = await granted(ada, grace);
  expect(performance.now() - begun).toBeLessThan(8000);
  await until(() => there.received.length === 1, 10_000);
  expect(there.json(0)).toMatchObject({
    data: {
      notices: [
        { event: 'grant.approved', for: 'requester', where: 'Acme MDM', link: expect.stringContaining(grant.id) },
      ],
    },
  });
  const asked = (await ada.ask({ reason: 'Lost again' })).json<{ id: string }>();
  // The first question may have been answered before its message left; then it was not asked any more.
  const about = () => mails.mails.find(({ raw }) => raw.replaceAll('=\r\n', '').includes(asked.id));
  await until(() => about() !== undefined, 80_000);
  const text = (about()?.raw ?? '').replaceAll('=\r\n', '');
  expect(about()?.to).toEqual(['approvers@acme.example']);
  expect(text).toContain(`${stack.addresses.portal}/approvals/${asked.id}`);
  expect(text.match(/https?:\/\//g)).toHaveLength(1);
  await until(() => silent.received.length > 0);
}, 120_000);
