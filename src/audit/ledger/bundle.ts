// An entry bundle (tlog-tiles): each entry behind its length, two bytes, big-endian.

export const MOST_ENTRY_BYTES = 0xffff;

/** @throws for an entry that does not fit: the caller must have made it fit */
export function packBundle(entries: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [];
  for (const entry of entries) {
    if (entry.length > MOST_ENTRY_BYTES) throw new Error(`an entry of ${entry.length} bytes is too long for a bundle`);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(entry.length);
    parts.push(length, entry);
  }
  return Buffer.concat(parts);
}

/** @throws when the bytes are not exactly `count` entries */
export function unpackBundle(bytes: Buffer, count: number): Buffer[] {
  const entries: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 2 > bytes.length) throw new Error('a bundle ends within a length');
    const length = bytes.readUInt16BE(at);
    at += 2;
    if (at + length > bytes.length) throw new Error('a bundle ends within an entry');
    entries.push(bytes.subarray(at, at + length));
    at += length;
  }
  if (entries.length !== count) throw new Error(`a bundle holds ${entries.length} entries instead of ${count}`);
  return entries;
}
