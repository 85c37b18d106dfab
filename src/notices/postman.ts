// Reads the journal behind everybody's back and sends what people should hear. Never on the request path: nothing waits for it,
// and a channel that is broken delays nothing but itself. One gateway at a time does it; when it dies another goes on from where
// the journal was read to. Sent at least once; repeats keep their id.
import type { AuditEvent, JournalEntry } from '../kernel/auditEvent.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Grant } from '../kernel/grant.ts';
import type { Hold } from '../kernel/hold.ts';
import { sha256Hex } from '../kernel/ids.ts';
import { messageOf } from './message.ts';
import type { Channel, Notice, Parcel, Sent } from './notice.ts';
import { isNoticeEvent, noticesOf, stillOpen, type Told } from './noticesOf.ts';
import { type Outbox, type Result, sameMark, type Taken } from './outbox.redis.ts';
import { type AddressBook, type NoticeRoute, type Placed, placesOf } from './routes.ts';

export type PostmanDeps = {
  readonly outbox: Outbox;
  readonly journal: {
    read(fromSeq: number, count: number): Promise<JournalEntry[]>;
    head(): Promise<{ readonly seq: number }>;
  };
  readonly channels: readonly Channel[];
  readonly routes: readonly NoticeRoute[];
  readonly book: AddressBook;
  /** as they stand now; null: unknown */
  readonly grant: (id: string) => Promise<Grant | null>;
  readonly hold: (id: string) => Promise<Hold | null>;
  /** whether a freeze is in force */
  readonly freezeStands: (id: string) => Promise<boolean>;
  readonly consoleName: (id: string) => string;
  /** whose people must know of a freeze on this console ('': on all) */
  readonly freezeGroups: (console: string) => readonly string[];
  /** names this gateway among its replicas */
  readonly me: string;
  /** Redis's clock */
  readonly clock: Clock;
  /** calls when something changed: then the journal has news. Returns the way to stop hearing. */
  readonly onChange: (heard: () => void) => () => void;
  readonly onError: (error: unknown) => void;
  readonly timing?: Partial<Timing>;
};

export type Timing = {
  /** ms between two looks when nothing wakes it */
  readonly every: number;
  /** ms of a turn; renewed at every look */
  readonly turn: number;
  /** ms before the second try; doubled for each further one up to `longest` */
  readonly backoff: number;
  readonly longest: number;
  readonly tries: number;
};
export const TIMING: Timing = { every: 1000, turn: 6000, backoff: 5000, longest: 120_000, tries: 12 };

/** An event that is older than this is history, not news, ms. */
const NEWS_FOR = 24 * 3_600_000;
const PAGE = 100;
/** The longest that a receiver may ask us to wait, ms. */
const LONGEST_ASKED = 10 * 60_000;

/** Tries that ended with their gateway: a parcel that takes the gateway down with it is not taken up for ever. */
const NEVER_ENDED = 5;
const NOT_AGAIN: Sent = { done: false, again: false, why: 'it was begun many times and never finished' };

export type Postman = {
  start(): void;
  /** Takes nothing new; waits a second for what is being sent. What is unfinished is sent again by another gateway. */
  stop(): Promise<void>;
};

