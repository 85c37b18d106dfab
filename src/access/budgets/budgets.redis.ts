// How much is left of the budgets: for the fact that policy hears, and for the portal. Reads only; what counts is decided at
// the commit (src/access/acts).
import { type BudgetRule, selects } from '../../kernel/accessRules.ts';
import type { Action } from '../../kernel/action.ts';
import type { BudgetState } from '../../kernel/facts.ts';
import { StateUnavailable } from '../../redis/client.ts';
import type { Keys } from '../../redis/keys.ts';
import type { Scripts } from '../../redis/scripts.ts';

export type BudgetUse = {
  readonly rule: BudgetRule;
  /** null: of one admin on any console */
  readonly console: string | null;
  /** distinct devices within the window */
  readonly used: number;
  /** when the next device of it is free again, ms; null: none is used */
  readonly freesAt: number | null;
};

export type Budgets = {
  /** Of the tightest budget that this act counts against; `open` when there is none. One call, none without a rule. @throws StateUnavailable */
  stateFor(
    principal: { readonly id: string },
    console: string,
    action: Pick<Action, 'name' | 'risk'>,
  ): Promise<BudgetState>;
  /** A person's own, and those of the consoles that are handed in. @throws StateUnavailable */
  list(principalId: string, consoles: readonly string[]): Promise<readonly BudgetUse[]>;
};

/** @param rules those in force now; asked at each call, because they reload */
export function createBudgets(deps: {
  readonly scripts: Scripts;
  readonly keys: Keys;
  readonly rules: () => readonly BudgetRule[];
}): Budgets {
  const { scripts, keys, rules } = deps;
  type Asked = { readonly rule: BudgetRule; readonly subject: string; readonly console: string | null };

  async function read(asked: readonly Asked[]): Promise<readonly BudgetUse[]> {
    if (asked.length === 0) return [];
    const own = asked.flatMap(({ rule: { id, per }, subject }) => [
      keys.budgetHits(id, per, subject),
      keys.budgetMany(id, per, subject),
      keys.budgetOpen(id, per, subject),
    ]);
    const [word, ...rest] = await scripts.run(
      'readBudgets',
      own,
      asked.map(({ rule }) => String(rule.window)),
    );
    if (word !== 'read' || rest.length !== asked.length * 2)
      throw new StateUnavailable('redis: readBudgets: strange answer');
    return asked.map(({ rule, console }, index) => {
      const [used = '', oldest = ''] = rest.slice(index * 2);
      if (!/^\d{1,15}$/.test(used)) throw new StateUnavailable('redis: readBudgets: strange answer');
      return { rule, console, used: Number(used), freesAt: oldest === '' ? null : Number(oldest) + rule.window };
    });
  }

  return {
    async stateFor(principal, console, action) {
      const counted = rules().filter(({ match }) => action.risk !== 'read' && selects(match, console, action));
      const uses = await read(
        counted.map((rule) => ({ rule, console, subject: rule.per === 'admin' ? principal.id : console })),
      );
      const left = uses.map(({ rule: { devices }, used }) => (devices - used) / devices);
      if (left.some((share) => !(share > 0))) return 'spent';
      return left.some((share) => share < 0.2) ? 'low' : 'open';
    },
    list(principalId, consoles) {
      const asked = rules().flatMap((rule): Asked[] => {
        if (rule.per === 'admin') return [{ rule, subject: principalId, console: null }];
        const here = consoles.filter((console) => onConsole(rule, console));
        return here.map((console) => ({ rule, subject: console, console }));
      });
      return read(asked);
    },
  };
}

/** Whether the rule is about this console at all. */
function onConsole({ match }: BudgetRule, console: string): boolean {
  const [risk] = match.risks;
  return (
    risk !== undefined && selects({ ...match, actions: ['*'] }, console, { name: 'any', risk }) // of whatever action
  );
}
