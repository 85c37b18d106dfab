import { describe, expect, it } from 'vitest';
import { readSummary, SILENCE, timelineOf } from '../../portal/src/lib/timeline.ts';
import type { ExchangeRow } from '../../src/portal/contract/sessions.ts';

const exchange = (id: string, at: number, more: Partial<ExchangeRow> = {}): ExchangeRow => ({
  id,
  at,
  console: 'acme',
  method: 'GET',
  target: '/devices',
  action: 'device.read',
  risk: 'read',
  title: 'Look at devices',
  verdict: 'go',
  reason: null,
  status: 200,
  sent: 0,
  received: 10,
  took: 3,
  grant: null,
  hold: null,
  ...more,
});
const kinds = (items: ReturnType<typeof timelineOf>) => items.map((item) => item.kind);

describe('a session’s timeline', () => {
  it('shows reads between acts as one item, and acts one by one', () => {
    const items = timelineOf(
      [
        exchange('1', 1),
        exchange('2', 2),
        exchange('3', 3, { risk: 'destructive', action: 'device.wipe' }),
        exchange('4', 4),
        exchange('5', 5),
      ],
      true,
    );
    expect(kinds(items)).toEqual(['reads', 'exchange', 'reads']);
  });
  it('never hides a refused read in a group', () => {
    const items = timelineOf([exchange('1', 1), exchange('2', 2, { verdict: 'refuse' }), exchange('3', 3)], true);
    expect(kinds(items)).toEqual(['exchange', 'exchange', 'exchange']);
  });
  it('loses nothing when every read is asked for', () => {
    const given = [exchange('1', 1), exchange('2', 2), exchange('3', 3, { risk: 'low' }), exchange('4', 4)];
    const ids = timelineOf(given, false).map((item) => (item.kind === 'exchange' ? item.exchange.id : item.kind));
    expect(ids).toEqual(['1', '2', '3', '4']);
  });
  it('names a long silence, also inside reads', () => {
    expect(kinds(timelineOf([exchange('1', 0), exchange('2', SILENCE), exchange('3', SILENCE + 1)], true))).toEqual([
      'exchange',
      'silence',
      'reads',
    ]);
  });
  it('sums up what was read, the most frequent first', () => {
    const summary = readSummary([exchange('1', 1, { title: 'B' }), exchange('2', 2), exchange('3', 3)]);
    expect(summary).toEqual([
      { title: 'Look at devices', times: 2 },
      { title: 'B', times: 1 },
    ]);
  });
});
