// What reviewers ask the session index. Rows have the shapes of the portal's contract. Each query reads a page through an
// index of the database: no cost grows with the history.
import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite';
import type { Risk } from '../../kernel/action.ts';
import type { PersonRef } from '../../kernel/grant.ts';
import type { LinePlace } from '../recording/places.ts';
import { fold, type Highlight } from './sessionSum.ts';

export type SessionFilter = {
  /** principal id, or a part of the name */
  readonly person?: string | undefined;
  readonly console?: string | undefined;
  readonly action?: string | undefined;
  readonly verdict?: 'go' | 'refuse' | undefined;
  readonly risk?: Risk | undefined;
  /** sessions that were going on between these, ms */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
};

export type SessionRow = {
  readonly id: string;
  readonly person: PersonRef;
  readonly startedAt: number;
  readonly lastAt: number;
  readonly endedAt: number | null;
  readonly consoles: readonly string[];
  readonly exchanges: number;
  readonly acts: number;
  readonly refusals: number;
  readonly highlights: readonly Omit<Highlight, 'at'>[];
};

export type ExchangeKind = 'acts' | 'refused' | 'all';

export type ExchangeRow = {
  readonly id: string;
  readonly at: number;
  readonly console: string;
  readonly method: string;
  readonly target: string;
  readonly action: string;
  readonly risk: Risk;
  readonly title: string;
  readonly verdict: 'go' | 'refuse';
  readonly reason: string | null;
  readonly status: number | null;
  readonly sent: number;
  readonly received: number;
  readonly took: number | null;
  readonly grant: string | null;
  readonly hold: string | null;
};

/** Where a line of an exchange stands. */
export type StoredLine = LinePlace & { readonly type: string };

/** A cursor that this index did not make. */
export class BadCursor extends Error {
  override readonly name = 'BadCursor';
}

export const PAGE_SIZE = 50;
export type Row = Record<string, SQLOutputValue>;

export function listSessions(
  database: DatabaseSync,
  filter: SessionFilter,
  cursor: string | null,
): { sessions: SessionRow[]; next: string | null } {
  const where: string[] = [];
  const values: SQLInputValue[] = [];
  const add = (clause: string, ...given: SQLInputValue[]): void => {
    where.push(clause);
    values.push(...given);
  };
  if (filter.person !== undefined) {
    add('(person_id = ? OR instr(person_folded, ?) > 0)', filter.person, fold(filter.person));
  }
  if (filter.from !== undefined) add('last_at >= ?', filter.from);
  if (filter.to !== undefined) add('coalesce(login_at, first_at) <= ?', filter.to);
  const facets = (['console', 'action', 'verdict', 'risk'] as const).filter((name) => filter[name] !== undefined);
  if (facets.length > 0) {
    const all = facets.map((name) => `${name} = ?`).join(' AND ');
    const given = facets.map((name) => filter[name] ?? '');
    add(`EXISTS (SELECT 1 FROM facets WHERE session = sessions.id AND ${all})`, ...given);
  }
  if (cursor !== null) {
    const [live, at, id] = readCursor(cursor, ['number', 'number', 'string']);
    add('((ended_at IS NULL), last_at, id) < (?, ?, ?)', live ?? 0, at ?? 0, id ?? '');
  }
  const rows = database
    .prepare(`
      SELECT * FROM sessions ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''}
      ORDER BY (ended_at IS NULL) DESC, last_at DESC, id DESC LIMIT ${PAGE_SIZE + 1}`)
    .all(...values);
  const page = rows.slice(0, PAGE_SIZE);
  const last = rows.length > PAGE_SIZE ? page.at(-1) : undefined;
  const next = last ? writeCursor([last.ended_at === null ? 1 : 0, Number(last.last_at), String(last.id)]) : null;
  return { sessions: page.map((row) => sessionRow(database, row)), next };
}

export function getSession(database: DatabaseSync, id: string): SessionRow | null {
  const row = database.prepare('SELECT * FROM sessions WHERE id = ?').get(id);
  return row ? sessionRow(database, row) : null;
}

