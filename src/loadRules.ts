// Policies and packs, loaded together: whoever mends them wants all faults at once.
import { createPolicy, type Policy } from './policy/policy.ts';
import type { KnownAction } from './policy/schema.ts';
import { loadPacks, type Packs } from './proxy/recognise/loadPacks.ts';
import type { Vocabulary } from './proxy/recognise/packFormat.ts';

export type RuleFault = { readonly file: string; readonly line?: number; readonly what: string };

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
  readonly policies: string;
  readonly packs: string;
  readonly consoles: readonly { readonly id: string; readonly pack: string }[];
};

/** Only the packs that a console uses: the others cost a start its seconds. @throws RuleFaults with the faults of both, and consoles whose pack is not there */
export function loadRules(sources: RuleSources): { policy: Policy; packs: Packs } {
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
  const packs = attempt(() => loadPacks(sources.packs, { only: sources.consoles.map(({ pack }) => pack) }));
  // Faults of a pack do not hide those of the policies: the vocabulary alone is enough for them.
  const vocabulary = packs?.vocabulary ?? attempt(() => loadPacks(sources.packs, { only: [] }).vocabulary);
  const policy =
    vocabulary && attempt(() => createPolicy({ dir: sources.policies, actions: knownActions(vocabulary) }));
  for (const { id, pack } of sources.consoles) {
    if (packs && !packs.all.has(pack))
      faults.push({ file: sources.packs, what: `console ${id}: there is no pack ${pack} here` });
  }
  if (!policy || !packs || faults.length > 0) throw new RuleFaults(faults);
  return { policy, packs };
}
