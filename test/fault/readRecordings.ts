// What a house has recorded, read with the key in its data folder.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { identitiesIn } from '../../src/audit/recording/age.ts';
import { keyFile } from '../../src/audit/recording/keys.ts';
import { createRecordingReader, type ReadLine } from '../../src/audit/recording/reader.ts';

export async function recordedLines(dataDir: string): Promise<ReadLine[]> {
  const identities = identitiesIn(readFileSync(keyFile(dataDir), 'utf8'));
  const reader = createRecordingReader({ dir: join(dataDir, 'recordings'), identities });
  const lines: ReadLine[] = [];
  for (const session of await reader.sessions())
    for await (const { line } of reader.sessionLines(session)) lines.push(line);
  return lines;
}
