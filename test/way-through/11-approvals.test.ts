// What cannot be undone on many devices needs two other people's signatures on exactly this request: they see what will
// happen, sign the same digest as its own person, and it is released once. The console's log is the proof.
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createJournal } from '../../src/audit/journal/journal.redis.ts';
import { verifyJournal } from '../../src/audit/verify/verifyJournal.ts';
import type { RefusalProblem } from '../../src/portal/contract/consolePages.ts';
import { HoldList, HoldView } from '../../src/portal/contract/holds.ts';
import { createRedisClient } from '../../src/redis/client.ts';
import { createKeys } from '../../src/redis/keys.ts';
import { admin, approver, device, granted, type Person, person } from '../kit/people.ts';
import { type Stack, startStack } from '../kit/stack.ts';
import { openStream } from '../kit/streams.ts';
import type { Answer } from '../kit/userAgent.ts';

let stack: Stack;
let ada: Person;
let grace: Person;
let olga: Person;
beforeAll(async () => {
  stack = await startStack();
  ada = await admin(stack, 'ada');
  grace = await approver(stack);
  olga = await approver(stack, 'olga');
  const targets = all(6).map(device);
  await granted(ada, grace, { targets, uses: 20, minutes: 60 });
});
afterAll(() => stack.close());

const all = (count: number) => Array.from({ length: count }, (_, i) => `d-010${i + 1}`);
const BODY = { command: 'wipe', ids: all(6) };
const wipe = (hold?: string, body: object = BODY, who = ada): Promise<Answer> =>
  who.call('POST', '/api/devices/bulk', body, hold === undefined ? {} : { 'x-sallyport-hold': hold });
const problemOf = (answer: Answer) => answer.json<RefusalProblem>();
const read = async (who: Person, id: string) => HoldView.parse((await who.read(`/api/holds/${id}`)).json());
/** Acts that reached the console meanwhile; what the gateway asks it for names and numbers is none. */
async function acts<T>(run: () => Promise<T>): Promise<[T, number]> {
  const before = stack.received.length;
  const result = await run();
  await wait(30);
  return [result, stack.received.slice(before).filter(({ method }) => method !== 'GET').length];
}
const refused = async (run: () => Promise<Answer>, reason: string): Promise<RefusalProblem> => {
  const [answer, arrived] = await acts(run);
  expect([answer.status, problemOf(answer).reason, arrived]).toEqual([403, reason, 0]);
  return problemOf(answer);
};
/** A refused wipe whose person has asked others to sign. */
async function asked(): Promise<string> {
  const { hold = '' } = await refused(() => wipe(), 'approval.required');
  expect((await ada.askHold(hold)).status).toBe(200);
  return hold;
}

test('refused, asked for, signed by two others and its own person, and released once', async () => {
  const problem = await refused(() => wipe(), 'approval.required');
  expect(problem).toMatchObject({ remedies: ['stepup.bound', 'approval'], approvals: 2 });
  expect(problem.whom).toContain('mdm-approvers');
  const { hold = '' } = problem;
  expect((await grace.read(`/api/holds/${hold}`)).status).toBe(404);
  const page = await openStream(ada.agent, `${stack.addresses.console}/.sallyport/events`);
  expect((await ada.askHold(hold, 'no')).status).toBe(400);
  expect((await ada.askHold(hold)).status).toBe(200);

  const seen = async () => HoldList.parse((await grace.read('/api/holds?view=inbox')).json())[0];
  // The history is read from an index that a gateway makes in its first moments.
  await expect.poll(async () => (await seen())?.notes.join()).not.toContain('cannot be read at the moment');
  const inbox = await seen();
  expect(inbox).toMatchObject({
    id: hold,
    holder: { name: 'Ada Admin' },
    devices: 6,
    whom: '2 of mdm-approvers',
    asked: { reason: 'The whole van was stolen', ticket: 'MDM-4711' },
    may: { approve: true, deny: true, sign: false },
  });
  expect(inbox?.targets.map(({ id }) => id)).toEqual(all(6));
  expect(inbox?.parameters).toContain('"command"');
  // Signing in to the console may have been taken into the history already, or not yet.
  expect(inbox?.notes.join()).toMatch(/^First (act of any kind|"Wipe devices") by Ada Admin in 90 days\.$/);

  expect((await grace.approveHold(hold)).status).toBe(200);
  await refused(() => wipe(hold), 'hold.unsigned');
  expect((await ada.signHold(hold)).status).toBe(200);
  await refused(() => wipe(hold), 'approval.required');
  expect((await grace.approveHold(hold)).status).toBe(409);
  expect((await olga.approveHold(hold)).status).toBe(200);
  await expect.poll(() => page.text().match(/^event: hold$/gm)?.length ?? 0).toBeGreaterThanOrEqual(3);
  page.close();

  const [answers, arrived] = await acts(() => Promise.all(Array.from({ length: 20 }, () => wipe(hold))));
  expect(arrived).toBe(1);
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(1);
  expect((await read(ada, hold)).state).toBe('used');
  await refused(() => wipe(hold), 'hold.used');
});

