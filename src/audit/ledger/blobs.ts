// Where the ledger lives: a folder or a bucket. The whole safety of the ledger rests on what this promises.

export type Blobs = {
  /** The bytes under a path, or null. MUST NOT return bytes of a write that did not end. */
  read(path: string): Promise<Buffer | null>;
  /**
   * Writes what will never change. MUST be durable when it resolves: there after a power cut. MUST be whole or absent at
   * every moment. When the path exists with the same bytes it MUST resolve; with other bytes it MUST reject with
   * BlobExists and leave them. MUST NOT be called with a path of `replace`.
   */
  writeOnce(path: string, bytes: Uint8Array): Promise<void>;
  /**
   * Writes the one thing that changes, the checkpoint. MUST be durable when it resolves; a reader MUST see the old or the
   * new bytes, never a mixture, never nothing.
   */
  replace(path: string, bytes: Uint8Array): Promise<void>;
};

export class BlobExists extends Error {
  override readonly name = 'BlobExists';
  constructor(path: string) {
    super(`${path} exists with other bytes: two writers, or somebody has changed the ledger`);
  }
}
