// The opening lines of recordings: what was asked, by whom, what policy was told and what it said. For reports over a span of
// time; a line that is none is left out, and so is a chunk that cannot be read: `recordings verify` checks them. Also reads the
// text of recordings that somebody decrypted (`.jsonl`).
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordingLine } from '../recording/lines.ts';
import { chunkFile, openFile } from '../recording/places.ts';
import { ChunkFault, createRecordingReader, NoIdentity } from '../recording/reader.ts';
import { linesOf, recordingFiles } from './readFiles.ts';

export type Opening = Extract<RecordingLine, { readonly type: 'open' }>;

export type Recorded = {
  /** the folder of recordings; one that is not there has none */
  readonly dir: string;
  /** age identities; null: only what was decrypted already can be read */
  readonly identities: readonly string[] | null;
};

/** The opening in this line; null: it is another line. */
function openingIn(line: Buffer): Opening | null {
  // Most lines close an exchange or carry a page: not worth taking apart.
  if (!line.subarray(0, 120).includes('"type":"open"')) return null;
  try {
    const read = JSON.parse(line.toString('utf8')) as RecordingLine;
    return read.type === 'open' && typeof read.target === 'string' && typeof read.method === 'string' ? read : null;
  } catch {
    return null;
  }
}

/** Every opening line of these decrypted files. */
export async function* openingsOf(paths: readonly string[]): AsyncGenerator<Opening> {
  for (const path of paths)
    for await (const { bytes } of linesOf(path)) {
      const opening = openingIn(bytes);
      if (opening !== null) yield opening;
    }
}

/**
 * Every opening line in a folder of recordings. @param from ms: what was last written to before is not read
 * @throws NoIdentity when there is something that cannot be read
 */
export async function* openingsIn({ dir, identities }: Recorded, from = 0): AsyncGenerator<Opening> {
  const old = async (path: string): Promise<boolean> => ((await stat(path).catch(() => null))?.mtimeMs ?? 0) < from;
  for (const file of await recordingFiles(dir)) {
    const path = join(dir, file);
    if (!(await old(path))) yield* openingsOf([path]);
  }
  const reader = createRecordingReader({ dir, identities });
  for (const session of await reader.sessions())
    for (const part of await reader.parts(session))
      for (const chunk of await reader.chunks(part)) {
        const paths = [chunkFile(chunk), openFile(chunk)].map((name) => join(dir, part, name));
        if ((await Promise.all(paths.map(old))).every((one) => one)) continue;
        if (!reader.readable) throw new NoIdentity();
        let lines: Buffer;
        try {
          ({ lines } = await reader.text(part, chunk));
        } catch (error) {
          if (error instanceof ChunkFault && error.why !== 'key') continue;
          throw error;
        }
        for (let at = 0; at < lines.length; ) {
          const feed = lines.indexOf(0x0a, at);
          const end = feed < 0 ? lines.length : feed;
          const opening = openingIn(lines.subarray(at, end));
          if (opening !== null) yield opening;
          at = end + 1;
        }
      }
}

/**
 * Opening lines from `from` (ms) until before `to`. What the gateway asked in somebody's name is left out: nobody did that.
 * @throws NoIdentity
 */
export async function* openingsBetween(recorded: Recorded, from: number, to: number): AsyncGenerator<Opening> {
  for await (const line of openingsIn(recorded, from))
    if (line.at >= from && line.at < to && line.by === undefined) yield line;
}
