// RFC 6962 section 2.1 word for word, over all entries at once: slow, and written without the code it is compared with.
import { createHash } from 'node:crypto';

const sha = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
export const naiveLeaf = (entry: Uint8Array): Buffer => sha(Buffer.of(0), entry);

/** MTH(D[n]) */
export function naiveRoot(entries: readonly Uint8Array[]): Buffer {
  const [only] = entries;
  if (only === undefined) return sha();
  if (entries.length === 1) return naiveLeaf(only);
  let k = 1;
  while (k * 2 < entries.length) k *= 2;
  return sha(Buffer.of(1), naiveRoot(entries.slice(0, k)), naiveRoot(entries.slice(k)));
}
