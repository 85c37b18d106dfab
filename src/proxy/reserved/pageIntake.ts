// What this replica remembers of each page's recorder between its requests: when it was last heard, which events came already
// (a request whose answer was lost is sent again), and how much it may still send.
import type { DomBatch } from '../../portal/contract/pageRecording.ts';
import { createRooms } from '../rooms.ts';

/** characters that a page may send at once (a large page's first picture), and per second after that */
const BURST = 48 * 1024 * 1024;
const PER_SECOND = 512 * 1024;
/** The same of all pages of a session together: a script can begin as many pages as it likes, and the disk is everybody's. */
const SESSION_BURST = 4 * BURST;
const SESSION_PER_SECOND = 4 * PER_SECOND;
const MOST_PAGES = 20_000;

type Page = {
  heardAt: number;
  /** number of the first event that did not come yet; and pieces of that one that did */
  next: number;
  pieces: number;
};

export type PageIntake = {
  /** ms; Infinity: never */
  heardAgo(key: string): number;
  heard(key: string): void;
  forget(key: string): void;
  /** false: it came already. @param count events in it; asked before anything is known of the page, so that it is checked */
  isNew(key: string, batch: Pick<DomBatch, 'first' | 'part'>, count: number): boolean;
  took(key: string, batch: Pick<DomBatch, 'first' | 'part'>, count: number): void;
  /** Takes so much of what the page and its session may send; false: it is too much. */
  fits(session: string, key: string, length: number): boolean;
};

export function createPageIntake(now: () => number): PageIntake {
  const pages = new Map<string, Page>();
  const room = createRooms(now, BURST, PER_SECOND, MOST_PAGES);
  const sessionRoom = createRooms(now, SESSION_BURST, SESSION_PER_SECOND);
  const pageOf = (key: string): Page => {
    const page = pages.get(key) ?? { heardAt: -Infinity, next: 0, pieces: 0 };
    pages.delete(key);
    pages.set(key, page);
    for (const oldest of pages.keys()) {
      if (pages.size <= MOST_PAGES) break;
      pages.delete(oldest);
    }
    return page;
  };

  return {
    heardAgo: (key) => now() - (pages.get(key)?.heardAt ?? -Infinity),
    heard(key) {
      pageOf(key).heardAt = now();
    },
    forget: (key) => void pages.delete(key),
    isNew(key, { first, part }, count) {
      const { next, pieces } = pageOf(key);
      if (part !== undefined) return first > next || (first === next && part.at >= pieces);
      return first + count > next;
    },
    took(key, { first, part }, count) {
      const page = pageOf(key);
      if (part !== undefined && part.at + 1 < part.of) {
        page.next = first;
        page.pieces = part.at + 1;
        return;
      }
      page.next = Math.max(page.next, first + count);
      page.pieces = 0;
    },
    fits(session, key, length) {
      if (!sessionRoom.fits(session, length) || !room.take(key, length)) return false;
      return sessionRoom.take(session, length);
    },
  };
}
