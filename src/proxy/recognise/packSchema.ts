// The JSON Schema of pack.yaml, made from the very shapes that packs are checked with.
import { z } from 'zod';
import { EntryFormat, PackFormat } from './packFormat.ts';

/** As text, indented, in the order of the shapes. */
export function packJsonSchema(): string {
  const schema = z.toJSONSchema(z.strictObject({ ...PackFormat.shape, entries: z.array(EntryFormat).min(1) }), {
    io: 'input',
    target: 'draft-7',
  });
  return JSON.stringify({ ...schema, title: 'A pack: what the requests of one MDM product mean' }, null, 2);
}
