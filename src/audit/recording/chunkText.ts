// The text of one chunk: the lines of a part, and behind them one line that says which chunk this is and whether more follows.
// That line is not numbered; its `prev` is the digest of the last line before it, so that chunks cannot change places and
// nothing can be cut off at the end without being seen.
import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import { lineDigest } from './lines.ts';

/** more: another chunk follows; end: the part ended in order; cut: the gateway died, or the disk refused what came next */
export type ChunkEnd = 'more' | 'end' | 'cut';

export type ChunkMark = {
  readonly type: 'chunk';
  readonly session: string;
  /** `<run>-<number>` */
  readonly part: string;
  readonly chunk: number;
  /** number of the first line; of the line that would have been it, when there is none */
  readonly first: number;
  readonly lines: number;
  /** digest of the last line of the part so far */
  readonly prev: string;
  /** gateway's clock, ms: of the first and the last line that tells a time; null: there is none */
  readonly from: number | null;
  readonly to: number | null;
  readonly end: ChunkEnd;
};

/** What one chunk is, as the journal is told. */
export type ChunkFacts = {
  readonly session: string;
  readonly part: string;
  readonly chunk: number;
  /** of the file, hex */
  readonly sha256: string;
  /** of the text inside, hex */
  readonly text: string;
  readonly first: number;
  readonly lines: number;
  /** of the file */
  readonly bytes: number;
  readonly from: number | null;
  readonly to: number | null;
  readonly end: ChunkEnd;
  /** ids of the consoles that its lines name: retention goes by them. Rather one too many than one too few. */
  readonly consoles: readonly string[];
};

/** What the part was before this chunk: number and digest that its first line follows from. */
export type Before = { readonly n: number; readonly prev: string };

/** @param part `<session>/<run>-<number>` @param lines whole lines, each with its line feed; they may be none */
export function chunkText(part: string, chunk: number, before: Before, lines: Buffer, end: ChunkEnd) {
  let count = 0;
  let last: Buffer | null = null;
  for (let at = 0; at < lines.length; ) {
    const feed = lines.indexOf(0x0a, at);
    if (feed < 0) throw new Error('a chunk of recordings has half a line');
    last = lines.subarray(at, feed);
    if (count === 0 && numberOf(last) !== before.n) throw new Error('a chunk of recordings begins with another line');
    count += 1;
    at = feed + 1;
  }
  const slash = part.indexOf('/');
  const first = lines.subarray(0, Math.max(0, lines.indexOf(0x0a)));
  const mark: ChunkMark = {
    type: 'chunk',
    session: part.slice(0, slash),
    part: part.slice(slash + 1),
    chunk,
    first: before.n,
    lines: count,
    prev: last === null ? before.prev : lineDigest(last),
    from: timeOf(first),
    to: timeOf(last),
    end,
  };
  return { text: Buffer.concat([lines, Buffer.from(`${JSON.stringify(mark)}\n`)]), mark };
}

export const factsOf = (mark: ChunkMark, file: Uint8Array, text: Uint8Array): ChunkFacts => ({
  session: mark.session,
  part: mark.part,
  chunk: mark.chunk,
  sha256: hash('sha256', file, 'hex'),
  text: hash('sha256', text, 'hex'),
  first: mark.first,
  lines: mark.lines,
  bytes: file.length,
  from: mark.from,
  to: mark.to,
  end: mark.end,
  consoles: consolesIn(text),
});

/** Inside a recorded text the quotes are escaped, so that only members are found. */
function consolesIn(text: Uint8Array): string[] {
  const found = Buffer.from(text.buffer, text.byteOffset, text.byteLength)
    .toString('latin1')
    .matchAll(/[{,]"console":"([a-z][a-z0-9-]{0,39})"/g);
  return [...new Set([...found].map(([, console = '']) => console))].sort();
}

/** @returns the mark at the end of a chunk's text; null: there is none that could be understood */
export function markOf(text: Buffer): { mark: ChunkMark; lines: Buffer } | null {
  if (text.at(-1) !== 0x0a) return null;
  const at = text.lastIndexOf(0x0a, text.length - 2) + 1;
  try {
    const mark = JSON.parse(text.toString('utf8', at)) as ChunkMark;
    const { type, session, part, chunk, first, lines, prev, end } = mark;
    const numbers = [chunk, first, lines].every((number) => Number.isSafeInteger(number) && number >= 0);
    const texts = [session, part, prev].every((one) => typeof one === 'string');
    if (type !== 'chunk' || !numbers || !texts || !['more', 'end', 'cut'].includes(end)) return null;
    return { mark, lines: text.subarray(0, at) };
  } catch {
    return null;
  }
}

const numberOf = (line: Buffer): number => Number(/^\{"n":(\d+),/.exec(line.toString('latin1', 0, 30))?.[1] ?? -1);

function timeOf(line: Buffer | null): number | null {
  if (line === null || line.length === 0) return null;
  const { at } = JSON.parse(line.toString('utf8')) as { at?: unknown };
  return typeof at === 'number' ? at : null;
}

/** A chunk is half a MiB; a damaged or hostile one must not fill the memory. */
const MOST_TEXT = 128 * 1024 * 1024;
const compressed = promisify(zstdCompress);
const decompressed = promisify(zstdDecompress);

export const compress = (text: Buffer): Promise<Buffer> =>
  compressed(text, {
    params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
    pledgedSrcSize: text.length,
  });
/** @throws when it is no zstd frame, or larger than any chunk is */
export const decompress = (bytes: Uint8Array): Promise<Buffer> => decompressed(bytes, { maxOutputLength: MOST_TEXT });
