// Policies and packs, loaded together: whoever mends them wants all faults at once.
import { createPolicy, type Policy } from './policy/policy.ts';
import { loadPacks, type Packs } from './proxy/recognise/loadPacks.ts';

export type RuleFault = { readonly file: string; readonly line?: number; readonly what: string };

export class RuleFaults extends Error {
  override readonly name = 'RuleFaults';
  readonly faults: readonly RuleFault[];
  constructor(faults: readonly RuleFault[]) {
    super(faults.map(({ file, line, what }) => `${file}:${line ?? 0}: ${what}`).join('\n'));
    this.faults = faults;
  }
}

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
  const policy = attempt(() => createPolicy({ dir: sources.policies }));
  const packs = attempt(() => loadPacks(sources.packs, { only: sources.consoles.map(({ pack }) => pack) }));
  for (const { id, pack } of sources.consoles) {
    if (packs && !packs.all.has(pack))
      faults.push({ file: sources.packs, what: `console ${id}: there is no pack ${pack} here` });
  }
  if (!policy || !packs || faults.length > 0) throw new RuleFaults(faults);
  return { policy, packs };
}
