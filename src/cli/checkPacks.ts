// Checks packs as `sallyport check` does: their shape, their own samples, and that policies know every action in them.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadPacks, PackFaults, type Packs } from '../proxy/recognise/loadPacks.ts';
import type { Pack } from '../proxy/recognise/pack.ts';
import { createRecogniser } from '../proxy/recognise/recognise.ts';
import { entriesShown, judgeSample, parseSamples, runSample } from '../proxy/recognise/samples.ts';
import type { Fault } from './faults.ts';

export type PackReport = {
  readonly faults: readonly Fault[];
  readonly packs: readonly {
    readonly id: string;
    readonly entries: number;
    readonly actions: number;
    readonly samples: number;
    /** what it lets through that is refused elsewhere, in sentences */
    readonly allows: readonly string[];
  }[];
};

/**
 * All faults of all packs below `dir` at once; none: the packs are sound.
 * @param only one pack instead of all
 * @param knownActions the actions of the policy schema (`policy.actions`); null: not compared
 */
export async function checkPacks(
  dir: string,
  knownActions: ReadonlySet<string> | null,
  only?: string,
): Promise<PackReport> {
  let packs: Packs;
  try {
    packs = loadPacks(dir, only === undefined ? {} : { only: [only] });
  } catch (error) {
    if (!(error instanceof PackFaults)) throw error;
    return { faults: error.faults, packs: [] };
  }
  const faults: Fault[] = [];
  const report: PackReport['packs'][number][] = [];
  const recogniser = createRecogniser(packs);
  for (const pack of packs.all.values()) {
    for (const name of knownActions === null ? [] : pack.actions.keys())
      if (knownActions?.has(name) === false)
        faults.push({
          file: join(dir, pack.id, 'pack.yaml'),
          what: `no policy can speak of ${name}: add it to the schema`,
        });
    let samples = 0;
    const covered = new Set<string>();
    for (const file of sampleFiles(join(dir, pack.id, 'samples'))) {
      try {
        for (const sample of parseSamples(readFileSync(file, 'utf8'))) {
          samples += 1;
          const found = await runSample(sample, pack.id, recogniser);
          if ('action' in found) for (const entry of entriesShown(found.action)) covered.add(entry);
          for (const what of judgeSample(sample, found))
            faults.push({ file, line: sample.line, at: sample.name, what });
        }
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        faults.push({ file, what: error.message });
      }
    }
    for (const entry of pack.entries)
      if (!covered.has(entry.id))
        faults.push({ file: join(dir, pack.id, 'samples'), what: `no sample shows the entry ${entry.id}` });
    report.push({
      id: pack.id,
      entries: pack.entries.length,
      actions: pack.actions.size,
      samples,
      allows: allowsOf(pack),
    });
  }
  return { faults, packs: report };
}

function sampleFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.http'))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return []; // said entry by entry: no sample shows it
  }
}

/** Each place that the pack opens, so that nobody opens one without seeing it. */
function allowsOf({ entries, override }: Pack): readonly string[] {
  const allows = new Set<string>();
  for (const { templates } of entries)
    for (const { path, segments } of templates)
      for (const segment of segments)
        if ('name' in segment && segment.encoded !== null)
          allows.add(
            `${segment.encoded === 'encoded-slash' ? 'an encoded slash' : 'double encoding'} in {${segment.name}} of ${path}`,
          );
  if (override.form !== undefined) allows.add(`a POST to name another method in the form field ${override.form}`);
  if (override.query !== undefined) allows.add(`a POST to name another method in the query key ${override.query}`);
  return [...allows];
}
