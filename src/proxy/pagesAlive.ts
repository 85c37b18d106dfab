// Which pages of a session are being recorded, and whether an act comes from one whose recorder is still heard. What a page
// looked like is only what its browser says; that the recorder is silent is what refuses dangerous acts (recording.silent).
// Requests and answers are recorded by the gateway itself, whatever pages say.
import type { PageLine } from '../audit/recording/lines.ts';
import type { PageKey, PageOutcome, PageStore, StoredPage } from '../audit/recording/pages.redis.ts';
import type { Clock } from '../kernel/clock.ts';
import { monotonic } from '../kernel/clock.ts';
import { type Console, type HeaderList, headerOf, type Recognised } from '../kernel/exchange.ts';
import type { RecordedAs } from '../kernel/facts.ts';
import { newId } from '../kernel/ids.ts';

/** ms without a beat after which a page is silent */
export const SILENT_AFTER = 15_000;
/** ms between two looks for pages that fell silent */
const SWEEP_EVERY = 5000;
/** ms that an act waits for its page to be heard: the first beat may still be on its way when the first act comes */
const WAIT = 3000;
const LOOK_EVERY = 75;
/** ms for which a page that was waited for in vain is not waited for again */
const NO_MORE = 10_000;
const MOST_KNOWN = 20_000;

export type PagesAliveParts = {
  readonly store: PageStore;
  /** writes into the session's recording. @throws when it cannot be written */
  readonly tell: (line: PageLine) => Promise<void>;
  /** for lines of the recording */
  readonly clock: Clock;
  /** Redis's clock */
  readonly redisClock: Clock;
  readonly onError: (error: unknown) => void;
  readonly limits?: { readonly silentAfter?: number; readonly sweepEvery?: number; readonly wait?: number };
};

export type Speaker = PageKey & { /** names the document in the browser that speaks */ readonly doc: string };

export type PagesAlive = {
  /**
   * A recorder began, or its page came back. @returns the page's id: another one when this id is another document's
   * @param why its look is not recorded from the beginning
   */
  start(speaker: Speaker, url: string, why?: string): Promise<string>;
  /** false: no such page of this session on this console, or it has ended; its recorder must start anew. */
  beat(speaker: Speaker): Promise<boolean>;
  /** The page goes on without its look being recorded. */
  exchangesOnly(speaker: Speaker, why: string): Promise<boolean>;
  end(speaker: Speaker): Promise<void>;
  /** A page went out that cannot be recorded, because its own policy does not let us. Never throws. */
  served(key: PageKey, url: string, why: string): void;
  /** For acts; waits a moment for a page that just begins. @throws StateUnavailable */
  recordedAs(request: Recognised): Promise<RecordedAs>;
  stop(): void;
};

const PAGE = /^pag_[A-Za-z0-9_-]{22}$/;
export const isPageId = (text: string): boolean => PAGE.test(text);

/** What the page that sent a request says of itself. Any script of the page can say it too, and anything else. */
export function saidOf(headers: HeaderList): { readonly page?: string; readonly gesture?: boolean } {
  const page = headerOf(headers, 'x-sallyport-page');
  if (page === undefined || !isPageId(page)) return {};
  const gesture = headerOf(headers, 'x-sallyport-gesture');
  return gesture === '1' || gesture === '0' ? { page, gesture: gesture === '1' } : { page };
}

export const recordsPages = ({ shim, record }: Pick<Console, 'shim' | 'record'>): boolean => shim && record === 'dom';

/**
 * @param named the page that the request names; null: none
 * @param bare true: a kind of request that cannot name its page (a form, a message of a socket)
 * @param now Redis's clock, ms
 */
export function judgePages(
  { ever, pages }: { readonly ever: boolean; readonly pages: readonly StoredPage[] },
  named: string | null,
  bare: boolean,
  now: number,
  silentAfter: number,
): RecordedAs {
  const heard = ({ state, beatAt }: StoredPage) => state === 'live' && now - beatAt <= silentAfter;
  if (named !== null) {
    const page = pages.find(({ id }) => id === named);
    if (page?.state === 'live' && page.mode === 'exchanges') return 'exchanges';
    return page !== undefined && heard(page) ? 'page' : 'silent';
  }
  if (pages.some((page) => page.mode === 'dom' && heard(page))) return bare ? 'page' : 'exchanges';
  if (pages.some(({ mode, state }) => mode === 'exchanges' && state === 'live')) return 'exchanges';
  // No page of this session was ever recorded here: a client without pages.
  return ever ? 'silent' : 'exchanges';
}

type Heard = { readonly speaker: Speaker; readonly url: string; at: number };

