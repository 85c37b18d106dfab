import { describe, expect, it } from 'vitest';
import { addressOf, answerable, inboxOf } from '../../portal/src/lib/inbox.ts';
import { grant, hold } from './samples.ts';

describe('the approvals inbox', () => {
  const list = inboxOf(
    [grant({ id: 'late', askedAt: 30 }), grant({ id: 'early', askedAt: 10 })],
    [
      hold({ id: 'asked', createdAt: 1, asked: { reason: 'x', ticket: '', at: 20 } }),
      hold({ id: 'unasked', createdAt: 40, asked: null }),
    ],
  );
  it('holds both kinds in one list, who waited longest first', () => {
    expect(list.map(({ id }) => id)).toEqual(['early', 'asked', 'late', 'unasked']);
  });
  it('links each to its own page', () => {
    expect(list.map(addressOf)).toEqual([
      '/approvals/early',
      '/approvals/hold/asked',
      '/approvals/late',
      '/approvals/hold/unasked',
    ]);
  });
  it('counts only what the reader may answer', () => {
    expect(list.filter(answerable).map(({ id }) => id)).toEqual(['early', 'late']);
  });
});
