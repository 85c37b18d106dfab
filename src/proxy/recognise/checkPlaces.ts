// What the places of an entry must fulfil: they can exist in its body and path, and what changes from try to try is nothing
// that the entry looks at.

import type { EntryFault } from './checkEntry.ts';
import type { EntryBody } from './pack.ts';
import type { EntryFormat, PackFormat, TargetFormat } from './packFormat.ts';
import type { Template } from './template.ts';

const JUDGED_MOST = 1024 ** 2;
const POINTED = new Set(['json', 'plist', 'xml']);

export function checkBody(body: EntryBody): EntryFault[] {
  const faults: EntryFault[] = [];
  const places = [...Object.keys(body.where), ...Object.keys(body.may), ...body.has, ...body.lacks];
  const fields = body.fields === 'any' ? [] : body.fields;
  if (body.mode === 'opaque') {
    if (places.length + fields.length > 0)
      faults.push({ at: [], what: 'nobody looks inside an opaque body: no conditions' });
    if (body.empty) faults.push({ at: ['empty'], what: 'an opaque body cannot be left out' });
    if (body.type !== 'multipart' && body.type !== 'bytes')
      faults.push({ at: ['type'], what: 'json and forms are judged; only multipart and bytes may be opaque' });
    return faults;
  }
  if (body.type === 'bytes') faults.push({ at: ['type'], what: 'bytes cannot be judged; make it opaque' });
  if (body.limit > JUDGED_MOST) faults.push({ at: ['limit'], what: 'at most 1 MiB can be judged' });
  if (body.type === 'multipart' && body.media.length > 0)
    faults.push({ at: ['media'], what: 'a multipart body has its one content type' });
  for (const place of places) {
    if (place.startsWith('/') !== POINTED.has(body.type))
      faults.push({ at: [], what: `${place}: json has pointers such as /name, forms have field names` });
    if (body.type === 'text' && place !== 'text') faults.push({ at: [], what: `${place}: a text has one place, text` });
  }
  if (POINTED.has(body.type))
    for (const field of fields)
      if (field.startsWith('/')) faults.push({ at: ['fields'], what: `${field}: fields are names of keys, without /` });
  if (Object.keys(body.decode).length > 0 && body.type !== 'json')
    faults.push({ at: ['decode'], what: 'only strings of a JSON body are decoded' });
  for (const place of Object.keys(body.decode))
    if (place.split('/').includes('*')) faults.push({ at: ['decode', place], what: 'has no * in it' });
  return faults;
}

export function checkTarget(
  target: TargetFormat,
  kind: string,
  templates: readonly Template[],
  pack: PackFormat,
  body: EntryBody | null,
): string[] {
  const inPath = templates.some(({ segments }) => segments.some((one) => 'name' in one && one.name === target.path));
  if (target.path !== undefined && !inPath) return [`the path has no {${target.path}}`];
  if (pack.kinds[kind] === undefined) return [`the kind ${kind} is not among the kinds of the pack`];
  const faults: string[] = [];
  const judged = body?.mode === 'judged' ? body.type : 'none';
  const form = judged === 'form' || judged === 'multipart';
  if (target.json !== undefined && judged !== 'json' && judged !== 'plist')
    faults.push('is taken from JSON, but the body is no judged JSON');
  if (target.form !== undefined && !form) faults.push('is taken from a form, but the body is none');
  if (target.xml !== undefined && judged !== 'xml') faults.push('is taken from XML, but the body is no judged XML');
  if (target.csv !== undefined && judged !== (target.file === undefined ? 'csv' : 'multipart'))
    faults.push('is taken from a table: a csv body, or a file of a judged multipart body');
  if (target.list === '&' && target.query === undefined) faults.push('list: & is for query keys');
  return faults;
}

/** What is left out of a signature must be nothing that decides what the request does. */
export function checkVolatile(source: EntryFormat, body: EntryBody | null): string[] {
  if (source.volatile.length === 0 || body === null) return [];
  if (body.type !== 'form' && body.type !== 'json') return ['only members of forms and JSON bodies can be volatile'];
  const looked = [...Object.keys(body.where), ...Object.keys(body.may), ...body.has, ...body.lacks];
  looked.push(...Object.keys(body.decode));
  for (const target of source.targets)
    looked.push(...[target.json, target.form].filter((place) => place !== undefined));
  const list = source.batch?.requests ?? source.batch?.items;
  if (list !== undefined) looked.push(list);
  for (const [, place = ''] of (source.title ?? '').matchAll(/\{field ([^{}\s]+)\}/g)) looked.push(place);
  const below = (a: string, b: string) => a === b || a.startsWith(`${b}/`);
  return source.volatile.flatMap((place) => {
    if (place.startsWith('/') !== (body.type === 'json'))
      return [`${place}: json has pointers, forms have field names`];
    if (place.split('/').includes('*')) return [`${place}: has no * in it`];
    return looked.some((one) => below(one, place) || below(place, one))
      ? [`${place}: the entry looks at it, so a signature must cover it`]
      : [];
  });
}
