// Checks an evidence archive from its bytes alone, on any machine, trusting nobody who made or carried it: only the keys that
// the reader brings along. An archive proves what is in it. That nothing else happened, only the whole ledger can prove.
import { createHash } from 'node:crypto';
import type { JournalEntry } from '../../kernel/auditEvent.ts';
import type { ArchiveFile } from './archiveFiles.ts';
import { createChunkChecks, type Withheld } from './chunkChecks.ts';
import { createEventChecks, type UnsettledAct } from './eventChecks.ts';
import type { Ceremony } from './evidence.ts';
import { seenOf } from './holdChecks.ts';
import { readLedgerEntry } from './ledgerEntry.ts';
import { type About, listFault, readManifest, speaksOf } from './manifest.ts';
import { listOf, type Members, membersOf } from './members.ts';
import { hashOfEntry, includes } from './merkle.ts';
import { type NoteKey, type OpenedCheckpoint, openCheckpoint } from './note.ts';
import { compareFiles, type Fault, type Held, takeInArchive } from './takeInArchive.ts';
import type { Member } from './tarReader.ts';
import { entryHash, FIRST_PREVIOUS } from './verifyJournal.ts';
import { judgeViewer } from './viewerCheck.ts';

export type EvidenceFinding = { readonly where: string; readonly what: string };

export type EvidenceReport = {
  /** true: no fault. Warnings do not make it false. */
  readonly ok: boolean;
  /** what it says that it is about; null: it does not say */
  readonly about: About | null;
  readonly made: { readonly at: number; readonly by: string; readonly why: string } | null;
  readonly checkpoint: OpenedCheckpoint | null;
  /** SHA-256 of the list of files, as the ledger's entry `evidence.exported` tells it; null: there is no list */
  readonly list: string | null;
  /** at most 1,000; `faultCount` counts them all */
  readonly faults: readonly EvidenceFinding[];
  readonly faultCount: number;
  readonly warnings: readonly EvidenceFinding[];
  readonly counts: {
    readonly files: number;
    /** entries proven to stand under the checkpoint */
    readonly entries: number;
    /** of these, those that follow from the one before, which is here too */
    readonly chained: number;
    /** WebAuthn assertions checked again, good or bad */
    readonly signatures: number;
    /** of these, those by a passkey whose enrolment stands in the archive */
    readonly enrolled: number;
    /** grants that a rule approved: nobody signed them */
    readonly automatic: number;
    readonly recordings: number;
    /** chunks that are not here any more, each with its reason */
    readonly withheld: number;
    readonly policies: number;
  };
  readonly unsettled: readonly UnsettledAct[];
};

const MOST_FINDINGS = 1000;

/**
 * @param members of the archive, in any order
 * @param keys of the ledger and its witnesses, which the reader got elsewhere than from the archive
 * @param ceremony where signatures must have been made: the portal's origin and relying party id, when the reader knows
 * @param unsignedList accepts a list of files that nobody signed, with a warning: archives of earlier versions have none
 */
