// The sealed ledger as evidence needs it: as it stood at one checkpoint, its entries as the very bytes that were hashed, and
// proofs for them. Reads only.
import type { Blobs } from '../ledger/blobs.ts';
import { decodeEntry, longEventPath } from '../ledger/entry.ts';
import { readBundle } from '../ledger/log.ts';
import { readCheckpoint } from '../ledger/note.ts';
import { createProofs } from '../ledger/proofs.ts';
import { CHECKPOINT, TILE_WIDTH } from '../ledger/tilePaths.ts';

export type SealedEntry = {
  readonly index: number;
  /** what was hashed */
  readonly bytes: Buffer;
  readonly seq: number;
  /** ms */
  readonly at: number;
  readonly digest: string;
  /** the event's text when it stands beside the entry, because it was too long */
  readonly beside: Buffer | null;
  /** the event's text */
  readonly event: string;
};

export type LedgerSource = {
  /** the signed checkpoint, with the cosignatures that it has */
  readonly checkpoint: string;
  readonly origin: string;
  readonly size: number;
  entries(): AsyncIterable<SealedEntry>;
  /** Sibling hashes from the leaf up. */
  inclusion(index: number): Promise<readonly Buffer[]>;
};

export class NoLedger extends Error {
  override readonly name = 'NoLedger';
}

/** @throws NoLedger when nothing was sealed yet; other errors when the ledger is damaged */
export async function openLedgerSource(blobs: Pick<Blobs, 'read'>): Promise<LedgerSource> {
  const note = await blobs.read(CHECKPOINT);
  if (note === null) throw new NoLedger('there is no ledger yet: nothing was sealed');
  const checkpoint = note.toString('utf8');
  const { origin, size } = readCheckpoint(checkpoint);
  const proofs = createProofs(blobs, size);

  async function* entries(): AsyncGenerator<SealedEntry, void, undefined> {
    for (let from = 0; from < size; from += TILE_WIDTH) {
      const bundle = await readBundle(blobs, from / TILE_WIDTH, Math.min(TILE_WIDTH, size - from));
      for (const [at, bytes] of bundle.entries()) {
        const { seq, at: time, digest, event } = decodeEntry(bytes);
        const beside = event === null ? await blobs.read(longEventPath(digest)) : null;
        if (event === null && beside === null) throw new Error(`the ledger lacks the event of its entry ${from + at}`);
        const text = event ?? beside?.toString('utf8') ?? '';
        yield { index: from + at, bytes, seq, at: time, digest, beside, event: text };
      }
    }
  }
  return { checkpoint, origin, size, entries, inclusion: proofs.inclusion };
}
