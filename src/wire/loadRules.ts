// Policies, packs and the rules of access, loaded together: whoever mends them wants all faults at once.
import { loadAccessRules } from '../access/rules/load.ts';
import type { AccessRules } from '../kernel/accessRules.ts';
import { createPolicy, type Policy } from '../policy/policy.ts';
import type { KnownAction } from '../policy/schema.ts';
import { loadPacks, type Packs } from '../proxy/recognise/loadPacks.ts';
import type { Vocabulary } from '../proxy/recognise/packFormat.ts';

export type RuleFault = {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly what: string;
};

export class RuleFaults extends Error {
  override readonly name = 'RuleFaults';
  readonly faults: readonly RuleFault[];
  constructor(faults: readonly RuleFault[]) {
    super(faults.map(({ file, line, what }) => `${file}:${line ?? 0}: ${what}`).join('\n'));
    this.faults = faults;
  }
}

/** What policies can speak of: policy knows no packs, so the vocabulary is handed over. */
export const knownActions = ({ actions }: Vocabulary): readonly KnownAction[] =>
  Object.entries(actions).map(([name, { risk }]) => ({ name, risk }));

export type RuleSources = {
  /** folder */
  readonly policies: string;
  /** folder */
  readonly packs: string;
  /** file */
  readonly access: string;
  readonly consoles: readonly { readonly id: string; readonly pack: string }[];
};

/** What can be loaded again while the gateway runs: all of it, or nothing. */
export type ChangingRules = { readonly policy: Policy; readonly access: AccessRules };
export type Rules = ChangingRules & { readonly packs: Packs };

function collector() {
  const faults: RuleFault[] = [];
  const attempt = <T>(load: () => T): T | undefined => {
    try {
      return load();
    } catch (error) {
      if (!(error instanceof Error && 'faults' in error && Array.isArray(error.faults))) throw error;
      faults.push(...(error.faults as RuleFault[]));
      return undefined;
    }
  };
  return { faults, attempt };
}

/** Only the packs that a console uses: the others cost a start its seconds. @throws RuleFaults with the faults of all, and consoles whose pack is not there */
export function loadRules(sources: RuleSources): Rules {
  const { faults, attempt } = collector();
  const packs = attempt(() => loadPacks(sources.packs, { only: sources.consoles.map(({ pack }) => pack) }));
  // Faults of a pack do not hide those of the policies: the vocabulary alone is enough for them.
  const vocabulary = packs?.vocabulary ?? attempt(() => loadPacks(sources.packs, { only: [] }).vocabulary);
  const changing = vocabulary && attempt(() => loadChangingRules(sources, vocabulary));
  for (const { id, pack } of sources.consoles) {
    if (packs && !packs.all.has(pack))
      faults.push({ file: sources.packs, what: `console ${id}: there is no pack ${pack} here` });
  }
  if (!changing || !packs || faults.length > 0) throw new RuleFaults(faults);
  return { ...changing, packs };
}

/** Policies and the rules of access. The vocabulary is that of the start: packs change with a restart. @throws RuleFaults */
export function loadChangingRules(sources: Omit<RuleSources, 'packs'>, vocabulary: Vocabulary): ChangingRules {
  const { faults, attempt } = collector();
  const actions = knownActions(vocabulary);
  const policy = attempt(() => createPolicy({ dir: sources.policies, actions }));
  const consoles = sources.consoles.map(({ id }) => id);
  // No console: the configuration itself has faults, and every rule would look strange.
  // Looking at recordings may be asked for like an act on a console.
  const names = [...actions.map(({ name }) => name), 'recording.view'];
  const known = consoles.length === 0 ? undefined : { consoles: [...consoles, 'portal'], actions: names };
  const access = attempt(() => loadAccessRules(sources.access, known));
  if (!policy || !access) throw new RuleFaults(faults);
  return { policy, access };
}