export async function verifyEvidence(
  members: AsyncIterable<Member>,
  keys: readonly NoteKey[],
  ceremony?: Ceremony,
  { unsignedList = false }: { readonly unsignedList?: boolean } = {},
): Promise<EvidenceReport> {
  const faults: EvidenceFinding[] = [];
  const warnings: EvidenceFinding[] = [];
  let faultCount = 0;
  const fault = (where: string, what: string): void => {
    faultCount += 1;
    if (faults.length < MOST_FINDINGS) faults.push({ where, what });
  };
  const warn = (where: string, what: string): void => {
    if (warnings.length < MOST_FINDINGS) warnings.push({ where, what });
  };

  const { held, digests } = await takeInArchive(members, fault);
  const one = (kind: ArchiveFile['kind']): Buffer | null => held.find(({ file }) => file.kind === kind)?.bytes ?? null;
  const manifest = readManifest(one('manifest'), (what) => fault('manifest.json', what));
  if (manifest) compareFiles(manifest.files, digests, fault);
  const list = digests.get('manifest.json')?.sha256 ?? null;
  const signature = one('signature');
  if (signature === null)
    (unsignedList ? warn : fault)(
      'manifest.json',
      'nobody signed it: anybody may have written viewer.html and README.txt',
    );
  else {
    const wrong = list === null ? null : listFault(signature, list, keys);
    if (wrong !== null) fault('manifest.sig', wrong);
  }
  checkViewer(one('viewer'), fault, warn);

  const checkpoint = openSigned(one('checkpoint'), keys, (what) => fault('checkpoint', what));
  const entries = await readEntries(held, checkpoint, fault);
  const chained = checkChain(entries, fault);

  const chunks = createChunkChecks(fault, warn);
  const told = checkEvents(entries, chunks, ceremony, fault, warn);
  const about = manifest?.about ?? null;
  if (about !== null && !entries.some(({ event }) => event !== null && speaksOf(about, event)))
    fault('manifest.json', 'nothing in the archive speaks of what it says that it is about');

  let policies = 0;
  for (const { file, sha256 } of digests.values()) {
    if (file.kind === 'chunk' || file.kind === 'text') chunks.file(file, file.kind, sha256);
    if (file.kind !== 'policy') continue;
    policies += 1;
    if (file.digest !== sha256) fault(`policies/${file.digest}.json`, 'this is not the policy set of that digest');
    else if (!told.policySets.has(sha256))
      warn(`policies/${file.digest}.json`, 'no act in this archive was decided by it');
  }
  const withheld: readonly Withheld[] = manifest?.withheld ?? [];
  const recordings = chunks.end(withheld);
  checkKeys(held, told.keys, fault);

  return {
    ok: faultCount === 0,
    about,
    made: manifest?.made ?? null,
    checkpoint,
    list,
    faults,
    faultCount,
    warnings,
    counts: {
      files: digests.size,
      entries: entries.filter(({ proven }) => proven).length,
      chained,
      signatures: told.signatures,
      enrolled: told.enrolled,
      automatic: told.automatic,
      recordings,
      withheld: withheld.length,
      policies,
    },
    unsettled: told.unsettled,
  };
}

function checkViewer(page: Buffer | null, fault: Fault, warn: Fault): void {
  if (page === null) return;
  const judged = judgeViewer(page);
  if (typeof judged === 'string') fault('viewer.html', `${judged}. Do not open it`);
  else if (!judged.known) warn('viewer.html', 'it is not the viewer that this verifier knows');
}

function openSigned(
  note: Buffer | null,
  keys: readonly NoteKey[],
  fault: (what: string) => void,
): OpenedCheckpoint | null {
  const opened = note === null ? 'is missing' : openCheckpoint(note.toString('utf8'), keys);
  if (typeof opened === 'string') {
    fault(opened);
    return null;
  }
  // A witness only says that the log grew as it should: whose log it is, the log's own key says.
  const logs = keys.filter(({ kind }) => kind === 'log').map(({ name }) => name);
  if (opened.signedBy.some(({ name, at }) => at === null && logs.includes(name))) return opened;
  fault('the ledger’s own key has not signed it');
  return null;
}

type ReadEntry = {
  readonly index: number;
  readonly proven: boolean;
  readonly entry: JournalEntry;
  readonly event: Members | null;
};

/** Entries in the order of the ledger, each shown to stand under the checkpoint. */
async function readEntries(
  held: readonly Held[],
  checkpoint: OpenedCheckpoint | null,
  fault: Fault,
): Promise<ReadEntry[]> {
  const proofs = new Map<number, Buffer>();
  const long = new Map<string, Buffer>();
  const leaves = new Map<number, Buffer>();
  for (const { file, bytes } of held) {
    if (file.kind === 'proof') proofs.set(file.index, bytes);
    if (file.kind === 'event') long.set(file.digest, bytes);
    if (file.kind === 'entry') leaves.set(file.index, bytes);
  }
  for (const index of proofs.keys())
    if (!leaves.has(index)) fault(`proofs/${index}.json`, 'proves an entry that is not here');
  if (leaves.size === 0) fault('archive', 'it has no entries: there is nothing to prove');
  const entries: ReadEntry[] = [];
  for (const [index, bytes] of [...leaves].sort(([a], [b]) => a - b)) {
    const where = `entries/${index}.json`;
    const wrong = checkpoint === null ? null : proofFault(bytes, index, proofs.get(index), checkpoint);
    if (wrong !== null) fault(where, wrong);
    const entry = await readLedgerEntry(bytes, (digest) => long.get(digest) ?? null);
    if (typeof entry === 'string') {
      fault(where, entry);
      continue;
    }
    if (createHash('sha256').update(entry.event).digest('hex') !== entry.digest)
      fault(where, 'its event was changed: the digest is another');
    entries.push({ index, proven: checkpoint !== null && wrong === null, entry, event: eventOf(entry.event) });
  }
  return entries;
}

