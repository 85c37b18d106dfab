// Checks a whole ledger from its files: the checkpoint's signature, that the entries give its root, that the tiles agree
// with the entries, and every life of the journal in it as `verifyJournal` does. Trusts nobody who kept the files.
import type { JournalEntry } from '../../kernel/auditEvent.ts';
import type { Ceremony } from './evidence.ts';
import { readLedgerEntry } from './ledgerEntry.ts';
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
 * @param progress hears how far it is; a long history takes minutes
 */
export async function verifyLedger(
  read: ReadFile,
  keys: readonly NoteKey[],
  older: readonly string[] = [],
  ceremony?: Ceremony,
  progress: (entries: number, of: number) => void = () => undefined,
): Promise<LedgerReport> {
  const faults: string[] = [];
  const fault = (what: string): void => {
    if (faults.length < MOST_FAULTS) faults.push(what);
  };
  const done = (checkpoint: OpenedCheckpoint | null, lives: readonly JournalReport[]): LedgerReport => ({
    ok: faults.length === 0 && lives.every((life) => life.ok),
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
  const entries = readEntries(read, opened, kept, fault, progress);
  const lives: JournalReport[] = [];
  // One life after the other flows through its own check: nothing is held but what that check needs.
  for (let next = await entries.next(); !next.done; ) {
    const life = async function* (): AsyncGenerator<JournalEntry> {
      for (let begun = false; !next.done && !(begun && next.value.seq === 1); next = await entries.next()) {
        begun = true;
        yield next.value;
      }
    };
    lives.push(await verifyJournal(life(), [], ceremony));
  }
  return done(opened, lives);
}

/** Every entry in order, while what is around them is checked: bundles, tiles, the root. */
async function* readEntries(
  read: ReadFile,
  opened: OpenedCheckpoint,
  kept: ReadonlyMap<number, (root: Buffer) => void>,
  fault: (what: string) => void,
  progress: (entries: number, of: number) => void,
): AsyncGenerator<JournalEntry, void, undefined> {
  const root = createRoot();
  const tiles = checkTiles(read, fault);
  for (let from = 0; from < opened.size; from += WIDTH) {
    const width = Math.min(WIDTH, opened.size - from);
    const path = pathOf('tile/entries', from / WIDTH, width);
    const bytes = await read(path);
    const entries = bytes === null ? null : split(bytes);
    if (entries === null || entries.length !== width) {
      fault(`${path}: ${bytes === null ? 'is missing' : 'is damaged'}`);
      return;
    }
    for (const [at, text] of entries.entries()) {
      const hash = hashOfEntry(text);
      root.add(hash);
      kept.get(root.count())?.(root.root());
      await tiles.add(0, hash);
      const entry = await readLedgerEntry(text, (digest) => read(`events/${digest}`));
      if (typeof entry === 'string') fault(`entry ${from + at} of the ledger: ${entry}`);
      else yield entry;
    }
    progress(from + width, opened.size);
  }
  await tiles.end();
  if (!root.root().equals(opened.root)) fault('checkpoint: the entries do not give its root');
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

/** Builds every tile anew from the leaves, a row of at most 256 hashes for each level, and compares it with the one that is there. */
function checkTiles(read: ReadFile, fault: (what: string) => void) {
  const rows: { hashes: Buffer[]; index: number }[] = [];
  async function compare(level: number, index: number, hashes: readonly Buffer[]): Promise<void> {
    const path = pathOf(`tile/${level}`, index, hashes.length);
    if ((await read(path))?.equals(Buffer.concat(hashes)) !== true) fault(`${path}: does not agree with the entries`);
  }
  async function add(level: number, hash: Buffer): Promise<void> {
    rows[level] ??= { hashes: [], index: 0 };
    const row = rows[level];
    row.hashes.push(hash);
    if (row.hashes.length < WIDTH) return;
    await compare(level, row.index, row.hashes);
    const above = createRoot();
    for (const one of row.hashes) above.add(one);
    rows[level] = { hashes: [], index: row.index + 1 };
    await add(level + 1, above.root());
  }
  return {
    add,
    async end(): Promise<void> {
      for (const [level, { hashes, index }] of rows.entries())
        if (hashes.length > 0) await compare(level, index, hashes);
    },
  };
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
