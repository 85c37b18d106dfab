// Reads an XML property list into the same shape as JSON. The document type may be Apple's own line, which says nothing;
// keys twice, other elements, attributes, and binary property lists are refused.

import { foldKey, type JsonObject, type JsonValue } from './json.ts';
import { Unreadable } from './unreadable.ts';
import { readXml, type XmlElement } from './xml.ts';

const APPLE = new Set(
  ['Apple', 'Apple Computer'].flatMap((who) =>
    ['http', 'https'].map(
      (scheme) => `plist PUBLIC "-//${who}//DTD PLIST 1.0//EN" "${scheme}://www.apple.com/DTDs/PropertyList-1.0.dtd"`,
    ),
  ),
);

/** Dates and data are texts, as they were written, without blanks in data. @throws Unreadable */
export function readPlist(bytes: Uint8Array): JsonValue {
  if (Buffer.from(bytes.subarray(0, 6)).toString('latin1') === 'bplist')
    throw new Unreadable('is a binary property list');
  const root = readXml(bytes, APPLE);
  const [value, ...more] = root.children;
  const version = root.attributes.get('version') ?? '1.0';
  if (root.name !== 'plist' || root.attributes.size > 1 || version !== '1.0' || value === undefined || more.length > 0)
    throw new Unreadable('is no property list');
  return plistValue(value);
}

function plistValue(element: XmlElement): JsonValue {
  if (element.attributes.size > 0) throw new Unreadable('is a property list with attributes');
  const { name, text, children } = element;
  if (name === 'dict') return dictOf(children);
  if (name === 'array') return children.map(plistValue);
  if (children.length > 0) throw new Unreadable('is no property list');
  if (name === 'string' || name === 'date') return text;
  if (name === 'data') return text.replaceAll(/\s/g, '');
  if ((name === 'true' || name === 'false') && text === '') return name === 'true';
  if (name === 'integer' && /^-?[0-9]{1,20}$/.test(text)) return { number: text };
  if (name === 'real' && /^-?[0-9]{1,20}(\.[0-9]{1,20})?$/.test(text)) return { number: text };
  throw new Unreadable(`has a <${name.slice(0, 20)}> that a property list cannot have`);
}

function dictOf(children: readonly XmlElement[]): JsonObject {
  const members = new Map<string, JsonValue>();
  const folded = new Set<string>();
  for (let at = 0; at < children.length; at += 2) {
    const key = children[at];
    const value = children[at + 1];
    if (key?.name !== 'key' || key.children.length > 0 || key.attributes.size > 0 || value === undefined)
      throw new Unreadable('has a key without a value');
    if (folded.has(foldKey(key.text))) throw new Unreadable('has a key twice');
    folded.add(foldKey(key.text));
    members.set(key.text, plistValue(value));
  }
  return members;
}
