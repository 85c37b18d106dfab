// What a refusal of policy can tell besides its reason: the decision in sentences, what would help and who could give it, and
// the hold that waits for signatures. Everything that the refusal page, the overlay and API clients show comes from here.
import type { Action } from '../../kernel/action.ts';
import type { Decision, Facts } from '../../kernel/facts.ts';
import type { Reason } from '../../kernel/reasons.ts';
import { type Refusal, refuse } from '../../kernel/verdict.ts';

export type Offer = {
  readonly decision: Decision;
  /** what policy was told */
  readonly facts: Facts;
  /** the request's action, with the names and the number of devices that the console told */
  readonly action: Action;
  /** the hold to sign or to have signed; null: signatures are not the only thing missing, or it cannot be held */
  readonly hold: string | null;
  readonly sentences: readonly string[];
  /** with the remedies grant or approval: whom it goes to, in words; null: nobody may be asked */
  readonly whom: string | null;
  /** true: nothing but a budget stood against it, so its devices count towards the breaker */
  readonly tried?: boolean;
};
export type PolicyRefusal = Refusal & { readonly offer: Offer };
export const offerOf = (refusal: Refusal): Offer | null =>
  'offer' in refusal ? (refusal as PolicyRefusal).offer : null;

/** What a spent budget tells: when enough of it is free again, ms, and whom to ask. */
export type BudgetTold = { readonly freesAt: number | null; readonly ask: string | null };

/** Of a refusal by a budget (src/access/budgets); null for every other. */
export function budgetOf(refusal: Refusal): BudgetTold | null {
  if (refusal.reason !== 'budget.spent') return null;
  const { freesAt, rule } = refusal as Refusal & { readonly freesAt?: unknown; readonly rule?: unknown };
  const ask = typeof rule === 'object' && rule !== null && 'ask' in rule ? rule.ask : null;
  return {
    freesAt: typeof freesAt === 'number' && Number.isSafeInteger(freesAt) ? freesAt : null,
    ask: typeof ask === 'string' && ask !== '' ? ask : null,
  };
}

/** The same for one that policy refused because of a spent budget, in the words of a refusal by the budget itself. */
export const withBudget = (refusal: PolicyRefusal, told: BudgetTold | null): PolicyRefusal =>
  told === null ? refusal : Object.assign(refusal, { freesAt: told.freesAt, rule: { ask: told.ask } });

/** The reason of a deny that something would turn into an allow. */
export const reasonFor = ({ remedies }: Decision): Reason =>
  remedies.length === 0
    ? 'policy.forbidden'
    : remedies.includes('grant')
      ? 'grant.required'
      : remedies.includes('approval')
        ? 'approval.required'
        : 'stepup.required';

export function policyRefusal(reason: Reason, offer: Offer, detail = ''): PolicyRefusal {
  const { policies } = offer.decision;
  const by = policies.length === 0 ? 'nothing permits it' : `forbidden by ${policies.join(', ')}`;
  return { ...refuse(reason, detail === '' ? by : detail), offer };
}
