// The journal as the exporter reads it. It finds what was trimmed in the ledger by itself; what neither has any more is said as a
// gap, never passed over in silence.
import type { JournalEntry } from '../../kernel/auditEvent.ts';

/** At most `count` entries from number `fromSeq` on. */
export type ReadEntries = (fromSeq: number, count: number) => Promise<readonly JournalEntry[]>;

export type Page = {
  /** in order, without holes */
  readonly entries: readonly JournalEntry[];
  /** entries before the first of these that nobody has any more; null: none */
  readonly missing: { readonly from: number; readonly to: number } | null;
};

export const createHistory =
  (journal: ReadEntries) =>
  async (from: number, count: number): Promise<Page> => {
    const entries = withoutHoles(await journal(from, count));
    const first = entries[0]?.seq ?? from;
    if (first < from) throw new Error(`the journal gave entry ${first} when asked from ${from} on`);
    return { entries, missing: first === from ? null : { from, to: first - 1 } };
  };

function withoutHoles(page: readonly JournalEntry[]): readonly JournalEntry[] {
  const hole = page.findIndex(({ seq }, index) => seq !== (page[0]?.seq ?? 0) + index);
  return hole < 0 ? page : page.slice(0, hole);
}
