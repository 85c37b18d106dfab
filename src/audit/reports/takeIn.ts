// Takes entries of the journal into the reports' tables. The same entries again change nothing; entries that do not follow what is
// known are refused, so that two processes may do it at once.
import type { DatabaseSync } from 'node:sqlite';
import type { JournalEntry } from '../../kernel/auditEvent.ts';

export type Position = { readonly seq: number; readonly hash: string };

/** Distinct devices of one act that are kept by name; the number is kept whole. */
const MOST_DEVICES = 10_000;
const TABLES = ['acts', 'act_devices', 'asks', 'answers', 'position'] as const;

/** The last entry taken in; number 0 for none. */
export function positionOf(database: DatabaseSync): Position {
  const row = database.prepare('SELECT seq, hash FROM position').get();
  return { seq: Number(row?.seq ?? 0), hash: String(row?.hash ?? '') };
}

export function forgetAll(database: DatabaseSync): void {
  database.exec(`BEGIN IMMEDIATE; ${TABLES.map((table) => `DELETE FROM ${table};`).join(' ')} COMMIT;`);
}

type Facts = { readonly [name: string]: unknown };
type Event = Facts & { readonly facts: Facts };

/** @returns false: somebody else was faster, look again where it stands */
export function takeIn(database: DatabaseSync, after: Position, entries: readonly JournalEntry[]): boolean {
  database.exec('BEGIN IMMEDIATE');
  try {
    const { seq, hash } = positionOf(database);
    if (seq !== after.seq || hash !== after.hash) {
      database.exec('ROLLBACK');
      return false;
    }
    for (const entry of entries) takeOne(database, entry);
    const last = entries.at(-1);
    if (last) database.prepare('INSERT OR REPLACE INTO position VALUES (1, ?, ?)').run(last.seq, last.hash);
    database.exec('COMMIT');
    return true;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function takeOne(database: DatabaseSync, { seq, at, event: json }: JournalEntry): void {
  if (!/"kind":"(?:act|request\.refused|grant|hold)/.test(json)) return;
  const event = read(json);
  const { facts } = event;
  switch (event.kind) {
    case 'act.intent':
      addAct(database, seq, at, event, 'unknown');
      return;
    case 'request.refused':
      addAct(database, seq, at, event, 'refused');
      return;
    case 'act.outcome': {
      const status = typeof facts.status === 'number' ? facts.status : null;
      const failed = facts.sent === false || text(facts.reason) !== '' || (status !== null && status >= 400);
      const outcome = failed ? 'failed' : status !== null && facts.end === 'done' ? 'done' : 'unknown';
      database
        .prepare('UPDATE acts SET outcome = ?, reason = ?, status = ? WHERE seq = ? AND exchange = ?')
        .run(outcome, text(facts.reason), status, Number(facts.intent ?? 0), text(event.exchange));
      return;
    }
    case 'grant.asked':
      addAsk(database, 'grant', text(facts.grant), at, event);
      return;
    case 'hold.asked':
      addAsk(database, 'hold', text(facts.hold), at, event);
      return;
    case 'grant.approved':
    case 'grant.denied':
    case 'grant.lapsed':
    case 'grant.withdrawn':
    case 'grant.step.approved':
      answer(database, text(facts.grant), seq, at, event);
      return;
    case 'hold.approved':
    case 'hold.denied':
      answer(database, text(facts.hold), seq, at, event);
      return;
  }
}

function addAct(database: DatabaseSync, seq: number, at: number, event: Event, outcome: string): void {
  const { facts } = event;
  const targets = Array.isArray(facts.targets) ? facts.targets.filter((one) => typeof one === 'string') : [];
  const devices = targets.filter((one) => one.startsWith('device:')).map((one) => one.slice('device:'.length));
  const number = typeof facts.devices === 'number' ? facts.devices : devices.length;
  const person = text(event.actor);
  const { changes } = database
    .prepare(`INSERT OR IGNORE INTO acts VALUES (${Array.from({ length: 16 }, () => '?').join(', ')})`)
    .run(
      ...[seq, at, person, text(event.actorName) || person, text(event.session), text(event.exchange)],
      ...[text(event.console), text(facts.action) || 'unknown', text(facts.risk), text(facts.title), outcome],
      ...[text(facts.reason), null, Math.max(0, Math.floor(number)), text(facts.grant), text(facts.hold)],
    );
  if (changes === 0) return;
  const add = database.prepare('INSERT OR IGNORE INTO act_devices VALUES (?, ?)');
  for (const device of devices.slice(0, MOST_DEVICES)) add.run(seq, device);
}

function addAsk(database: DatabaseSync, kind: string, id: string, at: number, event: Event): void {
  const { facts } = event;
  const person = text(facts.holder) || text(event.actor);
  const name = text(facts.holderName) || text(event.actorName) || person;
  database
    .prepare("INSERT OR IGNORE INTO asks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', NULL, 0)")
    .run(id, kind, at, person, name, text(event.console), text(facts.title), text(facts.reason), text(facts.ticket));
}

function answer(database: DatabaseSync, id: string, seq: number, at: number, event: Event): void {
  const word = String(event.kind).replace(/^(?:grant|hold)\./, '');
  const person = text(event.actor);
  database
    .prepare('INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?, ?)')
    .run(id, seq, at, person, text(event.actorName) || person, word);
  if (word === 'step.approved') return;
  database
    .prepare("UPDATE asks SET answer = ?, answered_at = ?, automatic = ? WHERE id = ? AND answer = 'waiting'")
    .run(word, at, event.facts.automatic === true ? 1 : 0, id);
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function read(json: string): Event {
  try {
    const value = JSON.parse(json) as Facts | null;
    const facts = value?.facts;
    return { ...value, facts: typeof facts === 'object' && facts !== null ? (facts as Facts) : {} };
  } catch {
    return { facts: {} };
  }
}
