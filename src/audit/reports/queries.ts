// The reports themselves: who did what to which devices, and who approved what. Each costs at most the rows of its period; what is
// listed is bounded, and says when something is left out.
import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite';

export const MOST_ROWS = 500;
export const PAGE = 500;
const DAY = 86_400_000;
/** Columns that a chart has at most. */
const MOST_COLUMNS = 62;

export type Period = { readonly from: number; readonly to: number };
export type Filter = Period & { readonly person?: string | undefined; readonly console?: string | undefined };
export type By = 'person' | 'device' | 'action';

export type ActivityRow = {
  readonly key: string;
  readonly label: string;
  readonly acts: number;
  readonly destructive: number;
  readonly refused: number;
  readonly failed: number;
  readonly devices: number;
  readonly lastAt: number;
};
export type Column = { readonly from: number; readonly one: number; readonly two: number };
export type Activity = {
  readonly rows: readonly ActivityRow[];
  /** rows that are left out */
  readonly more: number;
  readonly sums: {
    readonly acts: number;
    readonly destructive: number;
    readonly refused: number;
    readonly failed: number;
    readonly devices: number;
    readonly people: number;
  };
  /** acts (one) and refusals (two) over time; each column is as wide as the first says */
  readonly columns: readonly Column[];
};
export type ActRow = {
  readonly seq: number;
  readonly at: number;
  readonly person: string;
  readonly name: string;
  readonly console: string;
  readonly action: string;
  readonly risk: string;
  readonly title: string;
  readonly outcome: string;
  readonly reason: string;
  readonly status: number | null;
  readonly devices: number;
  /** at most 200 of them */
  readonly ids: readonly string[];
  readonly exchange: string;
  readonly grant: string;
  readonly hold: string;
};
export type ApproverRow = {
  readonly person: string;
  readonly name: string;
  readonly approved: number;
  readonly denied: number;
  /** ms from the question to this person's answer: half of them were quicker */
  readonly median: number | null;
};
export type AskRow = {
  readonly id: string;
  readonly kind: string;
  readonly at: number;
  readonly person: string;
  readonly name: string;
  readonly console: string;
  readonly title: string;
  readonly reason: string;
  readonly ticket: string;
  readonly answer: string;
  readonly answeredAt: number | null;
  readonly automatic: boolean;
  readonly by: readonly { readonly id: string; readonly name: string; readonly word: string; readonly at: number }[];
};
export type Approvals = {
  readonly sums: {
    readonly asked: number;
    readonly approved: number;
    readonly denied: number;
    readonly lapsed: number;
    readonly withdrawn: number;
    readonly waiting: number;
    readonly automatic: number;
  };
  /** ms from the question to the answer of people: half were quicker; nine of ten were quicker */
  readonly speed: { readonly median: number | null; readonly slow: number | null };
  readonly approvers: readonly ApproverRow[];
  readonly asks: readonly AskRow[];
  readonly more: number;
  /** approved (one) and denied (two) over time */
  readonly columns: readonly Column[];
};

type Row = Record<string, SQLOutputValue>;
const number = (value: SQLOutputValue | undefined): number => Number(value ?? 0);
const text = (value: SQLOutputValue | undefined): string => String(value ?? '');

function where({ from, to, person, console }: Filter, table: string): { clause: string; values: SQLInputValue[] } {
  const parts = [`${table}.at >= ? AND ${table}.at < ?`];
  const values: SQLInputValue[] = [from, to];
  if (person !== undefined) {
    parts.push(`(${table}.person = ? OR instr(lower(${table}.name), lower(?)) > 0)`);
    values.push(person, person);
  }
  if (console !== undefined) {
    parts.push(`${table}.console = ?`);
    values.push(console);
  }
  return { clause: parts.join(' AND '), values };
}

const COUNTS = `
  sum(outcome <> 'refused') AS acts, sum(outcome <> 'refused' AND risk = 'destructive') AS destructive,
  sum(outcome = 'refused') AS refused, sum(outcome = 'failed') AS failed, max(acts.at) AS last`;

