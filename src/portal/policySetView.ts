// The policies in force as operators see them.
import type { PolicyView } from './contract/operate.ts';

type Set = {
  readonly digest: string;
  readonly policies: ReadonlyMap<string, PolicyView['policies'][number]>;
};
type Fault = { readonly file: string; readonly line?: number; readonly column?: number; readonly what: string };

/** @param inForce the set, when it was loaded, and why the files on disk are not in force */
export function policySetView(inForce: {
  readonly policy: Set;
  readonly loadedAt: number;
  readonly faults: readonly Fault[];
}): Omit<PolicyView, 'consoles'> {
  const { policy, loadedAt, faults } = inForce;
  return {
    digest: policy.digest,
    loadedAt: Math.floor(loadedAt),
    policies: [...policy.policies.values()].map(({ id, effect, why, remedy, text }) => ({
      id,
      effect,
      why,
      remedy,
      text,
    })),
    faults: faults.map(({ file, line = 0, column = 0, what }) => ({ file, line, column, what })),
  };
}
