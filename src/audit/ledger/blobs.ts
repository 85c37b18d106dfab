// Where the ledger lives: a folder or a bucket. The whole safety of the ledger rests on what this promises.

export type Blobs = {
  /** The bytes under a path, or null. MUST NOT return bytes of a write that did not end. */
  read(path: string): Promise<Buffer | null>;
  /**
   * Writes what will never change. MUST be durable when it resolves: there after a power cut. MUST be whole or absent at
   * every moment. When the path exists with the same bytes it MUST resolve; with other bytes it MUST reject with
   * BlobExists and leave them. MUST NOT be called with a path of `swap`.
   */
  writeOnce(path: string, bytes: Uint8Array): Promise<void>;
  /**
   * Puts other bytes in the place of what no checkpoint ever covered: leftovers of a crash that do not agree with the
   * journal any more. MUST be durable and whole as `writeOnce`. MUST reject with CheckpointMoved, changing nothing, when the
   * checkpoint in the store is not `checkpoint` any more: then another writer may count on the bytes that are there.
   */
  writeOver(path: string, bytes: Uint8Array, checkpoint: Uint8Array): Promise<void>;
  /**
   * Writes one of the few things that change (the checkpoint), when it still is what the caller believes (`expected`; null:
   * absent). MUST be durable when it resolves with true; MUST NOT have changed anything when it resolves with false. Of two
   * who expect the same one at most MUST get true. A reader MUST see the old or the new bytes, never a mixture, never nothing.
   */
  swap(path: string, expected: Uint8Array | null, bytes: Uint8Array): Promise<boolean>;
};

export class BlobExists extends Error {
  override readonly name = 'BlobExists';
  constructor(path: string) {
    super(`${path} exists with other bytes: two writers, or somebody has changed the ledger`);
  }
}

/** Another writer was faster: what this one believes of the ledger is old. It must be opened anew. */
export class CheckpointMoved extends Error {
  override readonly name = 'CheckpointMoved';
  constructor() {
    super('another replica has moved the checkpoint of the ledger');
  }
}
