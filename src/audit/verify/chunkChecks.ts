// Recordings in an archive against what the ledger says of them: every chunk that an entry names is there with its digest, or
// it is said why not; no chunk is there that no entry names; none is missing in between; where a recording ends is said.
import { listOf, membersOf, type SeenEvent, textOf } from './members.ts';

export type ChunkPlace = { readonly session: string; readonly part: string; readonly chunk: number };
export type Withheld = ChunkPlace & { readonly why: string };

type Told = ChunkPlace & { readonly sha256: string; readonly text: string; readonly end: string };
type Say = (where: string, what: string) => void;

export type ChunkChecks = {
  /** recording.chunk, retention.deleted */
  see(event: SeenEvent): void;
  /** @param kind chunk: the file as it was stored; text: what is inside. */
  file(place: ChunkPlace, kind: 'chunk' | 'text', sha256: string): void;
  /** When all was seen. @returns chunks whose digest was compared */
  end(withheld: readonly Withheld[]): number;
};

const keyOf = ({ session, part, chunk }: ChunkPlace): string => `${session}/${part}/${String(chunk).padStart(6, '0')}`;

export function createChunkChecks(fault: Say, warn: Say): ChunkChecks {
  const told = new Map<string, Told>();
  const files: { place: ChunkPlace; kind: 'chunk' | 'text'; sha256: string }[] = [];
  const deleted = new Set<string>();

  /** Whether the ledger tells that this recording's time was over. */
  const wasDeleted = (place: ChunkPlace): boolean => deleted.has(keyOf(place));

  return {
    see({ kind, session, facts }) {
      const of = textOf(facts.session) || session;
      if (kind === 'retention.deleted')
        for (const chunk of listOf(facts.chunks)) deleted.add(`${of}/${textOf(membersOf(chunk)?.name)}`);
      if (kind !== 'recording.chunk') return;
      const chunk = typeof facts.chunk === 'number' ? facts.chunk : Number(facts.chunk);
      const place = { session: of, part: textOf(facts.part), chunk };
      const one = { ...place, sha256: textOf(facts.sha256), text: textOf(facts.text), end: textOf(facts.end) };
      const before = told.get(keyOf(place));
      if (before && before.sha256 !== one.sha256)
        fault(`recordings/${keyOf(place)}`, 'the ledger tells two different digests of this chunk');
      told.set(keyOf(place), one);
    },
    file: (place, kind, sha256) => void files.push({ place, kind, sha256 }),
    end(withheld) {
      const absent = new Map(withheld.map((one) => [keyOf(one), one.why]));
      const there = new Set<string>();
      for (const { place, kind, sha256 } of files) {
        const where = `recordings/${keyOf(place)}`;
        const entry = told.get(keyOf(place));
        if (!entry) fault(where, 'no entry of the ledger speaks of this chunk');
        else if ((kind === 'chunk' ? entry.sha256 : entry.text) !== sha256)
          fault(
            where,
            `${kind === 'chunk' ? 'this' : 'the text'} is not what was recorded: the digest in the ledger is another`,
          );
        if (kind === 'chunk') there.add(keyOf(place));
      }
      for (const one of told.values()) {
        const key = keyOf(one);
        if (there.has(key)) continue;
        const why = absent.get(key);
        if (why === undefined) fault(`recordings/${key}`, 'the ledger speaks of this chunk, and it is missing');
        else if (why !== 'deleted')
          warn(`recordings/${key}`, 'was not to be had when this was exported, and no entry tells of its deletion');
        else if (!wasDeleted(one))
          fault(`recordings/${key}`, 'is said to have been deleted, and no entry of the ledger says so');
      }
      const parts = new Map<string, Told[]>();
      for (const one of told.values()) {
        const part = `${one.session}/${one.part}`;
        parts.set(part, [...(parts.get(part) ?? []), one]);
      }
      for (const [part, chunks] of parts) {
        chunks.sort((a, b) => a.chunk - b.chunk);
        for (const [at, one] of chunks.entries()) {
          const next = chunks[at + 1];
          if (next && next.chunk !== one.chunk + 1)
            warn(`recordings/${part}`, `chunks ${one.chunk + 1} to ${next.chunk - 1} are not part of this archive`);
          if (next && one.end !== 'more')
            fault(`recordings/${part}`, `goes on after chunk ${one.chunk}, which says that it was the end`);
          if (!next && one.end === 'more')
            warn(`recordings/${part}`, `goes on after chunk ${one.chunk}, the last one here`);
          if (!next && one.end === 'cut')
            warn(`recordings/${part}`, 'was cut off: the gateway ended without closing it');
        }
      }
      return files.length;
    },
  };
}
