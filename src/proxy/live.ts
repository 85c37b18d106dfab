// What is alive right now, by session and by grant: sockets, event streams, running transfers. When a session ends, or the
// grant that something rests on, it ends, within 100 ms; when that cannot be heard for certain, every session and every such
// grant is asked for again (pitfall 24).
import type { Clock } from '../kernel/clock.ts';
import type { Authenticated } from '../kernel/exchange.ts';
import type { Log } from './exchange.ts';
import { createLiveGrants, type FindGrant } from './liveGrants.ts';
import { type FindSession, sessionSecret } from './stages/20-session.ts';

export type Because = 'session' | 'grant';

export type Live = {
  /**
   * @param request `grant`: what it rests on besides its session
   * @param end is called once, when either is over @returns the way to say that it is done by itself
   */
  add(request: Authenticated & { readonly grant?: string | null }, end: (because: Because) => void): () => void;
  /** The same for what asks again by itself. */
  track(session: string, end: () => void): () => void;
  endSession(id: string): void;
  /** how many things are alive: for tests and metrics */
  size(): number;
  /** Ends everything and stops. */
  close(): void;
};

export type LiveParts = {
  readonly findSession: FindSession;
  /** the grant as it stands now; null: unknown */
  readonly findGrant: FindGrant;
  /** Redis's clock */
  readonly clock: Clock;
  /** hears `{kind: 'session', id}`, `{kind: 'grant', id, ended}` and `{kind: 'resync'}` */
  readonly onChange: (
    heard: (change: { readonly kind: string; readonly [member: string]: unknown }) => void,
  ) => () => void;
  /** told of every session that was ended here, so that what is kept for it elsewhere goes too */
  readonly onEnd: (session: string) => void;
  readonly log: Log;
};

type Entry = { readonly request: Authenticated | null; readonly end: () => void; place: number };
/** Not a Set: one that is filled and emptied all the time is copied every few requests. */
type Entries = Entry[];

/** Idle and absolute ends come without a message. */
const LOOK_EVERY = 1000;
/** Looks in a row without an answer after which nobody is believed to have a session any more. */
const MOST_UNKNOWN = 3;

export function createLive({ findSession, findGrant, clock, onChange, onEnd, log }: LiveParts): Live {
  const sessions = new Map<string, Entries>();
  const grants = createLiveGrants({ findGrant, clock, log });
  let looking: Promise<void> | null = null;
  let again = false;
  let unknown = 0;
  let lookFailed = false;

  const endSession = (id: string) => {
    const entries = sessions.get(id);
    sessions.delete(id);
    onEnd(id);
    // A copy: what ends takes itself out.
    for (const { end } of [...(entries ?? [])]) {
      try {
        end();
      } catch (error) {
        log.error({ session: id, error: String(error) }, 'ending a connection failed');
      }
    }
  };

  const look = async (): Promise<void> => {
    let failed = false;
    for (const [id, entries] of [...sessions]) {
      const request = entries.find((entry) => entry.request !== null)?.request;
      if (request === undefined || request === null) continue;
      try {
        const found = await findSession(sessionSecret(request), request.console.origin);
        if (!found.go || found.value.id !== id) endSession(id);
      } catch (error) {
        failed = true;
        if (unknown >= MOST_UNKNOWN) {
          log.warn({ session: id, error: String(error) }, 'a session cannot be checked: its connections end');
          endSession(id);
        }
      }
    }
    if (!(await grants.look())) {
      failed = true;
      if (unknown >= MOST_UNKNOWN) grants.endAll();
    }
    unknown = failed ? unknown : 0;
    lookFailed = failed;
  };
  const lookSoon = () => {
    if (looking !== null) {
      again = true;
      return;
    }
    looking = look().finally(() => {
      looking = null;
      if (again) {
        again = false;
        lookSoon();
      }
    });
  };

  const timer = setInterval(() => {
    for (const [id, entries] of sessions) if (entries.length === 0) sessions.delete(id);
    if (lookFailed) unknown += 1;
    if (sessions.size > 0) lookSoon();
  }, LOOK_EVERY);
  timer.unref();
  const stopHearing = onChange((change) => {
    if (change.kind === 'session' && typeof change.id === 'string') endSession(change.id);
    else if (change.kind === 'grant' && typeof change.id === 'string') grants.heard(change.id);
    else if (change.kind === 'resync' && sessions.size > 0) lookSoon();
  });

  const enter = (id: string, request: Authenticated | null, end: () => void) => {
    const entries = sessions.get(id) ?? [];
    sessions.set(id, entries);
    const entry: Entry = { request, end, place: entries.length };
    entries.push(entry);
    return () => {
      if (entries[entry.place] !== entry) return;
      // The last one takes the place.
      const last = entries.pop();
      if (last !== undefined && last !== entry) {
        entries[entry.place] = last;
        last.place = entry.place;
      }
    };
  };

  return {
    add(request, end) {
      let over = false;
      const once = (because: Because) => () => {
        if (over) return;
        over = true;
        end(because);
      };
      const leave = enter(request.session.id, request, once('session'));
      if (request.grant == null) return leave;
      const leaveGrant = grants.rest(request.grant, once('grant'));
      return () => {
        over = true;
        leave();
        leaveGrant();
      };
    },
    track: (session, end) => enter(session, null, end),
    endSession,
    size: () => [...sessions.values()].reduce((sum, entries) => sum + entries.length, 0),
    close() {
      clearInterval(timer);
      stopHearing();
      for (const id of [...sessions.keys()]) endSession(id);
      grants.endAll();
    },
  };
}
