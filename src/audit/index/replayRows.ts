// What a replay needs to know of a recording without reading it: which pages there were, where the lines with their looks stand,
// where one can begin (a full snapshot), when the person did something, which request came from which page. Derived from lines
// like all of the index. Holds no content of a page: that stays in the encrypted recording.
import type { DatabaseSync } from 'node:sqlite';
import type { DomLine, LineContent } from '../recording/lines.ts';
import type { LinePlace } from '../recording/places.ts';

export const REPLAY_SCHEMA = `
  CREATE TABLE replay_pages (
    session TEXT NOT NULL, page TEXT NOT NULL, at INTEGER NOT NULL, what TEXT NOT NULL, console TEXT NOT NULL,
    url TEXT NOT NULL, mode TEXT NOT NULL, why TEXT, PRIMARY KEY (session, page, at, what)
  ) WITHOUT ROWID;
  -- first: number of the line's first event; piece: of an event that is longer than a line. Times on the gateway's clock.
  CREATE TABLE replay_looks (
    session TEXT NOT NULL, page TEXT NOT NULL, first INTEGER NOT NULL, piece INTEGER NOT NULL, console TEXT NOT NULL,
    from_at INTEGER NOT NULL, to_at INTEGER NOT NULL, whole INTEGER NOT NULL, touched INTEGER NOT NULL,
    part TEXT NOT NULL, chunk INTEGER NOT NULL, n INTEGER NOT NULL, size INTEGER NOT NULL,
    PRIMARY KEY (session, page, first, piece)
  ) WITHOUT ROWID;
  CREATE INDEX replay_looks_by_time ON replay_looks (session, page, from_at);
  CREATE INDEX replay_looks_whole ON replay_looks (session, page, to_at) WHERE whole = 1;
  CREATE INDEX replay_looks_touched ON replay_looks (session) WHERE touched = 1;
  CREATE TABLE replay_sent (
    exchange TEXT PRIMARY KEY, session TEXT NOT NULL, page TEXT, gesture INTEGER
  ) WITHOUT ROWID;
`;

