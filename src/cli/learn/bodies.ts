// What a seen body is made of, as far as a pack could say it: its type, its fields, the field that says what to do, where
// ids stand. Values are looked at here and never leave, but for the words of an action field.
import { isSecretName } from '../../audit/recording/secretNames.ts';
import { isWord, looksLikeId, nameFrom, wordsIn } from './shapes.ts';

export type BodyType = 'none' | 'json' | 'form' | 'multipart' | 'xml' | 'plist' | 'csv' | 'text' | 'bytes';
export type IdPlace = {
  readonly place: string;
  /** null: the name of the field does not say of what */
  readonly of: string | null;
  readonly ids: readonly string[];
  readonly numbers: boolean;
  /** commas between several in one value */
  readonly list: boolean;
};
export type SeenBody = {
  readonly type: BodyType;
  /** the content type, when it is not the usual one; `none`: there was none */
  readonly media: string | null;
  readonly size: number;
  /** names at the top that are fit for a pack; null: they are not known */
  readonly names: readonly string[] | null;
  /** there are names besides that look like ids, or too many */
  readonly oddNames?: boolean;
  readonly told: { readonly place: string; readonly value: string } | null;
  readonly ids: readonly IdPlace[];
};

const USUAL: Readonly<Record<string, readonly string[]>> = {
  json: ['application/json'],
  form: ['application/x-www-form-urlencoded'],
  multipart: ['multipart/form-data'],
  xml: ['application/xml', 'text/xml'],
  plist: ['application/xml', 'text/xml', 'application/x-plist', 'application/x-apple-aspen-config'],
  csv: ['text/csv'],
  text: ['text/plain'],
  bytes: [],
};
const MOST_NAMES = 60;
const MOST_IDS = 200;

export function readSeenBody(body: Buffer | null, contentType: string): SeenBody {
  const essence = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const size = body?.length ?? 0;
  const nothing = { size, names: null, told: null, ids: [] };
  if (body !== null && size === 0) return { ...nothing, type: 'none', media: null, names: [] };
  const text = body?.toString('utf8') ?? '';
  const type = typeOf(essence, text);
  const usual = type === 'bytes' || type === 'multipart' || USUAL[type]?.includes(essence);
  const media = usual ? null : /^[a-z0-9.+-]+\/[a-z0-9.+-]+$/.test(essence) ? essence : essence === '' ? 'none' : null;
  if (body === null) return { ...nothing, type, media };
  if (type === 'json') return { ...nothing, ...ofTree(text), type, media };
  if (type === 'form')
    return { ...nothing, ...ofPairs([...new URLSearchParams(text.split('&').filter(isPair).join('&'))]), type, media };
  if (type === 'plist') {
    const [, told = ''] = /<key>\s*RequestType\s*<\/key>\s*<string>\s*([^<]*?)\s*<\/string>/.exec(text) ?? [];
    const place = /<key>\s*Command\s*<\/key>/.test(text) ? '/Command/RequestType' : '/RequestType';
    return { ...nothing, type, media, told: isWord(told) ? { place, value: told } : null };
  }
  return { ...nothing, type, media };
}

/** What stands there without `=` may be a value. */
const isPair = (text: string): boolean => text.includes('=');

