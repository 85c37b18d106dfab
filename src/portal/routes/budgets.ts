// How much of the budgets is left: the reader's own, and those of the consoles that they may enter.
import { Router } from 'express';
import type { Budgets } from '../../access/budgets/budgets.redis.ts';
import type { Principal } from '../../kernel/principal.ts';
import { serve } from '../api/serve.ts';
import { listBudgets } from '../endpoints/freezes.ts';
import type { SelectorWords } from '../selectorWords.ts';

export type BudgetRouteDeps = {
  readonly budgets: Pick<Budgets, 'list'>;
  readonly mayEnter: (principal: Principal, console: string) => boolean;
  readonly consoles: readonly { readonly id: string; readonly name: string }[];
  readonly words: Pick<SelectorWords, 'acts'>;
};

export function budgetRoutes({ budgets, mayEnter, consoles, words }: BudgetRouteDeps): Router {
  const router = Router();
  serve(router, listBudgets, async ({ principal }) => {
    const open = consoles.filter(({ id }) => mayEnter(principal, id));
    // Whoever enters no console hits no devices.
    if (open.length === 0) return [];
    const uses = await budgets.list(
      principal.id,
      open.map(({ id }) => id),
    );
    return uses.map(({ rule, console, used, freesAt }) => {
      const on = open.find(({ id }) => id === console);
      return {
        id: console === null ? rule.id : `${rule.id}.${console}`,
        per: rule.per,
        console: on ? { id: on.id, name: on.name } : null,
        title: words.acts(rule.match),
        used,
        devices: rule.devices,
        windowMinutes: Math.ceil(rule.window / 60_000),
        freesAt,
      };
    });
  });
  return router;
}