// Quotes inside of a page's texts are escaped in JSON, so these can only be the beginnings of events, as the recorder writes them.
const WHOLE = /\{"type":2,(?:"timestamp":\d+,)?"data":\{/;
/** pointer, click, scroll, input, touch, drag: what a person does, not what a page does by itself */
const TOUCHED = /\{"type":3,(?:"timestamp":\d+,)?"data":\{"source":(?:1|2|3|5|6|12),/;

/** ms that events may be older or newer than the line that brought them: a laptop sleeps with some unsent, a clock is set. */
const BEHIND = 24 * 3_600_000;
const AHEAD = 60_000;

export type ReplayApplier = {
  /** Within a transaction of the caller's. Lines that say nothing of a replay, and nonsense, are passed over. */
  apply(content: LineContent, place: LinePlace): void;
};

export function prepareReplayRows(database: DatabaseSync): ReplayApplier {
  const addPage = database.prepare('INSERT OR IGNORE INTO replay_pages VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  const addLook = database.prepare(`INSERT OR IGNORE INTO replay_looks VALUES (?${', ?'.repeat(12)})`);
  const addSent = database.prepare('INSERT OR IGNORE INTO replay_sent VALUES (?, ?, ?, ?)');

  const look = (line: DomLine, { part, chunk, n }: LinePlace): void => {
    const { session, id, first, events, console, offset } = line;
    if (![line.from, line.to, offset, first].every(Number.isFinite)) return;
    if (!Number.isSafeInteger(line.at)) return;
    // The page says both times. One far away would stretch the session over centuries, and beyond 2^53 nobody could read the row.
    const near = (told: number): number =>
      Math.min(line.at + AHEAD, Math.max(line.at - BEHIND, Math.round(told + offset)));
    const from = near(line.from);
    const to = Math.max(from, near(line.to));
    addLook.run(
      ...[session, id, first, line.part?.at ?? 0, console, from, to],
      ...[WHOLE.test(events) ? 1 : 0, TOUCHED.test(events) ? 1 : 0],
      ...[part, chunk, n, events.length],
    );
  };
  return {
    apply(content, place) {
      if (content.type === 'dom') {
        if (typeof content.events === 'string') look(content, place);
      } else if (content.type === 'page') {
        const { session, id, at, what, console, url, mode, why } = content;
        addPage.run(session, id, at, what, console, url, mode, why ?? null);
      } else if (content.type === 'open') {
        const { id, session, page, gesture } = content;
        if (page === undefined && gesture === undefined) return;
        addSent.run(id, session, page ?? null, gesture === undefined ? null : Number(gesture));
      }
    },
  };
}

export type Stretch = readonly [from: number, to: number];

export type ReplayPage = {
  readonly id: string;
  readonly console: string;
  readonly url: string;
  readonly from: number;
  readonly to: number;
  readonly mode: 'dom' | 'exchanges';
  /** why only requests were recorded */
  readonly why: string | null;
  /** nothing said that it ended, nor that nothing comes from it any more */
  readonly open: boolean;
  /** when nothing came from it although it had not ended */
  readonly silent: readonly Stretch[];
  /** when its person did something in it */
  readonly touched: readonly Stretch[];
};

/** Pages of a session in the order in which they were opened. */
export function pagesOf(database: DatabaseSync, session: string): ReplayPage[] {
  const lines = database.prepare('SELECT * FROM replay_pages WHERE session = ? ORDER BY page, at').all(session);
  // Summed up by the database: a long session has tens of thousands of these.
  const looks = database
    .prepare(`
      SELECT page, min(console) AS console, min(from_at) AS from_at, max(to_at) AS to_at FROM replay_looks
      WHERE session = ? GROUP BY page`)
    .all(session);
  const touches = database
    .prepare('SELECT page, from_at, to_at FROM replay_looks WHERE session = ? AND touched = 1')
    .all(session);
  const touchesOf = Map.groupBy(touches, ({ page }) => String(page));
  const linesOf = Map.groupBy(lines, ({ page }) => String(page));
  const looksOf = Map.groupBy(looks, ({ page }) => String(page));
  return [...new Set([...linesOf.keys(), ...looksOf.keys()])]
    .map((id): ReplayPage => {
      const said = linesOf.get(id) ?? [];
      const seen = looksOf.get(id) ?? [];
      const times = [
        ...said.filter(({ what }) => what !== 'silent').map(({ at }) => Number(at)),
        ...seen.flatMap(({ from_at, to_at }) => [Number(from_at), Number(to_at)]),
      ];
      const begun = said.find(({ what }) => what === 'start') ?? said[0];
      const fallen = said.findLast(({ mode, why }) => mode === 'exchanges' && why !== null);
      return {
        id,
        console: String((begun ?? seen[0])?.console ?? ''),
        url: String(begun?.url ?? ''),
        from: leastOf(times),
        to: greatestOf(times),
        mode: seen.length > 0 ? 'dom' : 'exchanges',
        why: typeof fallen?.why === 'string' ? fallen.why : null,
        open: !['end', 'silent'].includes(String(said.at(-1)?.what)),
        silent: silences(said, greatestOf(times)),
        touched: joined(
          (touchesOf.get(id) ?? []).map(({ from_at, to_at }) => [Number(from_at), Number(to_at)]),
          2000,
        ),
      };
    })
    .sort((a, b) => a.from - b.from);
}

function silences(lines: readonly Record<string, unknown>[], end: number): Stretch[] {
  const found: Stretch[] = [];
  let since: number | null = null;
  for (const { what, at } of lines) {
    if (what === 'silent') since ??= Number(at);
    else if (since !== null) {
      found.push([since, Number(at)]);
      since = null;
    }
  }
  if (since !== null && end > since) found.push([since, end]);
  return found;
}

// Math.min(...list) overflows the stack with long lists.
const leastOf = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), values[0] ?? 0);
const greatestOf = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), values[0] ?? 0);

/** Stretches in order of time, those that are at most `gap` apart as one. */
export function joined(stretches: readonly Stretch[], gap: number): Stretch[] {
  const found: [number, number][] = [];
  for (const [from, to] of [...stretches].sort((a, b) => a[0] - b[0])) {
    const last = found.at(-1);
    if (last !== undefined && from <= last[1] + gap) last[1] = Math.max(last[1], to);
    else found.push([from, to]);
  }
  return found;
}

export type LookPlace = LinePlace & {
  /** number of the line's first event */
  readonly first: number;
  readonly from: number;
  readonly to: number;
  readonly size: number;
};

/**
 * Where the lines stand that show a page from `from` to `to`: beginning with the last full snapshot before `from` (with the line
 * before it, which may hold its size), or with the first line that is there.
 * @param after number of the last event that is known: then only what follows it
 */
export function looksAt(
  database: DatabaseSync,
  page: { readonly session: string; readonly page: string },
  { from, to, after }: { readonly from: number; readonly to: number; readonly after?: number | undefined },
): LookPlace[] {
  const { session, page: id } = page;
  const begin = after === undefined ? beginning(database, session, id, from) : { first: after + 1, at: from - SLACK };
  const rows = database
    .prepare(`
      SELECT first, part, chunk, n, from_at, to_at, size FROM replay_looks
      WHERE session = ? AND page = ? AND first >= ? AND from_at BETWEEN ? AND ? ORDER BY first, piece LIMIT 5000`)
    .all(session, id, begin.first, begin.at, to);
  return rows.map((row) => ({
    ...{ part: String(row.part), chunk: Number(row.chunk), n: Number(row.n) },
    ...{ first: Number(row.first), from: Number(row.from_at), to: Number(row.to_at), size: Number(row.size) },
  }));
}

/** Lines may come out of the order of their times by so much, ms: batches overlap, clocks are set. */
const SLACK = 60_000;

function beginning(database: DatabaseSync, session: string, page: string, from: number): { first: number; at: number } {
  const whole = database
    .prepare(`
      SELECT first, from_at FROM replay_looks WHERE session = ? AND page = ? AND whole = 1 AND to_at <= ?
      ORDER BY to_at DESC, first DESC LIMIT 1`)
    .get(session, page, from);
  if (whole === undefined) return { first: 0, at: 0 };
  const before = database
    .prepare('SELECT first FROM replay_looks WHERE session = ? AND page = ? AND first < ? ORDER BY first DESC LIMIT 1')
    .get(session, page, Number(whole.first));
  return { first: Number((before ?? whole).first), at: Number(whole.from_at) - SLACK };
}

export type ReplayRequest = {
  readonly id: string;
  readonly at: number;
  readonly console: string;
  readonly method: string;
  readonly target: string;
  readonly action: string;
  readonly title: string;
  readonly risk: string;
  readonly verdict: 'go' | 'refuse';
  readonly reason: string | null;
  readonly status: number | null;
  readonly grant: string | null;
  readonly hold: string | null;
  readonly page: string | null;
  /** as the page said; null: nothing was said */
  readonly gesture: boolean | null;
};

/** In order of time. @param only acts and refusals, or everything */
export function requestsBetween(
  database: DatabaseSync,
  session: string,
  [from, to]: Stretch,
  only: 'marked' | 'all',
  limit: number,
): ReplayRequest[] {
  const rows = database
    .prepare(`
      SELECT exchanges.*, replay_sent.page AS page, replay_sent.gesture AS gesture FROM exchanges
      LEFT JOIN replay_sent ON replay_sent.exchange = exchanges.id
      WHERE exchanges.session = ? AND at BETWEEN ? AND ? ${only === 'marked' ? 'AND (act = 1 OR refused = 1)' : ''}
      ORDER BY at, id LIMIT ?`)
    .all(session, from, to, limit);
  return rows.map((row) => ({
    ...{ id: String(row.id), at: Number(row.at), console: String(row.console), method: String(row.method) },
    ...{ target: String(row.target), action: String(row.action), title: String(row.title), risk: String(row.risk) },
    verdict: row.verdict === 'go' ? 'go' : 'refuse',
    reason: typeof row.reason === 'string' ? row.reason : null,
    status: typeof row.status === 'number' ? row.status : null,
    grant: typeof row.grant_id === 'string' ? row.grant_id : null,
    hold: typeof row.hold_id === 'string' ? row.hold_id : null,
    page: typeof row.page === 'string' ? row.page : null,
    gesture: typeof row.gesture === 'number' ? row.gesture === 1 : null,
  }));
}
