// The index template that docs/export.md advises, read out of it: what is advised is what is tried.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const page = readFileSync(join(import.meta.dirname, '../../docs/export.md'), 'utf8');
const [, json] = /```json\n([\s\S]*?)\n```/.exec(page) ?? [];
if (json === undefined) throw new Error('docs/export.md advises no index template');
/** Elastic's name for the type is `flattened`, OpenSearch's `flat_object`. */
export const INDEX_TEMPLATE: object = JSON.parse(json.replaceAll('"flattened"', '"flat_object"'));
