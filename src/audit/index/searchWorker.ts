// The thread that searches: a search may read for a tenth of a second, and requests must not wait for that. Only reads.
import { parentPort, workerData } from 'node:worker_threads';
import { openReader } from './database.ts';
import { faultOf } from './messages.ts';
import { search } from './search.ts';
import type { FromSearch, SearchAsk } from './searchLink.ts';
import { suggest } from './suggest.ts';

const port = parentPort;
if (!port) throw new Error('this is a worker thread');
const { file } = workerData as { readonly file: string };
/** KiB of pages that are kept: searches of one person come close together. */
const CACHE = 32 * 1024;
const database = openReader(file, CACHE);

port.on('message', ({ id, ask }: { readonly id: number; readonly ask: SearchAsk }) => {
  let answer: FromSearch;
  try {
    const value =
      ask.do === 'search' ? search(database, ask.wish, ask.cursor) : suggest(database, ask.field, ask.typed);
    answer = { id, value, fault: null };
  } catch (error) {
    const name = error instanceof Error ? error.name : 'Error';
    answer = { id, value: null, fault: { ...faultOf(error), name } };
  }
  port.postMessage(answer);
});