function proofFault(
  bytes: Buffer,
  index: number,
  proof: Buffer | undefined,
  { size, root }: OpenedCheckpoint,
): string | null {
  if (proof === undefined) return 'there is no proof for it';
  const path = pathOf(proof, index, size);
  if (typeof path === 'string') return path;
  return includes(hashOfEntry(bytes), index, size, path, root)
    ? null
    : 'it does not stand here in the ledger that was signed';
}

function pathOf(proof: Buffer, index: number, size: number): Buffer[] | string {
  try {
    const value = membersOf(JSON.parse(proof.toString('utf8')));
    if (value?.index !== index) return 'its proof is for another entry';
    if (value.size !== size) return 'its proof is for another checkpoint';
    if (!Array.isArray(value.path) || value.path.length > 64) return 'its proof cannot be read';
    const path = value.path.map((hash: unknown) => Buffer.from(typeof hash === 'string' ? hash : '', 'base64'));
    return path.every(({ length }) => length === 32) ? path : 'its proof cannot be read';
  } catch {
    return 'its proof cannot be read';
  }
}

const eventOf = (text: string): Members | null => {
  try {
    return membersOf(JSON.parse(text));
  } catch {
    return null;
  }
};

/** @returns entries that were seen to follow from the one before them */
function checkChain(entries: readonly ReadEntry[], fault: Fault): number {
  let chained = 0;
  for (const [at, { index, entry }] of entries.entries()) {
    const before = entries[at - 1];
    const neighbour = before?.index === index - 1 ? before.entry : null;
    // Entry 1 begins a life of the journal, also in the middle of the ledger.
    const previous = entry.seq === 1 ? FIRST_PREVIOUS : neighbour?.hash;
    if (entry.seq !== 1 && neighbour !== null && entry.seq !== neighbour.seq + 1)
      fault(
        `entries/${index}.json`,
        `stands after entry ${neighbour.seq} of the journal and says that it is ${entry.seq}`,
      );
    if (previous === undefined) continue;
    if (entryHash(previous, entry) === entry.hash) chained += 1;
    else fault(`entries/${index}.json`, 'does not follow from the entry before it');
  }
  return chained;
}

function checkEvents(
  entries: readonly ReadEntry[],
  chunks: ReturnType<typeof createChunkChecks>,
  ceremony: Ceremony | undefined,
  fault: Fault,
  warn: Fault,
) {
  let index = 0;
  const begin = () =>
    createEventChecks(
      (_seq, what) => fault(`entries/${index}.json`, what),
      (_seq, what) => warn(`entries/${index}.json`, what),
      ceremony,
    );
  const lives = [begin()];
  const policySets = new Set<string>();
  const keys = new Set<string>();
  let last = 0;
  for (const one of entries) {
    index = one.index;
    if (one.entry.seq <= last) lives.push(begin());
    last = one.entry.seq;
    lives.at(-1)?.see(one.entry);
    if (one.event === null) continue;
    const seen = seenOf(one.entry, one.event);
    chunks.see(seen);
    if (typeof seen.facts.policySet === 'string') policySets.add(seen.facts.policySet);
    if (seen.kind === 'passkey.enrolled' && typeof seen.facts.publicKey === 'string') keys.add(seen.facts.publicKey);
  }
  const sum = (of: (life: (typeof lives)[number]) => number): number =>
    lives.reduce((count, life) => count + of(life), 0);
  for (const { seq, what } of lives.flatMap((life) => life.unenrolled())) warn(`entry ${seq} of the journal`, what);
  return {
    policySets,
    keys,
    signatures: sum((life) => life.signatures()),
    enrolled: sum((life) => life.signatures() - life.unenrolled().length),
    automatic: sum((life) => life.automatic()),
    unsettled: lives.flatMap((life) => life.unsettled()),
  };
}

/** The list of passkeys is for people to read: it may name none that the ledger does not. */
function checkKeys(held: readonly Held[], enrolled: ReadonlySet<string>, fault: Fault): void {
  const where = 'keys/passkeys.json';
  const bytes = held.find(({ file }) => file.kind === 'passkeys')?.bytes;
  if (bytes === undefined) return;
  let list: unknown;
  try {
    list = JSON.parse(bytes.toString('utf8'));
  } catch {
    list = null;
  }
  if (!Array.isArray(list)) fault(where, 'cannot be read');
  for (const key of listOf(list).map((one) => membersOf(one)?.publicKey))
    if (typeof key !== 'string' || !enrolled.has(key)) fault(where, 'names a key that no entry here enrolled');
}
