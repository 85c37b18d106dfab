import { describe, expect, it } from 'vitest';
import {
  countOf,
  hitLine,
  parseTargets,
  soughtIn,
  targetName,
  targetNames,
  targetsAsText,
} from '../../portal/src/lib/targets.ts';

const MARIE = { kind: 'device', id: 'd-1', name: 'iPad of Marie' };
const bare = (...ids: string[]) => ids.map((id) => ({ kind: 'device', id }));

describe('what something hits, in words', () => {
  it('puts the name before the id, and shows the id always', () => {
    expect(targetName(MARIE)).toBe('iPad of Marie (d-1)');
    expect(targetName({ kind: 'device', id: 'd-2' })).toBe('d-2');
    expect(targetName({ kind: 'device', id: 'd-2', name: 'd-2' })).toBe('d-2');
    expect(targetName({ kind: 'device_group', id: '*' })).toBe('every device group');
  });
  it('names the first ones and counts the rest', () => {
    expect(targetNames([MARIE, ...bare('d-2')])).toBe('iPad of Marie (d-1) and d-2');
    expect(targetNames([MARIE, ...bare('d-2', 'd-3', 'd-4', 'd-5')])).toBe('iPad of Marie (d-1), d-2, d-3 and 2 more');
  });
  it('counts by kind, and never counts "all" as one', () => {
    expect(countOf([MARIE, ...bare('d-2'), { kind: 'user', id: 'u-1' }])).toBe('2 devices, 1 user');
    expect(countOf([{ kind: 'device', id: '*' }])).toBe('every device');
    expect(countOf([{ kind: 'any', id: '*' }])).toBe('anything on this console');
    expect(countOf([])).toBe('');
  });
  it('leads with the number when the title does not say it', () => {
    expect(hitLine('Wipe 2 devices', [MARIE, ...bare('d-2')])).toBe('iPad of Marie (d-1) and d-2');
    expect(hitLine('Wipe devices, lock devices', [MARIE, ...bare('d-2')])).toBe(
      '2 devices: iPad of Marie (d-1) and d-2',
    );
    expect(hitLine('Wipe devices', [{ kind: 'any', id: '*' }])).toBe('Anything');
    expect(hitLine('Change settings', [])).toBe('');
  });
  it('is found by name and by id', () => {
    expect(soughtIn([MARIE, ...bare('d-2')], 'marie')).toEqual([MARIE]);
    expect(soughtIn([MARIE, ...bare('d-2')], 'D-2')).toEqual(bare('d-2'));
    expect(soughtIn([MARIE], '  ')).toEqual([MARIE]);
  });
});

describe('device ids as people type them', () => {
  it('takes commas, lines and semicolons, each id once', () => {
    expect(parseTargets(' d-1, d-2;d-1\nd-3 ').targets.map((target) => target.id)).toEqual(['d-1', 'd-2', 'd-3']);
  });
  it('takes another kind before a colon, and gives the same text back', () => {
    const { targets } = parseTargets('d-1, user:u-7');
    expect(targets).toEqual([
      { kind: 'device', id: 'd-1' },
      { kind: 'user', id: 'u-7' },
    ]);
    expect(targetsAsText(targets)).toBe('d-1, user:u-7');
  });
  it('says when there are too many', () => {
    expect(parseTargets(Array.from({ length: 501 }, (_, n) => `d-${n}`).join(' ')).faults).toHaveLength(1);
  });
});
