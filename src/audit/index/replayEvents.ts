// Reads what a page looked like in a window of time: from the last full snapshot before it, in order, bounded. What cannot be read
// is told and left out. The events come from a page and are hostile: they are handed on, never looked into further than to
// see where a whole page begins.
import { createDomReader, type DomEvent } from '../recording/domEvents.ts';
import type { DomLine } from '../recording/lines.ts';
import type { RecordingReader } from '../recording/reader.ts';
import type { LookPlace } from './replayRows.ts';

export type Window = {
  readonly events: readonly DomEvent[];
  /** everything up to here is in it, ms */
  readonly until: number;
  /** number of the last event, -1: none */
  readonly last: number;
  /** events that never came */
  readonly missing: number;
  readonly faults: readonly string[];
};

export type ReplayEvents = {
  /**
   * @param places in order, as looksAt gives them
   * @param from where the window begins; null: it continues another one, so nothing is left out at its beginning
   * @throws NoIdentity
   */
  read(places: readonly LookPlace[], from: number | null, to: number): Promise<Window>;
};

/** Characters of one window; a single look that is longer is still read whole. */
const MOST = 12 * 1024 * 1024;
/** Chunks that are kept decoded, for the next seek: about half a MiB each. */
const KEPT = 12;

const META = 4;
const WHOLE = 2;

export function createReplayEvents(reader: Pick<RecordingReader, 'lines'>): ReplayEvents {
  const kept = new Map<string, ReadonlyMap<number, DomLine>>();

  const decoded = async (part: string, chunk: number): Promise<ReadonlyMap<number, DomLine>> => {
    const lines = new Map<number, DomLine>();
    for await (const line of reader.lines(part, chunk)) if (line.type === 'dom') lines.set(line.n, line);
    const key = `${part} ${chunk}`;
    kept.delete(key);
    kept.set(key, lines);
    for (const oldest of kept.keys()) {
      if (kept.size <= KEPT) break;
      kept.delete(oldest);
    }
    return lines;
  };
  /** An unfinished chunk grows: what is not in what was kept may be there by now. */
  const lineAt = async ({ part, chunk, n }: LookPlace): Promise<DomLine | undefined> =>
    kept.get(`${part} ${chunk}`)?.get(n) ?? (await decoded(part, chunk)).get(n);

  return {
    async read(places, from, to) {
      const dom = createDomReader();
      const events: DomEvent[] = [];
      const faults = new Set<string>();
      const broken = new Set<string>();
      let size = 0;
      let until = to;
      let skipped: number | null = null;
      let last = -1;
      let at = Number.NEGATIVE_INFINITY;
      for (const [index, place] of places.entries()) {
        // Never between two pieces of one event.
        if (size > MOST && places[index - 1]?.first !== place.first) {
          until = places[index - 1]?.to ?? to;
          break;
        }
        const chunk = `${place.part} ${place.chunk}`;
        if (broken.has(chunk)) continue;
        size += place.size;
        let line: DomLine | undefined;
        try {
          line = await lineAt(place);
        } catch (error) {
          if (!(error instanceof Error) || error.name !== 'ChunkFault') throw error;
          broken.add(chunk);
          faults.add(wordsOf(error));
          continue;
        }
        if (line === undefined) {
          faults.add('A piece of this recording is missing.');
          continue;
        }
        const taken = dom.take(line);
        // What came before the window's first line is not missing.
        if (skipped === null && taken.length > 0) skipped = dom.missing();
        for (const event of taken) {
          // Clocks of browsers jump; time in a replay does not. One lie far ahead would take all that follows along: what a
          // line's events say of time counts within the line's own, which is near to when it came.
          at = Math.max(at, Math.min(place.to, Math.max(place.from, event.at)));
          events.push({ ...event, at });
          last = event.seq;
        }
      }
      const missing = skipped === null ? 0 : dom.missing() - skipped;
      return { events: from === null ? events : begun(events, from), until, last, missing, faults: [...faults] };
    },
  };
}

/** From the last full snapshot at or before `from` (or the first there is), with the size that stands before it. */
function begun(events: DomEvent[], from: number): DomEvent[] {
  const before = events.findLastIndex(({ at, event }) => event.type === WHOLE && at <= from);
  const whole = before < 0 ? events.findIndex(({ event }) => event.type === WHOLE) : before;
  if (whole <= 0) return events;
  const meta = events.slice(0, whole).findLastIndex(({ event }) => event.type === META);
  const rest = events.slice(whole);
  const size = events[meta];
  return size === undefined ? rest : [{ ...size, at: rest[0]?.at ?? size.at }, ...rest];
}

function wordsOf(fault: Error): string {
  const { why } = fault as Error & { why?: unknown };
  if (why === 'missing') return 'A piece of this recording is missing.';
  if (why === 'removed') return 'A piece of this recording was deleted by the retention rules.';
  if (why === 'key') return 'A piece of this recording was written for a key that is not here.';
  return 'A piece of this recording is damaged.';
}
