// Reads one file out of a multipart/form-data stream without keeping it: digest and size only, memory stays flat
// whatever the size.

import { createHash } from 'node:crypto';
import { RequestFault } from '../answer.ts';

export interface UploadedFile {
  readonly filename: string;
  readonly size: number;
  readonly sha256: string;
}

export interface Upload {
  readonly fields: ReadonlyMap<string, string>;
  readonly file: UploadedFile | undefined;
}

const MAX_PART_HEADERS = 8192;
const MAX_FIELD = 65_536;
const MAX_PARTS = 50;
const LINE = '\r\n';

interface Part {
  readonly name: string;
  readonly filename: string | undefined;
  readonly hash: ReturnType<typeof createHash>;
  size: number;
  text: string;
}

/** The boundary of a multipart content type. Throws 415 without one. */
function boundaryOf(contentType: string | undefined): string {
  const found = /^multipart\/form-data\s*;.*?\bboundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i.exec(contentType ?? '');
  const boundary = found?.[1] ?? found?.[2];
  if (boundary === undefined) throw new RequestFault(415, 'Send multipart/form-data');
  return boundary;
}

function startPart(head: string): Part {
  const disposition = /^content-disposition:\s*form-data;(.*)$/im.exec(head)?.[1] ?? '';
  return {
    name: /\bname="([^"]*)"/.exec(disposition)?.[1] ?? '',
    filename: /\bfilename="([^"]*)"/.exec(disposition)?.[1],
    hash: createHash('sha256'),
    size: 0,
    text: '',
  };
}

function feed(part: Part, data: Buffer): void {
  part.size += data.length;
  if (part.filename !== undefined) {
    part.hash.update(data);
    return;
  }
  if (part.size > MAX_FIELD) throw new RequestFault(413, 'A form field is too large');
  part.text += data.toString('utf8');
}

/** Reads the whole stream. Throws 400 when it is cut short or malformed. Of several files the last one counts. */
export async function readUpload(contentType: string | undefined, body: AsyncIterable<Buffer>): Promise<Upload> {
  const delimiter = Buffer.from(`${LINE}--${boundaryOf(contentType)}`);
  const fields = new Map<string, string>();
  let file: UploadedFile | undefined;
  let state = 'preamble' as 'preamble' | 'headers' | 'data' | 'done';
  let part: Part | undefined;
  let parts = 0;
  // The first delimiter has no line break of its own before it.
  let held: Buffer = Buffer.from(LINE);

  function endPart(): void {
    if (part === undefined) return;
    if (part.filename === undefined) fields.set(part.name, part.text);
    else file = { filename: part.filename, size: part.size, sha256: part.hash.digest('hex') };
    part = undefined;
  }

  /** Takes one step in what is held; false when it needs more bytes. */
  function step(): boolean {
    if (state === 'done') {
      held = Buffer.alloc(0);
      return false;
    }
    if (state === 'headers') {
      // What follows a delimiter: "--" at the very end, or a line break, headers, an empty line.
      if (held.length >= 2 && held.toString('latin1', 0, 2) === '--') {
        state = 'done';
        return true;
      }
      const end = held.indexOf(`${LINE}${LINE}`);
      if (end < 0) {
        if (held.length > MAX_PART_HEADERS) throw new RequestFault(400, 'A form part has too many headers');
        return false;
      }
      parts += 1;
      if (parts > MAX_PARTS) throw new RequestFault(400, 'The form has too many parts');
      part = startPart(held.toString('utf8', 0, end));
      // Keeps nothing of the headers; an empty part's delimiter starts right with the line break that ended them.
      held = held.subarray(end + 4);
      state = 'data';
      return true;
    }
    const at = held.indexOf(delimiter);
    // Without a delimiter all is data, except a tail that could be the start of one.
    const usable = at >= 0 ? at : Math.max(0, held.length - delimiter.length + 1);
    if (part !== undefined && usable > 0) feed(part, held.subarray(0, usable));
    held = held.subarray(at >= 0 ? at + delimiter.length : usable);
    if (at < 0) return false;
    endPart();
    state = 'headers';
    return true;
  }

  for await (const chunk of body) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    while (step());
  }
  if (state !== 'done') throw new RequestFault(400, 'The upload ended early');
  return { fields, file };
}
