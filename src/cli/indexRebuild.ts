// `sallyport index rebuild`: makes the search index anew from the recordings. The gateway may not be running: what it knows of the
// journal is taken in at its next start. Exit codes: 0 done; 1 something could not be taken in; 2 cannot.
import { join } from 'node:path';
import { rebuildIndex } from '../audit/index/sessionIndex.ts';
import { lockFolder } from '../redis/folderLock.ts';
import { CLOSED, type FolderOptions, recordingsOf } from './recordedSpan.ts';
import { complain, green, print } from './report.ts';

export async function indexRebuild(options: FolderOptions): Promise<0 | 1 | 2> {
  const recorded = await recordingsOf(options);
  if (recorded === null) return 2;
  if (typeof recorded === 'string') {
    complain(recorded);
    return 2;
  }
  if (recorded.identities === null) {
    complain(CLOSED);
    return 2;
  }
  const data = join(recorded.dir, '..');
  const release = lockFolder(data);
  if (release === null) {
    complain('The gateway runs with this data folder: stop it first.');
    return 2;
  }
  try {
    await rebuildIndex(recorded.dir, join(data, 'index.sqlite'), recorded.identities);
    print(green('The index is made anew.'));
    return 0;
  } catch (error) {
    complain(`The index is made anew, but not whole: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  } finally {
    release();
  }
}
