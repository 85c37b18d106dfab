// Rules about the search box: what its text means, what suggestions do to it, what is marked in results.
import { describe, expect, test } from 'vitest';
import { askable, completed, fixedSuggestions, typingAt } from '../../portal/src/features/search/completion.ts';
import { markedParts } from '../../portal/src/lib/marks.ts';
import { momentOf, readSearch, searchTerms } from '../../src/portal/contract/searchQuery.ts';

const NOW = Date.UTC(2026, 10, 23, 12);
const clock = { now: NOW, offset: -60 };
const DAY = 86_400_000;
const read = (text: string) => {
  const { wish, faults } = readSearch(text, clock);
  const given = Object.entries(wish).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value !== null));
  return { wish: Object.fromEntries(given), faults };
};

describe('the text', () => {
  test('fields, words, quotations, and words that must not be', () => {
    expect(read('person:ada action:device.wipe device:"iPad of Marie" verdict:refused lost "in taxi" -test')).toEqual({
      wish: {
        ...{ person: ['ada'], action: ['device.wipe'], device: ['iPad of Marie'], verdict: ['refuse'] },
        ...{ words: ['lost'], phrases: ['in taxi'], without: ['test'] },
      },
      faults: [],
    });
  });
  test('the same field twice means either', () => {
    expect(read('risk:high risk:Destructive').wish).toEqual({ risk: ['high', 'destructive'] });
  });
  test('what is no field is a word, and an unfinished quotation goes on to the end', () => {
    expect(read('v:refuse https://x.example d-0142 a-b').wish).toEqual({
      words: ['v:refuse', 'https://x.example', 'd-0142', 'a-b'],
    });
    expect(read('device:"iPad of').wish).toEqual({ device: ['iPad of'] });
    expect(read('person: "" :')).toEqual({ wish: { words: [':'] }, faults: [] });
  });
  test('days are the reader’s days, a day is whole, and the narrowest bounds count', () => {
    const first = Date.UTC(2026, 10, 1) - 3_600_000;
    expect(read('after:2026-11-01').wish).toEqual({ from: first });
    expect(read('on:2026-11-01').wish).toEqual({ from: first, to: first + DAY });
    expect(read('before:2026-11-01T14:30').wish).toEqual({ to: first + 14.5 * 3_600_000 });
    expect(read('after:7d after:30d before:1h').wish).toEqual({ from: NOW - 7 * DAY, to: NOW - 3_600_000 });
    for (const text of ['2026-02-31', '2026-13-01', 'yesterday', '', '2026-11-1', '7y'])
      expect(momentOf(text, clock)).toBeNull();
  });
  test('what cannot be understood is said, all of it', () => {
    expect(read('after:soon verdict:maybe risk:huge -person:ada').faults).toHaveLength(4);
  });
  test('no text, however odd, stops it', () => {
    for (const text of ['"', '""', '-', '--', ':', 'on:', '-"', 'a"b"c', '\u0000', '🙂 person:🙂', 'x'.repeat(500)])
      expect(() => [readSearch(text, clock), typingAt(text, 0), typingAt(text, text.length)]).not.toThrow();
    expect(searchTerms('  ')).toEqual([]);
  });
});

describe('suggestions', () => {
  const put = (text: string, value: string): string => completed(text, typingAt(text, text.length), value).text;
  test('a field by its beginning, then its values', () => {
    expect(fixedSuggestions(typingAt('lost ver', 8))).toEqual(['verdict:']);
    expect(put('lost ver', 'verdict:')).toBe('lost verdict:');
    expect(fixedSuggestions(typingAt('verdict:', 8))).toEqual(['refused', 'allowed']);
    expect(put('verdict:re', 'refused')).toBe('verdict:refused ');
  });
  test('a value with spaces is quoted, and what stands around it stays', () => {
    const text = 'lost device:ipa after:7d';
    const next = completed(text, typingAt(text, 15), 'iPad of "Marie"');
    expect(next.text).toBe('lost device:"iPad of Marie" after:7d');
    expect(next.text.slice(0, next.cursor)).toBe('lost device:"iPad of Marie" ');
    expect(readSearch(next.text, clock).wish.device).toEqual(['iPad of Marie']);
  });
  test('only fields whose values the portal knows are asked for', () => {
    expect(['person', 'device', 'screen', 'after'].map((field) => askable(field as never))).toEqual([
      ...['person', 'device', 'word'],
      null,
    ]);
    expect(askable(typingAt('taxi', 4).field)).toBeNull();
  });
});

describe('marks', () => {
  const marked = (text: string, ...words: string[]): string =>
    markedParts(text, words)
      .map((part) => (part.marked ? `[${part.text}]` : part.text))
      .join('');
  test('as the search finds: without case and accents, every time', () => {
    expect(marked('iPad of Márie, ipad 2', 'ipad', 'marie')).toBe('[iPad] of [Márie], [ipad] 2');
    expect(marked('aaa', 'aa')).toBe('[aa]a');
    expect(marked('ﬁle ß 🙂 x', 'file', 'x')).toBe('[ﬁle] ß 🙂 [x]');
    expect(marked('nothing', 'else', '')).toBe('nothing');
    expect(marked('', 'x')).toBe('');
  });
  test('nothing is lost of any text', () => {
    for (const text of ['<b>x</b>', '\u202ex', 'a\u0301x'])
      expect(
        markedParts(text, ['x'])
          .map((part) => part.text)
          .join(''),
      ).toBe(text);
  });
});
