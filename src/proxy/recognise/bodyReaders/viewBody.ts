// Chooses the reader by the content type that came, and gives all bodies one face for conditions, targets and titles.

import { readForm } from './form.ts';
import { foldKey, membersAt, readJson } from './json.ts';
import { readMultipart } from './multipart.ts';
import { type BodyView, expectType, Unreadable } from './unreadable.ts';

/** No body came. */
export const EMPTY_BODY: BodyView = { type: 'empty', names: [], at: () => [] };

/**
 * @param types what the entries of this path take; another type is not read
 * @throws Unreadable
 */
export function viewBody(bytes: Buffer, contentType: string, types: ReadonlySet<BodyView['type']>): BodyView {
  if (bytes.length === 0) return EMPTY_BODY;
  const media = contentType.split(';')[0]?.trim().toLowerCase();
  if (media === 'application/json' && types.has('json')) {
    expectType(contentType, 'application/json');
    const root = readJson(bytes);
    const names = root instanceof Map ? [...root.keys()] : null;
    return { type: 'json', names, at: (pointer) => membersAt(root, pointer) };
  }
  if (media === 'application/x-www-form-urlencoded' && types.has('form')) {
    expectType(contentType, 'application/x-www-form-urlencoded');
    return viewFields('form', readForm(bytes));
  }
  if (media === 'multipart/form-data' && types.has('multipart'))
    return viewFields('multipart', readMultipart(bytes, contentType));
  throw new Unreadable('has a content type that no entry of this path takes');
}

function viewFields(type: 'form' | 'multipart', fields: ReadonlyMap<string, readonly string[]>): BodyView {
  return {
    type,
    names: [...fields.keys()],
    at(name) {
      const values = fields.get(name);
      if (values !== undefined) return values;
      for (const other of fields.keys())
        if (foldKey(other) === foldKey(name)) throw new Unreadable(`has "${name}" in another case`);
      return [];
    },
  };
}
