// What this replica remembers of each page's recorder between its requests: when it was last heard, which events came already
// (a request whose answer was lost is sent again), and how much it may still send.
import type { DomBatch } from '../../portal/contract/pageRecording.ts';

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
  left: number;
  filledAt: number;
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

type Room = { left: number; filledAt: number };

export function createPageIntake(now: () => number): PageIntake {
  const pages = new Map<string, Page>();
  const sessions = new Map<string, Room>();
  const roomOf = (session: string): Room => {
    const room = sessions.get(session) ?? { left: SESSION_BURST, filledAt: now() };
    sessions.delete(session);
    sessions.set(session, room);
    for (const oldest of sessions.keys()) {
      if (sessions.size <= MOST_PAGES) break;
      sessions.delete(oldest);
    }
    return room;
  };
  const fill = (room: Room, burst: number, perSecond: number): void => {
    const at = now();
    room.left = Math.min(burst, room.left + ((at - room.filledAt) / 1000) * perSecond);
    room.filledAt = at;
  };
  const pageOf = (key: string): Page => {
    const page = pages.get(key) ?? { heardAt: -Infinity, next: 0, pieces: 0, left: BURST, filledAt: now() };
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
      const page = pageOf(key);
      const all = roomOf(session);
      fill(page, BURST, PER_SECOND);
      fill(all, SESSION_BURST, SESSION_PER_SECOND);
      if (page.left < length || all.left < length) return false;
      page.left -= length;
      all.left -= length;
      return true;
    },
  };
}
