// A session's exchanges as a reviewer wants to see them: acts and refusals one by one, plain reads between them as one line,
// long silences named. Pure; keeps the order that it is given.
import type { ExchangeRow } from '../../../src/portal/contract/sessions.ts';

export type TimelineItem =
  | { readonly kind: 'exchange'; readonly exchange: ExchangeRow }
  | { readonly kind: 'reads'; readonly id: string; readonly exchanges: readonly ExchangeRow[] }
  | { readonly kind: 'silence'; readonly id: string; readonly length: number };

export const SILENCE = 5 * 60_000;

/** A read that went through. A refused read stands out like every refusal. */
export const isPlainRead = (exchange: ExchangeRow): boolean => exchange.risk === 'read' && exchange.verdict === 'go';

/** Exchanges to timeline items; `grouped` false shows every read. */
export const timelineOf = (exchanges: readonly ExchangeRow[], grouped: boolean): TimelineItem[] => {
  const items: TimelineItem[] = [];
  let reads: ExchangeRow[] = [];
  const flush = () => {
    const [first] = reads;
    if (first === undefined) return;
    if (reads.length === 1 || !grouped) for (const exchange of reads) items.push({ kind: 'exchange', exchange });
    else items.push({ kind: 'reads', id: first.id, exchanges: reads });
    reads = [];
  };
  let previous: ExchangeRow | undefined;
  for (const exchange of exchanges) {
    const silence = previous === undefined ? 0 : Math.abs(exchange.at - previous.at);
    if (silence >= SILENCE) {
      flush();
      items.push({ kind: 'silence', id: `silence-${exchange.id}`, length: silence });
    }
    if (isPlainRead(exchange)) reads.push(exchange);
    else {
      flush();
      items.push({ kind: 'exchange', exchange });
    }
    previous = exchange;
  }
  flush();
  return items;
};

/** Distinct titles of reads with their counts, the most frequent first: for the one line that stands for many. */
export const readSummary = (exchanges: readonly ExchangeRow[]): { title: string; times: number }[] => {
  const counts = new Map<string, number>();
  for (const { title } of exchanges) counts.set(title, (counts.get(title) ?? 0) + 1);
  return [...counts].map(([title, times]) => ({ title, times })).sort((a, b) => b.times - a.times);
};
