// Finds journal entries in the ledger by their number: for everybody who reads the journal beyond what Redis still keeps.
// Believes the store: whoever must not, verifies.
import type { JournalEntry } from '../../kernel/auditEvent.ts';
import type { Blobs } from './blobs.ts';
import { decodeEntry, longEventPath } from './entry.ts';
import { readBundle } from './log.ts';
import { readCheckpoint } from './note.ts';
import { CHECKPOINT, TILE_WIDTH } from './tilePaths.ts';

export type LedgerReader = {
  /** The entry at this place of the ledger, from 0. @throws when the store has not what its checkpoint covers */
  at(index: number): Promise<JournalEntry>;
  /**
   * The newest entry with this number and its place; null: it is not sealed. A journal that was emptied or rolled back has
   * the number more than once: the one that leads up to the last entry of the ledger is meant.
   */
  find(seq: number): Promise<{ readonly index: number; readonly entry: JournalEntry } | null>;
  /** At most `count` entries from number `fromSeq` on, without gaps; none when that one is not sealed. */
  read(fromSeq: number, count: number): Promise<JournalEntry[]>;
  /** Entries that the checkpoint in the store covers, read anew. */
  size(): Promise<number>;
};

/** Full bundles that stay in memory: about 100 KiB each. */
const KEPT = 16;

export function createLedgerReader(blobs: Pick<Blobs, 'read'>): LedgerReader {
  const bundles = new Map<string, Promise<Buffer[]>>();
  let known = { size: 0, lastSeq: 0 };

  async function look(): Promise<void> {
    const note = await blobs.read(CHECKPOINT);
    const size = note === null ? 0 : readCheckpoint(note.toString('utf8')).size;
    if (size !== known.size) known = { size, lastSeq: size === 0 ? 0 : decodeEntry(await bytesAt(size - 1, size)).seq };
  }

  async function bytesAt(index: number, size: number): Promise<Buffer> {
    const number = Math.floor(index / TILE_WIDTH);
    const width = Math.min(TILE_WIDTH, size - number * TILE_WIDTH);
    const key = `${number}/${width}`;
    let bundle = bundles.get(key);
    if (!bundle) {
      bundle = readBundle(blobs, number, width);
      bundles.set(key, bundle);
      bundle.catch(() => bundles.delete(key));
      const [oldest] = bundles.keys();
      if (bundles.size > KEPT && oldest !== undefined) bundles.delete(oldest);
    }
    const bytes = (await bundle)[index % TILE_WIDTH];
    if (bytes === undefined) throw new RangeError(`the ledger has no entry at ${index}`);
    return bytes;
  }

  async function at(index: number): Promise<JournalEntry> {
    if (index >= known.size) await look();
    if (!(index >= 0 && index < known.size)) throw new RangeError(`the ledger has no entry at ${index}`);
    const { event, ...rest } = decodeEntry(await bytesAt(index, known.size));
    if (event !== null) return { ...rest, event };
    const beside = await blobs.read(longEventPath(rest.digest));
    if (beside === null) throw new Error(`the ledger lacks the event of entry ${rest.seq}`);
    return { ...rest, event: beside.toString('utf8') };
  }

  async function find(seq: number) {
    if (seq > known.lastSeq) await look();
    if (seq < 1 || seq > known.lastSeq) return null;
    // In one life of the journal the numbers are without gaps, so one guess finds it; behind each roll-back one more.
    for (let index = known.size - 1 - (known.lastSeq - seq); index >= 0; ) {
      const entry = await at(index);
      if (entry.seq === seq) return { index, entry };
      if (entry.seq < seq) return null;
      index -= entry.seq - seq;
    }
    return null;
  }

  return {
    at,
    find,
    async read(fromSeq, count) {
      const entries: JournalEntry[] = [];
      let place = -1;
      for (let seq = fromSeq; entries.length < count; seq += 1) {
        const next = place >= 0 && place + 1 < known.size ? await at(place + 1) : null;
        const found = next?.seq === seq ? { index: place + 1, entry: next } : await find(seq);
        if (found === null) break;
        place = found.index;
        entries.push(found.entry);
      }
      return entries;
    },
    async size() {
      await look();
      return known.size;
    },
  };
}