/** Newest first. */
export function listExchanges(
  database: DatabaseSync,
  session: string,
  kind: ExchangeKind,
  cursor: string | null,
): { exchanges: ExchangeRow[]; next: string | null } {
  const only = kind === 'acts' ? 'AND act = 1' : kind === 'refused' ? 'AND refused = 1' : '';
  const [at, id] = cursor === null ? [] : readCursor(cursor, ['number', 'string']);
  const after = cursor === null ? '' : 'AND (at, id) < (?, ?)';
  const rows = database
    .prepare(`
      SELECT * FROM exchanges WHERE session = ? ${only} ${after} ORDER BY at DESC, id DESC LIMIT ${PAGE_SIZE + 1}`)
    .all(session, ...(cursor === null ? [] : [at ?? 0, id ?? '']));
  const page = rows.slice(0, PAGE_SIZE);
  const last = rows.length > PAGE_SIZE ? page.at(-1) : undefined;
  return {
    exchanges: page.map(exchangeRow),
    next: last ? writeCursor([Number(last.at), String(last.id)]) : null,
  };
}

/** The row and the places of its lines: the opening, the closing, and at most `messages` messages between. */
export function findExchange(
  database: DatabaseSync,
  session: string,
  exchange: string,
  messages: number,
): { row: ExchangeRow; lines: StoredLine[] } | null {
  const row = database.prepare('SELECT * FROM exchanges WHERE id = ? AND session = ?').get(exchange, session);
  if (!row) return null;
  const name = database.prepare('SELECT name FROM parts WHERE id = ?');
  const place = (type: string, part: unknown, chunk: unknown, n: unknown): StoredLine[] => {
    const known = typeof part === 'number' ? name.get(part) : undefined;
    return known ? [{ part: String(known.name), type, chunk: Number(chunk), n: Number(n) }] : [];
  };
  const between = database
    .prepare('SELECT part, chunk, n FROM messages WHERE exchange = ? ORDER BY part, n LIMIT ?')
    .all(row.no ?? 0, messages);
  const lines = [
    ...place('open', row.open_part, row.open_chunk, row.open_n),
    ...place('close', row.close_part, row.close_chunk, row.close_n),
    ...between.flatMap(({ part, chunk, n }) => place('message', part, chunk, n)),
  ];
  return { row: exchangeRow(row), lines };
}

function sessionRow(database: DatabaseSync, row: Row): SessionRow {
  const consoles = database
    .prepare('SELECT DISTINCT console FROM facets WHERE session = ? ORDER BY console')
    .all(row.id ?? '');
  const highlights = JSON.parse(String(row.highlights)) as Highlight[];
  return {
    id: String(row.id),
    person: { id: String(row.person_id), name: String(row.person_name) },
    startedAt: Number(row.login_at ?? row.first_at),
    lastAt: Number(row.last_at),
    endedAt: row.ended_at === null ? null : Number(row.ended_at),
    consoles: consoles.map(({ console }) => String(console)),
    exchanges: Number(row.exchanges),
    acts: Number(row.acts),
    refusals: Number(row.refusals),
    highlights: highlights.map(({ title, risk, verdict }) => ({ title, risk, verdict })),
  };
}

const textOrNull = (value: SQLOutputValue | undefined): string | null => (typeof value === 'string' ? value : null);
const numberOrNull = (value: SQLOutputValue | undefined): number | null => (typeof value === 'number' ? value : null);

export const exchangeRow = (row: Row): ExchangeRow => ({
  id: String(row.id),
  at: Number(row.at),
  console: String(row.console),
  method: String(row.method),
  target: String(row.target),
  action: String(row.action),
  risk: String(row.risk) as Risk,
  title: String(row.title),
  verdict: row.verdict === 'go' ? 'go' : 'refuse',
  reason: textOrNull(row.reason),
  status: numberOrNull(row.status),
  sent: Number(row.sent),
  received: Number(row.received),
  took: numberOrNull(row.took),
  grant: textOrNull(row.grant_id),
  hold: textOrNull(row.hold_id),
});

type CursorPart = string | number;
const writeCursor = (parts: readonly CursorPart[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url');

/** @throws BadCursor */
function readCursor(cursor: string, types: readonly ('number' | 'string')[]): CursorPart[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    const fits =
      Array.isArray(parts) && parts.length === types.length && types.every((type, at) => typeof parts[at] === type);
    if (fits) return parts as CursorPart[];
  } catch {
    // said below
  }
  throw new BadCursor('this is not a cursor of this list');
}
