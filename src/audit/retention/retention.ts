// Deletes recordings whose time is over. It promises, and the tests hold it to it:
//   - nothing is deleted that the journal did not tell of before, with digests and the rule (retention.deleting);
//   - what became of it stands there after (retention.deleted); a crash in between is finished by the next sweep;
//   - a recording that a legal hold keeps is never begun, also when the hold was set while the sweep looked;
//   - what cannot be deleted (a locked bucket, a read-only disk) is told, and never taken for deleted.
import type { LedgerSource } from '../evidence/ledgerSource.ts';
import { keeps, type LegalHold } from './legalHold.ts';
import { chunkName, type KeptChunk, type KeptSession, recordedSessions } from './recordedSessions.ts';
import { type RetentionRule, ruleOf, ruleWords } from './rules.ts';

export type Deletion = {
  readonly session: string;
  /** in words: which rule */
  readonly why: string;
  readonly chunks: readonly { readonly name: string; readonly sha256: string }[];
};

/** What Redis keeps of it. */
export type RetentionStore = {
  /** The legal holds in force, and a mark that changes with them. @throws StateUnavailable */
  holds(): Promise<{ readonly list: readonly LegalHold[]; readonly mark: string }>;
  /** Deletions that were begun and not finished. @throws StateUnavailable */
  pending(): Promise<readonly Deletion[]>;
  /**
   * Tells the journal, and keeps it as begun, in one step. held: the legal holds are others than `mark` says; pending:
   * one of this session was begun before. @throws StateUnavailable: nothing may be deleted
   */
  begin(deletion: Deletion, mark: string): Promise<'begun' | 'held' | 'pending'>;
  /** Tells what became of it. @throws StateUnavailable: it stays begun */
  finish(deletion: Deletion, refused: readonly Refused[]): Promise<void>;
};

export type Refused = { readonly name: string; readonly why: string };

export type RetentionDeps = {
  readonly ledger: () => Promise<Pick<LedgerSource, 'entries'>>;
  readonly rules: readonly RetentionRule[];
  readonly store: RetentionStore;
  /** Deletes one chunk. MUST NOT say that it is gone before that is durable. @returns null when it is gone; else why not */
  readonly remove: (session: string, chunk: { readonly name: string }) => Promise<string | null>;
  readonly now: () => number;
};

export type PlannedDeletion = {
  readonly session: string;
  readonly person: string | null;
  readonly rule: RetentionRule;
  readonly why: string;
  readonly until: number;
  readonly chunks: readonly KeptChunk[];
  readonly bytes: number;
};
export type RetentionPlan = {
  readonly delete: readonly PlannedDeletion[];
  /** their time is over, and a legal hold keeps them */
  readonly held: readonly { readonly session: string; readonly holds: readonly string[] }[];
  /** sessions that stay for now */
  readonly kept: number;
  /** of these: no rule speaks of them, so they stay for good */
  readonly unruled: number;
};
export type RetentionOutcome = {
  readonly deleted: readonly Deletion[];
  readonly refused: readonly { readonly session: string; readonly chunks: readonly Refused[] }[];
  readonly held: number;
};

/** Of one deletion: an event must stay readable. */
const MOST_CHUNKS = 500;

export function createRetention({ ledger, rules, store, remove, now }: RetentionDeps) {
  const overdue = async () => {
    const due: { session: KeptSession; rule: RetentionRule }[] = [];
    let [kept, unruled] = [0, 0];
    for (const session of rules.length === 0 ? [] : await recordedSessions(await ledger())) {
      const rule = ruleOf(rules, session);
      if (rule === null) unruled += 1;
      if (rule !== null && session.over && session.until + rule.keep <= now()) due.push({ session, rule });
      else kept += 1;
    }
    return { due, kept, unruled };
  };

  async function plan(): Promise<RetentionPlan> {
    const { due, kept, unruled } = await overdue();
    const { list } = await store.holds();
    const holdsOf = (session: KeptSession): string[] => list.filter((hold) => keeps(hold, session)).map(({ id }) => id);
    return {
      delete: due
        .filter(({ session }) => holdsOf(session).length === 0)
        .map(({ session, rule }) => ({
          ...{ session: session.session, person: session.person, rule, why: ruleWords(rule), until: session.until },
          chunks: session.chunks,
          bytes: session.chunks.reduce((sum, { bytes }) => sum + bytes, 0),
        })),
      held: due
        .map(({ session }) => ({ session: session.session, holds: holdsOf(session) }))
        .filter(({ holds }) => holds.length > 0),
      kept,
      unruled,
    };
  }

  async function finish(deletion: Deletion, refused: RetentionOutcome['refused'][number][]): Promise<void> {
    const left: Refused[] = [];
    for (const chunk of deletion.chunks) {
      const why = await remove(deletion.session, chunk);
      if (why !== null) left.push({ name: chunk.name, why });
    }
    await store.finish(deletion, left);
    if (left.length > 0) refused.push({ session: deletion.session, chunks: left });
  }

  return {
    plan,
    /** Finishes what was begun, then deletes what the plan says. @throws StateUnavailable: what was begun stays so */
    async run(): Promise<RetentionOutcome> {
      const deleted: Deletion[] = [];
      const refused: RetentionOutcome['refused'][number][] = [];
      let held = 0;
      for (const deletion of await store.pending()) {
        // A hold that came after a crash still saves what is left. Of whom it was and where is not known here any more.
        const { list } = await store.holds();
        if (list.some((hold) => keeps(hold, { session: deletion.session, person: null, consoles: null }))) {
          held += 1;
          continue;
        }
        await finish(deletion, refused);
        deleted.push(deletion);
      }
      const { due } = await overdue();
      for (const { session, rule } of due) {
        const all = session.chunks.map((chunk) => ({ name: chunkName(chunk), sha256: chunk.sha256 }));
        for (let from = 0; from < all.length; from += MOST_CHUNKS) {
          // Asked anew for each: a hold may have come while others were deleted.
          const { list, mark } = await store.holds();
          const chunks = all.slice(from, from + MOST_CHUNKS);
          const deletion = { session: session.session, why: ruleWords(rule), chunks };
          const held1 = list.some((hold) => keeps(hold, session));
          const word = held1 ? 'held' : await store.begin(deletion, mark);
          if (word === 'held') held += 1;
          // Another replica is at it: it, or the next sweep, finishes.
          if (word !== 'begun') break;
          await finish(deletion, refused);
          deleted.push(deletion);
        }
      }
      return { deleted, refused, held };
    },
  };
}
export type Retention = ReturnType<typeof createRetention>;
