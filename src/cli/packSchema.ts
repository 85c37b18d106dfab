// Prints the JSON Schema of pack.yaml; `config/packs/pack.schema.json` is its output, for editors.
import { packJsonSchema } from '../proxy/recognise/packSchema.ts';
import { print } from './report.ts';

export function packSchema(): number {
  print(packJsonSchema());
  return 0;
}