export function createPagesAlive(parts: PagesAliveParts): PagesAlive {
  const { store, tell, clock, redisClock, onError } = parts;
  const { silentAfter = SILENT_AFTER, sweepEvery = SWEEP_EVERY, wait = WAIT } = parts.limits ?? {};
  /** pages that this replica heard last, by id */
  const known = new Map<string, Heard>();
  const inVain = new Map<string, number>();

  const line = (
    { session, console, page: id }: PageKey,
    what: PageLine['what'],
    url: string,
    more: { mode?: PageLine['mode']; why?: string } = {},
  ): Promise<void> => tell({ id, at: clock.now(), session, console, what, url, mode: 'dom', ...more });

  function heard(speaker: Speaker, url?: string): void {
    const before = known.get(speaker.page);
    known.delete(speaker.page);
    known.set(speaker.page, { speaker, url: url ?? before?.url ?? '', at: monotonic() });
    for (const oldest of known.keys()) {
      if (known.size <= MOST_KNOWN) break;
      known.delete(oldest);
    }
  }

  async function touch(speaker: Speaker, what: 'beat' | 'exchanges', why?: string): Promise<PageOutcome> {
    const outcome = await store.touch(speaker, what, speaker.doc);
    if (outcome === 'unknown' || outcome === 'ended') {
      known.delete(speaker.page);
      return outcome;
    }
    heard(speaker);
    const url = known.get(speaker.page)?.url ?? '';
    if (outcome === 'resumed') await line(speaker, 'resumed', url);
    if (outcome === 'switched')
      await line(speaker, 'resumed', url, { mode: 'exchanges', ...(why === undefined ? {} : { why }) });
    return outcome;
  }

  async function sweep(): Promise<void> {
    for (const [id, { speaker, url, at }] of known) {
      if (monotonic() - at <= silentAfter) continue;
      // Another replica may have heard of it since; only one of us tells.
      const outcome = await store.touch(speaker, 'silent', speaker.doc);
      known.delete(id);
      if (outcome === 'silent') await line(speaker, 'silent', url);
    }
    for (const [key, until] of inVain) if (until < monotonic()) inVain.delete(key);
  }
  const timer = setInterval(() => void sweep().catch(onError), sweepEvery);
  timer.unref();

  return {
    async start(speaker, url, why) {
      let own = speaker;
      const mode = why === undefined ? 'dom' : 'exchanges';
      let outcome = await store.touch(own, 'start', own.doc, mode);
      // A duplicated tab, or a page from the browser's cache: the id in it is of the document that was first.
      if (outcome === 'taken') {
        own = { ...speaker, page: newId('pag') };
        outcome = await store.touch(own, 'start', own.doc, mode);
      }
      if (why !== undefined && outcome !== 'started') await store.touch(own, 'exchanges', own.doc);
      await line(own, outcome === 'resumed' ? 'resumed' : 'start', url, why === undefined ? {} : { mode, why });
      heard(own, url);
      return own.page;
    },
    beat: async (speaker) => STANDS.has(await touch(speaker, 'beat')),
    exchangesOnly: async (speaker, why) => STANDS.has(await touch(speaker, 'exchanges', why)),
    async end(speaker) {
      const url = known.get(speaker.page)?.url ?? '';
      known.delete(speaker.page);
      if ((await store.touch(speaker, 'end', speaker.doc)) === 'ended') await line(speaker, 'end', url);
    },
    served(key, url, why) {
      const told = async () => {
        await store.touch(key, 'start', '', 'exchanges');
        await line(key, 'start', url, { mode: 'exchanges', why });
      };
      told().catch(onError);
    },
    async recordedAs({ console, session, headers, navigation, door }) {
      if (!recordsPages(console)) return 'exchanges';
      const named = saidOf(headers).page ?? null;
      const bare = navigation || door === 'upgrade';
      const key = `${session.id} ${console.id} ${named ?? ''}`;
      const until = monotonic() + ((inVain.get(key) ?? 0) > monotonic() ? 0 : wait);
      for (;;) {
        const pages = await store.list(session.id, console.id);
        const recorded = judgePages(pages, named, bare, redisClock.now(), silentAfter);
        if (recorded !== 'silent') return recorded;
        if (monotonic() >= until) {
          if (inVain.size < MOST_KNOWN) inVain.set(key, monotonic() + NO_MORE);
          return 'silent';
        }
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
      }
    },
    stop: () => clearInterval(timer),
  };
}

const STANDS: ReadonlySet<PageOutcome> = new Set<PageOutcome>(['beat', 'resumed', 'switched']);
