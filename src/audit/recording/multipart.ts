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
  const parameter = (wanted: string): string | null => {
    const found = new RegExp(`;\\s*${wanted}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;"]+))`, 'i').exec(line);
    return found ? (found[1] ?? found[2] ?? '') : null;
  };
  const name = parameter('name');
  if (name === null) throw new Error('multipart: a part without a name');
  return { name, filename: parameter('filename') ?? parameter('filename\\*') };
}
