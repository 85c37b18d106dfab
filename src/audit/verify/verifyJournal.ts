// Checks a journal from its first entry to its last, without Redis and without trusting whoever kept it. It says what is
// wrong and where, goes on after a fault, and never reports the same cause at every entry that follows.
// Must import nothing but kernel nouns, codecs and node:crypto: an auditor runs it on another machine.
import type { JournalEntry } from '../../kernel/auditEvent.ts';
import { sha256Hex } from '../../kernel/ids.ts';
import { type Checkpoint, compareCheckpoints } from './checkpoint.ts';
import { createEventChecks, type UnsettledAct } from './eventChecks.ts';
import type { Ceremony } from './evidence.ts';

export const FIRST_PREVIOUS = '0'.repeat(64);
/** How far Redis's clock may step back (a leap, a failover) before it is worth a warning, ms. */
const CLOCK_STEP = 1000;
const KEPT_FAULTS = 1000;
/** Hashes of so many last entries are kept, to recognise duplicates and entries out of order. */
const WINDOW = 10_000;

export type Finding = { readonly seq: number; readonly what: string };

export type JournalReport = {
  /** true: no fault. Warnings and acts without an outcome do not make it false. */
  readonly ok: boolean;
  readonly entries: number;
  readonly head: { readonly seq: number; readonly hash: string; readonly at: number } | null;
  /** at most 1,000; `faultCount` counts them all */
  readonly faults: readonly Finding[];
  readonly faultCount: number;
  readonly warnings: readonly Finding[];
  /** intents whose outcome nobody wrote: whether the console did it is unknown */
  readonly unsettled: readonly UnsettledAct[];
  readonly checkpoints: number;
  /** signatures that were checked again, good or bad */
  readonly signatures: number;
  /** grants that a rule approved by itself: nobody signed them */
  readonly automatic: number;
};

/** The hash of one entry, given that of the entry before it. */
export const entryHash = (previous: string, entry: Omit<JournalEntry, 'hash' | 'event'>): string =>
  sha256Hex(`${previous}\n${entry.seq}\n${entry.at}\n${entry.digest}\n${entry.fact}`);

/**
 * @param entries in the order of the store, from the very first on
 * @param checkpoints what was seen before, read BEFORE the entries when the journal is alive
 * @param ceremony where signatures must have been made, when the caller knows
 */
export async function verifyJournal(
  entries: AsyncIterable<JournalEntry> | Iterable<JournalEntry>,
  checkpoints: readonly Checkpoint[],
  ceremony?: Ceremony,
): Promise<JournalReport> {
  const faults: Finding[] = [];
  const warnings: Finding[] = [];
  let faultCount = 0;
  const fault = (seq: number, what: string): void => {
    faultCount += 1;
    if (faults.length < KEPT_FAULTS) faults.push({ seq, what });
  };
  const warn = (seq: number, what: string): void => {
    if (warnings.length < KEPT_FAULTS) warnings.push({ seq, what });
  };
  const events = createEventChecks(fault, warn, ceremony);
  const witnesses = compareCheckpoints(checkpoints, fault);
  /** by sequence number: the hashes that the next entry may build on (two after a fork, or when one was altered) */
  const links = new Map<number, string[]>([[0, [FIRST_PREVIOUS]]]);
  let count = 0;
  let last = 0;
  let lastAt = 0;
  let head: JournalReport['head'] = null;

  for await (const entry of entries) {
    count += 1;
    const shape = shapeFault(entry);
    if (shape !== null) {
      fault(Number.isSafeInteger(entry.seq) ? entry.seq : last + 1, shape);
      const { seq, event, digest, fact, hash } = entry;
      if (!Number.isSafeInteger(seq) || [event, digest, fact, hash].some((text) => typeof text !== 'string')) continue;
    }
    const { seq } = entry;
    const twin = links.get(seq);
    if (seq > last + 1) fault(seq, missing(last + 1, seq - 1));
    else if (twin) {
      fault(
        seq,
        twin.includes(entry.hash) ? 'seq: this entry is there twice' : 'seq: another entry has this number: fork',
      );
    } else if (seq <= last) fault(seq, `seq: stands after entry ${last}: out of order`);

    if (sha256Hex(entry.event) !== entry.digest)
      fault(seq, 'digest: is not the SHA-256 of the event: the event was changed');
    const before = links.get(seq - 1);
    const expected = (before ?? []).map((previous) => entryHash(previous, entry));
    if (before && !expected.includes(entry.hash)) {
      fault(seq, `hash: does not follow from entry ${seq - 1}, or number, time, digest or fact were changed`);
    }
    links.set(seq, [...new Set([...(twin ?? []), entry.hash, ...expected])]);
    links.delete(seq - WINDOW);
    witnesses.see(entry);
    if (entry.at < lastAt - CLOCK_STEP) warn(seq, `at: ${lastAt - entry.at} ms before the entry in front of it`);
    events.see(entry);
    if (seq >= last) {
      last = seq;
      head = { seq, hash: entry.hash, at: entry.at };
    }
    lastAt = entry.at;
  }
  witnesses.end(last);
  return {
    ok: faultCount === 0,
    entries: count,
    head,
    faults,
    faultCount,
    warnings,
    unsettled: events.unsettled(),
    checkpoints: checkpoints.length,
    signatures: events.signatures(),
    automatic: events.automatic(),
  };
}

const missing = (from: number, to: number): string =>
  from === to
    ? `seq: entry ${from} is missing before this one`
    : `seq: entries ${from} to ${to} are missing before this one`;

const HEX = /^[0-9a-f]{64}$/;

function shapeFault(entry: JournalEntry): string | null {
  if (!Number.isSafeInteger(entry.seq) || entry.seq < 1) return 'seq: not a positive whole number';
  if (!Number.isSafeInteger(entry.at) || entry.at < 0) return 'at: not a time in ms';
  if (typeof entry.event !== 'string') return 'event: missing';
  if (!HEX.test(entry.digest)) return 'digest: not 64 hex digits';
  if (!HEX.test(entry.hash)) return 'hash: not 64 hex digits';
  return typeof entry.fact === 'string' ? null : 'fact: missing';
}
