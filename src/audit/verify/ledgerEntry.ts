// One entry of the ledger, read from its bytes.
import type { JournalEntry } from '../../kernel/auditEvent.ts';

/**
 * @param long the event of an entry that was too long for a bundle, by its digest; null: it is not there
 * @returns the entry, or what is wrong with it. Whether its members fit together is not looked at here.
 */
export async function readLedgerEntry(
  bytes: Buffer,
  long: (digest: string) => Buffer | null | Promise<Buffer | null>,
): Promise<JournalEntry | string> {
  let value: Partial<JournalEntry> | null;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return 'is not JSON';
  }
  if (typeof value !== 'object' || value === null) return 'is not an object';
  const { seq = Number.NaN, at = Number.NaN, digest = '', fact = '', hash = '', event } = value;
  if (event !== undefined) return { seq, at, digest, fact, hash, event };
  const beside = /^[0-9a-f]{64}$/.test(digest) ? await long(digest) : null;
  return beside === null ? 'its event is missing' : { seq, at, digest, fact, hash, event: beside.toString('utf8') };
}
