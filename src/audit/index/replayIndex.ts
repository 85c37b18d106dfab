// What replays ask the session index, through a connection that only reads.
import type { DatabaseSync } from 'node:sqlite';
import {
  type LookPlace,
  looksAt,
  pagesOf,
  type ReplayPage,
  type ReplayRequest,
  requestsBetween,
  type Stretch,
} from './replayRows.ts';

export type ReplayIndex = {
  /** in the order in which they were opened */
  pages(session: string): ReplayPage[];
  /** where the lines stand that show a page in a window; see looksAt */
  looks(
    page: { readonly session: string; readonly page: string },
    window: { readonly from: number; readonly to: number; readonly after?: number | undefined },
  ): LookPlace[];
  requests(session: string, between: Stretch, only: 'marked' | 'all', limit: number): ReplayRequest[];
};

export const createReplayIndex = (read: <T>(query: (database: DatabaseSync) => T) => T): ReplayIndex => ({
  pages: (session) => read((database) => pagesOf(database, session)),
  looks: (page, window) => read((database) => looksAt(database, page, window)),
  requests: (session, between, only, limit) =>
    read((database) => requestsBetween(database, session, between, only, limit)),
});
