// What all body readers share: the one way to say that a body has no single reading, and what conditions may look at.

/** The body cannot be read for certain. The recogniser turns it into `body.unreadable`. */
export class Unreadable extends Error {
  override name = 'Unreadable';
}

/** A value that a condition, a target or a title can look at. A list or an object is only known to be there. */
export type Member = null | boolean | string | { readonly number: string } | { readonly other: true };

/** A body that was read: the names of its members, and what stands in a place. */
export type BodyView = {
  readonly type: 'json' | 'form' | 'multipart' | 'xml' | 'plist' | 'csv' | 'text' | 'bytes' | 'empty';
  /** names at the top: keys of the object, elements under the root, or fields of the form; null: there are none */
  readonly names: readonly string[] | null;
  /** all values in one place; none: it is not there. @throws Unreadable */
  at(place: string, caseless?: boolean): readonly Member[];
  /** JSON and property lists: the document itself */
  readonly root?: import('./json.ts').JsonValue;
  /** XML: the name of its root */
  readonly rootName?: string;
  /** forms: name and value as they came */
  readonly pairs?: readonly (readonly [string, string])[];
  /** CSV: the text of the body, or of a file in a multipart body. @throws Unreadable when there is not exactly one */
  table?(file: string | undefined): string;
};

/** The media type and its parameters, lower-case names. @throws Unreadable for anything but the plain form of RFC 9110, 8.3 */
export function mediaType(contentType: string): { type: string; parameters: ReadonlyMap<string, string> } {
  if (contentType.length > 200) throw new Unreadable('has an overlong content type');
  const [type = '', ...rest] = contentType.split(';');
  const parameters = new Map<string, string>();
  for (const part of rest) {
    const at = part.indexOf('=');
    const name = part.slice(0, Math.max(at, 0)).trim().toLowerCase();
    const raw = part.slice(at + 1).trim();
    const value = raw.length > 1 && raw.startsWith('"') && raw.endsWith('"') ? raw.slice(1, -1) : raw;
    if (name === '' || value === '' || value.includes('"') || value.includes('\\') || parameters.has(name))
      throw new Unreadable('has an odd content type');
    parameters.set(name, value);
  }
  return { type: type.toLowerCase(), parameters };
}

/** @throws Unreadable when it is another type, another charset, or has other parameters */
export function expectType(
  contentType: string,
  type: string,
  parameters: readonly string[] = [],
): ReadonlyMap<string, string> {
  const found = mediaType(contentType);
  if (found.type !== type) throw new Unreadable(`is not ${type}`);
  for (const [name, value] of found.parameters) {
    const known = name === 'charset' ? value.toLowerCase() === 'utf-8' : parameters.includes(name);
    if (!known) throw new Unreadable(`has an unexpected ${name} in its content type`);
  }
  return found.parameters;
}
