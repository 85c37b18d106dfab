// Budgets and freezes through the front door: what the admin is told, what the console gets, and who opens it again.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RefusalProblem } from '../../src/portal/contract/consolePages.ts';
import type { FreezeView } from '../../src/portal/contract/freezes.ts';
import { admin, approver, type Person } from '../kit/people.ts';
import { type Stack, startStack } from '../kit/stack.ts';

const RULES = `approvals:
  - { rule: all, for: {}, approvers: [{ groups: [mdm-approvers] }], longest: 4h, mostUses: 9, answerWithin: 1h }
budgets:
  - { rule: locks, for: { actions: [device.lock] }, per: admin, devices: 2, window: 1h, freezeAt: 5, ask: the on-call lead }
`;

let folder: string;
let stack: Stack;
let ada: Person;
let olga: Person;
let grace: Person;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sp-budgets-'));
  writeFileSync(join(folder, 'access.yaml'), RULES);
  stack = await startStack(`access: ${join(folder, 'access.yaml')}\n`);
  ada = await admin(stack, 'ada');
  olga = await admin(stack, 'olga');
  grace = await approver(stack);
  for (const one of [ada, olga, grace]) expect((await one.stepUp()).status).toBe(200);
}, 120_000);
afterAll(async () => {
  await stack.close();
  rmSync(folder, { recursive: true, force: true });
});

const lock = (id: string, who = ada) => who.call('POST', `/api/devices/${id}/lock`, { message: 'Call us' });
const reached = (id: string) => stack.received.filter(({ target }) => target === `/api/devices/${id}/lock`).length;

test('within the budget acts go through; what the console does not know costs nothing', async () => {
  for (const id of ['d-0101', 'd-0102', 'd-0101']) expect((await lock(id)).status, id).toBeLessThan(300);
  const frees = (await lock('d-0103')).json<RefusalProblem>();
  expect(frees).toMatchObject({ reason: 'budget.spent', status: 403, ask: 'the on-call lead' });
  const minutes = ((frees.freesAt ?? 0) - Date.now()) / 60_000;
  expect(minutes).toBeGreaterThan(58);
  expect(minutes).toBeLessThan(61);
  expect(reached('d-0103')).toBe(0);
  const gone = await lock('d-9999', olga);
  expect(gone.status).toBe(404);
  for (const id of ['d-0104', 'd-0105']) expect((await lock(id, olga)).status).toBeLessThan(300);
  expect((await lock('d-0106', olga)).json()).toMatchObject({ reason: 'budget.spent' });
});

test('whoever tries on and on freezes these acts for all, and two others release them', async () => {
  const answers = [];
  for (const id of ['d-0110', 'd-0111', 'd-0112', 'd-0113'])
    answers.push((await lock(id)).json<RefusalProblem>().reason);
  expect(answers.at(-1)).toBe('lockdown.active');
  expect((await lock('d-0104', olga)).json()).toMatchObject({ reason: 'lockdown.active' });
  const freezes = (await grace.read('/api/freezes')).json<FreezeView[]>();
  expect(freezes).toMatchObject([{ budget: 'locks', console: { id: 'acme' }, releases: [], may: { release: true } }]);
  const path = `/api/freezes/${freezes[0]?.id}/release`;
  expect((await ada.post(path)).status).toBe(403);
  expect((await grace.post(path)).status).toBe(200);
  expect((await grace.post(path)).status).toBe(409);
  expect((await lock('d-0104', olga)).json()).toMatchObject({ reason: 'lockdown.active' });
  expect((await olga.post(path)).status).toBe(200);
  expect((await grace.read('/api/freezes')).json()).toEqual([]);
  expect((await lock('d-0104', olga)).status).toBeLessThan(300);
  for (const id of ['d-0110', 'd-0111', 'd-0112', 'd-0113']) expect(reached(id)).toBe(0);
}, 60_000);
