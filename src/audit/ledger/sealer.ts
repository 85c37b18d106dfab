// Moves the journal into the ledger: one replica at a time (the lease), in order, each entry checked against the one before
// it, sealed before it may be trimmed. It promises, and the tests hold it to it:
//   - an entry MUST NOT be in the ledger twice, nor left out, whatever crashes when;
//   - the journal MUST NOT be trimmed beyond what a durable checkpoint covers;
//   - an entry that does not follow from the one before MUST stop the sealing, loudly, and never be skipped;
//   - a journal that was emptied or rolled back MUST NOT take anything back: what was sealed stays, the other course of
//     things follows behind it from where both part, and whoever verifies is told.
import type { JournalEntry } from '../../kernel/auditEvent.ts';
import type { Clock } from '../../kernel/clock.ts';
import { sha256Hex } from '../../kernel/ids.ts';
import type { Blobs } from './blobs.ts';
import { decodeEntry, encodeEntry } from './entry.ts';
import { type Log, openLog } from './log.ts';
import type { NoteSigner } from './note.ts';
import { createLedgerReader } from './reader.ts';

/** The journal's side, in Redis. */
export type SealSource = {
  /** entries from number `from` on, at most `count` */
  read(from: number, count: number): Promise<readonly JournalEntry[]>;
  /** Takes or keeps the lease; `leads` false: another replica has it. */
  lead(): Promise<{
    readonly leads: boolean;
    /** the newest signed checkpoint that any replica has told of; '' when there is none */
    readonly note: string;
    /** number of the journal's last entry, and of the last one that is sealed */
    readonly head: number;
    readonly sealed: number;
  }>;
  /** Gives the lease up, so that another replica need not wait for its end. */
  leave(): Promise<void>;
  /** Tells of a durable checkpoint, up to this number of the journal. @returns false when the lease was lost meanwhile */
  told(checkpoint: string, seq: number): Promise<boolean>;
  /** Forgets entries up to this number, which are sealed. */
  trim(upTo: number): Promise<void>;
};

export type SealerDeps = {
  readonly blobs: Blobs;
  readonly source: SealSource;
  readonly signer: NoteSigner;
  readonly origin: string;
  /** newest entries that stay in the journal although they are sealed; absent: all of them */
  readonly keep?: number;
  /** ms between two looks */
  readonly every?: number;
  readonly onSealed?: (checkpoint: string) => void;
  /** for `state().since` */
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
};

export type SealerState = {
  /** entries in the ledger and the last number in it, when this replica leads */
  readonly size: number;
  readonly seq: number;
  readonly leading: boolean;
  /** journal entries that nobody has sealed yet */
  readonly behind: number;
  /** when everything was sealed last, ms; null: not since the start */
  readonly since: number | null;
  /** why the last look failed */
  readonly fault: string | null;
};

export type Sealer = {
  start(): void;
  /** Seals what there is. @returns how many entries; 0 also when another replica leads. @throws what went wrong */
  seal(): Promise<number>;
  /** How things stood at the last look; for health and tests. */
  state(): SealerState;
  /** Seals once more, gives the lease up and stops. */
  stop(): Promise<void>;
};

const BATCH = 1024;
const EVERY = 1000;
const FIRST_PREVIOUS = '0'.repeat(64);

export class JournalBroken extends Error {
  override readonly name = 'JournalBroken';
}

