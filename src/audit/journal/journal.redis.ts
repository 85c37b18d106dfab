// The write-ahead journal of audit events in Redis: append (through the script that chains it), read in pages, find what
// speaks of one exchange. Reading gives entries as they are stored, right or wrong: judging them is the verifier's.
import type { AuditEvent, JournalEntry } from '../../kernel/auditEvent.ts';
import type { RedisClient } from '../../redis/client.ts';
import type { Keys } from '../../redis/keys.ts';
import { eventArgs, type Scripts } from '../../redis/scripts.ts';

export const PAGE = 200;
/** An exchange has a handful of events; a subject with more than this shows the first ones. */
const MENTIONS = 100;
/** Entries that one look-up may catch up on before it answers. */
const CATCH_UP = 5_000;

export type Journal = {
  /** @throws StateUnavailable: then nobody knows whether it was appended */
  append(event: AuditEvent): Promise<{ seq: number; at: number }>;
  /** At most `count` entries from number `fromSeq` on. @throws StateUnavailable */
  read(fromSeq: number, count: number): Promise<JournalEntry[]>;
  /** Number 0 and an empty hash when there is no entry. @throws StateUnavailable */
  head(): Promise<{ seq: number; hash: string }>;
  /**
   * The entries that speak of this exchange, in order; with `related`, also those of its grant and hold. Costs one read
   * for each entry found, however long the history is. @throws StateUnavailable
   */
  forExchange(exchange: string, related?: readonly string[]): Promise<JournalEntry[]>;
  /** Every entry as it is in the store, in pages. Also shows entries that a forger squeezed in between. */
  all(): AsyncGenerator<JournalEntry, void, undefined>;
  /** Brings the look-up by exchange up to date; true: nothing is left to do. Called by a timer and by forExchange. */
  catchUp(): Promise<boolean>;
};

/** What the journal needs to find entries by what they speak of: kept in the session index, rebuilt at any time. */
export type Mentions = {
  /** the last entry taken in; seq 0 for none */
  position(): { seq: number; hash: string };
  /** takes in entries that follow the position; position and find know them when it resolves */
  add(entries: readonly JournalEntry[]): Promise<void>;
  /** forgets all: the journal is another one than before */
  clear(): Promise<void>;
  /** numbers of the entries that speak of one of these, ascending */
  find(subjects: readonly string[], limit: number): number[];
};

export type JournalDeps = {
  scripts: Scripts;
  client: RedisClient;
  keys: Keys;
  mentions?: Mentions;
  /**
   * What Redis has forgotten because it is sealed: at most `count` entries from number `fromSeq` on, out of the ledger. With
   * it every way of reading below finds trimmed entries too; without it, only what the stream still holds (the sealer).
   */
  trimmed?: (fromSeq: number, count: number) => Promise<readonly JournalEntry[]>;
};

export function createJournal({ scripts, client, keys, mentions, trimmed }: JournalDeps): Journal {
  const range = async (from: string, count: number): Promise<{ id: string; entry: JournalEntry }[]> => {
    const rows = await client.command('XRANGE', keys.journal, from, '+', 'COUNT', count);
    return Array.isArray(rows) ? rows.map(readRow) : [];
  };
  const read = async (fromSeq: number, count: number): Promise<JournalEntry[]> => {
    const kept = (await range(`${fromSeq}-0`, count)).map(({ entry }) => entry);
    // The last entry is never trimmed: an empty answer means that there is nothing from here on.
    const [first] = kept;
    if (!trimmed || fromSeq < 1 || first === undefined || first.seq <= fromSeq) return kept;
    const older = await trimmed(fromSeq, Math.min(count, first.seq - fromSeq));
    return [...older, ...kept].slice(0, count);
  };

  const catchUpOnce = async (index: Mentions): Promise<boolean> => {
    let cleared = false;
    for (let taken = 0; taken < CATCH_UP; ) {
      const { seq, hash } = index.position();
      // The last known entry is read again: another hash there means that this is not the journal we knew.
      const page = await read(Math.max(seq, 1), PAGE);
      const fresh = seq === 0 ? page : page.slice(1);
      if (seq > 0 && (page[0]?.seq !== seq || page[0].hash !== hash)) {
        if (cleared) return false; // a journal that does not agree with itself: the verifier tells, this must end
        cleared = true;
        await index.clear();
        continue;
      }
      if (fresh.length > 0) await index.add(fresh);
      if (page.length < PAGE) return true;
      taken += fresh.length;
    }
    return false;
  };
  let catching: Promise<boolean> | undefined;
  const catchUp = (): Promise<boolean> => {
    if (!mentions) return Promise.resolve(true);
    catching ??= catchUpOnce(mentions).finally(() => {
      catching = undefined;
    });
    return catching;
  };

  return {
    async append(event) {
      const [, seq, at] = await scripts.run('appendEvent', [], eventArgs(event));
      return { seq: Number(seq), at: Number(at) };
    },
    read,
    async head() {
      const [seq, hash] = (await client.command('HMGET', keys.journalHead, 'seq', 'hash')) as (string | null)[];
      return { seq: Number(seq ?? 0), hash: hash ?? '' };
    },
    async forExchange(exchange, related = []) {
      if (!mentions) return [];
      await catchUp();
      const found = mentions.find([exchange, ...related], MENTIONS);
      const pages = await Promise.all(found.map((seq) => read(seq, 1)));
      return pages.flat().filter(({ seq }, index) => seq === found[index]);
    },
    async *all() {
      const [first] = trimmed ? await range('-', 1) : [];
      for (let from = 1; trimmed && first && from < first.entry.seq; ) {
        const page = await trimmed(from, Math.min(PAGE, first.entry.seq - from));
        yield* page;
        if (page.length === 0) break; // a gap: the verifier says so
        from += page.length;
      }
      for (let from = '-'; ; ) {
        const page = await range(from, PAGE);
        for (const { entry } of page) yield entry;
        const last = page.at(-1);
        if (!last || page.length < PAGE) return;
        from = `(${last.id}`;
      }
    },
    catchUp,
  };
}

/** One row of a stream, [id, [name, value, ...]]. A member that is missing becomes '' (or NaN) and fails verification. */
function readRow(row: unknown): { id: string; entry: JournalEntry } {
  const [id, fields] = row as [string, string[]];
  const member = new Map<string, string>();
  for (let index = 0; index + 1 < fields.length; index += 2) member.set(fields[index] ?? '', fields[index + 1] ?? '');
  const text = (name: string): string => member.get(name) ?? '';
  const at = text('at');
  return {
    id,
    entry: {
      seq: Number(id.split('-')[0]),
      at: /^\d+$/.test(at) ? Number(at) : Number.NaN,
      event: text('event'),
      digest: text('digest'),
      fact: text('fact'),
      hash: text('hash'),
    },
  };
}
