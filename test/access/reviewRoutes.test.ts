// Access review through the portal's front door: complete, written down before it is shown, and no file of it runs anything.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ReviewFile, ReviewPage } from '../../src/portal/contract/review.ts';
import { csvLine } from '../../src/portal/csv.ts';
import { commitOf } from './kit.ts';
import { openPortal, type Person, type Portal } from './portal.ts';

let portal: Portal;
let ada: Person;
let linus: Person;
let grace: Person;
const hostile = '=HYPERLINK("http://evil.test","click")';
beforeAll(async () => {
  portal = await openPortal({ grants: { pageSize: 3 } });
  [ada, grace, linus] = [await portal.person('ada'), await portal.person('grace'), await portal.person('linus')];
  const { world } = portal;
  const used = await world.active(ada.session, grace.session, { reason: 'Used once' });
  await world.acts.commit(commitOf(ada.session, { grant: used.id }));
  await world.active(ada.session, grace.session, { reason: hostile });
  const denied = await world.grants.ask(ada.session, { ...ASKED, reason: 'Comma, "quote"\nand line' });
  if (!denied.done) throw new Error(denied.why);
  await world.grants.deny(denied.grant.id, grace.session, 'No');
  await world.grants.ask((await portal.person('olga')).session, ASKED);
});
afterAll(() => portal.stop());

const ASKED = {
  names: {},
  ...{ console: 'acme', actions: ['device.wipe'], targets: [{ kind: 'device', id: 'd-1' }], title: 'Wipe' },
  ...{ reason: 'Lost in a taxi', ticket: '', minutes: 30, uses: 1, clock: 'approval' as const, startAt: null },
};
const kinds = async () => (await portal.world.redis.journalEvents()).filter(({ kind }) => kind === 'access.reviewed');

test('rows, newest first, in pages, with sums over the whole period; unused access stands out', async () => {
  const page = ReviewPage.parse((await linus.get('/api/review')).body);
  expect(page.rows).toHaveLength(3);
  expect(page.sums).toEqual({ asked: 4, approved: 2, denied: 1, unused: 1, automatic: 0 });
  const rest = ReviewPage.parse((await linus.get(`/api/review?cursor=${page.next}`)).body);
  const rows = [...page.rows, ...rest.rows];
  expect(rows.map(({ reason, used, unused }) => [reason, used, unused])).toEqual([
    ['Lost in a taxi', 0, false],
    ['Comma, "quote"\nand line', 0, false],
    [hostile, 0, true],
    ['Used once', 1, false],
  ]);
  expect(rows[3]).toMatchObject({
    holder: { name: 'ada' },
    approvedBy: [{ name: 'grace' }],
    state: 'ended',
    endedBecause: 'uses',
  });
});

test('by person, console and period', async () => {
  const of = async (query: string) => ReviewPage.parse((await linus.get(`/api/review?${query}`)).body).sums.asked;
  expect(await of(`person=${encodeURIComponent('https://idp.test#olga')}`)).toBe(1);
  expect(await of('console=acme&from=0')).toBe(4);
  expect(await of('console=other')).toBe(0);
  expect(await of('to=1000')).toBe(0);
  expect(await of('person=&console=&from=&to=')).toBe(4);
  for (const query of ['from=x', 'from=-1', 'cursor=*', 'from=1&from=2'])
    expect((await linus.get(`/api/review?${query}`)).status, query).toBe(400);
});

test('each look is in the journal, with what was asked for and in which form', async () => {
  const before = (await kinds()).length;
  await linus.get('/api/review?console=acme');
  await linus.raw('/api/review.csv?console=acme');
  await linus.raw('/api/review.json');
  const told = (await kinds()).slice(before);
  expect(told.map(({ facts, actor }) => [actor, facts.form, facts.console])).toEqual([
    ['https://idp.test#linus', 'page', 'acme'],
    ['https://idp.test#linus', 'csv', 'acme'],
    ['https://idp.test#linus', 'json', undefined],
  ]);
});

describe('as files', () => {
  test('JSON holds all rows and the sums', async () => {
    const { headers, text } = await linus.raw('/api/review.json');
    expect(headers['content-disposition']).toBe('attachment; filename="access-review.json"');
    const file = ReviewFile.parse(JSON.parse(text));
    expect(file.rows).toHaveLength(4);
    expect(file.sums.asked).toBe(4);
    // Whoever reads the file later knows how far back it can be whole.
    expect(Math.round((Date.now() - file.keptFrom) / 86_400_000)).toBe(400);
  });

  test('CSV: quoted, one line a row, and what looks like a formula is text', async () => {
    const { headers, text } = await linus.raw('/api/review.csv');
    expect(headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(headers['content-disposition']).toBe('attachment; filename="access-review.csv"');
    expect(headers['cache-control']).toBe('no-store');
    const lines = text.replace(/^\ufeff/, '').split('\r\n');
    expect(lines).toHaveLength(6);
    expect(lines[0]).toMatch(/^"grant","person","person id"/);
    expect(text).toContain(`"'=HYPERLINK(""http://evil.test"",""click"")"`);
    expect(text).toContain('"Comma, ""quote"" and line"');
  });

  test.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1',
    ' =1',
    '\u200b=1',
    '＝1',
    '＠x',
    '|cmd',
    '%x',
    '\r=1',
    '\ufeff+1',
  ])('no cell begins like a formula: %j', (cell) => {
    expect(csvLine([cell])).toMatch(/^"'/);
  });

  test('numbers, plain words and nothing stay as they are', () => {
    expect(csvLine([-5, 'MDM-4711', null, 'a=b', '1 of 2'])).toBe('-5,"MDM-4711","","a=b","1 of 2"\r\n');
    expect(csvLine(['\ud800', 'a\u0000b'])).toBe('"\ufffd","a b"\r\n');
  });
});

test('only people with the right see any of it', async () => {
  for (const person of [ada, grace])
    for (const path of ['/api/review', '/api/review.csv', '/api/review.json'])
      expect((await person.get(path)).status, path).toBe(403);
});

test('the journal cannot be written: nothing is shown, in no form', async () => {
  await portal.world.redis.kill();
  for (const path of ['/api/review', '/api/review.csv', '/api/review.json'])
    expect((await linus.get(path)).status, path).toBe(503);
  await portal.world.redis.restart();
  await expect.poll(async () => (await linus.get('/api/review')).status, { timeout: 10_000 }).toBe(200);
});
