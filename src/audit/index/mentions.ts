// Takes journal entries into the index: which entry speaks of which exchange, grant and hold, and when a session began and
// ended. Follows the journal by number and hash; when that is another journal than before, it begins again.
import type { DatabaseSync } from 'node:sqlite';
import type { JournalEntry } from '../../kernel/auditEvent.ts';
import type { Mentions } from '../journal/journal.redis.ts';
import { fold } from './applyLine.ts';

/** Looking at a recording is told in the journal too, but says nothing about the exchange that was looked at. */
const VIEWS: ReadonlySet<unknown> = new Set(['sessions.listed', 'recording.viewed']);
const SUBJECT = /^(?:exc|gra|hol)_[A-Za-z0-9_-]{1,64}$/;

export type MentionStore = { readonly database: () => DatabaseSync };

/** @param database asked at each call: the index may have been made anew */
export function createMentions({ database }: MentionStore): Mentions {
  return {
    position() {
      const row = database().prepare('SELECT seq, hash FROM journal_position').get();
      return { seq: Number(row?.seq ?? 0), hash: String(row?.hash ?? '') };
    },
    add(entries) {
      const db = database();
      const mention = db.prepare('INSERT OR IGNORE INTO mentions VALUES (?, ?)');
      const began = db.prepare(`
        INSERT INTO sessions VALUES (:id, :person, :name, :folded, NULL, :at, :at, NULL, 0, 0, 0, '[]')
        ON CONFLICT (id) DO UPDATE SET login_at = :at, last_at = max(last_at, :at)`);
      const ended = db.prepare('UPDATE sessions SET ended_at = ? WHERE id = ? AND ended_at IS NULL');
      const position = db.prepare('INSERT OR REPLACE INTO journal_position VALUES (1, ?, ?)');
      db.exec('BEGIN');
      try {
        for (const { seq, at, event: text, hash } of entries) {
          const event = parse(text);
          for (const subject of subjectsOf(event)) mention.run(subject, seq);
          const { kind, session, actor, actorName } = event;
          if (typeof session === 'string' && kind === 'login.succeeded') {
            const person = typeof actor === 'string' ? actor : '';
            const name = typeof actorName === 'string' ? actorName : person;
            began.run({ id: session, person, name, folded: fold(name), at });
          }
          if (typeof session === 'string' && kind === 'session.ended') ended.run(at, session);
          position.run(seq, hash);
        }
        db.exec('COMMIT');
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      }
    },
    clear() {
      database().exec('BEGIN; DELETE FROM mentions; DELETE FROM journal_position; COMMIT');
    },
    find(subjects, limit) {
      const marks = subjects.map(() => '?').join(',');
      return database()
        .prepare(`SELECT DISTINCT seq FROM mentions WHERE subject IN (${marks}) ORDER BY seq LIMIT ?`)
        .all(...subjects, limit)
        .map((row) => Number(row.seq));
    },
  };
}

type Event = { readonly [member: string]: unknown };

function parse(text: JournalEntry['event']): Event {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' ? (value as Event) : {};
  } catch {
    return {};
  }
}

/** The ids that stand in the event's own members and directly in its facts. */
function subjectsOf(event: Event): string[] {
  if (VIEWS.has(event.kind)) return [];
  const facts = event.facts !== null && typeof event.facts === 'object' ? event.facts : {};
  const values = [event.exchange, ...Object.values(facts)];
  return values.filter((value): value is string => typeof value === 'string' && SUBJECT.test(value));
}
