// Moves the journal into the ledger: one replica at a time (the lease), in order, each entry checked against the one before
// it, sealed before it may be trimmed. It promises, and the tests hold it to it:
//   - an entry MUST NOT be in the ledger twice, nor left out, whatever crashes when;
//   - the journal MUST NOT be trimmed beyond what a durable checkpoint covers;
//   - an entry that does not follow from the one before MUST stop the sealing, loudly, and never be skipped.
import type { JournalEntry } from '../../kernel/auditEvent.ts';
import { sha256Hex } from '../../kernel/ids.ts';
import type { Blobs } from './blobs.ts';
import { decodeEntry, encodeEntry } from './entry.ts';
import { type Log, openLog } from './log.ts';
import type { NoteSigner } from './note.ts';

/** The journal's side, in Redis. */
export type SealSource = {
  /** entries from number `from` on, at most `count` */
  read(from: number, count: number): Promise<readonly JournalEntry[]>;
  /**
   * Takes or keeps the lease. null: another replica has it. Else the newest signed checkpoint that any replica has told of,
   * '' when there is none.
   */
  lead(): Promise<string | null>;
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
  readonly onError: (error: unknown) => void;
};

export type Sealer = {
  start(): void;
  /** Seals what there is. @returns how many entries; 0 also when another replica leads. @throws what went wrong */
  seal(): Promise<number>;
  /** entries that are sealed, and the last number; for health and tests */
  state(): { readonly size: number; readonly seq: number; readonly leading: boolean; readonly fault: string | null };
  /** Seals once more and stops. */
  stop(): Promise<void>;
};

const BATCH = 1024;
const EVERY = 1000;
const FIRST_PREVIOUS = '0'.repeat(64);

export class JournalBroken extends Error {
  override readonly name = 'JournalBroken';
}

export function createSealer(deps: SealerDeps): Sealer {
  const { blobs, source, signer, origin, keep = Number.POSITIVE_INFINITY, every = EVERY, onSealed, onError } = deps;
  let log: Log | null = null;
  let leading = false;
  let seq = 0;
  let hash = FIRST_PREVIOUS;
  let fault: string | null = null;
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
    const newest = await source.lead();
    if (newest === null) {
      leading = false;
      log = null;
      return 0;
    }
    leading = true;
    let sealed = 0;
    try {
      log ??= await open(newest);
      for (;;) {
        const entries = await source.read(seq + 1, BATCH);
        const follows = entries.length > 0 && chainFault(entries.slice(0, 1)) === null;
        if (!follows && (await beganAnew())) {
          onError(new JournalBroken(`the journal began anew after its entry ${seq}, which stays sealed`));
          seq = 0;
          hash = FIRST_PREVIOUS;
          continue;
        }
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
        onSealed?.(checkpoint);
        if (!(await source.told(checkpoint, seq))) {
          // Another replica leads now: it has the same entries before it, and the store refuses what does not agree.
          leading = false;
          log = null;
          return sealed;
        }
        if (entries.length < BATCH) break;
      }
      if (sealed > 0 && seq > keep) await source.trim(seq - keep);
    } catch (error) {
      log = null;
      throw error;
    }
    return sealed;
  }

  /** The data was emptied: entry 1 is there again, begins a chain of its own, and what was sealed last is not in it. */
  async function beganAnew(): Promise<boolean> {
    if (seq === 0) return false;
    const [first] = await source.read(1, 1);
    if (first?.seq !== 1 || first.hash !== entryHash(FIRST_PREVIOUS, first)) return false;
    const [same] = await source.read(seq, 1);
    return same?.seq !== seq || same.hash !== hash;
  }

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
    state: () => ({ size: log?.size() ?? 0, seq, leading, fault }),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await queued().catch(onError);
    },
  };
}

/** As the script that appends makes it (redis/lua/prelude.lua). */
const entryHash = (previous: string, { seq, at, digest, fact }: JournalEntry): string =>
  sha256Hex(`${previous}\n${seq}\n${at}\n${digest}\n${fact}`);
