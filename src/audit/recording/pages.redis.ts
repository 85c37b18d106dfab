// The pages of a session on a console whose look is recorded, and when each was last heard of: in Redis, because a page may
// talk to one replica of the gateway and act through another. Redis keeps the time of the beats.
import type { RedisClient } from '../../redis/client.ts';
import type { Keys } from '../../redis/keys.ts';
import type { Scripts } from '../../redis/scripts.ts';

export type PageKey = { readonly session: string; readonly console: string; readonly page: string };
export type PageMode = 'dom' | 'exchanges';
export type PageWord = 'start' | 'beat' | 'exchanges' | 'end' | 'silent';
export type PageOutcome = 'started' | 'resumed' | 'beat' | 'switched' | 'ended' | 'silent' | 'unknown' | 'taken';

export type StoredPage = {
  readonly id: string;
  readonly mode: PageMode;
  readonly state: 'live' | 'ended' | 'silent';
  /** Redis's clock, ms */
  readonly beatAt: number;
};

export type PageStore = {
  /**
   * Notes what was heard. `doc` names the document that speaks; the first to start a page is the only one that may.
   * @param mode of a page that starts @throws StateUnavailable
   */
  touch(key: PageKey, what: PageWord, doc: string, mode?: PageMode): Promise<PageOutcome>;
  /** `ever`: whether the look of a page of this session was ever recorded on this console. @throws StateUnavailable */
  list(session: string, console: string): Promise<{ readonly ever: boolean; readonly pages: readonly StoredPage[] }>;
};

/** @param keep ms that pages are known @param silentAfter ms without a beat after which a page is silent */
export function createPageStore(deps: {
  scripts: Scripts;
  client: RedisClient;
  keys: Keys;
  keep: number;
  silentAfter: number;
}): PageStore {
  const { scripts, client, keys, keep, silentAfter } = deps;
  return {
    async touch({ session, console, page }, what, doc, mode = 'dom') {
      const args = [page, what, doc, String(keep), String(silentAfter), mode, String(MOST_PAGES)];
      const [outcome] = await scripts.run('touchPage', [keys.pages(session, console)], args);
      return outcome as PageOutcome;
    },
    async list(session, console) {
      const fields = await client.command('HGETALL', keys.pages(session, console));
      const flat = Array.isArray(fields) ? fields.map(String) : [];
      const pages: StoredPage[] = [];
      for (let at = 0; at + 1 < flat.length; at += 2) {
        const page = readPage(flat[at] ?? '', flat[at + 1] ?? '');
        if (page !== null) pages.push(page);
      }
      return { ever: flat.some((name, at) => at % 2 === 0 && name === 'ever'), pages };
    },
  };
}

/** Tabs of one session on one console that are known at a time. */
const MOST_PAGES = 100;
const STORED = /^(dom|exchanges)\|(live|ended|silent)\|(\d+)\|/;

function readPage(id: string, text: string): StoredPage | null {
  const [, mode, state, beat] = STORED.exec(text) ?? [];
  if (mode === undefined || state === undefined) return null;
  return { id, mode: mode as PageMode, state: state as StoredPage['state'], beatAt: Number(beat) };
}
