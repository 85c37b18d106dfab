// Checks configuration, policies and packs without starting anything. Exit code 0: sound; 1: faults, all told at once.
import { BUNDLED, ConfigFaults, loadConfig } from '../config/load.ts';
import { knownActions } from '../loadRules.ts';
import { createPolicy, type Policy } from '../policy/policy.ts';
import { loadPacks } from '../proxy/recognise/loadPacks.ts';
import { checkPacks } from './checkPacks.ts';
import { complainAbout, type Fault } from './faults.ts';
import { green, print, table } from './report.ts';

export async function check(options: { config: string; json?: boolean }): Promise<number> {
  const faults: Fault[] = [];
  let folders = { policies: `${BUNDLED}/policies`, packs: `${BUNDLED}/packs` };
  let wanted: readonly { readonly id: string; readonly pack: string }[] = [];
  try {
    const config = loadConfig(options.config);
    folders = config;
    wanted = config.consoles;
  } catch (error) {
    if (!(error instanceof ConfigFaults)) throw error;
    faults.push(...error.faults);
  }
  let policy: Policy | undefined;
  try {
    const { vocabulary } = loadPacks(folders.packs, { only: [] });
    policy = createPolicy({ dir: folders.policies, actions: knownActions(vocabulary) });
  } catch (error) {
    if (!(error instanceof Error && 'faults' in error && Array.isArray(error.faults))) throw error;
    faults.push(...(error.faults as Fault[]));
  }
  const packs = await checkPacks(folders.packs, policy?.actions ?? null);
  faults.push(...packs.faults);
  for (const { id, pack } of wanted) {
    if (packs.faults.length === 0 && !packs.packs.some((found) => found.id === pack)) {
      faults.push({
        file: options.config,
        at: `consoles.${id}.pack`,
        what: `there is no pack ${pack} in ${folders.packs}`,
      });
    }
  }
  if (options.json) print(JSON.stringify({ ok: faults.length === 0, faults, packs: packs.packs }));
  else if (faults.length > 0) complainAbout(faults);
  else {
    print(green('Sound: configuration, policies and packs.'));
    print(
      table(
        packs.packs.map(({ id, entries, actions, samples }) => [
          `  ${id}`,
          `${entries} entries`,
          `${actions} actions`,
          `${samples} samples`,
        ]),
      ),
    );
    for (const { id, allows } of packs.packs) for (const one of allows) print(`  ${id} allows ${one}`);
  }
  return faults.length === 0 ? 0 : 1;
}
