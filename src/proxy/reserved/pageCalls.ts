// How often the pages of one session may say that they began, are still there or end. Each call is a write in Redis, some are a
// line of the recording, and any script of a page can make them: a session has room for a hundred tabs, not for a flood.
import { createRooms } from '../rooms.ts';

/** calls at once and per second: a recorder beats every five seconds */
const [CALLS, CALLS_PER_SECOND] = [200, 20];
/** bytes: a call is a few hundred, an address at most some thousand */
const [BYTES, BYTES_PER_SECOND] = [1024 * 1024, 64 * 1024];
/** what is over and still told of, so that the recording says why a page goes on without its look */
const [OVER, OVER_PER_SECOND] = [20, 1];

export type PageCalls = {
  /** `over`: too much, but the page may still be told of as one that is not recorded; `refused`: not even that */
  take(session: string, bytes: number): 'fits' | 'over' | 'refused';
};

export function createPageCalls(now: () => number): PageCalls {
  const calls = createRooms(now, CALLS, CALLS_PER_SECOND);
  const bytes = createRooms(now, BYTES, BYTES_PER_SECOND);
  const over = createRooms(now, OVER, OVER_PER_SECOND);
  return {
    take(session, length) {
      if (bytes.fits(session, length) && calls.take(session, 1)) {
        bytes.take(session, length);
        return 'fits';
      }
      return over.take(session, 1) ? 'over' : 'refused';
    },
  };
}
