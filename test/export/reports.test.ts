// Reports over the journal: right sums, everything of the period and nothing else, made again when they are lost, and files that no
// spreadsheet runs.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { activityPage, approvalsPage } from '../../src/audit/reports/page.ts';
import { createReports, type Reports } from '../../src/audit/reports/reports.ts';
import type { AuditEvent, JournalEntry } from '../../src/kernel/auditEvent.ts';
import { actsCsv, asksCsv } from '../../src/portal/reportCsv.ts';
import { ACT, AT, entryOf, OUTCOME } from './events.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
let folder: string;
let entries: JournalEntry[];
let reports: Reports;

const write = (event: AuditEvent, at: number): number => {
  entries.push(entryOf(event, entries.length + 1, at));
  return entries.length;
};
const act = (
  who: string,
  devices: readonly string[],
  at: number,
  more: { action?: string; status?: number | null; console?: string } = {},
): void => {
  const { action = 'device.wipe', status = 200, console = 'acme' } = more;
  const own = { actor: `idp#${who}`, actorName: who, exchange: `exc_${entries.length}`, console };
  const targets = devices.map((id) => `device:${id}`);
  const intent = write(
    {
      ...ACT,
      ...own,
      facts: { ...ACT.facts, action, targets, risk: action === 'device.wipe' ? 'destructive' : 'low' },
    },
    at,
  );
  if (status !== null) write({ ...OUTCOME, ...own, facts: { ...OUTCOME.facts, intent, status } }, at + 10);
};
const refuse = (who: string, device: string, at: number): void => {
  const facts = {
    reason: 'grant.required',
    action: 'device.wipe',
    title: 'Wipe 1 device',
    targets: [`device:${device}`],
  };
  write(
    {
      kind: 'request.refused',
      actor: `idp#${who}`,
      actorName: who,
      session: 's',
      exchange: `exc_${entries.length}`,
      console: 'acme',
      facts,
    },
    at,
  );
};
const ask = (id: string, who: string, at: number): void => {
  const facts = { grant: id, holder: `idp#${who}`, holderName: who, title: '=cmd|calc', reason: 'Lost', ticket: 'T-1' };
  write({ kind: 'grant.asked', actor: `idp#${who}`, actorName: who, session: 's', console: 'acme', facts }, at);
};
const answer = (
  kind: 'grant.approved' | 'grant.denied' | 'grant.step.approved',
  id: string,
  by: string | null,
  at: number,
): void => {
  const facts = { grant: id, holder: 'idp#ada', holderName: 'ada', ...(by === null ? { automatic: true } : {}) };
  write(
    by === null ? { kind, actor: null, facts } : { kind, actor: `idp#${by}`, actorName: by, session: 's', facts },
    at,
  );
};
const open = (): Reports =>
  createReports({
    file: join(folder, 'reports.sqlite'),
    journal: { read: async (from, count) => entries.filter(({ seq }) => seq >= from).slice(0, count) },
  });
const PERIOD = { from: AT, to: AT + 10 * DAY };
const all = async <T>(rows: AsyncIterable<T>): Promise<T[]> => {
  const list: T[] = [];
  for await (const row of rows) list.push(row);
  return list;
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-reports-'));
  entries = [];
  reports = open();
});
afterEach(async () => {
  await reports.close();
  await rm(folder, { recursive: true });
});

test('who did what to which devices: acts, failures and refusals apart, devices once each', async () => {
  act('ada', ['d-1', 'd-2'], AT);
  act('ada', ['d-1'], AT + DAY, { status: 500 });
  act('ada', ['d-3'], AT + DAY, { status: null, action: 'device.lock' });
  act('grace', ['d-1'], AT + 2 * DAY, { console: 'other' });
  refuse('mallory', 'd-9', AT + 3 * DAY);
  act('ada', ['d-8'], AT - 1);
  act('ada', ['d-8'], AT + 10 * DAY);
  await reports.catchUp();
  const { rows, sums, columns, more } = await reports.activity(PERIOD, 'person');
  expect(
    rows.map(({ label, acts, destructive, failed, refused, devices }) => [
      label,
      acts,
      destructive,
      failed,
      refused,
      devices,
    ]),
  ).toEqual([
    ['ada', 3, 2, 1, 0, 4],
    ['grace', 1, 1, 0, 0, 1],
    ['mallory', 0, 0, 0, 1, 0],
  ]);
  // d-1 of two consoles are two devices.
  expect({ sums, more }).toEqual({
    sums: { acts: 4, destructive: 3, refused: 1, failed: 1, devices: 4, people: 3 },
    more: 0,
  });
  expect(columns.map(({ one, two }) => [one, two]).slice(0, 4)).toEqual([
    [1, 0],
    [2, 0],
    [1, 0],
    [0, 1],
  ]);
  expect(columns).toHaveLength(10);
  const devices = await reports.activity(PERIOD, 'device');
  expect(devices.rows.map(({ label, acts }) => [label, acts])).toEqual([
    ['d-1 (acme)', 2],
    ['d-2 (acme)', 1],
    ['d-3 (acme)', 1],
    ['d-1 (other)', 1],
    ['d-9 (acme)', 0],
  ]);
  const actions = await reports.activity({ ...PERIOD, person: 'ada' }, 'action');
  expect(actions.rows.map(({ key, acts }) => [key, acts])).toEqual([
    ['device.wipe', 2],
    ['device.lock', 1],
  ]);
  const outcomes = (await all(reports.acts({ ...PERIOD, console: 'acme' }))).map(({ name, outcome, ids }) => [
    name,
    outcome,
    ids.join(),
  ]);
  expect(outcomes).toEqual([
    ['ada', 'done', 'd-1,d-2'],
    ['ada', 'failed', 'd-1'],
    ['ada', 'unknown', 'd-3'],
    ['mallory', 'refused', 'd-9'],
  ]);
});

