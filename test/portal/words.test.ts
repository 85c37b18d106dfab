import { describe, expect, it } from 'vitest';
import { parseTargets, targetsAsText } from '../../portal/src/lib/targets.ts';
import {
  bytes,
  grantOutcome,
  listed,
  oddities,
  personOf,
  plural,
  splitTitle,
  wantsTo,
} from '../../portal/src/lib/words.ts';
import type { GrantView } from '../../src/portal/contract/grants.ts';

const grant = (more: Partial<GrantView> = {}): GrantView => ({
  id: 'gr_1',
  state: 'asked',
  holder: { id: 'idp#ada', name: 'ada' },
  mine: false,
  console: { id: 'acme', name: 'Acme MDM' },
  action: 'device.wipe',
  risk: 'destructive',
  targets: [{ kind: 'device', id: 'd-0142' }],
  title: 'Wipe 1 device: d-0142',
  effect: 'Erases everything on it. Cannot be undone.',
  reason: 'Lost in taxi',
  ticket: 'MDM-4711',
  askedMinutes: 30,
  askedUses: 1,
  minutes: null,
  uses: null,
  usesLeft: null,
  askedAt: 0,
  answerUntil: 1,
  decidedAt: null,
  decidedBy: null,
  denyReason: null,
  activeUntil: null,
  endedAt: null,
  endedBecause: null,
  endedBy: null,
  may: { approve: true, deny: true, withdraw: false, end: false },
  whyNot: null,
  ...more,
});

describe('sentences about requests', () => {
  it('says who wants what, with the number of devices', () => {
    expect(wantsTo('ada', 'Wipe 1 device: d-0142')).toBe('ada wants to wipe 1 device');
    expect(splitTitle('Wipe 1 device: iPad of Marie (d-0142)').on).toBe('iPad of Marie (d-0142)');
    expect(splitTitle('unknown.write')).toEqual({ what: 'unknown.write', on: '' });
  });
  it('says what became of a request', () => {
    const grace = { id: 'idp#grace', name: 'grace' };
    expect(grantOutcome(grant({ state: 'active', decidedBy: grace, minutes: 15, uses: 1 }))).toBe(
      'Approved by grace for 15 minutes, 1 use.',
    );
    expect(grantOutcome(grant({ state: 'denied', decidedBy: grace, denyReason: 'Ask Linus first.' }))).toBe(
      'Denied by grace: Ask Linus first.',
    );
    expect(grantOutcome(grant({ state: 'ended', decidedBy: grace, endedBecause: 'uses' }))).toBe(
      'Approved by grace. Ended because every use was spent.',
    );
  });
  it('points at what is unusual, and is silent about the usual', () => {
    expect(oddities(grant())).toEqual([]);
    const many = Array.from({ length: 25 }, (_, n) => ({ kind: 'device', id: `d-${n}` }));
    expect(oddities(grant({ targets: many, ticket: '', askedMinutes: 240, askedUses: 30 }))).toEqual([
      '25 devices at once.',
      '4 hours is long for something this serious.',
      '30 uses for 25 targets.',
      'No ticket was given.',
    ]);
  });
});

describe('small words', () => {
  it('counts and lists', () => {
    expect([plural(1, 'device'), plural(0, 'device'), plural(2, 'entry', 'entries')]).toEqual([
      '1 device',
      '0 devices',
      '2 entries',
    ]);
    expect([listed([]), listed(['a']), listed(['a', 'b']), listed(['a', 'b', 'c'])]).toEqual([
      '',
      'a',
      'a and b',
      'a, b and c',
    ]);
    expect([bytes(812), bytes(4200), bytes(1_100_000_000)]).toEqual(['812 B', '4.2 kB', '1.1 GB']);
    expect(personOf('http://idp.localhost#ada')).toBe('ada');
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
