// Chooses the reader by the content type that came, and gives all bodies one face for conditions, targets and titles.

import { addField, readPairs } from './form.ts';
import { foldKey, type JsonValue, membersAt, readJson } from './json.ts';
import { fieldsOf, readParts } from './multipart.ts';
import { readPlist } from './plist.ts';
import { type BodyView, expectType, mediaType, Unreadable } from './unreadable.ts';
import { readXml, textsAt } from './xml.ts';

/** No body came. */
export const EMPTY_BODY: BodyView = { type: 'empty', names: [], at: () => [] };

type Readable = Exclude<BodyView['type'], 'empty' | 'bytes'>;
/** What a body of a type is called when a pack says nothing else. */
const USUAL: Readonly<Record<Readable, readonly string[]>> = {
  json: ['application/json'],
  form: ['application/x-www-form-urlencoded'],
  multipart: ['multipart/form-data'],
  xml: ['application/xml', 'text/xml'],
  plist: ['application/xml', 'text/xml', 'application/x-plist', 'application/x-apple-aspen-config'],
  csv: ['text/csv'],
  text: ['text/plain'],
};

/** A type that an entry takes, with the content types that the pack names for it. */
export type Taken = { readonly type: BodyView['type']; readonly media: readonly string[] };

/**
 * @param taken what the entries of this path take; another type is not read
 * @throws Unreadable
 */
export function viewBody(bytes: Buffer, contentType: string, taken: readonly Taken[]): BodyView {
  if (bytes.length === 0) return EMPTY_BODY;
  const media = contentType === '' ? 'none' : mediaType(contentType).type;
  const types = new Set<Readable>();
  for (const { type, media: named } of taken)
    if (type !== 'empty' && type !== 'bytes' && (named.length > 0 ? named : USUAL[type]).includes(media))
      types.add(type);
  const [type, ...more] = types;
  if (type === undefined) throw new Unreadable('has a content type that no entry of this path takes');
  if (more.length > 0) throw new Unreadable('has a content type that could be read in two ways');
  if (media !== 'none' && type !== 'multipart') expectType(contentType, media);
  return read(type, bytes, contentType);
}

function read(type: Readable, bytes: Buffer, contentType: string): BodyView {
  if (type === 'json') return viewTree('json', readJson(bytes));
  if (type === 'plist') return viewTree('plist', readPlist(bytes));
  if (type === 'xml') {
    const root = readXml(bytes);
    return {
      type,
      names: root.children.map(({ name }) => name),
      rootName: root.name,
      at: (path, caseless = false) => textsAt(root, path, caseless),
    };
  }
  if (type === 'csv') return { type, names: [], at: () => [], table: () => textOf(bytes) };
  if (type === 'text') {
    const text = textOf(bytes);
    return { type, names: [], at: (place) => (place === 'text' ? [text] : []) };
  }
  if (type === 'form') {
    const pairs = readPairs(bytes);
    return viewPairs(pairs);
  }
  const parts = readParts(bytes, contentType);
  return {
    ...viewFields('multipart', fieldsOf(parts)),
    table(file) {
      const [one, ...more] = parts.filter(({ name, file: named }) => name === file && named !== null);
      if (one === undefined || more.length > 0) throw new Unreadable(`has no single file ${file}`);
      return one.text();
    },
  };
}

/** A view of a document that was read already: a part of a batch, a message. */
export function viewTree(type: 'json' | 'plist', root: JsonValue): BodyView {
  const names = root instanceof Map ? [...root.keys()] : null;
  return { type, names, root, at: (pointer, caseless = false) => membersAt(root, pointer, caseless) };
}

export function viewPairs(pairs: readonly (readonly [string, string])[]): BodyView {
  const fields = new Map<string, string[]>();
  for (const [name, value] of pairs) addField(fields, name, value);
  return { ...viewFields('form', fields), pairs };
}

function viewFields(type: 'form' | 'multipart', fields: ReadonlyMap<string, readonly string[]>): BodyView {
  return {
    type,
    names: [...fields.keys()],
    at(name, caseless = false) {
      const values = fields.get(name);
      if (values !== undefined) return values;
      for (const [other, found] of fields)
        if (foldKey(other) === foldKey(name)) {
          if (caseless) return found;
          throw new Unreadable(`has "${name}" in another case`);
        }
      return [];
    },
  };
}

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Unreadable('is not valid UTF-8');
  }
}
