// Reads a small multipart/form-data body strictly (RFC 7578): names and texts of fields, names of files, never the files'
// contents. Uploads are not read here: they are opaque and only the boundary is checked.

import { addField } from './form.ts';
import { expectType, Unreadable } from './unreadable.ts';

const MAX_PARTS = 200;
const MAX_HEAD = 2048;
const LINE = '\r\n';

/** @throws Unreadable when the content type is not multipart/form-data with a plain boundary */
export function boundaryOf(contentType: string): string {
  const boundary = expectType(contentType, 'multipart/form-data', ['boundary']).get('boundary') ?? '';
  if (boundary.length < 1 || boundary.length > 70) throw new Unreadable('has no boundary');
  for (let index = 0; index < boundary.length; index += 1) {
    const code = boundary.charCodeAt(index);
    if (code <= 32 || code > 126) throw new Unreadable('has an odd boundary');
  }
  return boundary;
}

/** One part; `file`: its file name, null for a plain field. */
export type Part = { readonly name: string; readonly file: string | null; text(): string };

/** Field name -> its texts; a file counts as a field with its file name. @throws Unreadable */
export function readMultipart(bytes: Buffer, contentType: string): ReadonlyMap<string, readonly string[]> {
  return fieldsOf(readParts(bytes, contentType));
}

export function fieldsOf(parts: readonly Part[]): ReadonlyMap<string, readonly string[]> {
  const fields = new Map<string, string[]>();
  for (const part of parts) addField(fields, part.name, part.file ?? part.text());
  return fields;
}

/** @throws Unreadable */
export function readParts(bytes: Buffer, contentType: string): readonly Part[] {
  const delimiter = `--${boundaryOf(contentType)}`;
  // latin1 keeps one character a byte, so that places in the text are places in the bytes.
  const pieces = `${LINE}${bytes.toString('latin1')}`.split(`${LINE}${delimiter}`, MAX_PARTS + 3);
  if (pieces.length > MAX_PARTS + 2) throw new Unreadable('has too many parts');
  const [preamble, ...parts] = pieces;
  const end = parts.pop();
  if (preamble !== '' || (end !== '--' && end !== `--${LINE}`))
    throw new Unreadable('does not begin and end as a form');
  return parts.map((part) => {
    const headEnd = part.indexOf(`${LINE}${LINE}`);
    if (!part.startsWith(LINE) || headEnd < 0 || headEnd > MAX_HEAD) throw new Unreadable('has a part without headers');
    const { name, file } = readHead(part.slice(LINE.length, headEnd));
    return { name, file, text: () => utf8(part.slice(headEnd + 2 * LINE.length)) };
  });
}

function readHead(head: string): { name: string; file: string | null } {
  let disposition: string | null = null;
  for (const line of head.split(LINE)) {
    const at = line.indexOf(':');
    const header = line.slice(0, Math.max(at, 0)).toLowerCase();
    if (header === 'content-disposition' && disposition === null) disposition = line.slice(at + 1).trim();
    else if (header !== 'content-type') throw new Unreadable('has a part with an odd header');
  }
  const [form, ...parameters] = (disposition ?? '').split('; ');
  if (form !== 'form-data') throw new Unreadable('has a part that is no form field');
  const found = new Map<string, string>();
  for (const parameter of parameters) {
    const at = parameter.indexOf('="');
    const value = parameter.slice(at + 2, -1);
    const name = parameter.slice(0, Math.max(at, 0));
    // `filename*` and escaped quotes are read differently by different products.
    const odd = !parameter.endsWith('"') || value.includes('"') || value.includes('\\') || found.has(name);
    if ((name !== 'name' && name !== 'filename') || odd) throw new Unreadable('has a part with an odd disposition');
    found.set(name, utf8(value));
  }
  const name = found.get('name');
  if (name === undefined || name === '') throw new Unreadable('has a part without a name');
  return { name, file: found.get('filename') ?? null };
}

function utf8(latin1: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(latin1, 'latin1'));
  } catch {
    throw new Unreadable('is not valid UTF-8');
  }
}
