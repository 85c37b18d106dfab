// Waits for a client that takes what it is sent more slowly than it is made.
import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Resolves when there is room again, or the other side has left. Leaves no listener behind: a long answer waits thousands of times. */
export async function drained(to: Writable): Promise<void> {
  if (to.destroyed || !to.writableNeedDrain) return;
  const over = new AbortController();
  const heard = (event: string) => once(to, event, { signal: over.signal });
  try {
    // An error is told by 'close' too, which everybody hears.
    await Promise.race([heard('drain'), heard('close')]).catch(() => undefined);
  } finally {
    over.abort();
  }
}
