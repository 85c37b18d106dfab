// Reads the files of an evidence archive once: the digest of each, and the bytes of those that have to be understood. Bounded in
// number and memory, because somebody hostile may have made it.
import { createHash } from 'node:crypto';
import { type ArchiveFile, archiveFile, MOST_HELD, mostBytes } from './archiveFiles.ts';
import { ArchiveFault, type Member } from './tarReader.ts';

export type Held = { readonly file: ArchiveFile; readonly name: string; readonly bytes: Buffer };
export type Fault = (where: string, what: string) => void;
export type Digests = Map<string, { readonly file: ArchiveFile; readonly size: number; readonly sha256: string }>;

const MOST_FILES = 1_000_000;

/** Every file with its digest; what has to be understood also with its bytes. */
export async function takeInArchive(
  members: AsyncIterable<Member>,
  fault: Fault,
): Promise<{ held: Held[]; digests: Digests }> {
  const held: Held[] = [];
  const digests: Digests = new Map();
  let total = 0;
  try {
    for await (const { name, size, content } of members) {
      const file = archiveFile(name);
      if (file === null)
        throw new ArchiveFault(`${JSON.stringify(name.slice(0, 100))} does not belong into an archive`);
      if (digests.has(name)) throw new ArchiveFault(`${name} is there twice`);
      if (digests.size >= MOST_FILES) throw new ArchiveFault('it has too many files');
      const most = mostBytes(file);
      if (most !== null) total += size;
      if ((most !== null && size > most) || total > MOST_HELD)
        throw new ArchiveFault(`${name} is larger than any such file is`);
      const hash = createHash('sha256');
      const parts: Buffer[] = [];
      let read = 0;
      for await (const part of content) {
        read += part.length;
        // An unpacked file may grow while it is read.
        if (read > size) break;
        hash.update(part);
        // A copy: the reader's buffer may be much larger than the part.
        if (most !== null) parts.push(Buffer.from(part));
      }
      if (read !== size) throw new ArchiveFault(`${name} is not as long as it says`);
      if (most !== null) held.push({ file, name, bytes: Buffer.concat(parts) });
      digests.set(name, { file, size, sha256: hash.digest('hex') });
    }
  } catch (error) {
    if (!(error instanceof ArchiveFault)) throw error;
    fault('archive', error.message);
  }
  return { held, digests };
}

/** Against the list in the manifest, in both directions. */
export function compareFiles(
  listed: ReadonlyMap<string, { readonly size: number; readonly sha256: string }>,
  found: Digests,
  fault: Fault,
): void {
  for (const [name, { size, sha256 }] of listed) {
    const file = found.get(name);
    if (!file) fault(name, 'is in the list of files, and missing');
    else if (file.size !== size || file.sha256 !== sha256) fault(name, 'is not the file that was put in');
  }
  for (const name of found.keys())
    if (name !== 'manifest.json' && name !== 'manifest.sig' && !listed.has(name))
      fault(name, 'is not in the list of files');
}