export function activity(database: DatabaseSync, filter: Filter, by: By): Activity {
  const { clause, values } = where(filter, 'acts');
  const all = (sql: string, ...more: SQLInputValue[]): Row[] => database.prepare(sql).all(...values, ...more) as Row[];
  const [sum = {}] = all(`SELECT ${COUNTS}, count(DISTINCT person) AS people FROM acts WHERE ${clause}`);
  const [hit = {}] = all(
    `SELECT count(DISTINCT console || ' ' || device) AS n FROM acts JOIN act_devices USING (seq)
     WHERE ${clause} AND outcome <> 'refused'`,
  );
  const grouped = {
    // Names change; the id is the person.
    person: `SELECT person AS key, max(name) AS label, ${COUNTS}, sum(iif(outcome <> 'refused', devices, 0)) AS devices
      FROM acts WHERE ${clause} GROUP BY person`,
    action: `SELECT action AS key, action AS label, ${COUNTS}, sum(iif(outcome <> 'refused', devices, 0)) AS devices
      FROM acts WHERE ${clause} GROUP BY action`,
    device: `SELECT console || ' ' || device AS key, device || ' (' || console || ')' AS label, ${COUNTS}, 1 AS devices
      FROM acts JOIN act_devices USING (seq) WHERE ${clause} GROUP BY console, device`,
  }[by];
  const rows = all(
    `SELECT *, count(*) OVER () AS n FROM (${grouped}) ORDER BY acts DESC, refused DESC, key LIMIT ?`,
    MOST_ROWS,
  );
  return {
    rows: rows.map((row) => ({
      key: text(row.key),
      label: text(row.label),
      acts: number(row.acts),
      destructive: number(row.destructive),
      refused: number(row.refused),
      failed: number(row.failed),
      devices: number(row.devices),
      lastAt: number(row.last),
    })),
    more: Math.max(0, number(rows[0]?.n) - rows.length),
    sums: {
      acts: number(sum.acts),
      destructive: number(sum.destructive),
      refused: number(sum.refused),
      failed: number(sum.failed),
      devices: number(hit.n),
      people: number(sum.people),
    },
    columns: columnsOf(filter, (width) =>
      all(
        `SELECT (acts.at - ${filter.from}) / ${width} AS no, sum(outcome <> 'refused') AS one, sum(outcome = 'refused') AS two FROM acts
         WHERE ${clause} GROUP BY no`,
      ),
    ),
  };
}

/** Whole days, as many in a column as the period needs. */
function columnsOf({ from, to }: Period, read: (width: number) => Row[]): Column[] {
  const days = Math.max(1, Math.ceil((to - from) / DAY));
  const width = Math.ceil(days / MOST_COLUMNS) * DAY;
  const found = new Map(read(width).map((row) => [number(row.no), row]));
  return Array.from({ length: Math.ceil((to - from) / width) }, (_, no) => ({
    from: from + no * width,
    one: number(found.get(no)?.one),
    two: number(found.get(no)?.two),
  }));
}

/** Acts in order of time, a page of them after the entry `after`. */
export function actPage(database: DatabaseSync, filter: Filter, after: number): ActRow[] {
  const { clause, values } = where(filter, 'acts');
  const rows = database
    .prepare(`SELECT * FROM acts WHERE seq > ? AND ${clause} ORDER BY seq LIMIT ?`)
    .all(after, ...values, PAGE) as Row[];
  const devices = database.prepare('SELECT device FROM act_devices WHERE seq = ? LIMIT 200');
  return rows.map((row) => ({
    seq: number(row.seq),
    at: number(row.at),
    person: text(row.person),
    name: text(row.name),
    console: text(row.console),
    action: text(row.action),
    risk: text(row.risk),
    title: text(row.title),
    outcome: text(row.outcome),
    reason: text(row.reason),
    status: row.status === null || row.status === undefined ? null : Number(row.status),
    devices: number(row.devices),
    ids: devices.all(number(row.seq)).map(({ device }) => text(device)),
    exchange: text(row.exchange),
    grant: text(row.grant_id),
    hold: text(row.hold_id),
  }));
}

