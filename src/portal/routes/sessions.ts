// Reviewing: sessions, their exchanges, one exchange. Only for people with the right `recording.view`, and every look is in
// the journal BEFORE the answer leaves: when it cannot be written down, nothing is shown.
import { Router } from 'express';
import type { SessionRow } from '../../audit/index/queries.ts';
import type { ExchangeRecord, SessionIndex } from '../../audit/index/sessionIndex.ts';
import type { Journal } from '../../audit/journal/journal.redis.ts';
import type { AuditEvent, JournalEntry } from '../../kernel/auditEvent.ts';
import { serve, serveStream } from '../api/serve.ts';
import type { ExchangeDetail } from '../contract/sessions.ts';
import { csvLine, csvTime } from '../csv.ts';
import { listExchanges, listSessions, listSessionsCsv, readExchange, readSession } from '../endpoints/sessions.ts';
import { PortalProblem } from '../problem.ts';
import type { Told } from '../told.ts';

export type SessionRouteDeps = {
  readonly index: Pick<SessionIndex, 'readable' | 'listSessions' | 'getSession' | 'listExchanges' | 'getExchange'>;
  readonly journal: Pick<Journal, 'forExchange'>;
  readonly told: Told;
};

export function sessionRoutes({ index, journal, told }: SessionRouteDeps): Router {
  const router = Router();
  const known = (id: string) => {
    const row = index.getSession(id);
    if (!row) throw new PortalProblem('not.found');
    return row;
  };

  /** Without the key an empty list would look like a session in which nothing was done. */
  const readable = () => {
    if (!index.readable) throw new PortalProblem('recording.closed');
  };

  serve(router, listSessions, async (call) => {
    const { cursor, ...filter } = call.query;
    const { sessions, next } = paged(() => index.listSessions(filter, cursor ?? null));
    await told(call, 'sessions.listed', { filter, shown: sessions.length, further: cursor !== undefined });
    return { sessions, next };
  });

  serveStream(router, listSessionsCsv, async (call) => {
    let page = index.listSessions(call.query, null);
    await told(call, 'sessions.listed', { filter: call.query, form: 'csv' });
    const { res } = call;
    const { type, file } = listSessionsCsv.answer;
    res.status(200).setHeader('Content-Type', `${type}; charset=utf-8`);
    res.setHeader('Content-Disposition', `attachment; filename="${file}"`);
    // The mark tells spreadsheets that it is UTF-8.
    res.write(`\ufeff${CSV_HEAD}`);
    for (let pages = 1; ; pages += 1) {
      res.write(page.sessions.map(csvOf).join(''));
      if (page.next === null || pages >= CSV_PAGES || res.destroyed) break;
      await new Promise((rest) => setImmediate(rest));
      page = index.listSessions(call.query, page.next);
    }
    res.end();
  });

  serve(router, readSession, async (call) => {
    const row = known(call.params.id);
    await told(call, 'recording.viewed', { viewed: row.id, of: row.person.id, what: 'session' });
    return row;
  });

  serve(router, listExchanges, async (call) => {
    const { kind = 'all', cursor } = call.query;
    const { id, person } = known(call.params.id);
    readable();
    const { exchanges, next } = paged(() => index.listExchanges(id, kind, cursor ?? null));
    const shown = exchanges.length;
    await told(call, 'recording.viewed', { viewed: id, of: person.id, what: 'exchanges', kind, shown });
    return { exchanges, next };
  });

  serve(router, readExchange, async (call) => {
    const { id, person } = known(call.params.id);
    readable();
    const record = await recordOf(() => index.getExchange(id, call.params.exchange));
    if (!record) throw new PortalProblem('not.found');
    const { grant, hold } = record.row;
    const related = [grant, hold].filter((one): one is string => one !== null);
    const entries = await journal.forExchange(record.row.id, related);
    const detail = detailOf(record, entries);
    await told(call, 'recording.viewed', { viewed: id, of: person.id, what: 'exchange', exchange: detail.id });
    return detail;
  });
  return router;
}

/** More than this is a job for the command line. */
const CSV_PAGES = 40;
const CSV_HEAD = csvLine([
  ...['session', 'person', 'person id', 'started (UTC)', 'last (UTC)', 'ended (UTC)', 'consoles', 'acts', 'refusals'],
  ...['requests', 'stands out'],
]);
const csvOf = ({ person, highlights, ...row }: SessionRow): string =>
  csvLine([
    ...[row.id, person.name, person.id, csvTime(row.startedAt), csvTime(row.lastAt), csvTime(row.endedAt)],
    ...[row.consoles.join(' '), row.acts, row.refusals, row.exchanges],
    highlights.map(({ title, verdict }) => (verdict === 'refuse' ? `${title} (refused)` : title)).join('; '),
  ]);

/** A cursor that was not ours is the caller's mistake. */
function paged<T>(list: () => T): T {
  try {
    return list();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'BadCursor') throw error;
    throw new PortalProblem('input.invalid', { faults: [{ at: 'cursor', what: 'This is not a cursor of this list' }] });
  }
}

/** A recording that was taken off the disk is said, not guessed around. */
async function recordOf(read: () => Promise<ExchangeRecord | null>): Promise<ExchangeRecord | null> {
  try {
    return await read();
  } catch (error) {
    const gone = (error as { why?: unknown }).why === 'missing' || (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (!gone) throw error;
    throw new PortalProblem('not.found', { detail: 'The recording of this exchange is not on the disk any more.' });
  }
}

function detailOf({ row, lines }: ExchangeRecord, entries: readonly JournalEntry[]): ExchangeDetail {
  const detail: ExchangeDetail = {
    ...row,
    targets: [],
    policies: [],
    policySet: '',
    requestHeaders: [],
    responseHeaders: [],
    requestBody: null,
    requestBodyNote: null,
    bodyDigest: '',
    events: entries.map(eventOf),
    messages: [],
  };
  for (const line of lines) {
    if (line.type === 'open') {
      detail.targets = line.targets.map(({ kind, id }) => ({ kind, id }));
      detail.policies = [...line.policies];
      detail.policySet = line.policySet;
      detail.requestHeaders = line.requestHeaders.map(([name, value]) => [name, value]);
      detail.requestBody = line.requestBody.text;
      detail.requestBodyNote = line.requestBody.note;
      detail.bodyDigest = line.requestBody.digest ?? '';
    } else if (line.type === 'close') {
      detail.responseHeaders = line.responseHeaders.map(([name, value]) => [name, value]);
    } else if (line.type === 'message') {
      const { at, from, size, text } = line;
      detail.messages.push({ at, from, size, text });
    }
  }
  return detail;
}

/** The script's own finding (uses left, refunded) is one more fact. An entry that cannot be read is shown as that. */
function eventOf({ seq, at, event, fact }: JournalEntry): ExchangeDetail['events'][number] {
  try {
    const { kind, actor, actorName, facts } = JSON.parse(event) as AuditEvent;
    const found: unknown = fact === '' ? {} : JSON.parse(fact);
    return { seq, at, kind, actor: actorName ?? actor, facts: { ...facts, ...(found as object) } };
  } catch {
    return { seq, at, kind: 'unreadable', actor: null, facts: {} };
  }
}
