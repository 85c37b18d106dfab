// What every policy command begins with: the vocabulary, and a policy set over it.
import { BUNDLED } from '../config/load.ts';
import type { Risk } from '../kernel/action.ts';
import { PolicyFaults } from '../policy/load.ts';
import { createPolicy, type Policy } from '../policy/policy.ts';
import type { KnownAction } from '../policy/schema.ts';
import { loadPacks, PackFaults } from '../proxy/recognise/loadPacks.ts';
import { knownActions } from '../wire/loadRules.ts';
import { complainAbout } from './faults.ts';

export type PolicyFolders = { readonly policies?: string; readonly packs?: string };

export type RulesForCommand = {
  readonly policy: Policy;
  readonly actions: readonly KnownAction[];
  /** the vocabulary's own risk; what the portal offers is looked at like a read */
  readonly riskOf: (action: string) => Risk;
};

/** The rules, or the faults told and undefined. */
export function rulesOr({ policies = `${BUNDLED}/policies`, packs }: PolicyFolders): RulesForCommand | undefined {
  try {
    const actions = vocabularyOf(packs);
    const risks = new Map(actions.map(({ name, risk }) => [name, risk]));
    return {
      policy: createPolicy({ dir: policies, actions }),
      actions,
      riskOf: (action) => risks.get(action) ?? 'read',
    };
  } catch (error) {
    if (!(error instanceof PolicyFaults || error instanceof PackFaults)) throw error;
    complainAbout(error.faults);
    return undefined;
  }
}

/** @throws PackFaults */
export const vocabularyOf = (packs = `${BUNDLED}/packs`): readonly KnownAction[] =>
  knownActions(loadPacks(packs, { only: [] }).vocabulary);
