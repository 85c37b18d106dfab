// The thread that searches: a search may read for a tenth of a second, and requests must not wait for that. Only reads.
import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { openReader } from './database.ts';
import { faultOf } from './messages.ts';
import { IndexRebuilding, whole } from './rebuilding.ts';
import { search } from './search.ts';
import type { FromSearch, SearchAsk } from './searchLink.ts';
import { suggest } from './suggest.ts';

const port = parentPort;
if (!port) throw new Error('this is a worker thread');
const { file } = workerData as { readonly file: string };
/** KiB of pages that are kept: searches of one person come close together. */
const CACHE = 32 * 1024;
let database: DatabaseSync | undefined;

port.on('message', ({ id, ask }: { readonly id: number; readonly ask: SearchAsk }) => {
  let answer: FromSearch;
  try {
    // Not before: a file that is missing or broken is an answer too.
    database ??= openReader(file, CACHE);
    whole(database);
    const value =
      ask.do === 'search' ? search(database, ask.wish, ask.cursor) : suggest(database, ask.field, ask.typed);
    answer = { id, value, fault: null };
  } catch (error) {
    const name = error instanceof Error ? error.name : 'Error';
    const percent = error instanceof IndexRebuilding ? error.percent : null;
    answer = { id, value: null, fault: { ...faultOf(error), name, percent } };
  }
  port.postMessage(answer);
});
