// Appends lines to the open chunk of each session's part. All lines that wait go out in one record and one write (group
// commit); a part whose write failed is given up for ever, so that a torn record can only be a part's last. A bounded number of
// files is open. The write is synchronous on purpose: it copies a few hundred bytes into the page cache (there is no fsync), which
// takes some microseconds, while a hop through the thread pool costs several times as much when requests keep the cores busy.
// A disk that is too slow even for that shows in diskHealth.ts and in the bound on what may wait.
import { existsSync, fstatSync, writeSync } from 'node:fs';
import { type FileHandle, mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../kernel/clock.ts';
import type { ChunkFinisher } from './chunkFinisher.ts';
import type { Before, ChunkEnd } from './chunkText.ts';
import { FIRST_LINE, lineDigest, numbered } from './lines.ts';
import { KEY_FILE, openFile, RUNS } from './places.ts';
import { holdRun } from './runLock.ts';
import { createRecordSealer, type RecordSealer } from './writeAhead.ts';

export type PartWriter = {
  /**
   * Resolves when write(2) took the whole line. Rejects when the disk refused it. @param content oneLine of a LineContent
   * @param when soon: no request waits for it, so it may go out with the next line that is for now, or within some ms
   */
  append(session: string, content: string, when?: 'now' | 'soon'): Promise<void>;
  /** characters that wait to be written */
  waiting(): number;
  /** The session is over: its part gets its end a little later, for what is still closing. */
  endSession(session: string): void;
  /** Gives every part its end. */
  close(): Promise<void>;
  /** Nothing of this run is left to be finished, or somebody else may finish it. After close. */
  leave(): void;
};

export type PartWriterDeps = {
  readonly dir: string;
  /** names this run of the gateway; no two runs share a part */
  readonly run: string;
  readonly clock: Clock;
  readonly maxOpen: number;
  readonly finisher: Pick<ChunkFinisher, 'partKey' | 'finish'>;
  /** a chunk is at most so many bytes of text and so many ms; a part ends after so many ms without a line */
  readonly limits?: Partial<PartLimits>;
  /** hears how many lines a part has after each write to it */
  readonly onGrown: (part: string, lines: number) => void;
};

export type PartLimits = { readonly text: number; readonly age: number; readonly idle: number };
export const PART_LIMITS: PartLimits = { text: 512 * 1024, age: 60_000, idle: 15 * 60_000 };

type Waiting = { content: string; done: () => void; failed: (error: unknown) => void };
type Part = {
  /** `<session>/<run>-<number>` */
  name: string;
  key: { readonly bytes: Uint8Array; readonly sealer: RecordSealer } | null;
  handle: FileHandle | undefined;
  chunk: number;
  /** records in the open chunk; 0: it has no file yet */
  records: number;
  /** lines and bytes of text in the open chunk */
  lines: number;
  size: number;
  /** when its first line came, ms */
  since: number;
  before: Before;
  n: number;
  prev: string;
  lastAt: number;
  /** when it was last seen to be there still */
  lookedAt: number;
  /** when its session was over; Infinity: it is not */
  overAt: number;
  queue: Waiting[];
  busy: boolean;
};

/** So many parts are kept in mind; more of them get their end early. */
const KNOWN_PARTS = 20_000;
const LOOK_EVERY = 1000;
const LOOK_AFTER = 20;
const SOON = 5;
/** ms that what is closing gets after its session is over */
const CLOSING = 2000;

export function createPartWriter(deps: PartWriterDeps): PartWriter {
  const { dir, run, clock, maxOpen, finisher, onGrown } = deps;
  const limits = { ...PART_LIMITS, ...deps.limits };
  /** by session, in order of last use */
  const parts = new Map<string, Part>();
  const closing = new Set<Promise<unknown>>();
  const waitingForHandle: (() => void)[] = [];
  let release: (() => void) | null = null;
  let number = 0;
  let opened = 0;
  let waiting = 0;

  const partOf = (session: string): Part => {
    let part = parts.get(session);
    if (!part) {
      number += 1;
      part = {
        ...{ name: `${session}/${run}-${String(number).padStart(6, '0')}`, key: null, handle: undefined },
        ...{
          chunk: 1,
          records: 0,
          lines: 0,
          size: 0,
          since: 0,
          before: { n: 0, prev: FIRST_LINE },
          n: 0,
          prev: FIRST_LINE,
        },
        ...{ lastAt: 0, lookedAt: 0, overAt: Number.POSITIVE_INFINITY, queue: [], busy: false },
      };
    }
    parts.delete(session);
    parts.set(session, part);
    return part;
  };
  const shut = (part: Part): void => {
    const { handle } = part;
    if (!handle) return;
    part.handle = undefined;
    opened -= 1;
    const gone = handle.close().catch(() => undefined);
    closing.add(gone);
    void gone.then(() => closing.delete(gone));
  };
  /** The open chunk is full, or the last: the worker goes on with it. */
  const roll = (part: Part, end: ChunkEnd): void => {
    shut(part);
    if (part.key === null) return;
    const { name, chunk, key, before, lines } = part;
    finisher.finish({ part: name, chunk, key: key.bytes, before, lines: end === 'cut' ? null : lines, end });
    part.chunk += 1;
    part.before = { n: part.n, prev: part.prev };
    part.records = 0;
    part.lines = 0;
    part.size = 0;
  };
  const endPart = (session: string, part: Part, end: ChunkEnd): void => {
    if (parts.get(session) === part) parts.delete(session);
    roll(part, end);
    part.key = null;
  };
  /** Closes what was idle longest until the bounds hold. */
  const evict = (): void => {
    for (const [session, part] of parts) {
      if (opened < maxOpen && parts.size <= KNOWN_PARTS) return;
      if (part.busy || part.queue.length > 0) continue;
      shut(part);
      if (parts.size > KNOWN_PARTS) endPart(session, part, 'end');
    }
  };
  const begin = async (part: Part): Promise<RecordSealer> => {
    // Again when the whole folder was taken away under us.
    if (release === null || !existsSync(join(dir, RUNS, run))) release = holdRun(dir, run);
    const { key, file } = await finisher.partKey();
    await mkdir(join(dir, part.name), { recursive: true, mode: 0o700 });
    await writeFile(join(dir, part.name, KEY_FILE), file, { mode: 0o600, flag: 'wx' });
    const sealer = createRecordSealer(key, part.name);
    part.key = { bytes: key, sealer };
    return sealer;
  };
  const handleOf = async (part: Part): Promise<FileHandle> => {
    if (part.handle) return part.handle;
    for (evict(); opened >= maxOpen; evict()) await new Promise<void>((free) => waitingForHandle.push(free));
    opened += 1;
    try {
      part.handle = await open(join(dir, part.name, openFile(part.chunk)), part.records > 0 ? 'a' : 'ax', 0o600);
      return part.handle;
    } catch (error) {
      opened -= 1;
      throw error;
    }
  };
  const writeRecord = async (part: Part, text: string, lines: number, size: number): Promise<void> => {
    const sealer = part.key?.sealer ?? (await begin(part));
    const { fd } = await handleOf(part);
    const now = clock.now();
    // Somebody removed the file under us: writing would succeed, and nobody could ever read it. Looked at again after some ms, for
    // it costs as much as the write: whoever removes files takes what was written before as well, so these ms give nothing away.
    if (now - part.lookedAt >= LOOK_AFTER || now < part.lookedAt) {
      if (fstatSync(fd).nlink === 0) throw new Error('the recording was removed while it was written');
      part.lookedAt = now;
    }
    const bytes = sealer.seal(part.chunk, part.records, text);
    for (let at = 0; at < bytes.length; ) {
      const bytesWritten = writeSync(fd, bytes, at, bytes.length - at);
      if (bytesWritten === 0) throw new Error('nothing was written');
      at += bytesWritten;
    }
    if (part.records === 0) part.since = now;
    part.lastAt = now;
    part.records += 1;
    part.lines += lines;
    part.size += size;
  };
  const writeBatch = async (part: Part, batch: readonly Waiting[]): Promise<void> => {
    let { n, prev } = part;
    let text = '';
    let lines = 0;
    let size = 0;
    const write = async (): Promise<void> => {
      await writeRecord(part, text, lines, size);
      part.n = n;
      part.prev = prev;
      text = '';
      lines = 0;
      size = 0;
    };
    for (const { content } of batch) {
      const line = numbered(n, prev, content);
      const bytes = Buffer.byteLength(line) + 1;
      if (part.size + size + bytes > limits.text && part.lines + lines > 0) {
        if (lines > 0) await write();
        roll(part, 'more');
      }
      n += 1;
      prev = lineDigest(line);
      text += `${line}\n`;
      lines += 1;
      size += bytes;
    }
    await write();
    onGrown(part.name, part.n);
  };
  const pump = async (session: string, part: Part): Promise<void> => {
    // One turn of the event loop to gather what else wants to be written.
    await new Promise((resolve) => setImmediate(resolve));
    while (part.queue.length > 0) {
      const batch = part.queue;
      part.queue = [];
      try {
        await writeBatch(part, batch);
        for (const { done } of batch) done();
      } catch (error) {
        // Perhaps half a record is on disk: nothing may follow it in this part.
        endPart(session, part, 'cut');
        for (const { failed } of [...batch, ...part.queue]) failed(error);
        batch.push(...part.queue);
        part.queue = [];
      }
      for (const { content } of batch) waiting -= content.length;
    }
    part.busy = false;
    waitingForHandle.shift()?.();
  };
  const startPump = (session: string, part: Part): void => {
    part.busy = true;
    void pump(session, part);
  };
  const soon = new Map<string, Part>();
  let soonTimer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(soonTimer);
    soonTimer = undefined;
    for (const [session, part] of soon) if (!part.busy && part.queue.length > 0) startPump(session, part);
    soon.clear();
  };
  const look = (): void => {
    const now = clock.now();
    for (const [session, part] of parts) {
      if (part.busy || part.queue.length > 0 || part.key === null) continue;
      if (now >= part.overAt || now - part.lastAt >= limits.idle) endPart(session, part, 'end');
      else if (part.lines > 0 && now - part.since >= limits.age - LOOK_EVERY) roll(part, 'more');
    }
  };
  const timer = setInterval(look, LOOK_EVERY).unref();

  return {
    append(session, content, when = 'now') {
      const part = partOf(session);
      waiting += content.length;
      const written = new Promise<void>((done, failed) => part.queue.push({ content, done, failed }));
      if (!part.busy) {
        if (when === 'now') startPump(session, part);
        else {
          // Most of the time the session's next request comes sooner and takes it along: half the records and writes.
          soon.set(session, part);
          soonTimer ??= setTimeout(flush, SOON);
        }
      }
      return written;
    },
    waiting: () => waiting,
    endSession(session) {
      const part = parts.get(session);
      if (part) part.overAt = Math.min(part.overAt, clock.now() + CLOSING);
    },
    async close() {
      clearInterval(timer);
      flush();
      while ([...parts.values()].some((part) => part.busy)) await new Promise((resolve) => setImmediate(resolve));
      for (const [session, part] of [...parts]) endPart(session, part, 'end');
      await Promise.all(closing);
    },
    leave() {
      release?.();
      release = null;
    },
  };
}