export function approvals(database: DatabaseSync, filter: Filter): Approvals {
  const { clause, values } = where(filter, 'asks');
  const all = (sql: string): Row[] => database.prepare(sql).all(...values) as Row[];
  const count = (answer: string): string => `sum(answer = '${answer}') AS ${answer}`;
  const words = ['approved', 'denied', 'lapsed', 'withdrawn', 'waiting'].map(count).join(', ');
  const [sum = {}] = all(`SELECT count(*) AS asked, sum(automatic) AS automatic, ${words} FROM asks WHERE ${clause}`);
  const times = all(
    `SELECT answered_at - at AS took FROM asks WHERE ${clause} AND automatic = 0 AND answer IN ('approved', 'denied') ORDER BY took`,
  ).map(({ took }) => number(took));
  const answers = all(
    `SELECT answers.person AS person, max(answers.name) AS name, sum(word <> 'denied') AS approved, sum(word = 'denied') AS denied,
       json_group_array(answers.at - asks.at) AS took
     FROM asks JOIN answers ON answers.ask = asks.id
     WHERE ${clause} AND answers.person <> '' AND word IN ('approved', 'step.approved', 'denied')
     GROUP BY answers.person ORDER BY approved + denied DESC LIMIT ${MOST_ROWS}`,
  );
  const asks = all(`SELECT *, count(*) OVER () AS n FROM asks WHERE ${clause} ORDER BY at DESC, id LIMIT ${MOST_ROWS}`);
  const given = database.prepare('SELECT person, name, word, at FROM answers WHERE ask = ? ORDER BY seq');
  return {
    sums: {
      asked: number(sum.asked),
      approved: number(sum.approved),
      denied: number(sum.denied),
      lapsed: number(sum.lapsed),
      withdrawn: number(sum.withdrawn),
      waiting: number(sum.waiting),
      automatic: number(sum.automatic),
    },
    speed: { median: quantile(times, 0.5), slow: quantile(times, 0.9) },
    approvers: answers.map((row) => ({
      person: text(row.person),
      name: text(row.name),
      approved: number(row.approved),
      denied: number(row.denied),
      median: quantile(
        (JSON.parse(text(row.took)) as number[]).sort((a, b) => a - b),
        0.5,
      ),
    })),
    asks: asks.map((row) => askRow(row, given.all(text(row.id)) as Row[])),
    more: Math.max(0, number(asks[0]?.n) - asks.length),
    columns: columnsOf(filter, (width) =>
      all(
        `SELECT (asks.at - ${filter.from}) / ${width} AS no, sum(answer = 'approved') AS one, sum(answer = 'denied') AS two
         FROM asks WHERE ${clause} GROUP BY no`,
      ),
    ),
  };
}

/** Requests in order of time, a page of them after a place. */
export function askPage(database: DatabaseSync, filter: Filter, after: { at: number; id: string }): AskRow[] {
  const { clause, values } = where(filter, 'asks');
  const rows = database
    .prepare(`SELECT * FROM asks WHERE (at, id) > (?, ?) AND ${clause} ORDER BY at, id LIMIT ?`)
    .all(after.at, after.id, ...values, PAGE) as Row[];
  const given = database.prepare('SELECT person, name, word, at FROM answers WHERE ask = ? ORDER BY seq');
  return rows.map((row) => askRow(row, given.all(text(row.id)) as Row[]));
}

const askRow = (row: Row, given: readonly Row[]): AskRow => ({
  id: text(row.id),
  kind: text(row.kind),
  at: number(row.at),
  person: text(row.person),
  name: text(row.name),
  console: text(row.console),
  title: text(row.title),
  reason: text(row.reason),
  ticket: text(row.ticket),
  answer: text(row.answer),
  answeredAt: row.answered_at === null || row.answered_at === undefined ? null : Number(row.answered_at),
  automatic: row.automatic === 1,
  by: given
    .filter(({ person }) => person !== '')
    .map(({ person, name, word, at }) => ({ id: text(person), name: text(name), word: text(word), at: number(at) })),
});

/** @param sorted ascending */
function quantile(sorted: readonly number[], share: number): number | null {
  return sorted.length === 0 ? null : (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null);
}
