import { describe, expect, it } from 'vitest';
import { budgetSentence, fillOf, frozenBy, releasesSentence } from '../../portal/src/lib/freezeWords.ts';
import { wrongs } from '../../portal/src/lib/operateWords.ts';
import { dayText, midnight, periodFrom } from '../../portal/src/lib/period.ts';
import type { BudgetView, FreezeView } from '../../src/portal/contract/freezes.ts';
import type { NoticeReport, PolicyView } from '../../src/portal/contract/operate.ts';
import { person } from './samples.ts';

const freeze = (more: Partial<FreezeView> = {}): FreezeView => ({
  id: 'fr_1',
  title: 'All acts, on Acme MDM',
  console: null,
  by: person('ada'),
  budget: null,
  reason: 'Too many',
  since: 0,
  releases: [],
  may: { release: false },
  whyNot: null,
  ...more,
});
const budget = (used: number, more: Partial<BudgetView> = {}): BudgetView => ({
  id: 'wipes',
  per: 'admin',
  console: null,
  title: 'Wipe devices',
  used,
  devices: 10,
  windowMinutes: 60,
  freesAt: null,
  ...more,
});

describe('what is frozen', () => {
  it('says who did it, or which budget after whose acts', () => {
    expect(frozenBy(freeze())).toBe('Frozen by ada');
    expect(frozenBy(freeze({ budget: 'wipes' }))).toBe('Frozen by the budget wipes, after acts of ada');
  });
  it('says how many of the two have released it', () => {
    expect(releasesSentence(freeze())).toBe('2 people must release it.');
    expect(releasesSentence(freeze({ releases: [person('olga')] }))).toBe('1 of 2 people has released it: olga.');
  });
});

describe('how full a budget is', () => {
  it('is low when less than a fifth is left, and spent when nothing is', () => {
    expect([0, 8, 9, 10, 12].map((used) => fillOf(budget(used)).word)).toEqual([
      'Open',
      'Open',
      'Nearly spent',
      'Spent',
      'Spent',
    ]);
    expect(fillOf(budget(0, { devices: 0 })).word).toBe('Spent');
  });
  it('is said in devices and time', () => {
    expect(budgetSentence(budget(3))).toBe('3 of 10 devices within 1 hour');
    expect(budgetSentence(budget(3, { windowMinutes: 1440 }))).toBe('3 of 10 devices within 1 day');
  });
});

describe('what an operator should mend', () => {
  const policy = (more: Partial<PolicyView>): PolicyView => ({
    digest: 'x',
    loadedAt: 0,
    policies: [],
    faults: [],
    consoles: [{ id: 'a', name: 'Acme MDM', mode: 'enforce' }],
    ...more,
  });
  const notices: NoticeReport = { channels: [], dead: [] };
  it('is nothing when all is well', () => {
    expect(wrongs(policy({}), notices)).toEqual([]);
  });
  it('is files that are not in force, consoles that only observe, notices that did not arrive', () => {
    const found = wrongs(
      policy({
        faults: [{ file: 'a.cedar', line: 3, column: 1, what: 'No such action.' }],
        consoles: [{ id: 'b', name: 'Branch', mode: 'observe' }],
      }),
      { channels: [], dead: [{ id: 'n', channel: 'c', title: 't', at: 0, tries: 1, error: 'e' }] },
    );
    expect(found.map(({ what }) => what)).toEqual([
      'The files on disk are not in force: 1 fault',
      'Branch only observes: nothing is refused there',
      '1 notice did not arrive',
    ]);
    expect(found[0]?.next).toBe('a.cedar, line 3: No such action.');
  });
});

describe('the period of the review', () => {
  const noon = new Date(2026, 10, 23, 12).getTime();
  it('is the last days and today, the last day whole', () => {
    const { from, to, fromDay, toDay } = periodFrom(new URLSearchParams(), noon, 30);
    expect([fromDay, toDay]).toEqual([dayText(noon - 30 * 86_400_000), '2026-11-23']);
    expect(Number(to)).toBe(new Date(2026, 10, 24).getTime());
    expect(from).toBe(midnight(fromDay));
  });
  it('takes what the address says, and ignores what is not a day', () => {
    const given = periodFrom(new URLSearchParams('from=2026-11-01&to=tomorrow'), noon, 30);
    expect([given.fromDay, given.toDay]).toEqual(['2026-11-01', '2026-11-23']);
  });
});