function typeOf(essence: string, text: string): BodyType {
  if (/[/+]json$/.test(essence)) return 'json';
  if (essence === 'application/x-www-form-urlencoded') return 'form';
  if (essence.startsWith('multipart/')) return 'multipart';
  if (/plist|aspen/.test(essence) || /<plist\b/.test(text.slice(0, 1000))) return 'plist';
  if (/[/+]xml$/.test(essence)) return 'xml';
  if (essence === 'text/csv') return 'csv';
  if (/^\s*[[{]/.test(text) && isJson(text)) return 'json';
  return essence.startsWith('text/') ? 'text' : 'bytes';
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

type Found = Pick<SeenBody, 'names' | 'oddNames' | 'told' | 'ids'>;
type Value = { readonly place: string; readonly name: string; readonly value: unknown };

function ofTree(text: string): Found {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    return { names: null, told: null, ids: [] };
  }
  const record = asRecord(root);
  if (record === null)
    return { names: null, told: null, ids: Array.isArray(root) ? idsOf([{ place: '', name: '', value: root }]) : [] };
  const values: Value[] = [];
  for (const [name, value] of Object.entries(record)) {
    if (!isFit(name)) continue;
    values.push({ place: `/${name}`, name, value });
    for (const [inner, below] of Object.entries(asRecord(value) ?? {}))
      if (isFit(inner)) values.push({ place: `/${name}/${inner}`, name: inner, value: below });
  }
  return { ...namesFit(Object.keys(record)), told: toldBy(values), ids: idsOf(values) };
}

function ofPairs(pairs: readonly (readonly [string, string])[]): Found {
  const values = pairs.filter(([name]) => isFit(name)).map(([name, value]) => ({ place: name, name, value }));
  const ids = idsOf(values).map((one) => ({ ...one, numbers: false }));
  return { ...namesFit(pairs.map(([name]) => name)), told: toldBy(values), ids };
}

const asRecord = (value: unknown): Record<string, unknown> | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;

/** A key that the product wrote, and no id or secret that was used as one. */
const isFit = (name: string): boolean => isWord(name.replace(/\[\]$/, ''));
const namesFit = (names: readonly string[]): { names: readonly string[]; oddNames: boolean } => {
  const fit = [...new Set(names.filter(isFit))];
  return { names: fit.slice(0, MOST_NAMES), oddNames: fit.length > MOST_NAMES || !names.every(isFit) };
};

const TELLING = /^(bulk |mdm |device )?(action|command|cmd|operation|op)( name| type)?$|^request type$/;
const WEAKLY = /^type$/;

/** Whether a key is one that says what to do. */
export const tells = (name: string): boolean => TELLING.test(wordsIn(name)) || WEAKLY.test(wordsIn(name));

/** The field that says what to do, when it says it in a word. */
export function toldBy(values: readonly Value[]): SeenBody['told'] {
  for (const pattern of [TELLING, WEAKLY])
    for (const { place, name, value } of values)
      if (pattern.test(wordsIn(name)) && !isSecretName(name) && typeof value === 'string' && isWord(value))
        return { place, value };
  return null;
}

const ID_NAME = /^(.*?)_?(ids?|udids?|uuids?|guids?|serials?|serial_numbers?)$/;

/** What an id field is called after: `device_ids` -> `device`; '' when it only says id; null: it is no id field. */
export function idField(name: string): string | null {
  const [, of] = ID_NAME.exec(wordsIn(name).replaceAll(' ', '_')) ?? [];
  return of === undefined ? null : of === '' ? '' : nameFrom(of);
}

function idsOf(values: readonly Value[]): IdPlace[] {
  return values.flatMap(({ place, name, value }) => {
    const called = idField(name);
    const several = Array.isArray(value);
    const items = (several ? value : [value]).slice(0, MOST_IDS) as unknown[];
    const inside = several && items.length > 0 && items.every((item) => asRecord(item) !== null);
    const key = inside
      ? ['id', 'udid', 'uuid', 'deviceId', 'device_id'].find((one) =>
          items.every((item) => isId(asRecord(item)?.[one])),
        )
      : undefined;
    const found = key === undefined ? items : items.map((item) => asRecord(item)?.[key]);
    // A list of things that all look like ids, or a field that says that it is one.
    const listed =
      several && (name === '' || called !== null || /s$/.test(name)) && found.every(isId) && found.length > 0;
    const single =
      !several && called !== null && (isId(value) || (typeof value === 'string' && value !== '' && value.length < 200));
    if ((!listed && !single) || isSecretName(name)) return [];
    if (several && called === null && !found.every((id) => typeof id === 'number' || looksLikeId(String(id))))
      return [];
    const texts = found.map(String);
    const list = single && texts[0]?.includes(',') === true;
    return [
      {
        place: several ? `${place}/*${key === undefined ? '' : `/${key}`}` : place,
        of: called === null ? nameFrom(name) : called === '' ? null : called,
        ids: list ? texts.flatMap((text) => text.split(',')) : texts,
        numbers: found.some((id) => typeof id === 'number'),
        list,
      },
    ];
  });
}

const isId = (value: unknown): boolean =>
  (typeof value === 'string' && value !== '' && value.length < 200) ||
  (typeof value === 'number' && Number.isSafeInteger(value));
