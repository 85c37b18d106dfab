// `sallyport policy schema`: what policies can speak of, as Cedar schema text, for editors and for whoever writes policies.

import { generateSchema } from '../policy/schema.ts';
import { PackFaults } from '../proxy/recognise/loadPacks.ts';
import { complainAbout } from './faults.ts';
import { print } from './report.ts';
import { vocabularyOf } from './rulesFor.ts';

export function policySchema(options: { packs?: string }): number {
  try {
    print(generateSchema(vocabularyOf(options.packs)).trimEnd());
    return 0;
  } catch (error) {
    if (!(error instanceof PackFaults)) throw error;
    complainAbout(error.faults);
    return 2;
  }
}
