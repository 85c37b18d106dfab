// The rules of just-in-time access as the rest of the product reads them: who must approve what, and how many devices may
// be hit. Read from config/access.yaml by src/access/rules. Pure nouns and matching.

import type { Action, Risk } from './action.ts';

/** Which acts something is about. Every list that is given must match; `*` matches all, `device.*` a whole kind. */
export type Selector = {
  readonly consoles: readonly string[];
  readonly actions: readonly string[];
  readonly risks: readonly Risk[];
};

/** So many different people of any of these groups. Steps follow one another. */
export type ApprovalStep = { readonly groups: readonly string[]; readonly count: number };

export type ApprovalRule = {
  readonly id: string;
  readonly match: Selector;
  readonly steps: readonly ApprovalStep[];
  /** who answers holds: their number comes from policy */
  readonly holdGroups: readonly string[];
  /** regular expressions (whole text) and what to say when they do not fit; null: any reason that is not empty, any ticket or none */
  readonly reason: { readonly pattern: string; readonly say: string } | null;
  readonly ticket: { readonly pattern: string; readonly say: string } | null;
  /** minutes that may be asked for */
  readonly longest: number;
  readonly mostUses: number;
  /** asks of one person within 24 hours, under whatever rule, from which on this rule takes no more */
  readonly asksPerDay: number;
  /** ms */
  readonly answerWithin: number;
  readonly remindAfter: number | null;
  readonly escalate: { readonly after: number; readonly to: readonly string[] } | null;
  /** holders in these groups need nobody: shown as automatic; [] for none */
  readonly automatic: readonly string[];
};

export type BudgetRule = {
  readonly id: string;
  readonly match: Selector;
  /** whose devices are counted together: of one admin on any console, or of one console by anybody */
  readonly per: 'admin' | 'console';
  /** distinct devices within the window */
  readonly devices: number;
  /** ms */
  readonly window: number;
  /** so many devices tried within the window freeze these acts on that console; null: never */
  readonly freezeAt: number | null;
  /** whom to ask when it is spent, in words: "the on-call lead, +41 ..." */
  readonly ask: string;
};

export type AccessRules = {
  /** in order: the first that matches is the rule of an act */
  readonly approvals: readonly ApprovalRule[];
  readonly budgets: readonly BudgetRule[];
};

const fits = (pattern: string, name: string): boolean =>
  pattern === '*' || pattern === name || (pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -1)));

export const selects = (selector: Selector, console: string, action: Pick<Action, 'name' | 'risk'>): boolean =>
  selector.consoles.some((pattern) => fits(pattern, console)) &&
  selector.actions.some((pattern) => fits(pattern, action.name)) &&
  selector.risks.includes(action.risk);
