// Checks a whole ledger from its files: the checkpoint's signature, that the entries give its root, that the tiles agree
// with the entries, and every life of the journal in it as `verifyJournal` does. Trusts nobody who kept the files.
import type { JournalEntry } from '../../kernel/auditEvent.ts';
import type { Ceremony } from './evidence.ts';
import { createRoot, hashOfEntry } from './merkle.ts';
import { type NoteKey, type OpenedCheckpoint, openCheckpoint } from './note.ts';
import { type JournalReport, verifyJournal } from './verifyJournal.ts';

/** The bytes under a path of the ledger, or null. */
export type ReadFile = (path: string) => Promise<Buffer | null>;

export type LedgerReport = {
  readonly ok: boolean;
  readonly checkpoint: OpenedCheckpoint | null;
  /** what is wrong with the ledger itself; the first 1,000 */
  readonly faults: readonly string[];
  /** one for each life of the journal: more than one means that Redis was emptied in between */
  readonly lives: readonly JournalReport[];
};

const WIDTH = 256;
const MOST_FAULTS = 1000;

/**
 * @param keys of the log and its witnesses
 * @param older checkpoints that somebody kept elsewhere: the ledger must have grown from each of them
 */
export async function verifyLedger(
  read: ReadFile,
  keys: readonly NoteKey[],
  older: readonly string[] = [],
  ceremony?: Ceremony,
): Promise<LedgerReport> {
  const faults: string[] = [];
  const fault = (what: string): void => {
    if (faults.length < MOST_FAULTS) faults.push(what);
  };
  const done = (checkpoint: OpenedCheckpoint | null, lives: readonly JournalReport[]): LedgerReport => ({
    ok: faults.length === 0 && lives.every(({ ok }) => ok),
    checkpoint,
    faults,
    lives,
  });

  const note = await read('checkpoint');
  const opened = note === null ? 'there is none' : openCheckpoint(note.toString('utf8'), keys);
  if (typeof opened === 'string') {
    fault(`checkpoint: ${opened}`);
    return done(null, []);
  }
  const kept = olderRoots(older, keys, opened, fault);
  const root = createRoot();
  const leaves: Buffer[] = [];
  const lives: JournalEntry[][] = [];

  for (let from = 0; from < opened.size; from += WIDTH) {
    const width = Math.min(WIDTH, opened.size - from);
    const path = pathOf('tile/entries', from / WIDTH, width);
    const bytes = await read(path);
    const entries = bytes === null ? null : split(bytes);
    if (entries === null || entries.length !== width) {
      fault(`${path}: ${bytes === null ? 'is missing' : 'is damaged'}`);
      return done(opened, []);
    }
    const hashes = entries.map(hashOfEntry);
    for (const [at, hash] of hashes.entries()) {
      root.add(hash);
      kept.get(root.count())?.(root.root());
      leaves.push(hash);
      const entry = await entryOf(entries[at] ?? Buffer.alloc(0), read);
      if (typeof entry === 'string') fault(`entry ${from + at} of the ledger: ${entry}`);
      else if (entry.seq === 1 || lives.length === 0) lives.push([entry]);
      else lives.at(-1)?.push(entry);
    }
    const tile = pathOf('tile/0', from / WIDTH, width);
    if ((await read(tile))?.equals(Buffer.concat(hashes)) !== true) fault(`${tile}: does not agree with the entries`);
  }
  if (!root.root().equals(opened.root)) fault('checkpoint: the entries do not give its root');
  await checkUpperTiles(read, leaves, fault);
  const reports: JournalReport[] = [];
  for (const life of lives) reports.push(await verifyJournal(life, [], ceremony));
  return done(opened, reports);
}

/** For each size of an older checkpoint, what compares its root. */
function olderRoots(
  notes: readonly string[],
  keys: readonly NoteKey[],
  newest: OpenedCheckpoint,
  fault: (what: string) => void,
): Map<number, (root: Buffer) => void> {
  const roots = new Map<number, (root: Buffer) => void>();
  for (const note of notes) {
    const opened = openCheckpoint(note, keys);
    if (typeof opened === 'string') fault(`an older checkpoint: ${opened}`);
    else if (opened.size > newest.size)
      fault(`an older checkpoint covers ${opened.size} entries, the ledger has only ${newest.size}: it was cut`);
    else
      roots.set(opened.size, (root) => {
        if (!root.equals(opened.root)) fault(`the first ${opened.size} entries are not what they were: rewritten`);
      });
  }
  return roots;
}

async function checkUpperTiles(
  read: ReadFile,
  leaves: readonly Buffer[],
  fault: (what: string) => void,
): Promise<void> {
  let row = leaves;
  for (let level = 1; row.length >= WIDTH; level += 1) {
    const above: Buffer[] = [];
    for (let from = 0; from + WIDTH <= row.length; from += WIDTH) {
      const root = createRoot();
      for (const hash of row.slice(from, from + WIDTH)) root.add(hash);
      above.push(root.root());
    }
    for (let from = 0; from < above.length; from += WIDTH) {
      const part = above.slice(from, from + WIDTH);
      const path = pathOf(`tile/${level}`, from / WIDTH, part.length);
      if ((await read(path))?.equals(Buffer.concat(part)) !== true) fault(`${path}: does not agree with the entries`);
    }
    row = above;
  }
}

function pathOf(folder: string, index: number, width: number): string {
  const groups = [String(index % 1000).padStart(3, '0')];
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000))
    groups.unshift(`x${String(rest % 1000).padStart(3, '0')}`);
  return `${folder}/${groups.join('/')}${width === WIDTH ? '' : `.p/${width}`}`;
}

/** null: the bytes are not entries behind their lengths. */
function split(bytes: Buffer): Buffer[] | null {
  const entries: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + 2 > bytes.length) return null;
    const end = at + 2 + bytes.readUInt16BE(at);
    if (end > bytes.length) return null;
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return entries;
}

async function entryOf(bytes: Buffer, read: ReadFile): Promise<JournalEntry | string> {
  let value: Partial<JournalEntry> | null;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return 'is not JSON';
  }
  if (typeof value !== 'object' || value === null) return 'is not an object';
  const { seq = Number.NaN, at = Number.NaN, digest = '', fact = '', hash = '', event } = value;
  if (event !== undefined) return { seq, at, digest, fact, hash, event };
  // Too long for a bundle: it stands beside, under its digest, which verifyJournal compares.
  const beside = /^[0-9a-f]{64}$/.test(digest) ? await read(`events/${digest}`) : null;
  return beside === null ? 'its event is missing' : { seq, at, digest, fact, hash, event: beside.toString('utf8') };
}
