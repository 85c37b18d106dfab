// Faults of configuration, policies and packs, in one form: what / where / what to do.
import { ConfigFaults, loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { bold, complain, red } from './report.ts';

export type Fault = {
  readonly file: string;
  readonly line?: number | undefined;
  readonly at?: string | undefined;
  readonly what: string;
};

export function complainAbout(faults: readonly Fault[]): void {
  complain(red(bold(`${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}; nothing was started.`)));
  for (const { file, line, at, what } of faults)
    complain(`  ${file}${line ? `:${line}` : ''}${at ? `  ${at}` : ''}\n      ${what}`);
}

/** The configuration, or the faults told and undefined. */
export function configOr(file: string): Config | undefined {
  try {
    return loadConfig(file);
  } catch (error) {
    if (!(error instanceof ConfigFaults)) throw error;
    complainAbout(error.faults);
    return undefined;
  }
}
