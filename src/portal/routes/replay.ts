// Replays: the timeline of a session, its requests, and what its pages looked like. Only for people with the right
// `recording.view`; each view is in the journal BEFORE anything of it leaves: the timeline each time it is read, a page when its
// first window is read, and again after an hour.
import { Router } from 'express';
import type { ReplayEvents, Window } from '../../audit/index/replayEvents.ts';
import type { ReplayIndex } from '../../audit/index/replayIndex.ts';
import { focusOf, gestureOf, idleBetween } from '../../audit/index/replayTimes.ts';
import type { SessionIndex } from '../../audit/index/sessionIndex.ts';
import type { Journal } from '../../audit/journal/journal.redis.ts';
import { drained } from '../api/drained.ts';
import { serve, serveStream } from '../api/serve.ts';
import type { ReplayEnd, ReplayEvent } from '../contract/replay.ts';
import { readReplay, readReplayEvents, readReplayRequests } from '../endpoints/replay.ts';
import { PortalProblem } from '../problem.ts';
import { marksOf, restsOn } from '../replayMarks.ts';
import type { Told } from '../told.ts';

export type ReplayRouteDeps = {
  /** where pages are rebuilt */
  readonly replayOrigin: string;
  readonly index: Pick<SessionIndex, 'getSession'> & { readonly replay: ReplayIndex };
  readonly events: ReplayEvents;
  /** false: this process cannot decrypt recordings */
  readonly readable: boolean;
  readonly journal: Pick<Journal, 'forExchange'>;
  readonly told: Told;
  readonly clock: { now(): number };
};

const MOST_MARKS = 3000;
const MOST_REQUESTS = 500;
/** Grants and holds whose people are looked up. */
const MOST_SUBJECTS = 150;
/** A page that is watched for longer counts as viewed again. */
const VIEWING = 3_600_000;
const MOST_VIEWINGS = 10_000;
/** ms that a session is shown to have lasted at least */
const LEAST = 1000;

const RISKS = ['read', 'low', 'high', 'destructive'] as const;
const riskOf = (word: string) => RISKS.find((risk) => risk === word) ?? 'destructive';

export function replayRoutes(deps: ReplayRouteDeps): Router {
  const { replayOrigin, index, events, readable, journal, told, clock } = deps;
  const router = Router();
  /** who views which page, and until when that is told; never an answer without it */
  const viewings = new Map<string, number>();
  const known = (id: string) => {
    const row = index.getSession(id);
    if (!row) throw new PortalProblem('not.found');
    return row;
  };

  serve(router, readReplay, async (call) => {
    const row = known(call.params.id);
    const pages = index.replay.pages(row.id);
    const from = Math.round(Math.min(row.startedAt, ...pages.map((page) => page.from)));
    const to = Math.round(
      Math.max(row.endedAt ?? row.lastAt, row.lastAt, ...pages.map((page) => page.to), from + LEAST),
    );
    const marked = index.replay.requests(row.id, [from, to], 'marked', MOST_MARKS + 1);
    const acts = marked.slice(0, MOST_MARKS).map((request) => ({
      ...{ id: request.id, at: request.at, title: request.title, risk: riskOf(request.risk) },
      ...{ verdict: request.verdict, reason: request.reason, page: request.page },
      ...{ grant: request.grant, hold: request.hold, gesture: gestureOf(request, pages) },
    }));
    const subjects = restsOn(acts).slice(0, MOST_SUBJECTS);
    const [first, ...related] = subjects;
    const entries = first === undefined ? [] : await journal.forExchange(first, related);
    const looks = pages.some(({ mode }) => mode === 'dom');
    // Without looks every request is something that happened; with them, only what a person did, and acts.
    const moments = looks ? acts : index.replay.requests(row.id, [from, to], 'all', 20_000);
    await told(call, 'recording.viewed', { viewed: row.id, of: row.person.id, what: 'replay' });
    return {
      ...{ id: row.id, person: row.person, origin: replayOrigin, from, to, running: row.endedAt === null, readable },
      pages: pages.map(({ touched: _touched, ...page }) => ({ ...page, open: page.open && row.endedAt === null })),
      idle: idleBetween(
        [from, to],
        pages,
        moments.map(({ at }) => at),
      ),
      focus: focusOf(pages),
      marks: marksOf(acts, entries).filter(({ at }) => at >= from && at <= to),
      more: marked.length > MOST_MARKS || subjects.length === MOST_SUBJECTS,
    };
  });

  serve(router, readReplayRequests, async (call) => {
    const { id, person } = known(call.params.id);
    const { from, to } = call.query;
    const pages = index.replay.pages(id);
    const requests = index.replay.requests(id, [from, to], 'all', MOST_REQUESTS + 1);
    await viewed(call, { id, person }, 'requests');
    return {
      requests: requests.slice(0, MOST_REQUESTS).map((request) => ({
        ...request,
        risk: riskOf(request.risk),
        gesture: gestureOf(request, pages),
      })),
      more: requests.length > MOST_REQUESTS,
    };
  });

  serveStream(router, readReplayEvents, async (call) => {
    const { id, person } = known(call.params.id);
    const { page } = call.params;
    const { from, to, after } = call.query;
    if (!readable) throw new PortalProblem('not.found', { detail: 'This gateway has no key to read recordings with.' });
    const places = index.replay.looks({ session: id, page }, { from, to, after });
    if (places.length === 0 && after === undefined && !index.replay.pages(id).some((one) => one.id === page))
      throw new PortalProblem('not.found');
    const window = await events.read(places, after === undefined ? from : null, to);
    await viewed(call, { id, person }, page);
    const { res } = call;
    res.status(200).setHeader('Content-Type', 'application/x-ndjson; charset=utf-8');
    for (const text of written(window, after)) {
      if (res.destroyed) return;
      if (!res.write(text)) await drained(res);
    }
    res.end();
  });

  /** Told once an hour for each viewer's session: a replay is read in hundreds of windows. */
  async function viewed(
    call: Parameters<Told>[0],
    { id, person }: { readonly id: string; readonly person: { readonly id: string } },
    page: string,
  ): Promise<void> {
    const key = `${call.session.id} ${id} ${page}`;
    const now = clock.now();
    if ((viewings.get(key) ?? 0) > now) return;
    await told(call, 'recording.viewed', {
      viewed: id,
      of: person.id,
      what: page === 'requests' ? page : 'page',
      page,
    });
    viewings.delete(key);
    viewings.set(key, now + VIEWING);
    for (const oldest of viewings.keys()) {
      if (viewings.size <= MOST_VIEWINGS) break;
      viewings.delete(oldest);
    }
  }
  return router;
}

/** In pieces of some size: a write for each event would be a frame on the wire for each. */
function* written({ events, until, last, missing, faults }: Window, after: number | undefined): Generator<string> {
  let text = '';
  let unwritten = 0;
  for (const { at, seq, event } of events) {
    const line = lineOf({ at, seq, event });
    if (line === null) unwritten += 1;
    else text += line;
    if (text.length < 64 * 1024) continue;
    yield text;
    text = '';
  }
  const said =
    unwritten === 0 ? faults : [...faults, 'A part of this page could not be read: it is nested too deeply.'];
  const end: ReplayEnd = { until, last: last < 0 ? (after ?? -1) : last, missing, faults: [...said] };
  yield `${text}${JSON.stringify({ end })}\n`;
}

/** null: nested so deeply that it cannot be written; no page that somebody worked in is. */
function lineOf(event: ReplayEvent): string | null {
  try {
    return `${JSON.stringify(event)}\n`;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