export function createPostman(deps: PostmanDeps): Postman {
  const { outbox, journal, channels, routes, book, me, clock, onError } = deps;
  const { every, turn, backoff, longest, tries: most } = { ...TIMING, ...deps.timing };
  const channelById = new Map(channels.map((channel) => [channel.id, channel]));
  const personal = (id: string): boolean => channelById.get(id)?.personal === true;
  const sleepers = new Set<() => void>();
  let stopped = false;
  let leads = false;
  let loops: Promise<unknown> = Promise.resolve();
  let stopHearing = (): void => undefined;

  const wake = (): void => {
    for (const wakeOne of sleepers) wakeOne();
  };
  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        sleepers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      timer.unref();
      sleepers.add(done);
      if (stopped) done();
    });
  /** Runs `step` again and again while it is this gateway's turn; it says for how long to sleep, ms. */
  const loop = async (step: () => Promise<number>): Promise<void> => {
    while (!stopped) {
      const pause = await step().catch((error: unknown) => {
        onError(error);
        return every;
      });
      if (pause > 0 && !stopped) await sleep(pause);
    }
  };

  // Reading: from the journal into the boxes.
  const placed = async ({ seq, at, event: text }: JournalEntry): Promise<Placed[]> => {
    // Most entries are acts: they are not even parsed.
    if (!/"kind":"(?:grant|hold|freeze|policy|export)\./.test(text) || clock.now() - at > NEWS_FOR) return [];
    const event = toldOf(text);
    if (event === null || !isNoticeEvent(event.kind)) return [];
    const { grant: grantId, hold: holdId } = event.facts;
    const [grant, hold] = await Promise.all([
      typeof grantId === 'string' ? deps.grant(grantId) : null,
      typeof holdId === 'string' ? deps.hold(holdId) : null,
    ]);
    const freezing = event.kind.startsWith('freeze.');
    const console = event.console ?? grant?.console ?? hold?.console ?? frozenConsole(event.facts.match);
    const { freeze } = event.facts;
    const subject = {
      grant,
      hold,
      console: console === '' ? '' : deps.consoleName(console),
      freezeGroups: freezing ? deps.freezeGroups(console) : [],
      freezeStands: freezing && typeof freeze === 'string' && (await deps.freezeStands(freeze)),
    };
    const requester = grant?.holder.id ?? hold?.principal.id;
    const notices = noticesOf(seq, at, event, subject);
    if (notices.length === 0) return [];
    const own = requester === undefined ? null : await outbox.mailOf(requester);
    return notices.flatMap((notice) => placesOf(notice, routes, book, personal, own));
  };
  /** The same again is noise as long as the first of it is open: after its answer it is a new question. */
  const toldAlready = async (one: Placed, marks: Map<string, string>): Promise<boolean> => {
    const { notice } = one;
    if (notice.same === '') return false;
    const mark = sameMark(one);
    const before = marks.get(mark) ?? (await outbox.toldBefore(mark));
    const subject = { kind: notice.subject.kind, id: before ?? '' };
    if (before !== null && (await stillNews({ ...notice, subject }))) return true;
    marks.set(mark, notice.subject.id);
    return false;
  };
  const readOn = async (): Promise<number> => {
    leads = await outbox.lead(me, turn);
    if (!leads) return every;
    const place = await outbox.place();
    const head = await journal.head();
    if (place === null || place > head.seq) {
      // The first time, or another journal than before: what was, was.
      await outbox.put(place, head.seq, []);
      return 0;
    }
    if (place === head.seq) return every;
    const page = await journal.read(place + 1, PAGE);
    const last = page.at(-1);
    if (!last) return every;
    const news: Placed[] = [];
    const marks = new Map<string, string>();
    for (const entry of page) {
      for (const one of await placed(entry)) if (!(await toldAlready(one, marks))) news.push(one);
    }
    await outbox.put(place, last.seq, news);
    if (news.length > 0) wake();
    return page.length < PAGE ? every : 0;
  };

  // Sending: each channel by itself, one parcel after the other.
  const attempt = async (channel: Channel, { id, more, items, tries }: Taken): Promise<Result> => {
    const open = await Promise.all(items.map(({ notice }) => stillNews(notice)));
    const notices = items.filter((_, index) => open[index]).map(({ notice }) => notice);
    if (notices.length === 0) return { word: 'dropped' };
    const to = items[0]?.to ?? '';
    const sent = tries > most + NEVER_ENDED ? NOT_AGAIN : await sendSafely(channel, { id, to, notices, more });
    if (sent.done) return { word: 'sent' };
    if (sent.again && tries < most) {
      // Spread, so that what failed together does not come back together; drawn from the id, so that no chance is needed.
      const spread = 0.75 + Number.parseInt(sha256Hex(`${id}${tries}`).slice(0, 4), 16) / 65_535 / 2;
      const delay = Math.min(longest, backoff * 2 ** (tries - 1)) * spread;
      return { word: 'later', delay: Math.max(delay, Math.min(sent.after ?? 0, LONGEST_ASKED)), why: sent.why };
    }
    const subjects = [...new Set(notices.map(({ subject }) => subject.id))].slice(0, 20);
    const facts = { parcel: id, channel: channel.id, tries, why: sent.why, notices: notices.length + more, subjects };
    const event: AuditEvent = { kind: 'notice.failed', actor: null, facts };
    return { word: 'dead', why: sent.why, event };
  };
  const sendSafely = async (channel: Channel, parcel: Parcel): Promise<Sent> => {
    try {
      return await channel.send(parcel);
    } catch (error) {
      onError(error);
      return { done: false, again: true, why: 'it could not be written' };
    }
  };
  const stillNews = async (notice: Notice): Promise<boolean> => {
    if (notice.open === null) return true;
    const { kind, id } = notice.subject;
    const grant = kind === 'grant' ? await deps.grant(id) : null;
    const hold = kind === 'hold' ? await deps.hold(id) : null;
    return stillOpen(notice, { grant, hold }, clock.now());
  };
  const sendOn = async (channel: Channel): Promise<number> => {
    if (!leads) return every;
    const taken = await outbox.take(channel.id);
    if ('due' in taken) {
      const wait = taken.due === null ? every : taken.due - clock.now();
      return Math.min(every, Math.max(wait, 10));
    }
    await outbox.settle(channel.id, taken, await attempt(channel, taken));
    return 0;
  };

  return {
    start() {
      stopHearing = deps.onChange(wake);
      loops = Promise.all([loop(readOn), ...channels.map((channel) => loop(() => sendOn(channel)))]);
    },
    async stop() {
      stopped = true;
      stopHearing();
      wake();
      await Promise.race([loops, new Promise((resolve) => setTimeout(resolve, 1000).unref())]);
      if (leads) await outbox.lead(me, 0).catch(onError);
    },
  };
}

/** Title of what a dead letter says. */
export const titleOf = (parcel: Pick<Taken, 'items' | 'more'>, portalOrigin: string, now: number): string => {
  const notices = parcel.items.map(({ notice }) => notice);
  return notices.length === 0 ? 'Notices' : messageOf(notices, parcel.more, portalOrigin, now).title;
};

/** The one console that a freeze is about; '' for all of them. */
function frozenConsole(match: unknown): string {
  const { consoles } = (match ?? {}) as { consoles?: unknown };
  const [only] = Array.isArray(consoles) && consoles.length === 1 ? consoles : [];
  return typeof only === 'string' && only !== '*' ? only : '';
}

function toldOf(text: string): Told | null {
  try {
    const event = JSON.parse(text) as { kind?: unknown; actorName?: unknown; console?: unknown; facts?: unknown };
    if (typeof event.kind !== 'string' || typeof event.facts !== 'object' || event.facts === null) return null;
    return {
      kind: event.kind,
      facts: event.facts as Told['facts'],
      ...(typeof event.actorName === 'string' ? { actorName: event.actorName } : {}),
      ...(typeof event.console === 'string' ? { console: event.console } : {}),
    };
  } catch {
    return null;
  }
}
