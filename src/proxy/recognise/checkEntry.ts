// What a single entry must fulfil beyond its shape: known words, risks that are not lowered, places that can exist.

import type { Risk } from '../../kernel/action.ts';
import type { Entry, EntryBody } from './pack.ts';
import type { EntryFormat, PackFormat, Vocabulary } from './packFormat.ts';
import type { Template } from './template.ts';
import { parseTitle } from './title.ts';

export const RISKS: readonly Risk[] = ['read', 'low', 'high', 'destructive'];
const UNITS: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
const JUDGED_DEFAULT = 64 * 1024;
const JUDGED_MOST = 1024 ** 2;
const OPAQUE_DEFAULT = 2 * 1024 ** 3;
/** Actions that say "nobody knows" or belong to the portal cannot be described by a pack. */
const RESERVED = new Set(['unknown.read', 'unknown.write']);

type EntryFault = { readonly at: readonly (string | number)[]; readonly what: string };

export function checkEntry(
  source: EntryFormat,
  template: Template,
  pack: PackFormat,
  vocabulary: Vocabulary,
): { entry: Entry | null; faults: EntryFault[] } {
  const faults: EntryFault[] = [];
  const fault = (at: EntryFault['at'], what: string) => faults.push({ at, what });
  const known = vocabulary.actions[source.action];
  if (known === undefined || RESERVED.has(source.action))
    fault(['action'], `${source.action} is not in the vocabulary`);
  const least = known?.risk ?? 'destructive';
  const risk = source.risk ?? least;
  if (RISKS.indexOf(risk) < RISKS.indexOf(least))
    fault(['risk'], `${source.action} is ${least}; a pack may raise a risk, never lower it`);
  if (template.tail && (risk !== 'read' || template.methods.some((method) => method !== 'GET')))
    fault(['request'], 'only a read with GET may end in /**');
  if (source.upgrade && template.methods.some((method) => method !== 'GET'))
    fault(['upgrade'], 'an upgraded connection starts with GET');
  if (source.body !== undefined && template.methods.includes('GET')) fault(['body'], 'a GET carries no body');

  const body = source.body === undefined ? null : bodyOf(source.body);
  if (body !== null) for (const one of checkBody(body)) fault(['body', ...one.at], one.what);
  source.targets.forEach((target, index) => {
    for (const what of checkTarget(target, template, pack, body)) fault(['targets', index], what);
  });
  for (const place of [...source.redact, ...source.volatile])
    if (body?.mode !== 'judged') fault(['redact'], `${place} is redacted or volatile, but no body is read here`);

  const words = pack.words[source.action];
  const kinds = new Set([...Object.keys(vocabulary.kinds), ...Object.keys(pack.kinds)]);
  const title = parseTitle(source.title ?? words?.title ?? known?.title ?? source.action, kinds);
  if (typeof title === 'string') fault(['title'], `title ${title}`);
  if (faults.length > 0 || typeof title === 'string') return { entry: null, faults };
  const entry: Entry = {
    id: source.id,
    template,
    action: source.action,
    risk,
    upgrade: source.upgrade,
    query: source.query,
    body,
    targets: source.targets.map((target) => ({ ...target, kind: kindOf(target, template) })),
    title,
    effect: source.effect ?? words?.effect ?? known?.effect ?? '',
    redact: source.redact,
    volatile: source.volatile,
  };
  return { entry, faults };
}

function bodyOf(source: NonNullable<EntryFormat['body']>): EntryBody {
  const { limit, ...rest } = source;
  const unit = limit?.slice(-3) ?? '';
  const fallback = source.mode === 'opaque' ? OPAQUE_DEFAULT : JUDGED_DEFAULT;
  return { ...rest, limit: limit === undefined ? fallback : Number(limit.slice(0, -3)) * (UNITS[unit] ?? 1) };
}

function checkBody(body: EntryBody): EntryFault[] {
  const faults: EntryFault[] = [];
  const places = [...Object.keys(body.where), ...body.has, ...body.lacks];
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
  for (const place of places)
    if (place.startsWith('/') !== (body.type === 'json'))
      faults.push({ at: [], what: `${place}: json has pointers such as /name, forms have field names` });
  if (body.type === 'json')
    for (const field of fields)
      if (field.startsWith('/')) faults.push({ at: ['fields'], what: `${field}: fields are names of keys, without /` });
  return faults;
}

function checkTarget(
  target: EntryFormat['targets'][number],
  template: Template,
  pack: PackFormat,
  body: EntryBody | null,
): string[] {
  const faults: string[] = [];
  const kind = kindOf(target, template);
  if (target.path !== undefined && !template.segments.some((one) => 'name' in one && one.name === target.path))
    faults.push(`the path has no {${target.path}}`);
  else if (pack.kinds[kind] === undefined) faults.push(`the kind ${kind} is not among the kinds of the pack`);
  const type = target.json === undefined ? (target.form === undefined ? null : 'form') : 'json';
  const judged = body?.mode === 'judged' ? body.type : null;
  if (type === 'json' && judged !== 'json') faults.push('is taken from JSON, but the body is no judged JSON');
  if (type === 'form' && judged !== 'form' && judged !== 'multipart')
    faults.push('is taken from a form, but the body is none');
  return faults;
}

/** The kind that was named, else the one of the captured place. */
function kindOf(target: EntryFormat['targets'][number], template: Template): string {
  if (target.kind !== undefined) return target.kind;
  const segment = template.segments.find((one) => 'name' in one && one.name === target.path);
  return segment !== undefined && 'kind' in segment ? segment.kind : '';
}
