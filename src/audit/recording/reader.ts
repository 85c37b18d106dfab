// Reads recordings back: parts, chunks, lines. Only with an identity; without one it can say what is there and check nothing but
// that. A chunk that is damaged, was cut or is missing is told as a fault and never passed over in silence.
import { hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { CannotDecrypt, type Decrypt, decryptWith } from './age.ts';
import { type ChunkMark, decompress, markOf } from './chunkText.ts';
import { readOr } from './finishChunk.ts';
import { FIRST_LINE, type LineContent, lineDigest } from './lines.ts';
import {
  chunkFile,
  damagedFile,
  filesOf,
  isPartName,
  KEY_FILE,
  type LinePlace,
  openFile,
  type PartFiles,
  partsOf,
  sessionsIn,
} from './places.ts';
import { openRecords } from './writeAhead.ts';

/** Recordings cannot be read here: there is no identity. */
export class NoIdentity extends Error {
  override readonly name = 'NoIdentity';
  constructor() {
    super('recordings cannot be read here: this process has no identity (docs/recording-format.md)');
  }
}

/** What is wrong with one chunk. */
export class ChunkFault extends Error {
  override readonly name = 'ChunkFault';
  readonly why: 'missing' | 'damaged' | 'key' | 'removed';
  constructor(why: ChunkFault['why'], message: string) {
    super(message);
    this.why = why;
  }
}

export type ReadLine = LineContent & { readonly n: number; readonly prev: string };

export type PlacedLine = { readonly place: LinePlace; readonly line: ReadLine };

export type ChunkText = {
  /** the lines, each with its line feed */
  readonly lines: Buffer;
  /** null: it is not finished, there may be more */
  readonly mark: ChunkMark | null;
  /** bytes of an unfinished chunk that are no whole record */
  readonly torn: number;
  /** of the file; null for an unfinished one */
  readonly sha256: string | null;
};

export type PartReport = {
  readonly part: string;
  readonly chunks: number;
  readonly lines: number;
  /** open: it is being written, or its process died and nobody has recovered it */
  readonly end: 'end' | 'cut' | 'open';
  readonly faults: readonly string[];
  /** what the journal must know of its chunks */
  readonly digests: readonly { readonly chunk: number; readonly sha256: string }[];
};

export type RecordingReader = {
  /** false: everything but parts and chunks throws NoIdentity */
  readonly readable: boolean;
  sessions(): Promise<string[]>;
  /** `<session>/<run>-<number>`, in the order they were begun in by one run */
  parts(session: string): Promise<string[]>;
  /** numbers of the chunks, the unfinished one last */
  chunks(part: string): Promise<number[]>;
  /** @throws NoIdentity, ChunkFault */
  text(part: string, chunk: number): Promise<ChunkText>;
  /** What a part has; null: it is not there. Needs no identity. */
  files(part: string): Promise<PartFiles | null>;
  /**
   * What was added to a chunk since the last look, to follow one that is being written. @param from what the last look
   * returned; null: from its beginning @throws NoIdentity, ChunkFault
   */
  tail(part: string, chunk: number, from: TailPlace | null): Promise<ChunkText & { readonly next: TailPlace | null }>;
  /** The lines of one chunk; one that cannot be understood is left out. @throws NoIdentity, ChunkFault */
  lines(part: string, chunk: number): AsyncGenerator<ReadLine, void, undefined>;
  /** Every line of a session, faults told and left out. @throws NoIdentity */
  sessionLines(
    session: string,
    onFault?: ((part: string, chunk: number, fault: Error) => void) | undefined,
  ): AsyncGenerator<PlacedLine, void, undefined>;
  /** What is wrong with one chunk; null: nothing. @throws NoIdentity */
  fault(part: string, chunk: number): Promise<string | null>;
  /** Checks a whole part: every chunk there and readable, lines numbered and linked without a gap, the end told. */
  verify(part: string): Promise<PartReport>;
};

/** Where one stands in an unfinished chunk. */
export type TailPlace = { readonly chunk: number; readonly offset: number; readonly records: number };

/** Keys of so many parts are kept: only unfinished chunks need them. */
const KEPT_KEYS = 500;

export function createRecordingReader(deps: {
  readonly dir: string;
  /** null: this process cannot read */
  readonly identities: readonly string[] | null;
}): RecordingReader {
  const { dir, identities } = deps;
  const decrypt: Decrypt | null = identities === null ? null : decryptWith(identities);
  const keys = new Map<string, Uint8Array>();

  const decrypted = async (part: string, chunk: number, bytes: Uint8Array): Promise<Uint8Array> => {
    if (decrypt === null) throw new NoIdentity();
    try {
      return await decrypt(bytes);
    } catch (error) {
      const foreign = error instanceof CannotDecrypt && error.message.startsWith('no identity');
      if (foreign) throw new ChunkFault('key', `${part}, chunk ${chunk}: it was written for another key`);
      throw new ChunkFault('damaged', `${part}, chunk ${chunk}: it is damaged`);
    }
  };
  const finished = async (part: string, chunk: number, bytes: Buffer): Promise<ChunkText> => {
    const packed = await decrypted(part, chunk, bytes);
    let read: ReturnType<typeof markOf>;
    try {
      read = markOf(await decompress(packed));
    } catch {
      read = null;
    }
    if (read === null) throw new ChunkFault('damaged', `${part}, chunk ${chunk}: it is not whole`);
    const { mark, lines } = read;
    if (`${mark.session}/${mark.part}` !== part || mark.chunk !== chunk) {
      throw new ChunkFault(
        'damaged',
        `${part}, chunk ${chunk}: it is another one, ${mark.session}/${mark.part} ${mark.chunk}`,
      );
    }
    return { lines, mark, torn: 0, sha256: hash('sha256', bytes, 'hex') };
  };
  const keyOf = async (part: string, chunk: number): Promise<Uint8Array | null> => {
    const known = keys.get(part);
    if (known) return known;
    const sealed = await readOr(join(dir, part, KEY_FILE));
    if (sealed === null) return null;
    const key = await decrypted(part, chunk, sealed);
    if (keys.size >= KEPT_KEYS) keys.clear();
    keys.set(part, key);
    return key;
  };
  const text = async (part: string, chunk: number): Promise<ChunkText & { next: TailPlace | null }> => {
    if (decrypt === null) throw new NoIdentity();
    if (!isPartName(part)) throw new ChunkFault('missing', 'there is no such recording');
    // Between the two looks it may have been finished.
    for (const last of [false, true]) {
      const bytes = await readOr(join(dir, part, chunkFile(chunk)));
      if (bytes !== null) return { ...(await finished(part, chunk, bytes)), next: null };
      const key = await keyOf(part, chunk);
      const written = key === null ? null : await readOr(join(dir, part, openFile(chunk)));
      if (key !== null && written !== null) {
        const opened = openRecords(key, part, chunk, written);
        if (opened.damaged) throw damaged(part, chunk);
        const next = { chunk, offset: opened.whole, records: opened.records };
        return { lines: opened.text, mark: null, torn: opened.torn, sha256: null, next };
      }
      if (last) break;
    }
    throw new ChunkFault('missing', `${part}, chunk ${chunk}: it is missing`);
  };
  const tail: RecordingReader['tail'] = async (part, chunk, from) => {
    const key = keys.get(part);
    if (from === null || from.chunk !== chunk || key === undefined || !isPartName(part)) return text(part, chunk);
    const added = await readFrom(join(dir, part, openFile(chunk)), from.offset);
    if (added === null) return text(part, chunk); // finished meanwhile
    const opened = openRecords(key, part, chunk, added, from.records);
    if (opened.damaged) throw damaged(part, chunk);
    const next = { chunk, offset: from.offset + opened.whole, records: from.records + opened.records };
    return { lines: opened.text, mark: null, torn: opened.torn, sha256: null, next };
  };
  async function* lines(part: string, chunk: number): AsyncGenerator<ReadLine, void, undefined> {
    const { lines: bytes } = await text(part, chunk);
    yield* parsedLines(bytes);
  }
  const chunks = async (part: string): Promise<number[]> => {
    const files = await filesOf(dir, part);
    return files === null ? [] : [...new Set([...files.chunks, ...files.open])].sort((a, b) => a - b);
  };

  return {
    readable: decrypt !== null,
    sessions: () => sessionsIn(dir),
    parts: (session) => partsOf(dir, session),
    chunks,
    text,
    files: (part) => (isPartName(part) ? filesOf(dir, part) : Promise.resolve(null)),
    tail,
    lines,
    async *sessionLines(session, onFault) {
      if (decrypt === null) throw new NoIdentity();
      for (const part of await partsOf(dir, session))
        for (const chunk of await chunks(part)) {
          try {
            for await (const line of lines(part, chunk)) yield { place: { part, chunk, n: line.n }, line };
          } catch (error) {
            if (!(error instanceof ChunkFault)) throw error;
            onFault?.(part, chunk, error);
          }
        }
    },
    async fault(part, chunk) {
      try {
        await text(part, chunk);
        return null;
      } catch (error) {
        if (error instanceof ChunkFault) return error.message;
        throw error;
      }
    },
    async verify(part) {
      const faults: string[] = [];
      const digests: { chunk: number; sha256: string }[] = [];
      const numbers = await chunks(part);
      let n = 0;
      let prev = FIRST_LINE;
      let end: PartReport['end'] = 'open';
      let known = true;
      for (let chunk = 1; chunk <= (numbers.at(-1) ?? 0); chunk += 1) {
        if (end !== 'open') faults.push(`chunk ${chunk}: it comes after the end of the recording`);
        let read: ChunkText;
        try {
          read = await text(part, chunk);
        } catch (error) {
          if (!(error instanceof ChunkFault)) throw error;
          faults.push(error.message.slice(`${part}, `.length));
          known = false;
          continue;
        }
        const { mark } = read;
        if (read.sha256 !== null) digests.push({ chunk, sha256: read.sha256 });
        if (mark !== null && known && mark.first !== n)
          faults.push(`chunk ${chunk}: begins with line ${mark.first}, not ${n}`);
        if (!known && mark !== null) n = mark.first;
        const checked = checkLines(read.lines, n, known ? prev : null, (what) =>
          faults.push(`chunk ${chunk}, ${what}`),
        );
        if (mark !== null && (mark.lines !== checked.n - n || (mark.lines > 0 && mark.prev !== checked.prev)))
          faults.push(`chunk ${chunk}: its end does not belong to its lines`);
        if (mark !== null && mark.lines === 0 && known && mark.prev !== prev)
          faults.push(`chunk ${chunk}: its end does not belong to the lines before it`);
        n = checked.n;
        prev = mark?.prev ?? checked.prev ?? prev;
        known = true;
        if (mark !== null && mark.end !== 'more') end = mark.end;
      }
      if (end === 'cut') {
        const damaged = await readOr(join(dir, part, damagedFile(numbers.at(-1) ?? 0)));
        if (damaged !== null) faults.push(`chunk ${numbers.at(-1)}: what was written of it was damaged`);
      }
      return { part, chunks: numbers.length, lines: n, end, faults, digests };
    },
  };
}

const damaged = (part: string, chunk: number): ChunkFault =>
  new ChunkFault('damaged', `${part}, chunk ${chunk}: what was written of it is damaged`);

/** Bytes from `offset` on; null: the file is not there. */
async function readFrom(path: string, offset: number): Promise<Buffer | null> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const { size } = await handle.stat();
    const bytes = Buffer.allocUnsafe(Math.max(0, size - offset));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, offset);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Whole lines as values; what is no JSON is left out. */
export function* parsedLines(bytes: Buffer): Generator<ReadLine, void, undefined> {
  for (let at = 0; at < bytes.length; ) {
    const feed = bytes.indexOf(0x0a, at);
    const end = feed < 0 ? bytes.length : feed;
    try {
      yield JSON.parse(bytes.toString('utf8', at, end)) as ReadLine;
    } catch {
      // told by verify
    }
    at = end + 1;
  }
}

/** @param prev null: nobody knows what the first line follows from */
function checkLines(bytes: Buffer, first: number, prev: string | null, fault: (what: string) => void) {
  let n = first;
  let before = prev;
  for (let at = 0; at < bytes.length; ) {
    const feed = bytes.indexOf(0x0a, at);
    const line = bytes.subarray(at, feed < 0 ? bytes.length : feed);
    try {
      const read = JSON.parse(line.toString('utf8')) as ReadLine;
      if (read.n !== n) fault(`line ${n}: has number ${read.n}`);
      if (before !== null && read.prev !== before) fault(`line ${n}: does not follow from the line before it`);
    } catch {
      fault(`line ${n}: is not JSON`);
    }
    before = lineDigest(line);
    n += 1;
    at += line.length + 1;
  }
  return { n, prev: before };
}
