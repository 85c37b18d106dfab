// Appends lines to one recording file at a time per session. All lines that wait go out in one write (group commit); a file
// whose write failed is left behind for ever, so that a torn line can only be a file's last. A bounded number of files is open.
// The write is synchronous on purpose: it copies a few hundred bytes into the page cache (there is no fsync), which takes some
// microseconds, while a hop through the thread pool costs several times as much of both CPU and waiting when requests keep the
// cores busy. A disk that is too slow even for that shows in diskHealth.ts and in the bound on what may wait.
import { fstatSync, writeSync } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FIRST_LINE, lineDigest, numbered } from './lines.ts';

/** Where a line stands: file name relative to the folder, first byte, bytes with the line feed. */
export type LinePlace = { readonly file: string; readonly offset: number; readonly length: number };

export type FileWriter = {
  /** @param content oneLine of a LineContent. Resolves when write(2) took the whole line. Rejects when the disk refused it. */
  append(session: string, content: string): Promise<void>;
  /** characters that wait to be written */
  waiting(): number;
  close(): Promise<void>;
};

export type FileWriterDeps = {
  dir: string;
  /** names this run of the gateway; no two runs share a file */
  run: string;
  maxOpen: number;
  /** hears the size of a file after each write to it, in bytes */
  onGrown: (file: string, size: number) => void;
};

type Waiting = { content: string; done: () => void; failed: (error: unknown) => void };
type SessionFile = {
  name: string;
  handle: FileHandle | undefined;
  /** true once the file exists: from then on it is opened to append */
  made: boolean;
  size: number;
  n: number;
  prev: string;
  queue: Waiting[];
  busy: boolean;
};

/** State of so many session files is kept to go on with; others get a new part. */
const KNOWN_FILES = 20_000;

export function createFileWriter({ dir, run, maxOpen, onGrown }: FileWriterDeps): FileWriter {
  /** in order of last use */
  const files = new Map<string, SessionFile>();
  const closing = new Set<Promise<unknown>>();
  const waitingForHandle: (() => void)[] = [];
  let part = 0;
  let opened = 0;
  let waiting = 0;

  const fileOf = (session: string): SessionFile => {
    let file = files.get(session);
    if (!file) {
      part += 1;
      const name = join(session, `${run}-${String(part).padStart(6, '0')}.jsonl`);
      file = { name, handle: undefined, made: false, size: 0, n: 0, prev: FIRST_LINE, queue: [], busy: false };
    }
    files.delete(session);
    files.set(session, file);
    return file;
  };
  const shut = (file: SessionFile): void => {
    const { handle } = file;
    if (!handle) return;
    file.handle = undefined;
    opened -= 1;
    const gone = handle.close().catch(() => undefined);
    closing.add(gone);
    void gone.then(() => closing.delete(gone));
  };
  /** Closes what was idle longest until the bounds hold. */
  const evict = (): void => {
    for (const [session, file] of files) {
      if (opened < maxOpen && files.size <= KNOWN_FILES) return;
      if (file.busy || file.queue.length > 0) continue;
      shut(file);
      if (files.size > KNOWN_FILES) files.delete(session);
    }
  };
  const handleOf = async (file: SessionFile): Promise<FileHandle> => {
    if (file.handle) return file.handle;
    for (evict(); opened >= maxOpen; evict()) await new Promise<void>((free) => waitingForHandle.push(free));
    opened += 1;
    try {
      const path = join(dir, file.name);
      if (!file.made) await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      file.handle = await open(path, file.made ? 'a' : 'ax', 0o600);
      file.made = true;
      return file.handle;
    } catch (error) {
      opened -= 1;
      throw error;
    }
  };

  const writeBatch = async (file: SessionFile, batch: readonly Waiting[]): Promise<void> => {
    let { n, prev } = file;
    let text = '';
    for (const { content } of batch) {
      const line = numbered(n, prev, content);
      n += 1;
      prev = lineDigest(line);
      text += `${line}\n`;
    }
    const bytes = Buffer.from(text);
    const handle = await handleOf(file);
    // Somebody removed the file under us: writing would succeed, and nobody could ever read it.
    if (fstatSync(handle.fd).nlink === 0) throw new Error('the recording was removed while it was written');
    for (let at = 0; at < bytes.length; ) {
      const bytesWritten = writeSync(handle.fd, bytes, at, bytes.length - at);
      if (bytesWritten === 0) throw new Error('nothing was written');
      at += bytesWritten;
    }
    file.size += bytes.length;
    file.n = n;
    file.prev = prev;
    onGrown(file.name, file.size);
  };
  const pump = async (session: string, file: SessionFile): Promise<void> => {
    // One turn of the event loop to gather what else wants to be written.
    await new Promise((resolve) => setImmediate(resolve));
    while (file.queue.length > 0) {
      const batch = file.queue;
      file.queue = [];
      try {
        await writeBatch(file, batch);
        for (const { done } of batch) done();
      } catch (error) {
        // Perhaps a part of a line is on disk: nothing may follow it in this file.
        if (files.get(session) === file) files.delete(session);
        shut(file);
        for (const { failed } of [...batch, ...file.queue]) failed(error);
        batch.push(...file.queue);
        file.queue = [];
      }
      for (const { content } of batch) waiting -= content.length;
    }
    file.busy = false;
    waitingForHandle.shift()?.();
  };

  return {
    append(session, content) {
      const file = fileOf(session);
      waiting += content.length;
      const written = new Promise<void>((done, failed) => file.queue.push({ content, done, failed }));
      if (!file.busy) {
        file.busy = true;
        void pump(session, file);
      }
      return written;
    },
    waiting: () => waiting,
    async close() {
      while ([...files.values()].some((file) => file.busy)) await new Promise((resolve) => setImmediate(resolve));
      for (const file of files.values()) shut(file);
      await Promise.all(closing);
    },
  };
}
