// What entries must fulfil among each other, beyond not overlapping: messages and operations belong to an entry that has
// them, and no other method can hide in an upload that nobody looks into.

import type { Entry } from './pack.ts';
import type { PackFormat } from './packFormat.ts';

/** `at`: the number of the entry in the list. */
export function checkParts(entries: readonly Entry[], pack: PackFormat): { at: number; what: string }[] {
  const faults: { at: number; what: string }[] = [];
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const told = new Set(entries.map(({ of }) => of));
  entries.forEach((entry, at) => {
    const fault = (what: string) => faults.push({ at, what: `entry ${entry.id}: ${what}` });
    if (entry.of !== null) {
      const parent = byId.get(entry.of);
      if (parent === undefined || (parent.messages === null && parent.batch?.items === undefined))
        fault(`of ${entry.of}, but that entry has neither messages nor a batch of items`);
    }
    if (entry.batch?.items !== undefined && !told.has(entry.id)) fault('no entry tells of its operations');
    for (const [, name = ''] of (entry.batch?.under ?? '').matchAll(/\{([^{}]*)\}/g))
      if (!entry.templates.every(({ segments }) => segments.some((one) => 'name' in one && one.name === name)))
        fault(`batch.under: the path has no {${name}}`);
    if (pack.override.form !== undefined && hides(entry) && sharesPath(entry, entries))
      fault('a body that nobody looks into can name another method, and this path has others');
  });
  return faults;
}

/** Any opaque body: some frameworks take even a POST without a content type for a form. */
const hides = ({ body, template }: Entry): boolean => body?.mode === 'opaque' && template.methods.includes('POST');

/** Compared by shape: places with whatever name and kind count as one. */
function sharesPath(entry: Entry, entries: readonly Entry[]): boolean {
  const shape = (path: string) => path.replaceAll(/\{[^{}]*\}/g, '{}').toLowerCase();
  const own = new Set(entry.templates.map(({ path }) => shape(path)));
  return entries.some(
    (other) =>
      other.template.methods.some((method) => method !== 'GET' && method !== 'POST') &&
      other.templates.some(({ path }) => own.has(shape(path))),
  );
}
