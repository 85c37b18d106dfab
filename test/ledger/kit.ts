// A journal in memory and stores that fail on demand: what the sealer is tested with.
import { BlobExists, type Blobs, CheckpointMoved } from '../../src/audit/ledger/blobs.ts';
import { unpackBundle } from '../../src/audit/ledger/bundle.ts';
import { decodeEntry } from '../../src/audit/ledger/entry.ts';
import { readCheckpoint } from '../../src/audit/ledger/note.ts';
import type { SealSource } from '../../src/audit/ledger/sealer.ts';
import { bundlePath, TILE_WIDTH } from '../../src/audit/ledger/tilePaths.ts';
import type { AuditEvent, JournalEntry } from '../../src/kernel/auditEvent.ts';
import { chain } from '../audit/journalKit.ts';

export const events = (count: number, from = 0): AuditEvent[] =>
  Array.from({ length: count }, (_, at) => ({ kind: 'login.succeeded', actor: `person ${from + at}`, facts: {} }));

/** Keeps what the sealer tells in variables, as Redis does. */
export function memorySource(entries: () => readonly JournalEntry[]) {
  let head = '';
  let sealed = 0;
  let trimmed = 0;
  const source: SealSource = {
    read: async (from, count) =>
      entries()
        .filter(({ seq }) => seq >= from && seq > trimmed)
        .slice(0, count),
    lead: async () => ({ leads: true, note: head, head: entries().at(-1)?.seq ?? 0, sealed }),
    leave: async () => {},
    told: async (note, seq) => {
      head = note;
      sealed = seq;
      return true;
    },
    trim: async (upTo) => {
      trimmed = upTo;
    },
  };
  return { source, trimmed: () => trimmed };
}

export class Crash extends Error {}

/** The store until operation number `at`; that one happens (`after`) or not (`before`), and nothing after it does. */
export function crashing(blobs: Blobs, at: number, when: 'before' | 'after'): Blobs & { operations(): number } {
  let count = 0;
  let dead = false;
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    if (dead) throw new Crash('dead');
    count += 1;
    if (count === at) dead = true;
    if (dead && when === 'before') throw new Crash(`before ${count}`);
    const value = await work();
    if (dead) throw new Crash(`after ${count}`);
    return value;
  };
  return {
    read: (path) => (dead ? Promise.reject(new Crash('dead')) : blobs.read(path)),
    writeOnce: (path, bytes) => guard(() => blobs.writeOnce(path, bytes)),
    writeOver: (path, bytes, checkpoint) => guard(() => blobs.writeOver(path, bytes, checkpoint)),
    swap: (path, expected, bytes) => guard(() => blobs.swap(path, expected, bytes)),
    operations: () => count,
  };
}

export function memoryBlobs(): Blobs & { readonly files: Map<string, Buffer> } {
  const files = new Map<string, Buffer>();
  return {
    files,
    read: async (path) => files.get(path) ?? null,
    async writeOnce(path, bytes) {
      const there = files.get(path);
      if (there && !there.equals(bytes)) throw new BlobExists(path);
      files.set(path, Buffer.from(bytes));
    },
    async writeOver(path, bytes, checkpoint) {
      if (files.get('checkpoint')?.equals(checkpoint) !== true) throw new CheckpointMoved();
      files.set(path, Buffer.from(bytes));
    },
    async swap(path, expected, bytes) {
      const there = files.get(path) ?? null;
      if (there === null || expected === null ? there !== expected : !there.equals(expected)) return false;
      files.set(path, Buffer.from(bytes));
      return true;
    },
  };
}

/** Numbers of all entries that the checkpoint covers, in the order of the ledger. */
export async function sealedNumbers(blobs: Pick<Blobs, 'read'>): Promise<number[]> {
  const note = await blobs.read('checkpoint');
  if (note === null) return [];
  const { size } = readCheckpoint(String(note));
  const numbers: number[] = [];
  for (let from = 0; from < size; from += TILE_WIDTH) {
    const width = Math.min(TILE_WIDTH, size - from);
    const bytes = await blobs.read(bundlePath(from / TILE_WIDTH, width));
    if (bytes === null) throw new Error(`no bundle at ${from}`);
    for (const entry of unpackBundle(bytes, width)) numbers.push(decodeEntry(entry).seq);
  }
  return numbers;
}

export const journalOf = (count: number): JournalEntry[] => chain(events(count));
