// What a single entry must fulfil beyond its shape: known words, risks that are not lowered, places that can exist.

import type { Risk } from '../../kernel/action.ts';
import { foldKey } from './bodyReaders/json.ts';
import { checkBody, checkTarget, checkVolatile } from './checkPlaces.ts';
import { keyOf } from './fits.ts';
import type { Entry, EntryBody } from './pack.ts';
import type { EntryFormat, PackFormat, Vocabulary } from './packFormat.ts';
import type { Template } from './template.ts';
import { parseTitle } from './title.ts';

export const RISKS: readonly Risk[] = ['read', 'low', 'high', 'destructive'];
const UNITS: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };
const JUDGED_DEFAULT = 64 * 1024;
const OPAQUE_DEFAULT = 2 * 1024 ** 3;
/** Actions that say "nobody knows" or belong to the portal cannot be described by a pack. */
const RESERVED = new Set(['unknown.read', 'unknown.write']);
/** What devices do on their own paths; no policy permits it. */
const DEVICE_CHANNEL = 'device.channel';

export type EntryFault = { readonly at: readonly (string | number)[]; readonly what: string };

/** Messages and operations have no path of their own. */
const NO_PATH: Template = { methods: ['POST'], path: '', segments: [], tail: false };

export function checkEntry(
  source: EntryFormat,
  templates: readonly Template[],
  pack: PackFormat,
  vocabulary: Vocabulary,
): { entry: Entry | null; faults: EntryFault[] } {
  const faults: EntryFault[] = [];
  const fault = (at: EntryFault['at'], what: string) => faults.push({ at, what });
  const template = templates[0] ?? NO_PATH;
  const forDevices = source.lane === 'device';
  const action = source.action ?? DEVICE_CHANNEL;
  const known = vocabulary.actions[action];
  if (known === undefined || RESERVED.has(action) || (action === DEVICE_CHANNEL) !== forDevices)
    fault(['action'], forDevices ? `a path of devices is a ${DEVICE_CHANNEL}` : `${action} is not in the vocabulary`);
  const least = known?.risk ?? 'destructive';
  const risk = source.risk ?? least;
  if (RISKS.indexOf(risk) < RISKS.indexOf(least))
    fault(['risk'], `${action} is ${least}; a pack may raise a risk, never lower it`);
  const changes = template.methods.some((method) => method !== 'GET');
  if (templates.some(({ tail }) => tail) && !forDevices && (risk !== 'read' || changes))
    fault(['request'], 'only a read with GET may end in /**');
  if (source.of === undefined && risk === 'read' && changes && !source.reads)
    fault(['action'], 'a read that is not a GET: write reads: true when you are sure that it changes nothing');
  if (source.reads && risk !== 'read') fault(['reads'], `reads: true, but the action is ${risk}`);
  if (source.upgrade && changes) fault(['upgrade'], 'an upgraded connection starts with GET');
  if (source.otherwise && risk !== 'destructive')
    fault(['otherwise'], 'what is left may be anything: write risk: destructive');
  if (source.messages !== undefined && !source.upgrade)
    fault(['messages'], 'messages come over an upgraded connection');
  if (source.version !== undefined && pack.versions === undefined)
    fault(['version'], 'the pack says no versions, so no request has one');
  if (source.body !== undefined && source.of === undefined && template.methods.includes('GET'))
    fault(['body'], 'a GET carries no body');
  if (source.of !== undefined && source.body?.type !== 'json') fault(['body'], 'messages and operations are JSON');
  for (const name of Object.keys(source.allow)) {
    const segment = templates.flatMap(({ segments }) => segments).find((one) => 'name' in one && one.name === name);
    if (segment === undefined || !('kind' in segment) || pack.kinds[segment.kind]?.id !== 'path')
      fault(['allow', name], `the path has no {${name}} of a kind with id: path`);
  }

  const body = source.body === undefined ? null : bodyOf(source.body);
  if (body !== null) for (const one of checkBody(body)) fault(['body', ...one.at], one.what);
  if (source.batch !== undefined && (body?.mode !== 'judged' || body.type !== 'json'))
    fault(['batch'], 'a batch is a judged JSON body');
  source.targets.forEach((target, index) => {
    for (const what of checkTarget(target, kindOf(target, templates), templates, pack, body))
      fault(['targets', index], what);
  });
  // `redact` speaks of the answer too.
  for (const place of source.volatile)
    if (body?.mode !== 'judged') fault(['volatile'], `${place} is volatile, but no body is read here`);
  for (const what of checkVolatile(source, body)) fault(['volatile'], what);

  const words = pack.words[action];
  const kinds = new Set([...Object.keys(vocabulary.kinds), ...Object.keys(pack.kinds)]);
  const title = parseTitle(source.title ?? words?.title ?? known?.title ?? action, kinds);
  if (typeof title === 'string') fault(['title'], `title ${title}`);
  if (faults.length > 0 || typeof title === 'string') return { entry: null, faults };
  const caseless = (what: 'query' | 'keys' | 'values') => pack.caseless.includes(what);
  const { id, upgrade, otherwise, lane, headers, query, redact, volatile } = source;
  const entry: Entry = {
    ...{
      id,
      template,
      templates,
      action,
      risk,
      upgrade,
      otherwise,
      lane,
      headers,
      query,
      body,
      title,
      redact,
      volatile,
    },
    of: source.of ?? null,
    versions: source.version === undefined ? null : [source.version].flat(),
    queryNames: namesOfQuery(source, pack),
    bodyNames: bothWays(body === null ? [] : placesOf(source, body).map((place) => topOf(place, body.type))),
    told: toldBy(body),
    asks: {
      headers: Object.keys(headers.required).length + headers.present.length + headers.forbidden.length > 0,
      query: Object.keys(query.required).length + query.present.length > 0,
    },
    targets: source.targets.map((target) => ({ ...target, kind: kindOf(target, templates) })),
    batch: source.batch ?? null,
    messages: source.messages ?? null,
    caseless: {
      query: caseless('query'),
      keys: caseless('keys') || body?.caseless === true,
      values: caseless('values'),
    },
    effect: source.effect ?? words?.effect ?? known?.effect ?? '',
  };
  return { entry, faults };
}

