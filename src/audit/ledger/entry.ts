// One journal entry as it stands in the ledger: a line of JSON with its members in a fixed order, so that the same entry
// always has the same bytes. An event too long for a bundle stands beside it, under its digest.
import type { JournalEntry } from '../../kernel/auditEvent.ts';
import { MOST_ENTRY_BYTES } from './bundle.ts';

export const longEventPath = (digest: string): string => `events/${digest}`;

export type Encoded = {
  readonly bytes: Buffer;
  /** the event's text when it did not fit; to be stored under its digest before the entry is */
  readonly beside: { readonly path: string; readonly bytes: Buffer } | null;
};

export function encodeEntry({ seq, at, event, digest, fact, hash }: JournalEntry): Encoded {
  const bytes = Buffer.from(JSON.stringify({ seq, at, digest, fact, hash, event }));
  if (bytes.length <= MOST_ENTRY_BYTES) return { bytes, beside: null };
  return {
    bytes: Buffer.from(JSON.stringify({ seq, at, digest, fact, hash })),
    beside: { path: longEventPath(digest), bytes: Buffer.from(event) },
  };
}

/** @throws for bytes that are no entry */
export function decodeEntry(bytes: Buffer): Omit<JournalEntry, 'event'> & { readonly event: string | null } {
  const { seq, at, digest, fact, hash, event } = JSON.parse(bytes.toString('utf8')) as Partial<JournalEntry>;
  if (!Number.isSafeInteger(seq) || !Number.isSafeInteger(at)) throw new Error('a ledger entry has no number or time');
  if (typeof digest !== 'string' || typeof fact !== 'string' || typeof hash !== 'string')
    throw new Error('a ledger entry lacks a digest, fact or hash');
  return { seq: seq as number, at: at as number, digest, fact, hash, event: event ?? null };
}