export function createSealer(deps: SealerDeps): Sealer {
  const {
    blobs,
    source,
    signer,
    origin,
    keep = Number.POSITIVE_INFINITY,
    every = EVERY,
    onSealed,
    clock,
    onError,
  } = deps;
  const sealedBefore = createLedgerReader(blobs);
  let log: Log | null = null;
  let leading = false;
  let seq = 0;
  let hash = FIRST_PREVIOUS;
  let fault: string | null = null;
  let behind = 0;
  let since: number | null = null;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let turn: Promise<unknown> = Promise.resolve();

  async function open(newest: string): Promise<Log> {
    const opened = await openLog(blobs, signer, origin, newest === '' ? null : newest);
    const last = opened.last();
    const entry = last === null ? null : decodeEntry(last);
    seq = entry?.seq ?? 0;
    hash = entry?.hash ?? FIRST_PREVIOUS;
    return opened;
  }

  async function once(): Promise<number> {
    const state = await source.lead();
    behind = Math.max(0, state.head - state.sealed);
    if (behind === 0) since = clock.now();
    leading = state.leads;
    if (!leading) {
      log = null;
      return 0;
    }
    let sealed = 0;
    try {
      log ??= await open(state.note);
      for (;;) {
        const entries = await source.read(seq + 1, BATCH);
        const follows = entries.length > 0 && chainFault(entries.slice(0, 1)) === null;
        if (!follows && (await tookAnotherCourse())) continue;
        if (entries.length === 0) break;
        const broken = chainFault(entries);
        if (broken !== null) throw new JournalBroken(`journal: ${broken}`);
        const encoded = entries.map(encodeEntry);
        for (const { beside } of encoded) if (beside !== null) await blobs.writeOnce(beside.path, beside.bytes);
        const checkpoint = await log.append(encoded.map(({ bytes }) => bytes));
        const last = entries.at(-1) as JournalEntry;
        seq = last.seq;
        hash = last.hash;
        sealed += entries.length;
        behind = Math.max(0, state.head - seq);
        onSealed?.(checkpoint);
        if (!(await source.told(checkpoint, seq))) {
          // Another replica leads now: it has the same entries before it, and the store refuses what does not agree.
          leading = false;
          log = null;
          return sealed;
        }
        if (entries.length < BATCH) break;
        // A long way to catch up takes longer than a lease.
        if (!(await source.lead()).leads) {
          leading = false;
          log = null;
          return sealed;
        }
      }
      behind = 0;
      since = clock.now();
      if (sealed > 0 && seq > keep) await source.trim(seq - keep);
    } catch (error) {
      log = null;
      throw error;
    }
    return sealed;
  }

  /**
   * Whether the journal is not the one that was sealed, but emptied or rolled back and grown again. Then the next entry to
   * seal is the first that differs, and everything that was sealed stays.
   */
  async function tookAnotherCourse(): Promise<boolean> {
    if (seq === 0) return false;
    const [same] = await source.read(seq, 1);
    if (same?.seq === seq && same.hash === hash) return false;
    const [first] = await source.read(1, 1);
    if (first === undefined) return false;
    let common: { seq: number; hash: string };
    if (await isSealed(first)) {
      let [low, high] = [first, seq];
      // The chain binds: when an entry is the same, all before it are.
      while (high - low.seq > 1) {
        const middle = Math.floor((low.seq + high) / 2);
        const [entry] = await source.read(middle, 1);
        if (entry?.seq === middle && (await isSealed(entry))) low = entry;
        else high = middle;
      }
      common = low;
    } else if (first.seq === 1) common = { seq: 0, hash: FIRST_PREVIOUS };
    else return false;
    const [next] = await source.read(common.seq + 1, 1);
    if (next?.seq !== common.seq + 1 || next.hash !== entryHash(common.hash, next)) return false;
    onError(
      new JournalBroken(
        common.seq === 0
          ? `the journal began anew after its entry ${seq}, which stays sealed`
          : `the journal was rolled back from entry ${seq} to ${common.seq}; what was sealed stays sealed`,
      ),
    );
    ({ seq, hash } = common);
    return true;
  }
  const isSealed = async (entry: JournalEntry): Promise<boolean> =>
    (await sealedBefore.find(entry.seq))?.entry.hash === entry.hash;

  /** Why these entries are not what comes next; null: they are. */
  function chainFault(entries: readonly JournalEntry[]): string | null {
    let [number, before] = [seq, hash];
    for (const entry of entries) {
      if (entry.seq !== number + 1) return `entry ${number + 1} is missing, the next one is ${entry.seq}`;
      if (sha256Hex(entry.event) !== entry.digest) return `entry ${entry.seq} was changed`;
      if (entryHash(before, entry) !== entry.hash) return `entry ${entry.seq} does not follow from the one before it`;
      number = entry.seq;
      before = entry.hash;
    }
    return null;
  }

  const queued = (): Promise<number> => {
    const next = turn.then(once).then(
      (count) => {
        fault = null;
        return count;
      },
      (error: unknown) => {
        fault = error instanceof Error ? error.message : String(error);
        throw error;
      },
    );
    turn = next.catch(() => undefined);
    return next;
  };
  const loop = async (): Promise<void> => {
    await queued().catch(onError);
    if (!stopped) timer = setTimeout(loop, every).unref();
  };

  return {
    start: () => void loop(),
    seal: queued,
    state: () => ({ size: log?.size() ?? 0, seq, leading, behind, since, fault }),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await queued().catch(onError);
      if (leading) await source.leave().catch(onError);
      leading = false;
    },
  };
}

/** As the script that appends makes it (redis/lua/prelude.lua). */
const entryHash = (previous: string, { seq, at, digest, fact }: JournalEntry): string =>
  sha256Hex(`${previous}\n${seq}\n${at}\n${digest}\n${fact}`);
