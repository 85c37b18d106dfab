import { describe, expect, it } from 'vitest';
import { listed, plural } from '../../portal/src/lib/plural.ts';
import { bytes, personOf, splitTitle, wantsTo } from '../../portal/src/lib/words.ts';

describe('sentences about requests', () => {
  it('says who wants what, with the number of devices', () => {
    expect(wantsTo('ada', 'Wipe 1 device: d-0142')).toBe('ada wants to wipe 1 device');
    expect(splitTitle('Wipe 1 device: iPad of Marie (d-0142)').on).toBe('iPad of Marie (d-0142)');
    expect(splitTitle('unknown.write')).toEqual({ what: 'unknown.write', on: '' });
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
