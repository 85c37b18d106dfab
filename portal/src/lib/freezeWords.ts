// What is frozen, and how far its release is, in sentences. Pure.
import type { BudgetView, FreezeView } from '../../../src/portal/contract/freezes.ts';
import { listed, plural } from './plural.ts';
import { minutesInWords } from './time.ts';

/** So many different people must release it. */
export const RELEASES = 2;

/** "Frozen by grace", or by a budget whose breaker tripped, with whose acts did it. */
export const frozenBy = (freeze: FreezeView): string =>
  freeze.budget === null
    ? `Frozen by ${freeze.by.name}`
    : `Frozen by the budget ${freeze.budget}, after acts of ${freeze.by.name}`;

/** "1 of 2 people has released it: grace." */
export const releasesSentence = (freeze: FreezeView): string => {
  const n = freeze.releases.length;
  if (n === 0) return `${RELEASES} people must release it.`;
  return `${n} of ${RELEASES} people ${n === 1 ? 'has' : 'have'} released it: ${listed(freeze.releases.map(({ name }) => name))}.`;
};

export type Fill = { readonly word: string; readonly tone: 'good' | 'high' | 'destructive'; readonly percent: number };

/** How full a budget is; low is less than a fifth left, as policy has it. */
export const fillOf = ({ used, devices }: BudgetView): Fill => {
  const percent = devices === 0 ? 100 : Math.min(100, Math.round((used / devices) * 100));
  if (used >= devices) return { word: 'Spent', tone: 'destructive', percent: 100 };
  if ((devices - used) * 5 < devices) return { word: 'Nearly spent', tone: 'high', percent };
  return { word: 'Open', tone: 'good', percent };
};

/** "3 of 10 devices within 1 hour" */
export const budgetSentence = (budget: BudgetView): string =>
  `${budget.used} of ${plural(budget.devices, 'device')} within ${budget.windowMinutes % 1440 === 0 ? plural(budget.windowMinutes / 1440, 'day') : minutesInWords(budget.windowMinutes)}`;
