// Rules about the words of legal holds, and about which sessions they keep.
import { describe, expect, it } from 'vitest';
import { keepsSession, keptTitle } from '../../portal/src/lib/legalHoldWords.ts';
import type { LegalHoldView } from '../../src/portal/contract/evidence.ts';
import { person } from './samples.ts';

const hold = (match: LegalHoldView['match']): LegalHoldView => ({
  ...{ id: 'lh_1', match, title: '', reason: 'Case 17', by: person('linus'), since: 0, release: null },
  may: { release: true },
});
const consoles = [{ id: 'acme', name: 'Acme MDM' }];
const session = { id: 'ses_1', person: person('ada'), consoles: ['acme'] };

describe('a legal hold', () => {
  it('is named by what it keeps, with names before ids', () => {
    expect(keptTitle({ kind: 'all' }, consoles)).toBe('All recordings');
    expect(keptTitle({ kind: 'session', id: 'ses_1' }, consoles)).toBe('One session');
    expect(keptTitle({ kind: 'person', id: 'idp#ada' }, consoles)).toBe('Recordings of ada');
    expect(keptTitle({ kind: 'person', id: 'idp#7' }, consoles, new Map([['idp#7', 'Ada']]))).toBe('Recordings of Ada');
    expect(keptTitle({ kind: 'console', id: 'acme' }, consoles)).toBe('Recordings on Acme MDM');
    expect(keptTitle({ kind: 'console', id: 'gone' }, consoles)).toBe('Recordings on gone');
  });
  it('keeps the session that it names, or whose person or console it names, and no other', () => {
    for (const match of [
      { kind: 'all' as const },
      { kind: 'session' as const, id: 'ses_1' },
      { kind: 'person' as const, id: 'idp#ada' },
      { kind: 'console' as const, id: 'acme' },
    ])
      expect(keepsSession(hold(match), session)).toBe(true);
    for (const kind of ['session', 'person', 'console'] as const)
      expect(keepsSession(hold({ kind, id: 'other' }), session)).toBe(false);
  });
});