const bothWays = (names: readonly string[]) => ({ exact: new Set(names), folded: new Set(names.map(foldKey)) });

function namesOfQuery({ query, targets }: EntryFormat, pack: PackFormat) {
  const { required, present, may, allowed } = query;
  return bothWays([
    ...[...Object.keys(required), ...present, ...Object.keys(may)],
    ...[...(allowed === undefined || allowed === 'any' ? [] : allowed), ...pack.everywhere.query],
    ...targets.flatMap((target) => (target.query === undefined ? [] : [target.query])),
  ]);
}

/** A place inside an encoded document cannot be looked up before it is decoded. */
function toldBy(body: EntryBody | null): Entry['told'] {
  if (body === null || Object.keys(body.decode).length > 0) return [];
  return Object.entries(body.where).map(([place, wanted]) => [place, new Set([wanted].flat().map(keyOf))] as const);
}

/** Every place of the body that the entry speaks of. */
function placesOf(source: EntryFormat, body: EntryBody): string[] {
  const places = [...Object.keys(body.where), ...Object.keys(body.may), ...body.has, ...body.lacks];
  places.push(...source.redact, ...source.volatile, ...Object.keys(body.decode));
  for (const target of source.targets)
    places.push(...[target.json, target.form, target.xml, target.file].filter((place) => place !== undefined));
  const list = source.batch?.requests ?? source.batch?.items;
  if (list !== undefined) places.push(list);
  const fields = body.fields === 'any' ? [] : body.fields;
  return [
    ...places,
    ...(body.type === 'json' || body.type === 'plist'
      ? fields.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)
      : body.type === 'xml'
        ? fields.map((name) => `//${name}`)
        : fields),
  ];
}

/** The member at the top that a place goes through: below the root, for XML. */
function topOf(place: string, type: EntryBody['type']): string {
  if (!place.startsWith('/')) return place;
  const steps = place.slice(1).split('/');
  return ((type === 'xml' ? steps[1] : steps[0]) ?? '').replaceAll('~1', '/').replaceAll('~0', '~');
}

function bodyOf(source: NonNullable<EntryFormat['body']>): EntryBody {
  const { limit, ...rest } = source;
  const unit = limit?.slice(-3) ?? '';
  const fallback = source.mode === 'opaque' ? OPAQUE_DEFAULT : JUDGED_DEFAULT;
  return { ...rest, limit: limit === undefined ? fallback : Number(limit.slice(0, -3)) * (UNITS[unit] ?? 1) };
}

/** The kind that was named, else the one of the captured place. */
function kindOf(target: EntryFormat['targets'][number], templates: readonly Template[]): string {
  if (target.kind !== undefined) return target.kind;
  if (target.all !== undefined) return target.all;
  for (const segment of templates.flatMap(({ segments }) => segments))
    if ('name' in segment && segment.name === target.path) return segment.kind;
  return '';
}
