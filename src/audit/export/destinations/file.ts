// Files of JSON lines, a new one each day (UTC, by the events' own time) and when one is full. A batch counts as taken when it is
// on the disk (fsync). A line that a crash tore is cut off before the next one is written; its event comes again.
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Delivery, Destination, Outgoing } from '../destination.ts';

export type FileSettings = {
  readonly id: string;
  readonly kind: 'file';
  readonly folder: string;
  /** bytes of a file before the next one begins */
  readonly maxSize: number;
};

type Current = { readonly day: string; readonly part: number; readonly handle: FileHandle; size: number };
const BLOCK = 64 * 1024;

export function createFile({ id, kind, folder, maxSize }: FileSettings): Destination {
  let current: Current | null = null;
  const nameOf = (day: string, part: number): string => `${id}-${day}-${String(part).padStart(4, '0')}.ndjson`;

  const openPart = async (day: string, part: number): Promise<Current> => {
    const handle = await open(join(folder, nameOf(day, part)), constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      const size = await endOfLastLine(handle);
      await handle.truncate(size);
      await syncFolder(folder);
      return { day, part, handle, size };
    } catch (error) {
      await handle.close();
      throw error;
    }
  };
  const lastPart = async (day: string): Promise<number> => {
    const names = await readdir(folder);
    const parts = names.map((name) =>
      name.startsWith(`${id}-${day}-`) ? Number(/-(\d+)\.ndjson$/.exec(name)?.[1] ?? 0) : 0,
    );
    return Math.max(1, ...parts);
  };
  const letGo = async (): Promise<void> => {
    const { handle } = current ?? {};
    current = null;
    await handle?.close();
  };
  const fileFor = async (day: string): Promise<Current> => {
    if (current?.day === day && current.size < maxSize) return current;
    const full = current?.day === day ? current.part : 0;
    await letGo();
    await mkdir(folder, { recursive: true, mode: 0o700 });
    let next = await openPart(day, full > 0 ? full + 1 : await lastPart(day));
    while (next.size >= maxSize) {
      await next.handle.close();
      next = await openPart(day, next.part + 1);
    }
    current = next;
    return next;
  };
  const write = async (day: string, lines: string): Promise<void> => {
    const file = await fileFor(day);
    const bytes = Buffer.from(lines);
    await file.handle.write(bytes, 0, bytes.length, file.size);
    await file.handle.datasync();
    file.size += bytes.length;
  };

  return {
    id,
    kind,
    async send(batch): Promise<Delivery> {
      try {
        for (const [day, lines] of runs(batch, maxSize)) await write(day, lines);
        return { word: 'taken' };
      } catch (error) {
        // How much was written is unknown: what is torn is cut off at the next opening.
        await letGo().catch(() => undefined);
        const { code } = error as { code?: unknown };
        return { word: 'later', why: `cannot be written (${typeof code === 'string' ? code : 'failed'})` };
      }
    },
    close: letGo,
  };
}

/** Runs of lines of one day, none much longer than a file. */
function* runs(batch: readonly Outgoing[], maxSize: number): Generator<[day: string, lines: string]> {
  let day = '';
  let lines = '';
  for (const { at, json } of batch) {
    const own = new Date(at).toISOString().slice(0, 10);
    if (lines !== '' && (own !== day || lines.length >= maxSize)) {
      yield [day, lines];
      lines = '';
    }
    day = own;
    lines += `${json}\n`;
  }
  if (lines !== '') yield [day, lines];
}

async function endOfLastLine(handle: FileHandle): Promise<number> {
  const { size } = await handle.stat();
  const block = Buffer.alloc(BLOCK);
  for (let end = size; end > 0; end -= Math.min(BLOCK, end)) {
    const from = Math.max(0, end - BLOCK);
    const { bytesRead } = await handle.read(block, 0, end - from, from);
    const found = block.subarray(0, bytesRead).lastIndexOf(0x0a);
    if (found >= 0) return from + found + 1;
  }
  return 0;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