test('what was approved releases nothing else: not one device more or less, not from another session', async () => {
  const hold = await asked();
  for (const who of [grace, olga]) await who.approveHold(hold);
  await ada.signHold(hold);
  for (const ids of [all(6).slice(1), [...all(5), 'd-0300'], [...all(6), 'd-0300']]) {
    const [answer, arrived] = await acts(() => wipe(hold, { command: 'wipe', ids }));
    expect([answer.status, arrived]).toEqual([403, 0]);
  }
  await refused(() => wipe(hold, { ...BODY, command: 'retire' }), 'hold.mismatch');
  const second = await person(stack, 'ada', ada.authenticator);
  await second.enterConsole();
  await refused(() => wipe(hold, BODY, second), 'hold.mismatch');
  const [done, arrived] = await acts(() => wipe(hold));
  expect([done.status, arrived]).toEqual([202, 1]);
});

test('denied by one after the other has approved: nothing is released, and its person reads why', async () => {
  const hold = await asked();
  await ada.signHold(hold);
  await grace.approveHold(hold);
  expect((await olga.post(`/api/holds/${hold}/deny`, { reason: 'These are not the stolen ones' })).status).toBe(200);
  expect((await read(ada, hold)).denied).toMatchObject({
    by: { name: 'Olga Operator' },
    reason: 'These are not the stolen ones',
  });
  await refused(() => wipe(hold), 'approval.denied');
  expect((await grace.approveHold(hold)).status).toBe(403);
});

test('cancelled, or with its session over: nothing is released', async () => {
  const [dropped, orphan] = [await asked(), await asked()];
  for (const hold of [dropped, orphan]) {
    for (const who of [grace, olga]) await who.approveHold(hold);
    await ada.signHold(hold);
  }
  expect((await ada.post(`/api/holds/${dropped}/cancel`)).status).toBe(200);
  await refused(() => wipe(dropped), 'hold.unknown');
  expect((await ada.post('/api/logout')).status).toBeLessThan(300);
  const [answer, arrived] = await acts(() => wipe(orphan));
  expect([answer.status, arrived]).toEqual([401, 0]);
});

test('the whole of it verifies offline, signature by signature', async () => {
  const client = createRedisClient({
    address: { socketPath: `${stack.dataDir}/redis/redis.sock` },
    commandTimeout: 5000,
    onError: () => undefined,
  });
  try {
    await expect.poll(() => client.connected()).toBe(true);
    const [epoch = ''] = (await client.command('KEYS', createKeys('*').epoch)) as string[];
    const keys = createKeys(/\{([^}]+)\}/.exec(epoch)?.[1] ?? '');
    const scripts = { run: () => Promise.reject(new Error('reading only')) };
    const { portal } = stack.addresses;
    const report = await verifyJournal(createJournal({ scripts, client, keys }).all(), [], {
      origin: portal,
      rpId: new URL(portal).hostname,
    });
    expect(report.faults).toEqual([]);
    // One grant, and of five requests: the own signature each, and two approvals each but of the one that was denied.
    expect(report.signatures).toBe(1 + 5 + 9);
  } finally {
    await client.close();
  }
});
