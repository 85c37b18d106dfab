// How much is left of the budgets: for the fact that policy hears, and for the portal. Reads only; what counts is decided at
// the commit (src/access/acts).
import { type BudgetRule, selects } from '../../kernel/accessRules.ts';
import type { BudgetState } from '../../kernel/facts.ts';
import { StateUnavailable } from '../../redis/client.ts';
import type { Keys } from '../../redis/keys.ts';
import type { Scripts } from '../../redis/scripts.ts';
import { budgetArgs, budgetKeys } from './ruleArgs.redis.ts';
import { type Charge, chargesOf, type Hit, hitsOf } from './weigh.ts';

export type BudgetUse = {
  readonly rule: BudgetRule;
  /** null: of one admin on any console */
  readonly console: string | null;
  /** distinct devices within the window */
  readonly used: number;
  /** when the next device of it is free again, ms; null: none is used */
  readonly freesAt: number | null;
};

/** A budget that an act does not fit into. @see BudgetRefusal in src/access/acts, which tells the same */
export type SpentBudget = {
  readonly rule: BudgetRule;
  /** when the act fits, ms; null: never, it is too large */
  readonly freesAt: number | null;
};

type Weighed = Parameters<typeof hitsOf>[0];
type Person = { readonly id: string };

export type Budgets = {
  /**
   * `spent`: this act does not fit into one of the budgets that it counts against; `low`: less than a fifth of one is left.
   * `open` when there is none. Of a group or "all" only as many as the action says (the commit asks for more). One call, none without a rule. @throws StateUnavailable
   */
  stateFor(principal: Person, console: string, action: Weighed): Promise<BudgetState>;
  /** The budget that this act waits longest for; null: it fits. @throws StateUnavailable */
  spentFor(principal: Person, console: string, action: Weighed): Promise<SpentBudget | null>;
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

  async function read(charges: readonly Charge[]) {
    if (charges.length === 0) return [];
    // Nothing is tried here, so nothing can freeze.
    const asked = charges.map((charge) => ({ ...charge, rule: { ...charge.rule, freezeAt: null } }));
    const [word, ...rest] = await scripts.run(
      'readBudgets',
      charges.flatMap((charge) => budgetKeys(keys, charge)),
      budgetArgs(asked, 3, { actor: null, console: '' }),
    );
    if (word !== 'read' || rest.length !== charges.length * 4) throw strange();
    return charges.map(({ rule, subject }, index) => {
      const [used = '', oldest = '', fits = '', frees = ''] = rest.slice(index * 4);
      if (!/^\d{1,15}$/.test(used) || (fits !== 'fits' && fits !== 'spent')) throw strange();
      const at = (text: string): number | null => (text === '' ? null : Number(text));
      return { rule, subject, used: Number(used), oldest: at(oldest), fits: fits === 'fits', frees: at(frees) };
    });
  }

  return {
    async stateFor({ id }, console, action) {
      const uses = await read(chargesOf(rules(), console, id, deedsOf(action)));
      if (uses.some(({ fits }) => !fits)) return 'spent';
      return uses.some(({ rule: { devices }, used }) => (devices - used) / devices < 0.2) ? 'low' : 'open';
    },
    async spentFor({ id }, console, action) {
      const spent = (await read(chargesOf(rules(), console, id, deedsOf(action)))).filter(({ fits }) => !fits);
      const when = (frees: number | null): number => frees ?? Number.POSITIVE_INFINITY;
      const [longest] = spent.sort((a, b) => when(b.frees) - when(a.frees));
      return longest === undefined ? null : { rule: longest.rule, freesAt: longest.frees };
    },
    async list(principalId, consoles) {
      const charges = rules().flatMap((rule): Charge[] => {
        const of = (subject: string): Charge => ({ rule, subject, devices: [], extra: 0 });
        if (rule.per === 'admin') return [of(principalId)];
        return consoles.filter((console) => isAbout(rule, console)).map(of);
      });
      return (await read(charges)).map(({ rule, subject, used, oldest }) => ({
        rule,
        console: rule.per === 'admin' ? null : subject,
        used,
        freesAt: oldest === null ? null : oldest + rule.window,
      }));
    },
  };
}

/** What is known before the commit: when the console was not asked yet for a number, only what the act names. */
const deedsOf = (action: Weighed): readonly Hit[] =>
  action.devices === undefined ? hitsOf(action).map((hit) => ({ ...hit, extra: 0 })) : hitsOf(action);

const strange = (): StateUnavailable => new StateUnavailable('redis: readBudgets: strange answer');

/** Whether the rule is about this console at all, with whatever action. */
function isAbout({ match }: BudgetRule, console: string): boolean {
  const [risk] = match.risks;
  return risk !== undefined && selects({ ...match, actions: ['*'] }, console, { name: 'any', risk });
}
