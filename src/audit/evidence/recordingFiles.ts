// Recordings as evidence takes them: the stored files as they are, and their text where the key is.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { chunkFile, isPartName } from '../recording/places.ts';
import { createRecordingReader, NoIdentity } from '../recording/reader.ts';
import type { EvidenceDeps } from './export.ts';

/** @param identities that open recordings; null: they cannot be read here */
export function createRecordingFiles(deps: {
  readonly dir: string;
  readonly identities: readonly string[] | null;
}): EvidenceDeps['recordings'] {
  const reader = createRecordingReader(deps);
  return {
    async stored({ session, part, chunk }) {
      const name = `${session}/${part}`;
      // The names stand in the ledger, but a folder is made of them here.
      if (!isPartName(name) || !Number.isSafeInteger(chunk) || chunk < 1) return null;
      const path = join(deps.dir, name, chunkFile(chunk));
      try {
        const { size } = await stat(path);
        return { size, open: () => createReadStream(path) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw error;
      }
    },
    async text({ session, part, chunk }) {
      try {
        const { lines, mark } = await reader.text(`${session}/${part}`, chunk);
        return mark === null ? null : Buffer.concat([lines, Buffer.from(`${JSON.stringify(mark)}\n`)]);
      } catch (error) {
        if (error instanceof NoIdentity) return null;
        throw error;
      }
    },
  };
}
