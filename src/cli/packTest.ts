// Checks one pack and runs its samples. Exit code 0: all as expected; 1: faults, all told at once.
import { BUNDLED } from '../config/load.ts';
import { checkPacks } from './checkPacks.ts';
import { complainAbout } from './faults.ts';
import { green, print } from './report.ts';
import { rulesOr } from './rulesFor.ts';

export async function packTest(
  name: string,
  options: { packs?: string; policies?: string; json?: boolean },
): Promise<number> {
  const rules = rulesOr(options);
  if (rules === undefined) return 2;
  const { faults, packs } = await checkPacks(options.packs ?? `${BUNDLED}/packs`, rules.policy.actions, name);
  if (options.json) print(JSON.stringify({ ok: faults.length === 0, faults, packs }));
  else if (faults.length > 0) complainAbout(faults);
  else
    for (const { id, entries, actions: known, samples, allows } of packs) {
      print(green(`Sound: ${id}, ${entries} entries, ${known} actions, ${samples} samples.`));
      for (const one of allows) print(`  allows ${one}`);
    }
  return faults.length === 0 ? 0 : 1;
}
