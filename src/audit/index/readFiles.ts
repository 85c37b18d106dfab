// Reads recording files: whole lines only. What follows the last line feed is a line that a crash tore, or one that is being
// written; it is left alone and told.
import { createReadStream } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FIRST_LINE, type LineContent, lineDigest, type RecordingLine } from '../recording/lines.ts';

/** Names of all recording files, relative to the folder. */
export async function recordingFiles(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.jsonl'))
    .map((entry) => join(entry.parentPath, entry.name).slice(join(dir, '/').length))
    .sort();
}

export type RawLine = { readonly offset: number; readonly bytes: Buffer };

/** Complete lines from byte `from` on, with their line feed; returns how many bytes of a torn one are left. */
export async function* linesOf(path: string, from = 0): AsyncGenerator<RawLine, number, undefined> {
  let offset = from;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { start: from }) as AsyncIterable<Buffer>) {
    let bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a)) {
      yield { offset, bytes: bytes.subarray(0, end + 1) };
      offset += end + 1;
      bytes = bytes.subarray(end + 1);
    }
    rest = bytes;
  }
  return rest.length;
}

export type FileReport = { readonly lines: number; readonly torn: number; readonly faults: readonly string[] };

/** Checks one recording file: every line JSON, numbered without a gap, each naming the digest of the one before. */
export async function verifyRecording(path: string): Promise<FileReport> {
  const faults: string[] = [];
  const lines = linesOf(path);
  let prev = FIRST_LINE;
  let n = 0;
  for (;;) {
    const { done, value } = await lines.next();
    if (done) return { lines: n, torn: value, faults };
    const text = value.bytes.subarray(0, -1);
    try {
      const line = JSON.parse(text.toString('utf8')) as RecordingLine;
      if (line.n !== n) faults.push(`line ${n + 1}: has number ${line.n}, not ${n}`);
      if (line.prev !== prev) faults.push(`line ${n + 1}: does not follow from the line before it`);
    } catch {
      faults.push(`line ${n + 1}: is not JSON`);
    }
    prev = lineDigest(text);
    n += 1;
  }
}

/** Some lines of one file by their places. @throws when they are not there any more */
export async function readLines(
  path: string,
  places: readonly { readonly offset: number; readonly length: number }[],
): Promise<LineContent[]> {
  const handle = await open(path, 'r');
  try {
    const contents: LineContent[] = [];
    for (const { offset, length } of places) {
      const bytes = Buffer.alloc(length);
      const { bytesRead } = await handle.read(bytes, 0, length, offset);
      if (bytesRead !== length) throw new Error(`${path}: ends before byte ${offset + length}`);
      contents.push(JSON.parse(bytes.toString('utf8')) as LineContent);
    }
    return contents;
  } finally {
    await handle.close();
  }
}
