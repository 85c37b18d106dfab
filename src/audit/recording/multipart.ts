// Splits a whole multipart/form-data body (RFC 7578) into its parts. Strict: anything that is not well-formed to the last
// byte throws, and the body is then recorded as a note only.

export type Part = { readonly name: string; readonly filename: string | null; readonly content: Uint8Array };

const MOST_PARTS = 1000;
const MOST_HEAD = 16 * 1024;

/** @throws Error when the body is not exactly a list of named parts */
export function readMultipart(contentType: string, bytes: Uint8Array): Part[] {
  const boundary = /;\s*boundary=(?:"([^"\\\r\n]{1,70})"|([^\s;"]{1,70}))\s*(?:;|$)/i.exec(contentType);
  const mark = boundary?.[1] ?? boundary?.[2];
  if (mark === undefined) throw new Error('multipart: no boundary');
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const delimiter = Buffer.from(`\r\n--${mark}`, 'latin1');
  if (!body.subarray(0, delimiter.length - 2).equals(delimiter.subarray(2)))
    throw new Error('multipart: no first part');
  const parts: Part[] = [];
  for (let at = delimiter.length - 2; ; ) {
    const after = body.toString('latin1', at, at + 2);
    if (after === '--') {
      if (!/^(\r\n)?$/.test(body.toString('latin1', at + 2))) throw new Error('multipart: bytes after the end');
      return parts;
    }
    if (after !== '\r\n' || parts.length === MOST_PARTS)
      throw new Error('multipart: broken delimiter or too many parts');
    const headEnd = body.indexOf('\r\n\r\n', at);
    const next = headEnd < 0 ? -1 : body.indexOf(delimiter, headEnd + 2);
    if (headEnd < 0 || next < 0 || headEnd - at > MOST_HEAD) throw new Error('multipart: a part does not end');
    parts.push({
      ...readHead(body.toString('utf8', at + 2, headEnd)),
      content: body.subarray(headEnd + 4, Math.max(next, headEnd + 4)),
    });
    at = next + delimiter.length;
  }
}

function readHead(head: string): { name: string; filename: string | null } {
  const lines = head.split('\r\n').filter((line) => /^content-disposition\s*:/i.test(line));
  const [line] = lines;
  if (line === undefined || lines.length !== 1) throw new Error('multipart: a part without exactly one disposition');
  const parameters = readParameters(line);
  const name = parameters.get('name') ?? extended(parameters.get('name*'));
  if (name === null) throw new Error('multipart: a part without a name');
  return { name, filename: parameters.get('filename') ?? extended(parameters.get('filename*')) };
}

/** One after the other: a quoted value may hold what looks like the next. @throws Error when one is there twice, or is none */
function readParameters(line: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const one = /;\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))\s*/y;
  one.lastIndex = line.indexOf(';') < 0 ? line.length : line.indexOf(';');
  while (one.lastIndex < line.length) {
    const [, name = '', quoted, plain = ''] = one.exec(line) ?? [];
    if (name === '' || found.has(name.toLowerCase())) throw new Error('multipart: an odd disposition');
    found.set(name.toLowerCase(), (quoted ?? plain).replace(/\\(.)/g, '$1'));
  }
  return found;
}

/** RFC 5987: `utf-8''name` */
function extended(value: string | undefined): string | null {
  if (value === undefined) return null;
  return decodeURIComponent(value.replace(/^[^']*'[^']*'/, ''));
}
