// Checkpoints: what somebody outside the journal saw of it. A chain that was cut or rewritten as a whole is consistent in
// itself; only a checkpoint shows it (trap 26: comparing the number alone lets a rewrite of equal length pass).
import type { JournalEntry } from '../../kernel/auditEvent.ts';

export type Checkpoint = {
  readonly seq: number;
  /** hash of the entry with that number */
  readonly hash: string;
  /** when it was taken, ms */
  readonly at: number;
};

/** Reads the text of a checkpoint file, one JSON object a line. A torn last line (a crash) is left out and said. */
export function readCheckpoints(text: string): { checkpoints: Checkpoint[]; faults: string[]; torn: boolean } {
  const lines = text.split('\n');
  const torn = lines.pop() !== '';
  const checkpoints: Checkpoint[] = [];
  const faults: string[] = [];
  for (const [index, line] of lines.entries()) {
    const checkpoint = parse(line);
    if (checkpoint) checkpoints.push(checkpoint);
    else faults.push(`line ${index + 1} is not a checkpoint`);
  }
  return { checkpoints, faults, torn };
}

function parse(line: string): Checkpoint | null {
  try {
    const value = JSON.parse(line) as Partial<Checkpoint> | null;
    if (!value || !Number.isSafeInteger(value.seq) || !Number.isSafeInteger(value.at)) return null;
    const { seq = 0, hash = '', at = 0 } = value;
    return seq > 0 && /^[0-9a-f]{64}$/.test(hash) ? { seq, hash, at } : null;
  } catch {
    return null;
  }
}

/** Shows the entries of a journal, one by one, to all checkpoints. */
export function compareCheckpoints(checkpoints: readonly Checkpoint[], fault: (seq: number, what: string) => void) {
  const bySeq = new Map<number, Checkpoint[]>();
  let highest: Checkpoint | undefined;
  let before: Checkpoint | undefined;
  for (const checkpoint of checkpoints) {
    const same = bySeq.get(checkpoint.seq);
    if (!same) bySeq.set(checkpoint.seq, [checkpoint]);
    else if (!same.some(({ hash }) => hash === checkpoint.hash)) same.push(checkpoint);
    if (before && checkpoint.seq < before.seq) {
      fault(
        checkpoint.seq,
        `checkpoint: taken at ${iso(checkpoint)}, but entry ${before.seq} was seen earlier: rolled back`,
      );
    }
    if (!highest || checkpoint.seq > highest.seq) highest = checkpoint;
    before = checkpoint;
  }
  return {
    see(entry: JournalEntry): void {
      for (const checkpoint of bySeq.get(entry.seq) ?? []) {
        if (checkpoint.hash !== entry.hash) {
          fault(entry.seq, `checkpoint: at ${iso(checkpoint)} another entry stood here: rewritten or forked`);
        }
      }
    },
    /** @param last the highest number that the journal has */
    end(last: number): void {
      if (highest && highest.seq > last) {
        const where = last === 0 ? 'the journal is empty' : `the journal ends with entry ${last}`;
        fault(last, `checkpoint: ${where}, but entry ${highest.seq} was there at ${iso(highest)}: cut`);
      }
    },
  };
}

const iso = ({ at }: Checkpoint): string => {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString();
};
