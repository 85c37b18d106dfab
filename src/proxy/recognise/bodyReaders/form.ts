// Reads application/x-www-form-urlencoded strictly: what browsers send, and nothing that two parsers take apart
// differently (`;` between pairs, raw bytes beyond ASCII, broken escapes, pairs without `=`).

import { foldKey } from './json.ts';
import { Unreadable } from './unreadable.ts';

const MAX_FIELDS = 1000;

/** Field name -> its values in order. @throws Unreadable */
export function readForm(bytes: Uint8Array): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, string[]>();
  for (const [name, value] of readPairs(bytes)) addField(fields, name, value);
  return fields;
}

/** The pairs in the order in which they came. @throws Unreadable */
export function readPairs(bytes: Uint8Array): readonly (readonly [string, string])[] {
  for (const byte of bytes) if (byte <= 32 || byte > 126 || byte === 59) throw new Unreadable('is not a plain form');
  if (bytes.length === 0) return [];
  const pairs = Buffer.from(bytes)
    .toString('latin1')
    .split('&', MAX_FIELDS + 1);
  if (pairs.length > MAX_FIELDS) throw new Unreadable('has too many fields');
  return pairs.map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new Unreadable('has a pair without a name or a value');
    return [decode(pair.slice(0, at)), decode(pair.slice(at + 1))] as const;
  });
}

/** Fields that differ only in case are one to some readers. @throws Unreadable */
export function addField(fields: Map<string, string[]>, name: string, value: string): void {
  if (hasControls(name)) throw new Unreadable('has a control character in a field name');
  const known = fields.get(name);
  if (known !== undefined) {
    known.push(value);
    return;
  }
  for (const other of fields.keys())
    if (foldKey(other) === foldKey(name)) throw new Unreadable('has one field in two cases');
  fields.set(name, [value]);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new Unreadable('has a broken escape');
  }
}

function hasControls(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 32 || code === 127) return true;
  }
  return false;
}
