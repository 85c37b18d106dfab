// Checks configuration, policies, packs and the rules of access without starting anything. Exit code 0: sound; 1: faults, all told at once.
import { BUNDLED, ConfigFaults, loadConfig } from '../config/load.ts';
import { namesInSchema } from '../policy/schema.ts';
import { loadPacks, PackFaults } from '../proxy/recognise/loadPacks.ts';
import { knownActions, loadChangingRules, RuleFaults } from '../wire/loadRules.ts';
import { checkPacks } from './checkPacks.ts';
import { complainAbout, type Fault } from './faults.ts';
import { green, print, table } from './report.ts';

export async function check(options: { config: string; json?: boolean }): Promise<number> {
  const faults: Fault[] = [];
  let folders = { policies: `${BUNDLED}/policies`, packs: `${BUNDLED}/packs`, access: `${BUNDLED}/access.yaml` };
  let wanted: readonly { readonly id: string; readonly pack: string }[] = [];
  try {
    const config = loadConfig(options.config);
    folders = config;
    wanted = config.consoles;
  } catch (error) {
    if (!(error instanceof ConfigFaults)) throw error;
    faults.push(...error.faults);
  }
  let actions: ReadonlySet<string> | null = null;
  try {
    const { vocabulary } = loadPacks(folders.packs, { only: [] });
    actions = new Set(namesInSchema(knownActions(vocabulary)));
    loadChangingRules({ ...folders, consoles: wanted }, vocabulary);
  } catch (error) {
    // Faults of the vocabulary are told with those of the packs.
    if (error instanceof RuleFaults) faults.push(...error.faults);
    else if (!(error instanceof PackFaults)) throw error;
  }
  const packs = await checkPacks(folders.packs, actions);
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
    print(green('Sound: configuration, policies, packs and rules of access.'));
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
