// The JSON Schema for editors is the one of the shapes that packs are checked with.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packJsonSchema } from '../../src/proxy/recognise/packSchema.ts';

const FILE = join(import.meta.dirname, '../../config/packs/pack.schema.json');

test('the schema for editors is up to date (sallyport pack schema > config/packs/pack.schema.json)', () => {
  expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(JSON.parse(packJsonSchema()));
});
