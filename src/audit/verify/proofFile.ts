// Checks a proof file (https://c2sp.org/tlog-proof) with nothing but itself and keys. Written from the specification.
import type { JournalEntry } from '../../kernel/auditEvent.ts';
import { sha256Hex } from '../../kernel/ids.ts';
import { hashOfEntry, includes } from './merkle.ts';
import { type NoteKey, type OpenedCheckpoint, openCheckpoint } from './note.ts';

export type CheckedProof = {
  readonly index: number;
  readonly checkpoint: OpenedCheckpoint;
  /** without its event when that was too long to stand in the entry: then its digest does */
  readonly entry: Omit<JournalEntry, 'event'> & { readonly event: string | null };
};

/** A path is as long as the tree is high: 64 at most. */
const MOST_HASHES = 64;

/** @returns what was proven, or what is wrong */
export function checkProofFile(text: string, keys: readonly NoteKey[]): CheckedProof | string {
  const split = text.indexOf('\n\n');
  if (split < 0) return 'this is not a proof: it has no checkpoint';
  const [first, ...lines] = text.slice(0, split).split('\n');
  if (first !== 'c2sp.org/tlog-proof@v1') return 'this is not a proof: its first line is another one';
  const [, extra] = /^extra ([A-Za-z0-9+/]+={0,2})$/.exec(lines[0] ?? '') ?? [];
  if (extra === undefined) return 'the entry is not in it';
  const [, digits] = /^index (0|[1-9]\d{0,15})$/.exec(lines[1] ?? '') ?? [];
  if (digits === undefined) return 'it does not say which place';
  const path = lines.slice(2).map((line) => Buffer.from(line, 'base64'));
  if (path.length > MOST_HASHES || path.some((hash) => hash.length !== 32)) return 'a line of it is no hash';
  const checkpoint = openCheckpoint(text.slice(split + 2), keys);
  if (typeof checkpoint === 'string') return `checkpoint: ${checkpoint}`;
  const bytes = Buffer.from(extra, 'base64');
  const index = Number(digits);
  if (!includes(hashOfEntry(bytes), index, checkpoint.size, path, checkpoint.root))
    return 'the entry is not in the ledger of this checkpoint';
  const entry = readEntry(bytes);
  if (entry === null) return 'what is proven is no entry of a journal';
  if (entry.event !== null && sha256Hex(entry.event) !== entry.digest) return 'the event is not the one of its digest';
  return { index, checkpoint, entry };
}

function readEntry(bytes: Buffer): CheckedProof['entry'] | null {
  try {
    const value = JSON.parse(bytes.toString('utf8')) as Partial<JournalEntry> | null;
    const { seq, at, digest, fact, hash, event = null } = value ?? {};
    if (typeof seq !== 'number' || typeof at !== 'number' || typeof digest !== 'string') return null;
    if (typeof fact !== 'string' || typeof hash !== 'string' || (event !== null && typeof event !== 'string'))
      return null;
    return { seq, at, digest, fact, hash, event };
  } catch {
    return null;
  }
}
