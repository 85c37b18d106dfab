// Reads `dom` lines back as events of the page's recorder: joins the pieces of what was too long for a line, puts lines into
// the order in which the browser made them, and leaves out what was sent twice. The events come from a page and are hostile:
// nothing here looks into them further than to say when they happened.
import type { DomLine } from './lines.ts';

/** One event as rrweb makes it; `at` is on the gateway's clock, ms. */
export type DomEvent = {
  readonly at: number;
  readonly seq: number;
  readonly event: { readonly [member: string]: unknown };
};

export type DomReader = {
  /** Takes the lines of one page in the order of the recording. @returns the events that are whole now, in order */
  take(line: DomLine): DomEvent[];
  /** numbers of events that never came, or came damaged */
  missing(): number;
};

/** As long as the longest text that intake lets through in pieces. */
const MOST_TEXT = 32 * 1024 * 1024;

/** For one page. */
export function createDomReader(): DomReader {
  let next = 0;
  let lost = 0;
  let pieces: { first: number; texts: string[]; of: number; length: number } | null = null;

  /** The whole text of a list of events; null: not yet, or never. */
  function textOf({ first, events, part }: DomLine): string | null {
    if (part === undefined) {
      pieces = null;
      return events;
    }
    if (part.at === 0) pieces = { first, texts: [], of: part.of, length: 0 };
    if (pieces === null || pieces.first !== first || pieces.of !== part.of || pieces.texts.length !== part.at) {
      // A piece that was sent again is known already; after a gap the rest is worth nothing.
      if (pieces !== null && pieces.first === first && part.at < pieces.texts.length) return null;
      pieces = null;
      return null;
    }
    pieces.texts.push(events);
    pieces.length += events.length;
    if (pieces.length > MOST_TEXT) pieces = null;
    if (pieces === null || pieces.texts.length < pieces.of) return null;
    const text = pieces.texts.join('');
    pieces = null;
    return text;
  }

  return {
    take(line) {
      const text = textOf(line);
      if (text === null) return [];
      const list = parsed(text);
      if (line.first > next) {
        lost += line.first - next;
        next = line.first;
      }
      const found: DomEvent[] = [];
      list.forEach((event, index) => {
        const seq = line.first + index;
        if (seq < next) return;
        next = seq + 1;
        const at = timeOf(event);
        if (at === null) lost += 1;
        else found.push({ at: at + line.offset, seq, event: event as DomEvent['event'] });
      });
      return found;
    },
    missing: () => lost,
  };
}

function parsed(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function timeOf(event: unknown): number | null {
  if (typeof event !== 'object' || event === null) return null;
  const { timestamp } = event as { timestamp?: unknown };
  return typeof timestamp === 'number' && Number.isFinite(timestamp) ? timestamp : null;
}