test('who approved what and how fast; what a rule gave is nobody’s answer', async () => {
  ask('gra_1', 'ada', AT);
  answer('grant.step.approved', 'gra_1', 'grace', AT + 60_000);
  answer('grant.approved', 'gra_1', 'olga', AT + 180_000);
  ask('gra_2', 'ada', AT + DAY);
  answer('grant.denied', 'gra_2', 'grace', AT + DAY + 600_000);
  ask('gra_3', 'bob', AT + DAY);
  answer('grant.approved', 'gra_3', null, AT + DAY);
  ask('gra_4', 'bob', AT + 2 * DAY);
  await reports.catchUp();
  const { sums, speed, approvers, asks } = await reports.approvals(PERIOD);
  expect(sums).toEqual({ asked: 4, approved: 2, denied: 1, lapsed: 0, withdrawn: 0, waiting: 1, automatic: 1 });
  expect(speed).toEqual({ median: 600_000, slow: 600_000 });
  expect(approvers).toEqual([
    { person: 'idp#grace', name: 'grace', approved: 1, denied: 1, median: 600_000 },
    { person: 'idp#olga', name: 'olga', approved: 1, denied: 0, median: 180_000 },
  ]);
  expect(asks.map(({ id, answer: word, by }) => [id, word, by.map(({ name }) => name)])).toEqual([
    ['gra_4', 'waiting', []],
    ['gra_2', 'denied', ['grace']],
    ['gra_3', 'approved', []],
    ['gra_1', 'approved', ['grace', 'olga']],
  ]);
});

test('what is taken in stays, what comes later is added, and another journal begins anew', async () => {
  for (let index = 0; index < 700; index += 1) act('ada', ['d-1'], AT);
  expect(await reports.catchUp()).toBe(1400);
  await reports.close();
  reports = open();
  act('ada', ['d-1'], AT);
  expect(await reports.catchUp()).toBe(1402);
  expect(await all(reports.acts(PERIOD))).toHaveLength(701);
  entries = [];
  act('grace', ['d-1'], AT);
  expect(await reports.catchUp()).toBe(2);
  expect((await reports.activity(PERIOD, 'person')).rows.map(({ label }) => label)).toEqual(['grace']);
});

test('a file that is no database, or of another version, is made again', async () => {
  act('ada', ['d-1'], AT);
  await reports.catchUp();
  await reports.close();
  const file = join(folder, 'reports.sqlite');
  for (const spoil of [
    () => writeFile(file, 'nonsense '.repeat(1000)),
    async () => new DatabaseSync(file).exec('PRAGMA user_version = 99'),
  ]) {
    await spoil();
    reports = open();
    await reports.catchUp();
    expect((await reports.activity(PERIOD, 'person')).sums.acts).toBe(1);
    await reports.close();
  }
});

test('two that read the journal at once count nothing twice', async () => {
  for (let index = 0; index < 900; index += 1) act('ada', ['d-1'], AT);
  const other = open();
  await Promise.all([reports.catchUp(), other.catchUp()]);
  expect((await other.activity(PERIOD, 'person')).sums.acts).toBe(900);
  await other.close();
});

test('no cell of a file is a formula, no text of a page is markup', async () => {
  const bad = '=HYPERLINK("http://x")<script>alert(1)</script>\u202e';
  act(bad, ['-2+3'], AT);
  ask('gra_1', bad, AT);
  await reports.catchUp();
  const csv = [...(await all(actsCsv(reports.acts(PERIOD)))), ...(await all(asksCsv(reports.asks(PERIOD))))].join('');
  expect(csv).toContain(`"'=HYPERLINK(""http://x"")`);
  expect(csv).toContain(`"'-2+3"`);
  expect(csv).toContain(`"'=cmd|calc"`);
  expect(csv).not.toMatch(/(?:^|,|\r\n)"?[=+@-]/);
  const pages = [
    activityPage(PERIOD, 'person', await reports.activity(PERIOD, 'person'), AT),
    approvalsPage(PERIOD, await reports.approvals(PERIOD), AT),
  ];
  for (const page of pages) {
    expect(page).not.toMatch(/<script|\u202e/);
    expect(page).toContain('&#60;script&#62;');
    expect(page).toContain('<svg');
  }
});
