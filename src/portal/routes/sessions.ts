// Reviewing: sessions, their exchanges, one exchange. Only for people with the right `recording.view`, and every look is in
// the journal BEFORE the answer leaves: when it cannot be written down, nothing is shown.
import { type Request, Router } from 'express';
import { z } from 'zod';
import type { ExchangeRecord, SessionIndex } from '../../audit/index/sessionIndex.ts';
import type { Journal } from '../../audit/journal/journal.redis.ts';
import type { AuditEvent, JournalEntry } from '../../kernel/auditEvent.ts';
import { type May, requireRight, sessionOf } from '../authenticate.ts';
import type { ExchangeDetail, ExchangePage, SessionPage, SessionRow } from '../contract/sessions.ts';
import { PortalProblem, parseInput } from '../problem.ts';

export type SessionRouteDeps = {
  readonly index: Pick<SessionIndex, 'listSessions' | 'getSession' | 'listExchanges' | 'getExchange'>;
  readonly journal: Pick<Journal, 'append' | 'forExchange'>;
  readonly may: May;
};

/** An empty field of a filter form is no filter. */
const optional = <S extends z.ZodType>(schema: S) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());
const short = z.string().max(200);
const moment = z
  .string()
  .regex(/^\d{1,15}$/, 'Give a time in ms')
  .transform(Number);

const SessionQuery = z.object({
  person: optional(short),
  console: optional(short),
  action: optional(short),
  verdict: optional(z.enum(['go', 'refuse'])),
  risk: optional(z.enum(['read', 'low', 'high', 'destructive'])),
  from: optional(moment),
  to: optional(moment),
  cursor: optional(z.string().max(500)),
});
const ExchangeQuery = z.object({
  kind: optional(z.enum(['acts', 'refused', 'all'])),
  cursor: optional(z.string().max(500)),
});

export function sessionRoutes({ index, journal, may }: SessionRouteDeps): Router {
  const router = Router();
  const reviewers = requireRight(may, 'recording.view');

  /** Appends who looked at what. @throws PortalProblem journal.unavailable: then nothing may be shown */
  const told = async (req: Request, kind: 'sessions.listed' | 'recording.viewed', facts: AuditEvent['facts']) => {
    const { id, principal } = sessionOf(req);
    try {
      await journal.append({ kind, actor: principal.id, actorName: principal.name, session: id, facts });
    } catch {
      throw new PortalProblem('journal.unavailable');
    }
  };
  const known = (id: unknown): SessionRow => {
    const row = typeof id === 'string' ? index.getSession(id) : null;
    if (!row) throw new PortalProblem('not.found');
    return contractRow(row);
  };

  router.get('/api/sessions', reviewers, async (req, res) => {
    const { cursor, ...filter } = parseInput(SessionQuery, req.query);
    const { sessions, next } = paged(() => index.listSessions(filter, cursor ?? null));
    const page: SessionPage = { sessions: sessions.map(contractRow), next };
    await told(req, 'sessions.listed', { filter, shown: sessions.length, further: cursor !== undefined });
    res.json(page);
  });

  router.get('/api/sessions/:id', reviewers, async (req, res) => {
    const row = known(req.params.id);
    await told(req, 'recording.viewed', { viewed: row.id, of: row.person.id, what: 'session' });
    res.json(row);
  });

  router.get('/api/sessions/:id/exchanges', reviewers, async (req, res) => {
    const { kind = 'all', cursor } = parseInput(ExchangeQuery, req.query);
    const { id, person } = known(req.params.id);
    const { exchanges, next } = paged(() => index.listExchanges(id, kind, cursor ?? null));
    const page: ExchangePage = { exchanges: exchanges.map((row) => ({ ...row })), next };
    await told(req, 'recording.viewed', {
      viewed: id,
      of: person.id,
      what: 'exchanges',
      kind,
      shown: exchanges.length,
    });
    res.json(page);
  });

  router.get('/api/sessions/:id/exchanges/:exchange', reviewers, async (req, res) => {
    const { id, person } = known(req.params.id);
    const record = await recordOf(() => index.getExchange(id, String(req.params.exchange)));
    if (!record) throw new PortalProblem('not.found');
    const { grant, hold } = record.row;
    const related = [grant, hold].filter((one): one is string => one !== null);
    const entries = await journal.forExchange(record.row.id, related);
    const detail = detailOf(record, entries);
    await told(req, 'recording.viewed', { viewed: id, of: person.id, what: 'exchange', exchange: detail.id });
    res.json(detail);
  });
  return router;
}

type IndexRow = NonNullable<ReturnType<SessionIndex['getSession']>>;
const contractRow = (row: IndexRow): SessionRow => ({
  ...row,
  person: { ...row.person },
  consoles: [...row.consoles],
  highlights: row.highlights.map((highlight) => ({ ...highlight })),
});

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
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
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
    } else {
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
