// `sallyport index rebuild`: makes the search index anew from the recordings and the ledger. The gateway may not be running; what
// of the journal is not sealed yet is taken in at its next start. Exit codes: 0 done; 1 something could not be taken in; 2 cannot.
import { join } from 'node:path';
import { rebuildIndex } from '../audit/index/sessionIndex.ts';
import { createLedgerReader } from '../audit/ledger/reader.ts';
import type { JournalEntry } from '../kernel/auditEvent.ts';
import { lockFolder } from '../redis/folderLock.ts';
import { CannotVerify, openLedgerSource } from './ledgerSource.ts';
import { createProgress } from './progress.ts';
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
  const progress = createProgress((percent) => `${percent} % of the recordings read`);
  try {
    const journal = await sealedJournal(options);
    await rebuildIndex(recorded.dir, join(data, 'index.sqlite'), recorded.identities, {
      onProgress: (percent) => progress.at(percent),
      ...(journal === null ? {} : { journal }),
    });
    progress.end();
    print(green('The index is made anew.'));
    if (journal === null) print('No ledger was found: the gateway takes the journal in when it starts.');
    return 0;
  } catch (error) {
    complain(`The index is made anew, but not whole: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  } finally {
    release();
  }
}

const PAGE = 200;

/** null: there is no ledger here */
async function sealedJournal(options: FolderOptions): Promise<AsyncIterable<readonly JournalEntry[]> | null> {
  // A folder of recordings alone says nothing of where its ledger is.
  if (options.recordings !== undefined) return null;
  try {
    const source = await openLedgerSource(options);
    return source === null ? null : pagesOf(createLedgerReader(source));
  } catch (error) {
    if (error instanceof CannotVerify) return null;
    throw error;
  }
}

async function* pagesOf(reader: ReturnType<typeof createLedgerReader>): AsyncGenerator<readonly JournalEntry[]> {
  for (let from = 1; ; ) {
    const page = await reader.read(from, PAGE);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    from = last.seq + 1;
  }
}
