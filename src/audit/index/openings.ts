// The opening lines of recordings: what was asked, by whom, what policy was told and what it said. For reports over a span of
// time; a line that is none is left out, `audit` commands check them.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordingLine } from '../recording/lines.ts';
import { linesOf, recordingFiles } from './readFiles.ts';

export type Opening = Extract<RecordingLine, { readonly type: 'open' }>;

/** Every opening line of these files. */
export async function* openingsOf(paths: readonly string[]): AsyncGenerator<Opening> {
  for (const path of paths)
    for await (const { bytes } of linesOf(path)) {
      // Most lines close an exchange or carry a page: not worth taking apart.
      if (!bytes.subarray(0, 120).includes('"type":"open"')) continue;
      try {
        const line = JSON.parse(bytes.toString('utf8')) as RecordingLine;
        if (line.type === 'open' && typeof line.target === 'string' && typeof line.method === 'string') yield line;
      } catch {}
    }
}

/**
 * Opening lines from `from` (ms) until before `to`, of a folder of recordings. A file that was last written to before `from` is
 * not opened. What the gateway asked in somebody's name is left out: nobody did that.
 */
export async function* openingsBetween(dir: string, from: number, to: number): AsyncGenerator<Opening> {
  for (const file of await recordingFiles(dir)) {
    const path = join(dir, file);
    const found = await stat(path).catch(() => null);
    if (found === null || found.mtimeMs < from) continue;
    for await (const line of openingsOf([path]))
      if (line.at >= from && line.at < to && line.by === undefined) yield line;
  }
}
